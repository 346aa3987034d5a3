/** Lying pages, copied keys and late answers come in at a whole station; each is refused for its own reason, and the next honest touch opens. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CDPSession, Page } from 'playwright-core';
import { type CeremonyAnswer, decodeAnswer } from '../../core/bridge.ts';
import { ana, sam } from '../e2e/station.ts';
import { type Credential, type Key, type KeyStation, skip, startKeyStation, virtualKey, withKeys } from './place.ts';

type Response = { id: string; rawId: string; type: string; response: { authenticatorData: string; clientDataJSON: string; signature: string; userHandle?: string } };

let station: KeyStation;
/** Sam's only key. As long as it lies in the station's page it is never touched: what answers are the liars. */
let key: Key;
/** What Sam's key holds, as a thief of its memory would. */
let copied: Credential;
/** Every answer that the station's own page gave. */
const answers: CeremonyAnswer[] = [];
/** A page at the station's own origin, and one at another port of the same computer, each with a copy of Sam's key. */
let inside: { readonly page: Page; readonly cdp: CDPSession };
let outside: { readonly page: Page; readonly cdp: CDPSession };
const neighbour = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<!doctype html><title>neighbour</title>'));

before(async () => {
  if (skip !== false) return;
  station = await startKeyStation();
  station.page.on('request', (request) => {
    const bytes = request.url().endsWith('/key') ? request.postDataBuffer() : null;
    const answer = bytes === null ? null : decodeAnswer(Uint8Array.from(bytes));
    if (answer !== null) answers.push(answer);
  });
  key = await station.key();
  assert.equal((await station.register(sam)).kind, 'enrolled');
  await station.until('the screen is hers again', ({ claim }) => claim.kind === 'none');
  await station.lock();
  await station.useKey();
  await station.shows('open');
  await station.lock();
  copied = (await key.credentials())[0] as Credential;
  const context = station.page.context();
  const { origin } = new URL(station.address);
  await context.route(`${origin}/blank`, (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>blank</title>' }));
  await new Promise<void>((resolve) => neighbour.listen(0, 'localhost', resolve));
  const open = async (address: string) => {
    const page = await context.newPage();
    const cdp = await withKeys(page);
    await page.goto(address);
    return { page, cdp };
  };
  inside = await open(`${origin}/blank`);
  outside = await open(`http://localhost:${(neighbour.address() as AddressInfo).port}/`);
  await station.page.bringToFront();
});
after(async () => {
  neighbour.close();
  await station?.[Symbol.asyncDispose]();
});

const agent = () => station.evaluation.agent;
const results = (): readonly string[] => station.entries().flatMap((entry) => (entry.kind === 'key' ? [entry.result] : []));

/** What a copy of Sam's key that has counted to `count` answers to these options on that page. */
async function answerOn({ page, cdp }: typeof inside, options: object, count = copied.signCount, credential = copied): Promise<Response> {
  const copy = await virtualKey(cdp);
  try {
    await copy.holds({ ...credential, signCount: count });
    await page.bringToFront();
    return await page.evaluate(async (json) => {
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(json as PublicKeyCredentialRequestOptionsJSON);
      return ((await navigator.credentials.get({ publicKey })) as PublicKeyCredential).toJSON() as unknown as Response;
    }, options);
  } finally {
    await copy.away();
    await station.page.bringToFront();
  }
}

/** Begins a ceremony that nobody touches a key for; `give` answers it in the page's name. */
async function held(): Promise<{
  readonly id: number;
  readonly options: { challenge: string; allowCredentials?: unknown[] };
  readonly give: (response: unknown, id?: number) => void;
}> {
  await key.touched(false);
  const { length } = station.ceremonies;
  await station.useKey();
  await station.until('the face is asked', () => station.ceremonies.length > length);
  return asked();
}
function asked(): Awaited<ReturnType<typeof held>> {
  const last = station.ceremonies.at(-1);
  assert.ok(last);
  return {
    id: last.id,
    options: JSON.parse(last.options) as { challenge: string },
    give: (response, id = last.id) => agent().keyAnswer({ id, json: typeof response === 'string' ? response : JSON.stringify(response) }),
  };
}
/** The ledger's last word on a ceremony, once there is one more than before. */
async function judged(act: () => void): Promise<string | undefined> {
  const { length } = results();
  act();
  await station.until('it is judged', () => results().length > length);
  return results().at(-1);
}
const away = async (): Promise<void> => {
  agent().gesture({ kind: 'back' });
  await station.until('idle', ({ claim, desk }) => claim.kind === 'none' && desk.kind === 'locked');
  await station.shows('idle');
};
/** What the real key, touched, still does. */
async function honest(): Promise<void> {
  await away();
  await key.touched(true);
  await station.useKey();
  await station.shows('open');
  assert.equal(results().at(-1), 'verified');
  copied = (await key.credentials())[0] as Credential;
  await station.lock();
}

test('another page of this computer that gets hold of the challenge: its origin is signed, and wrong', { skip }, async () => {
  const { options, give } = await held();
  const response = await answerOn(outside, options, copied.signCount + 10);
  assert.equal(await judged(() => give(response)), 'wrong');
  await station.shows('unproved');
  await honest();
});

test('the same from the station’s own page opens: what was refused was the origin alone', { skip }, async () => {
  const { options, give } = await held();
  const response = await answerOn(inside, options);
  assert.equal(await judged(() => give(response)), 'verified');
  await station.shows('open');
  copied = { ...copied, signCount: copied.signCount + 1 };
  // The key itself has to catch up with its copy.
  await key.away();
  key = await station.key();
  await key.holds(copied);
  await station.lock();
});

test('an answer given before, to the next ceremony or again to its own: refused, or not even heard', { skip }, async () => {
  const old = answers.findLast(({ json }) => json !== null);
  assert.ok(old?.json);
  const { give, id } = await held();
  give(old.json, old.id);
  await sleep(100);
  assert.equal(agent().queue.state().claim.kind, 'key', 'the ceremony it was for is over: it is not heard');
  assert.equal(await judged(() => give(old.json)), 'wrong');
  const { length } = results();
  give(old.json, id);
  await sleep(100);
  assert.equal(results().length, length, 'one answer to each');
  await honest();
});

test('ended by hand: neither its answer nor its challenge is worth anything more', { skip }, async () => {
  const first = await held();
  const response = await answerOn(inside, first.options);
  await away();
  await station.until('the end is told', () => results().length > 0);
  const { length } = results();
  first.give(response);
  await sleep(100);
  assert.equal(results().length, length);
  assert.equal(agent().queue.state().desk.kind, 'locked');
  const second = await held();
  assert.equal(await judged(() => second.give(response)), 'wrong', 'a challenge of its own');
  await honest();
});

test('nobody was named: a key that does not say whose it is, or says somebody else, proves nobody', { skip }, async () => {
  for (const [change, because] of [
    [{ userHandle: undefined }, 'malformed'],
    [{ userHandle: Buffer.from('somebody').toString('base64url') }, 'wrong'],
  ] as const) {
    const { options, give } = await held();
    const response = await answerOn(inside, options);
    assert.equal(await judged(() => give({ ...response, response: { ...response.response, ...change } })), because);
    await away();
  }
  await honest();
});

test('a key of nobody here: it proves nobody', { skip }, async () => {
  const { options, give } = await held();
  const stranger = { ...copied, credentialId: Buffer.alloc(32, 7).toString('base64') };
  assert.equal(await judged(() => void answerOn(inside, options, 5, stranger).then(give)), 'missing');
  await honest();
});

test('beside Ana’s badge a page that leaves out whose key is wanted gets Sam’s, and it opens nothing of hers', { skip }, async () => {
  const hers = await virtualKey(inside.cdp, { verifies: false });
  await hers.away();
  // Ana gets a key of her own, so that there is a ceremony at all.
  await key.away();
  const plain = await station.key({ verifies: false });
  assert.equal((await station.register(ana)).kind, 'enrolled');
  await station.until('the screen is hers again', ({ claim }) => claim.kind === 'none');
  await station.lock();
  await plain.touched(false);
  const earlier = station.ceremonies.length;
  await station.tap(ana.uid, 'pin');
  await station.page.click('section[data-section="pin"] [data-do="otherWay"]');
  await station.page.click('section[data-section="otherWay"] [data-do="useKey"]');
  await station.until('the face is asked', () => station.ceremonies.length > earlier);
  const { options, give } = asked();
  assert.equal(options.allowCredentials?.length, 1);
  const response = await answerOn(inside, { ...options, allowCredentials: [] });
  assert.equal(await judged(() => give(response)), 'missing');
  await station.shows('unproved');
  assert.equal(agent().queue.state().desk.kind, 'locked');
  await plain.away();
  key = await station.key();
  await key.holds(copied);
  await honest();
});

test('junk of every kind: malformed, and the station goes on', { skip }, async () => {
  for (const junk of [
    '{}',
    '[]',
    'null',
    '"x"',
    '{"id":',
    'x'.repeat(32 * 1024),
    '['.repeat(10_000),
    JSON.stringify({ id: 'AQ', rawId: 'Ag', type: 'public-key', response: {} }),
  ]) {
    const { give } = await held();
    assert.equal(await judged(() => give(junk)), 'malformed');
    await away();
  }
  await honest();
});

test('a counter that nobody signed locks nobody out; a copy of the key that has fallen behind is found out, by its own signature', { skip }, async () => {
  const unsigned = await held();
  const response = await answerOn(inside, unsigned.options, 0);
  const signature = Buffer.from(response.response.signature, 'base64url');
  signature[signature.length - 1] = (signature.at(-1) ?? 0) ^ 1;
  assert.equal(await judged(() => unsigned.give({ ...response, response: { ...response.response, signature: signature.toString('base64url') } })), 'wrong', 'not "cloned"');
  await honest();
  const behind = await held();
  assert.equal(await judged(() => void answerOn(inside, behind.options, 0).then(behind.give)), 'cloned');
  await station.shows('unproved');
  await honest();
  // A second authenticator with the same credential, in the station's own page.
  const counted = copied.signCount;
  await honest();
  await key.away();
  const clone = await station.key();
  await clone.holds({ ...copied, signCount: counted - 1 });
  await station.useKey();
  await station.shows('unproved');
  assert.equal(results().at(-1), 'cloned');
  await clone.away();
});
