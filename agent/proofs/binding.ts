/** An enrolled security key, held to a reader once more, comes in; from then on what its hmac-secret makes of a salt of its own unlocks its person's record, or one sentence why not goes out (CTAP 2.1 §12.5). */
import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { stationHost } from '../../core/bridge.ts';
import type { BadgeId, SubscriberId } from '../../core/types.ts';
import type { Captured } from '../intake.ts';
import { keyPinBytes } from '../pin-buffer.ts';
import type { Store } from '../store/store.ts';
import { verifyAssertion } from '../webauthn/assertion.ts';
import type { Challenges } from '../webauthn/challenges.ts';
import { fromBase64url } from '../webauthn/claims.ts';
import type { Natives } from './natives.ts';
import { isKey, stationOrigin } from './prover.ts';

export type Bound = { readonly kind: 'bound'; readonly subscriber: SubscriberId } | { readonly kind: 'refused'; readonly why: string };
/** `digits`: the key's own PIN, values 0–9, overwritten before the answer; empty for a key that was enrolled without one. Throws only where the store does not hold. */
export type Binder = { readonly bind: (card: Pick<Captured, 'transmit'>, badge: BadgeId, digits: Uint8Array) => Promise<Bound> };
export type BinderParts = { readonly store: Store; readonly natives: Pick<Natives, 'proveFido'>; readonly challenges: Challenges };

const refused = (why: string): Bound => ({ kind: 'refused', why });

export function createBinder({ store, natives, challenges }: BinderParts): Binder {
  const bind = async (transmit: Captured['transmit'], id: BadgeId, pin: Uint8Array): Promise<Bound> => {
    const record = store.badge(id);
    if (!isKey(record) || record.revoked || !record.proof.credential.hmacSecret) return refused('This badge has no secret to share: only security keys with hmac-secret do.');
    const {
      subscriber,
      proof: { credential, pinLength = 0 },
    } = record;
    if (pin.length !== pinLength) return refused('Give the key’s own PIN as it was when the key was enrolled.');
    const verified = pin.length > 0;
    const salt = randomBytes(32);
    const challenge = challenges.issue('authentication', subscriber);
    const asked = natives.proveFido(transmit, {
      rpId: stationHost,
      origin: stationOrigin,
      challenge,
      credentialId: fromBase64url(credential.id),
      pin: verified ? pin : null,
      hmacSalt: salt,
    });
    pin.fill(0);
    const said = await asked;
    if (said.kind !== 'proof') return refused(keyWords[said.kind]);
    const { hmacOutput: output } = said;
    try {
      const outcome = await verifyAssertion(said, {
        challenges,
        issuedTo: subscriber,
        origins: [stationOrigin],
        rpId: stationHost,
        userVerification: verified ? 'required' : 'discouraged',
        credential,
        owner: subscriber,
      });
      if (outcome.kind === 'refused' || output === null) return refused('The key did not answer as the enrolled one must: nothing was changed.');
      const now = store.badge(id);
      if (!isKey(now) || now.revoked || now.subscriber !== subscriber || now.proof.credential.id !== credential.id || now.proof.credential.counter !== credential.counter)
        return refused('The badge was changed meanwhile: begin again.');
      store.addShare({ ...now, proof: { ...now.proof, credential: { ...credential, counter: outcome.counter }, share: { salt: salt.toString('base64'), verified } } }, output);
      if (!isDeepStrictEqual(store.openByKey(subscriber, id, output), store.subscriber(subscriber))) throw new Error('A record does not open by the key it was just given.');
      return { kind: 'bound', subscriber };
    } finally {
      output?.fill(0);
    }
  };
  return {
    bind: async ({ transmit }, badge, digits) => {
      const pin = keyPinBytes(digits);
      digits.fill(0);
      try {
        return await bind(transmit, badge, pin);
      } finally {
        pin.fill(0);
      }
    },
  };
}

type KeySaid = Exclude<Awaited<ReturnType<Natives['proveFido']>>['kind'], 'proof'>;
const again = 'The key did not answer: hold it still on the reader and begin again.';
const keyWords: Readonly<Record<KeySaid, string>> = {
  fault: 'No such key answered: hold the one that was just enrolled, still, and begin again.',
  pinWrong: 'The key’s own PIN was wrong: begin again.',
  pinBlocked: 'The key’s own PIN is blocked: lift it and hold it there again, or reset it.',
  pinNeeded: 'This key wants its own PIN for that: enrol it anew and give that PIN.',
  pinNotSet: 'This key has no PIN of its own any more: enrol it anew.',
  presenceSpent: 'One touch is one answer: lift the key and hold it there again.',
  unsupported: 'This key shares no secret over NFC: nothing was changed.',
  pinRefused: again,
  registeredAlready: again,
  severalPeople: again,
  anothers: again,
  alwaysVerifies: again,
};
