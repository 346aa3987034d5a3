/** An attempt comes in, of one person or of whoever holds the key; the face asks for a security key, and what it proved goes out (WebAuthn L3 §7.2). */
import { stationHost } from '../../core/bridge.ts';
import type { Policy } from '../../core/policy.ts';
import type { Verifier } from '../../core/ports.ts';
import type { AttemptId, KeyAnswer, ProofFault, SubscriberId } from '../../core/types.ts';
import type { SecurityKeys } from '../effects.ts';
import type { NewBadge } from '../enrolment.ts';
import type { Ceremonies, Held } from '../face/ceremonies.ts';
import { attestationOf, credentialsOf, expected, unvouched } from '../proofs/appraisal.ts';
import { isKey, type KeyRecord, rememberCounter, stationOrigin } from '../proofs/prover.ts';
import { Broken } from '../queue.ts';
import { publicPart } from '../store/person.ts';
import type { Store } from '../store/store.ts';
import { type ExpectedAssertion, verifyAssertion } from './assertion.ts';
import type { Challenges, Purpose } from './challenges.ts';
import { type AssertionClaim, fromBase64url, readAuthenticationResponse, readRegistrationResponse, toBase64url } from './claims.ts';
import type { FidoCredential } from './credential.ts';
import { creationOptions, discoverableOptions, requestOptions } from './options.ts';
import { verifyRegistration } from './registration.ts';

/** Where the face's page stands. `verifies`: whether a key can be asked for its own PIN there; Electron on Linux has no place to type one. */
export type KeyPlace = { readonly origin: string; readonly rpId: string; readonly verifies: boolean };
/** The face's own. Windows and macOS ask for a key's PIN in windows of their own. */
export const facePlace = (platform: NodeJS.Platform): KeyPlace => ({ origin: stationOrigin, rpId: stationHost, verifies: platform !== 'linux' });

export type FaceKeysParts = {
  readonly store: Store;
  readonly standing: Verifier['standing'];
  readonly policy: () => Policy;
  readonly challenges: Challenges;
  readonly ceremonies: Ceremonies;
  /** null: no face that keys could speak to. */
  readonly place: () => KeyPlace | null;
};
export type Registered = { readonly kind: 'badge'; readonly badge: NewBadge } | { readonly kind: 'refused'; readonly why: string };
export type FaceKeys = SecurityKeys & {
  /** A new key of hers, by two ceremonies of this attempt: made, then asked as at a sign-in. `again`: the second begins, if anybody waits for it still. Else one sentence why not. */
  readonly register: (attempt: AttemptId, person: SubscriberId, again: () => boolean) => Promise<Registered>;
};

const none: KeyAnswer = { kind: 'none' };
const refused = (why: string): Extract<Registered, { kind: 'refused' }> => ({ kind: 'refused', why });

export function createFaceKeys(parts: FaceKeysParts): FaceKeys {
  const { store, policy, challenges, ceremonies, place } = parts;
  let open: { readonly attempt: AttemptId; readonly end: () => void } | null = null;

  /** Asks the face; whatever comes of it, the challenge is worth nothing more when `read` has seen the response. */
  async function ceremony<T>(
    attempt: AttemptId,
    purpose: Purpose,
    whose: SubscriberId | null,
    begin: (challenge: Uint8Array) => Held,
    read: (response: string | null) => Promise<T>,
  ): Promise<T> {
    const challenge = challenges.issue(purpose, whose);
    const held = begin(challenge);
    const withdraw = (): void => void challenges.consume(challenge, purpose, whose);
    const own = {
      attempt,
      end: () => {
        withdraw();
        held.end();
      },
    };
    open = own;
    try {
      return await read(await held.response);
    } finally {
      withdraw();
      if (open === own) open = null;
    }
  }

  async function ask(attempt: AttemptId, subscriber: SubscriberId | null): Promise<KeyAnswer> {
    const at = place();
    const hers = subscriber === null ? null : credentialsOf(store, subscriber);
    // Without a credential there is no ceremony: one that names none is answered by anybody's key.
    if (at === null || hers?.length === 0) return none;
    const asked = { rpId: at.rpId, userVerification: at.verifies ? 'preferred' : 'discouraged' } as const;
    const begin = (challenge: Uint8Array): Held => {
      const request = hers === null ? discoverableOptions({ ...asked, challenge }, everybodys(store)) : requestOptions({ ...asked, challenge }, hers);
      if (request.kind === 'noKey') throw new Error('Her keys were there a moment ago.');
      return ceremonies.hold('get', request.options);
    };
    return ceremony(attempt, 'authentication', subscriber, begin, (response) => (response === null ? Promise.resolve(none) : judge(parts, at, response, subscriber)));
  }

  async function register(attempt: AttemptId, person: SubscriberId, again: () => boolean): Promise<Registered> {
    const at = place();
    if (at === null || policy().securityKeys === 'off') return refused('The policy takes no security key at the screen: set "securityKeys" to "on".');
    const attestation = attestationOf(policy());
    if (attestation.kind === 'contradiction') return refused(attestation.why);
    const begin = (challenge: Uint8Array): Held =>
      ceremonies.hold(
        'create',
        creationOptions(
          { rpId: at.rpId, challenge, userVerification: at.verifies ? 'preferred' : 'discouraged' },
          { subscriber: person, label: 'Tapward', credentials: credentialsOf(store, person), attestation, residentKey: 'preferred' },
        ),
      );
    const made = await ceremony(attempt, 'registration', person, begin, async (response): Promise<Made> => {
      if (response === null) return refused('No new key answered: run the command again, plug the key in and touch it; a key that is hers already does not answer again.');
      const claim = readRegistrationResponse(parse(response));
      if (claim === null) return refused('The screen answered with what is no key: run the command again.');
      const outcome = await verifyRegistration(claim, expected(challenges, person, attestation, store, [at.origin], at.rpId));
      if (outcome.kind === 'refused')
        return refused(outcome.guard === 'format' ? unvouched : `This security key was refused (${outcome.guard}): use a key of a model that the policy names.`);
      return { kind: 'made', credential: outcome.credential, discoverable: claim.discoverable === true };
    });
    if (made.kind !== 'made') return made;
    return again() ? tried(at, attempt, person, made) : refused('Nobody waited for the second touch: nothing was stored.');
  }

  /** As she will sign in: without a badge, where the key keeps the credential itself; else beside one. */
  function tried(at: KeyPlace, attempt: AttemptId, person: SubscriberId, { credential, discoverable }: Extract<Made, { kind: 'made' }>): Promise<Registered> {
    const whose = discoverable ? null : person;
    const asked = { rpId: at.rpId, userVerification: at.verifies ? 'preferred' : 'discouraged' } as const;
    const begin = (challenge: Uint8Array): Held => {
      const request = discoverable ? discoverableOptions({ ...asked, challenge }, [credential]) : requestOptions({ ...asked, challenge }, [credential]);
      if (request.kind === 'noKey') throw new Error('There is one key to ask.');
      return ceremonies.hold('get', request.options);
    };
    return ceremony(attempt, 'authentication', whose, begin, async (response) => {
      const claim = response === null ? null : readAuthenticationResponse(parse(response));
      if (claim === null) return refused(unanswered);
      if (toBase64url(claim.credentialId) !== credential.id || (discoverable && claim.userHandle === null)) return refused(anothers);
      const outcome = await verifyAssertion(claim, expectedAt(challenges, at, credential, person, whose));
      if (outcome.kind === 'refused')
        return refused(`It did not sign her in (${outcome.guard}), so nothing was stored: run the command again, and use another key if it stays so.`);
      return { kind: 'badge', badge: { number: fromBase64url(credential.id), proof: { kind: 'fido', via: 'face', credential: { ...credential, counter: outcome.counter } } } };
    });
  }

  return {
    ask: async (attempt, subscriber) => {
      try {
        return await ask(attempt, subscriber);
      } catch (why) {
        throw new Broken('storeDamaged', why);
      }
    },
    register,
    end: (attempt) => {
      if (open?.attempt === attempt) open.end();
    },
  };
}

type Made = Extract<Registered, { kind: 'refused' }> | { readonly kind: 'made'; readonly credential: FidoCredential; readonly discoverable: boolean };
const unanswered =
  'The new key did not answer as it must at each sign-in, so nothing was stored: run the command again and touch it both times; if it was somebody else’s before, reset it first with its own tool.';
const anothers = 'This key signs somebody else in, so nothing was stored: reset it first with its own tool, which makes it new, or use another key.';

const everybodys = (store: Store): readonly FidoCredential[] => store.badges().flatMap(({ proof, revoked }) => (proof.kind === 'fido' && !revoked ? [proof.credential] : []));

/** What every answer of a key is held to, the first as the last. */
const expectedAt = (challenges: Challenges, { origin, rpId }: KeyPlace, credential: FidoCredential, owner: SubscriberId, issuedTo: SubscriberId | null): ExpectedAssertion => ({
  challenges,
  issuedTo,
  origins: [origin],
  rpId,
  userVerification: 'discouraged',
  credential,
  owner,
});

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

async function judge(parts: FaceKeysParts, at: KeyPlace, response: string, subscriber: SubscriberId | null): Promise<KeyAnswer> {
  const { store, challenges, standing } = parts;
  const unproved = (because: ProofFault, whose: SubscriberId | null = subscriber): KeyAnswer => ({ kind: 'unproved', subscriber: whose, because });
  const claim = readAuthenticationResponse(parse(response));
  if (claim === null) return unproved('malformed');
  const record = recordOf(store, claim, subscriber);
  if (record === null) return unproved('missing');
  const owner = store.subscriber(record.subscriber);
  if (owner === null || owner.revoked || record.revoked) return unproved('withdrawn', record.subscriber);
  // Nobody was named: the key has to say whose it is, and say so under nobody else's credential (§7.2 step 6).
  if (subscriber === null && claim.userHandle === null) return unproved('malformed', record.subscriber);
  const { credential } = record.proof;
  const outcome = await verifyAssertion(claim, expectedAt(challenges, at, credential, record.subscriber, subscriber));
  if (outcome.kind === 'refused') return unproved(outcome.fault, record.subscriber);
  // What changed while the signature was checked counts: revoked meanwhile, or answered for by a copy.
  const now = store.badge(record.id);
  if (!isKey(now) || now.revoked || store.subscriber(owner.id)?.revoked !== false) return unproved('withdrawn', record.subscriber);
  if (now.proof.credential.counter !== credential.counter) return unproved('cloned', record.subscriber);
  if (outcome.counter !== credential.counter) rememberCounter(store, now, outcome.counter);
  return { kind: 'proved', badge: record.id, subscriber: publicPart(owner), verified: outcome.userVerified, standing: standing(owner.id) };
}

/** Beside a badge only hers, by reader or face; else whoever's badge has this credential for its number. */
function recordOf(store: Store, { credentialId }: AssertionClaim, subscriber: SubscriberId | null): KeyRecord | null {
  const id = toBase64url(credentialId);
  const found = subscriber === null ? [store.findByBadge(credentialId)?.badge ?? ''] : (store.subscriber(subscriber)?.badges ?? []);
  for (const badge of found) {
    const record = store.badge(badge);
    if (isKey(record) && record.proof.credential.id === id) return record;
  }
  return null;
}
