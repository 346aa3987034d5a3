/** Chromium's own authenticators come in at the station's origin; what they make of our options is verified here, and what a lying page could make of them refused. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { aaguidText, readAttestationPolicy } from '../../agent/webauthn/attestation.ts';
import { readAuthenticationResponse, readRegistrationResponse } from '../../agent/webauthn/claims.ts';
import type { FidoCredential } from '../../agent/webauthn/credential.ts';
import { creationOptions, requestOptions } from '../../agent/webauthn/options.ts';
import { maker } from '../cards/fido/certificate.ts';
import { softwareAaguid } from '../cards/fido/key.ts';
import { origin, rpId } from '../fido/place.ts';
import { need } from '../needs.ts';
import { forAssertion, forRegistration, guardOf, owner, station, verify } from './place.ts';

const skip = need('chromium');
const flags = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const profile = mkdtempSync(join(tmpdir(), 'webauthn-'));
let context: BrowserContext | null = null;

before(async () => {
  if (skip !== false) return;
  context = await chromium.launchPersistentContext(profile, { executablePath: '/usr/bin/chromium', headless: false, args: flags });
  await context.route(`${origin}/**`, (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>station</title>' }));
});
after(async () => {
  await context?.close();
  rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
});

type Authenticator = { readonly transport: 'usb' | 'nfc' | 'internal'; readonly verifies: boolean; readonly resident: boolean };

/** A page at the station's origin with one authenticator of its own: a page without would wait for ever. */
async function pageWith({ transport, verifies, resident }: Authenticator): Promise<Page> {
  assert.ok(context);
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('WebAuthn.enable', { enableUI: false });
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport,
      hasResidentKey: resident,
      hasUserVerification: verifies,
      isUserVerified: verifies,
      automaticPresenceSimulation: true,
    },
  });
  await page.goto(origin);
  return page;
}

/** What the browser's own reading of our options brings back, as JSON; or the name of its error. */
const create = (page: Page, options: object): Promise<unknown> =>
  page.evaluate(async (json) => {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(json as PublicKeyCredentialCreationOptionsJSON);
    return navigator.credentials.create({ publicKey }).then(
      (made) => (made as PublicKeyCredential).toJSON() as unknown,
      (why: unknown) => (why as DOMException).name,
    );
  }, options);
const get = (page: Page, options: object): Promise<unknown> =>
  page.evaluate(async (json) => {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(json as PublicKeyCredentialRequestOptionsJSON);
    return navigator.credentials.get({ publicKey }).then(
      (proof) => (proof as PublicKeyCredential).toJSON() as unknown,
      (why: unknown) => (why as DOMException).name,
    );
  }, options);

const person = { subscriber: owner, label: 'Station 4', credentials: [], attestation: { kind: 'any' } } as const;

async function enrol(page: Page, at: ReturnType<typeof station>, userVerification: 'required' | 'discouraged', who = owner): Promise<FidoCredential> {
  const options = creationOptions({ rpId, challenge: at.challenges.issue('registration', who), userVerification }, { ...person, subscriber: who });
  const claim = readRegistrationResponse(await create(page, options));
  assert.ok(claim);
  const outcome = await verify.registration(claim, forRegistration(at, { userVerification, issuedTo: who }));
  assert.equal(outcome.kind, 'registered');
  if (outcome.kind !== 'registered') throw new Error('unreachable');
  return outcome.credential;
}

for (const transport of ['usb', 'nfc', 'internal'] as const)
  for (const verifies of [true, false])
    test(`registered and proved through a browser: ${transport}, ${verifies ? 'verifying its user' : 'by presence'}`, { skip }, async () => {
      const at = station();
      const userVerification = verifies ? 'required' : 'discouraged';
      const page = await pageWith({ transport, verifies, resident: false });
      const credential = await enrol(page, at, userVerification);
      assert.deepEqual(credential.transports, [transport]);
      const asked = requestOptions({ rpId, challenge: at.challenges.issue('authentication', owner), userVerification }, [credential]);
      assert.equal(asked.kind, 'options');
      if (asked.kind !== 'options') return;
      const claim = readAuthenticationResponse(await get(page, asked.options));
      assert.ok(claim);
      const outcome = await verify.assertion(claim, forAssertion(at, credential, { userVerification }));
      assert.equal(outcome.kind, 'proved');
      assert.equal(outcome.kind === 'proved' && outcome.userVerified, verifies);
      assert.equal(guardOf(await verify.assertion(claim, forAssertion(at, credential, { userVerification }))), 'challenge');
      await page.close();
    });

test('the browser’s home-made attestation stands under no configured root', { skip }, async () => {
  const at = station();
  const page = await pageWith({ transport: 'usb', verifies: false, resident: false });
  const attestation = readAttestationPolicy({ roots: [maker(softwareAaguid).root.pem], aaguids: ['01020304-0506-0708-0102-030405060708', aaguidText(softwareAaguid)] });
  assert.equal(attestation.kind, 'listed');
  if (attestation.kind !== 'listed') return;
  const options = creationOptions({ rpId, challenge: at.challenges.issue('registration', owner), userVerification: 'discouraged' }, { ...person, attestation });
  const claim = readRegistrationResponse(await create(page, options));
  assert.ok(claim);
  assert.equal(guardOf(await verify.registration(claim, forRegistration(at, { attestation }))), 'root');
  await page.close();
});

test('the same key twice, and the key of nobody here', { skip }, async () => {
  const at = station();
  const page = await pageWith({ transport: 'usb', verifies: false, resident: false });
  const credential = await enrol(page, at, 'discouraged');
  const again = creationOptions({ rpId, challenge: at.challenges.issue('registration', owner), userVerification: 'discouraged' }, { ...person, credentials: [credential] });
  assert.equal(await create(page, again), 'InvalidStateError');
  const stranger = await pageWith({ transport: 'usb', verifies: false, resident: false });
  const asked = requestOptions({ rpId, challenge: at.challenges.issue('authentication', owner), userVerification: 'discouraged' }, [credential]);
  assert.equal(asked.kind === 'options' && (await get(stranger, { ...asked.options, timeout: 1_000 })), 'NotAllowedError');
  await page.close();
  await stranger.close();
});

test('a page that asks with an empty list gets anybody’s key to answer: the proof opens nothing of the owner’s', { skip }, async () => {
  const at = station();
  const page = await pageWith({ transport: 'usb', verifies: true, resident: true });
  const theirs = at.challenges.issue('registration', 'subscriber-2');
  const made = creationOptions({ rpId, challenge: theirs, userVerification: 'required' }, { ...person, subscriber: 'subscriber-2' });
  const claimed = readRegistrationResponse(await create(page, { ...made, authenticatorSelection: { residentKey: 'required', userVerification: 'required' } }));
  assert.ok(claimed);
  const key = await verify.registration(claimed, forRegistration(at, { issuedTo: 'subscriber-2' }));
  assert.ok(key.kind === 'registered');
  const mine = await enrol(await pageWith({ transport: 'usb', verifies: false, resident: false }), at, 'discouraged');
  const ask = () => requestOptions({ rpId, challenge: at.challenges.issue('authentication', owner), userVerification: 'discouraged' }, [mine]);
  for (const [record, guard] of [
    [mine, 'allowed'],
    [key.credential, 'userHandle'],
  ] as const) {
    const asked = ask();
    assert.ok(asked.kind === 'options');
    const claim = readAuthenticationResponse(await get(page, { ...asked.options, allowCredentials: [] }));
    assert.ok(claim);
    assert.equal(guardOf(await verify.assertion(claim, forAssertion(at, record))), guard);
  }
  await page.close();
});
