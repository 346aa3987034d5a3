/** An attempt comes in, of one person or of whoever holds the key; the face asks for a security key, and what it proved goes out (WebAuthn L3 §7.2). */
import { stationHost } from '../../core/bridge.ts';
import type { Policy } from '../../core/policy.ts';
import type { Verifier } from '../../core/ports.ts';
import type { AttemptId, KeyAnswer, ProofFault, SubscriberId } from '../../core/types.ts';
import type { SecurityKeys } from '../effects.ts';
import type { NewBadge } from '../enrolment.ts';
import type { Ceremonies, Held } from '../face/ceremonies.ts';
import { attestationOf, credentialsOf, expected } from '../proofs/appraisal.ts';
import { isKey, type KeyRecord, rememberCounter, stationOrigin } from '../proofs/prover.ts';
import { Broken } from '../queue.ts';
import { publicPart } from '../store/person.ts';
import type { Store } from '../store/store.ts';
import { verifyAssertion } from './assertion.ts';
import type { Challenges, Purpose } from './challenges.ts';
import { type AssertionClaim, fromBase64url, readAuthenticationResponse, readRegistrationResponse, toBase64url } from './claims.ts';
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
  /** A new key of hers, by the ceremony of this attempt; or one sentence why not. */
  readonly register: (attempt: AttemptId, person: SubscriberId) => Promise<Registered>;
};

const none: KeyAnswer = { kind: 'none' };
const refused = (why: string): Registered => ({ kind: 'refused', why });

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
      const request = hers === null ? discoverableOptions({ ...asked, challenge }) : requestOptions({ ...asked, challenge }, hers);
      if (request.kind === 'noKey') throw new Error('Her keys were there a moment ago.');
      return ceremonies.hold('get', request.options);
    };
    return ceremony(attempt, 'authentication', subscriber, begin, (response) => (response === null ? Promise.resolve(none) : judge(parts, at, response, subscriber)));
  }

  async function register(attempt: AttemptId, person: SubscriberId): Promise<Registered> {
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
    return ceremony(attempt, 'registration', person, begin, async (response) => {
      if (response === null) return refused('No new key answered: run the command again, plug the key in and touch it; a key that is hers already does not answer again.');
      const claim = readRegistrationResponse(parse(response));
      if (claim === null) return refused('The screen answered with what is no key: run the command again.');
      const outcome = await verifyRegistration(claim, expected(challenges, person, attestation, store, [at.origin], at.rpId));
      if (outcome.kind === 'refused') return refused(`This security key was refused (${outcome.guard}): use a key of a model that the policy names.`);
      return { kind: 'badge', badge: { number: fromBase64url(outcome.credential.id), proof: { kind: 'fido', via: 'face', credential: outcome.credential } } };
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

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

async function judge(parts: FaceKeysParts, { origin, rpId }: KeyPlace, response: string, subscriber: SubscriberId | null): Promise<KeyAnswer> {
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
  const outcome = await verifyAssertion(claim, {
    challenges,
    issuedTo: subscriber,
    origins: [origin],
    rpId,
    userVerification: 'discouraged',
    credential,
    owner: record.subscriber,
  });
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
