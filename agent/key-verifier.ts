/** A subscriber, her security key in the field and the PIN buffer come in; the key checks its own PIN (CTAP 2.1 §6.5, SP 800-63B-4 §3.2.10) and one Verdict goes out. */
import { setTimeout as sleep } from 'node:timers/promises';
import { reach } from '../core/assurance.ts';
import { stationHost } from '../core/bridge.ts';
import type { Policy } from '../core/policy.ts';
import type { PinBuffer, Transmit } from '../core/ports.ts';
import type { BadgeId, Standing, SubscriberId, Verdict } from '../core/types.ts';
import type { KeyFault } from '../native/fido/outcome.ts';
import type { Proof } from '../native/fido/proof.ts';
import { keyPinBytes } from './pin-buffer.ts';
import type { Natives } from './proofs/natives.ts';
import { isKey, type KeyRecord, rememberCounter, stationOrigin } from './proofs/prover.ts';
import type { Store } from './store/store.ts';
import { verifyAssertion } from './webauthn/assertion.ts';
import type { Challenges } from './webauthn/challenges.ts';
import { fromBase64url } from './webauthn/claims.ts';

export type KeyVerifier = {
  /** Digits of the PIN this badge checks itself; null: it does not, or the policy asks for the station's. */
  readonly asks: (badge: BadgeId) => number | null;
  /** Whether any key's PIN of this person would be looked at now. */
  readonly standing: (subscriber: SubscriberId) => Standing;
  /** One check. The station's own count of them is durable before the key is asked; never throws for what a key does. */
  readonly verify: (subscriber: SubscriberId, badge: BadgeId, pin: PinBuffer) => Promise<Verdict>;
};
export type KeyVerifierParts = {
  readonly store: Store;
  readonly policy: () => Pick<Policy, 'keyPin'>;
  readonly natives: Pick<Natives, 'proveFido'>;
  readonly challenges: Challenges;
  /** The card of this badge, if it lies on a reader and has proved there that it is this badge. */
  readonly inField: (badge: BadgeId) => Transmit | null;
  /** Why a check was `unreachable`; carries no secret. */
  readonly diagnose: (why: unknown) => void;
};

/** In a row, over all of a person's keys. An honest key blocks after 8; one that never does gets no more (SP 800-63B-4 §3.2.10). */
export const mostKeyFailures = 10;
/** However slowly a key talks: then it was not there. */
const longestCheck = 5_000;

export function createKeyVerifier({ store, policy, natives, challenges, inField, diagnose }: KeyVerifierParts): KeyVerifier {
  /** Cards that look at no more PINs in this stay. */
  const resting = new WeakSet<Transmit>();
  const failuresOf = (subscriber: SubscriberId): number => store.pin(subscriber)?.keyFailures ?? 0;
  /** Durable when it returns, and never over what else was written meanwhile. */
  const count = (subscriber: SubscriberId, failures: number): void => {
    const pin = store.pin(subscriber);
    if (pin === null) throw new Error('Nobody to count for.');
    store.write([{ ...pin, keyFailures: failures }], failures === 0 ? 'uncounted' : 'counted');
  };

  /** `typed` is overwritten before this first waits. */
  const check = async (subscriber: SubscriberId, badge: BadgeId, typed: Uint8Array): Promise<Verdict> => {
    const record = store.badge(badge);
    if (!isKey(record) || record.subscriber !== subscriber || record.revoked || record.proof.pinLength !== typed.length) throw new Error('No key whose PIN is asked.');
    const failures = failuresOf(subscriber) + 1;
    if (failures > mostKeyFailures) return { kind: 'blocked' };
    const transmit = inField(badge);
    if (transmit === null) return { kind: 'keyGone' };
    if (resting.has(transmit)) return { kind: 'keyRests' };
    count(subscriber, failures);
    const challenge = challenges.issue('authentication', subscriber);
    const asked = natives.proveFido(transmit, {
      rpId: stationHost,
      origin: stationOrigin,
      challenge,
      credentialId: fromBase64url(record.proof.credential.id),
      pin: typed,
      presence: 'shown',
    });
    typed.fill(0);
    const said = await inTime(asked);
    if (said.kind === 'proof') return accepted(record, said);
    const verdict = refusal(said, mostKeyFailures - failures);
    if (verdict.kind === 'keyRests') resting.add(transmit);
    return (verdict.kind === 'refused' || verdict.kind === 'keyRests') && failures === mostKeyFailures ? { kind: 'blocked' } : verdict;
  };

  const accepted = async (record: KeyRecord, said: Proof): Promise<Verdict> => {
    const { subscriber, proof } = record;
    const outcome = await verifyAssertion(said, {
      challenges,
      issuedTo: subscriber,
      origins: [stationOrigin],
      rpId: stationHost,
      userVerification: 'required',
      presence: 'shown',
      credential: proof.credential,
      owner: subscriber,
    });
    if (outcome.kind === 'refused') return { kind: 'unproved', because: outcome.fault };
    // What changed while the key was asked counts: revoked, or registered anew.
    const now = store.badge(record.id);
    if (!isKey(now) || now.revoked || now.subscriber !== subscriber || now.proof.credential.id !== proof.credential.id) return { kind: 'unreachable' };
    // A copy may have answered elsewhere while this one was looked at.
    if (now.proof.credential.counter !== proof.credential.counter) return { kind: 'unproved', because: 'cloned' };
    if (outcome.counter !== proof.credential.counter) rememberCounter(store, now, outcome.counter);
    count(subscriber, 0);
    return { kind: 'accepted', factors: ['key'], reached: reach({ badge: 'fido', pinDigits: null, verified: outcome.userVerified }) };
  };

  return {
    asks: (badge) => {
      if (policy().keyPin === 'station') return null;
      const record = store.badge(badge);
      return isKey(record) ? (record.proof.pinLength ?? null) : null;
    },
    standing: (subscriber) => {
      const left = mostKeyFailures - failuresOf(subscriber);
      return left > 0 ? { kind: 'allowed', left } : { kind: 'blocked' };
    },
    verify: (subscriber, badge, pin) =>
      pin.spend(async (digits): Promise<Verdict> => {
        const typed = keyPinBytes(digits);
        try {
          return await check(subscriber, badge, typed);
        } catch (why) {
          diagnose(why);
          return { kind: 'unreachable' };
        } finally {
          typed.fill(0);
        }
      }),
  };
}

async function inTime(asked: Promise<Proof | KeyFault>): Promise<Proof | KeyFault> {
  const limit = new AbortController();
  const late: KeyFault = { kind: 'fault', fault: 'gone', said: null };
  return Promise.race([asked, sleep(longestCheck, late, { signal: limit.signal, ref: false })]).finally(() => limit.abort());
}

/** `left`: what the station itself still allows. A key that left in the middle stays counted: it may have looked. */
function refusal(said: KeyFault, left: number): Exclude<Verdict, { kind: 'accepted' }> {
  switch (said.kind) {
    case 'pinWrong':
      return { kind: 'refused', left: Math.min(said.retries ?? left, left) };
    case 'pinBlocked':
      return said.until === 'removed' ? { kind: 'keyRests' } : { kind: 'blocked' };
    case 'fault':
      return said.fault === 'gone' ? { kind: 'keyGone' } : { kind: 'unproved', because: said.fault };
    case 'pinNotSet':
    case 'unsupported':
      return { kind: 'unproved', because: 'missing' };
    case 'pinNeeded':
    case 'pinRefused':
    case 'presenceSpent':
    case 'registeredAlready':
    case 'severalPeople':
    case 'anothers':
    case 'alwaysVerifies':
      return { kind: 'unproved', because: 'malformed' };
    default:
      return said satisfies never;
  }
}
