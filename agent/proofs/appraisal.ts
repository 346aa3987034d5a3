/** A card that an administrator holds to the reader comes in; what it can be enrolled to prove goes out, or one sentence why it cannot. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { stationHost } from '../../core/bridge.ts';
import type { Policy } from '../../core/policy.ts';
import type { SubscriberId } from '../../core/types.ts';
import type { NewBadge } from '../enrolment.ts';
import type { Captured } from '../intake.ts';
import { keyPinBytes, longestPin } from '../pin-buffer.ts';
import type { Store } from '../store/store.ts';
import { type AttestationPolicy, readAttestationPolicy } from '../webauthn/attestation.ts';
import type { Challenges } from '../webauthn/challenges.ts';
import { fromBase64url } from '../webauthn/claims.ts';
import { algorithms, type FidoCredential, userHandleOf } from '../webauthn/credential.ts';
import { verifyRegistration } from '../webauthn/registration.ts';
import type { Natives } from './natives.ts';
import { type ProofParts, type Prover, type Rehearsed, stationOrigin } from './prover.ts';
import { storedPiv } from './record.ts';

/** `best`: the highest grade that writes nothing to the card. */
export type Wanted =
  | { readonly as: 'best' | 'uid' | 'piv' | 'pivPinned' }
  | {
      readonly as: 'fido';
      readonly person: SubscriberId;
      /** The key's own PIN, where it has one that the station shall know of: values 0–9, overwritten before the answer. Empty or left out: none. */
      readonly pin?: Uint8Array;
    };
/** The way to a badge that proves itself, whatever it is: the card read, its key bound, and the whole checked as a tap on the ward does. */
export type BindingStep = 'read' | 'bind' | 'check';
export type Appraised =
  /** What proves itself has done so once, as at a tap. */
  | { readonly kind: 'badge'; readonly badge: NewBadge }
  /** A security key shows its presence once in a stay: it comes once more, and is checked then. */
  | { readonly kind: 'again'; readonly check: (card: Captured) => Promise<Appraised> }
  | { readonly kind: 'refused'; readonly why: string; readonly mayBeLess: boolean /** It left the reader. */; readonly gone?: boolean };
export type Appraiser = {
  /** `began` is told each step of a badge that is to prove itself. */
  readonly appraise: (card: Captured, wanted: Wanted, began?: (step: BindingStep) => void) => Promise<Appraised>;
  /** A badge that personalising has made of the card, as a tap would find it. */
  readonly check: (card: Captured, badge: NewBadge) => Promise<Appraised>;
  /** By what the card is found in the store: its UID, or what it says where that changes with every tap; null: it says nothing. */
  readonly numberOf: (card: Captured) => Promise<Uint8Array | null>;
};

const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
/** `mayBeLess`: the card is no such badge at all, and may be enrolled as one that proves less. */
const refused = (why: string, mayBeLess = false, gone = false): Extract<Appraised, { kind: 'refused' }> => ({ kind: 'refused', why, mayBeLess, gone });
const noNumber = 'This card shows another number at each tap: enrol it as a security key, or personalise it first.';

export function createAppraiser(parts: ProofParts & { readonly prover: Prover }): Appraiser {
  const { policy, natives, trust } = parts;
  const byUid = ({ uid }: Captured): Appraised => (uid === null ? refused(noNumber) : { kind: 'badge', badge: { number: uid, proof: { kind: 'uid' } } });

  const check = async (card: Captured, badge: NewBadge, person: SubscriberId = ''): Promise<Appraised> => judged(await parts.prover.rehearse(badge, person, card));

  const piv = async (card: Captured, pinByPolicy: boolean, began: (step: BindingStep) => void): Promise<Appraised> => {
    const { uid, transmit } = card;
    if (pinByPolicy && policy().pivPins === 'off') return refused('The policy takes no PIV card by its key alone: set "pivPins" to "on", or enrol it under a root of "pivRoots".');
    if (uid === null) return refused(noNumber);
    const { roots, intermediates, revocation } = trust.current();
    const enrolled = await natives.enrolPiv(transmit, { roots, intermediates, revocation, now: Date.now(), staleGrace: 0, pinByPolicy }, random, (step) => {
      if (step !== 'examining') began(step === 'reading' ? 'read' : 'bind');
    });
    if (enrolled.kind === 'refused') return refused(enrolled.sentence, enrolled.because === 'missing' || enrolled.because === 'untrusted', enrolled.because === 'gone');
    began('check');
    return check(card, { number: uid, proof: storedPiv(enrolled.record) });
  };

  const appraise = async (card: Captured, wanted: Wanted, began: (step: BindingStep) => void = () => undefined): Promise<Appraised> => {
    switch (wanted.as) {
      case 'uid':
        return byUid(card);
      case 'piv':
        return piv(card, false, began);
      case 'pivPinned':
        return piv(card, true, began);
      case 'fido':
        return registered(parts, card, wanted, began, (badge) => (later) => check(later, badge, wanted.person));
      case 'best': {
        if (policy().pivRoots === null || card.uid === null) return byUid(card);
        // Until it has a certificate under a root it may be any card: then nothing has begun.
        const proving = await piv({ ...card, uid: Uint8Array.from(card.uid) }, false, (step) => {
          if (step === 'bind') began('read');
          if (step !== 'read') began(step);
        });
        // What merely has no such key counts by its number; what moved, or failed to prove itself, must not slip in as less.
        return proving.kind === 'refused' && proving.mayBeLess ? byUid(card) : proving;
      }
      default:
        return wanted satisfies never;
    }
  };
  const numberOf = async ({ uid, transmit }: Captured): Promise<Uint8Array | null> => {
    if (uid !== null) return Uint8Array.from(uid);
    const found = await natives.readBadgeNumber(transmit, Uint8Array.from(Buffer.from(policy().desfireAid, 'hex')));
    return found.kind === 'number' ? found.number : null;
  };
  return { appraise, numberOf, check: (card, badge) => check(card, badge) };
}

function judged(said: Rehearsed): Appraised {
  if (said.kind === 'proved') return { kind: 'badge', badge: said.badge };
  return refused(checkWords[said.because] ?? checkWords.wrong, false, said.because === 'gone');
}

/** Nothing is stored then, whatever was written to the card. */
const checkWords: Readonly<Partial<Record<Extract<Rehearsed, { kind: 'unproved' }>['because'], string>>> & { readonly wrong: string } = {
  gone: 'It left the reader before it was checked as at a tap, so nothing was stored: begin again, and hold it still until it is done.',
  anothers: 'It does not say at a tap that it is this badge, so nothing was stored: hold the same one there both times; if it was somebody else’s before, reset it first.',
  pinNeeded: 'This key asks for its own PIN at every touch (alwaysUv), which a tap has not, so nothing was stored: switch that off with the key’s own tool, or use another key.',
  wrong: 'It did not prove itself as a tap must, so nothing was stored: begin again, and take another badge if it stays so.',
};

/** Her credentials so far: a second registration of the same key is refused by the key itself. */
export function credentialsOf(store: Store, person: SubscriberId): readonly FidoCredential[] {
  const badges = store.subscriber(person)?.badges ?? [];
  return badges.flatMap((id) => {
    const badge = store.badge(id);
    return badge !== null && !badge.revoked && badge.proof.kind === 'fido' ? [badge.proof.credential] : [];
  });
}

/** The policy's word on makers and models; `contradiction` carries a sentence. */
export function attestationOf({ keyRoots, keyModels }: Pick<Policy, 'keyRoots' | 'keyModels'>): ReturnType<typeof readAttestationPolicy> {
  if (keyRoots === null) return readAttestationPolicy({ roots: [], aaguids: keyModels });
  try {
    const certificates = readFileSync(keyRoots, 'utf8').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    return readAttestationPolicy({ roots: certificates, aaguids: keyModels });
  } catch {
    return { kind: 'contradiction', why: 'The file of attestation roots cannot be read: put it where "keyRoots" says.' };
  }
}

/** What the pad can ask of a key's PIN: at least what a key takes (CTAP 2.1 §6.5.5.5), at most what the pad holds. */
const keyPinDigits = { least: 4, most: longestPin } as const;

type Later = (badge: NewBadge) => Extract<Appraised, { kind: 'again' }>['check'];

async function registered(
  parts: ProofParts,
  card: Captured,
  { person, pin: digits = new Uint8Array() }: Extract<Wanted, { as: 'fido' }>,
  began: (step: BindingStep) => void,
  later: Later,
): Promise<Appraised> {
  const pin = keyPinBytes(digits);
  digits.fill(0);
  try {
    began('read');
    const made = await register(parts, card, person, pin, () => began('bind'));
    return made.kind === 'badge' ? { kind: 'again', check: later(made.badge) } : made;
  } finally {
    pin.fill(0);
  }
}

async function register(
  { store, policy, natives, challenges }: ProofParts,
  { uid, transmit }: Captured,
  person: SubscriberId,
  pin: Uint8Array,
  binding: () => void,
): Promise<Appraised> {
  const attestation = attestationOf(policy());
  if (attestation.kind === 'contradiction') return refused(attestation.why);
  if (pin.length > 0 && (pin.length < keyPinDigits.least || pin.length > keyPinDigits.most)) {
    return refused(`The screen takes a key’s own PIN of ${keyPinDigits.least} to ${keyPinDigits.most} digits: change it with the key’s own tool first.`);
  }
  const given = pin.length > 0;
  const challenge = challenges.issue('registration', person);
  const said = await natives.registerKey(transmit, {
    rpId: stationHost,
    origin: stationOrigin,
    challenge,
    userHandle: userHandleOf(person),
    excludeIds: credentialsOf(store, person).map(({ id }) => fromBase64url(id)),
    algorithms: [...algorithms],
    pin: given ? pin : null,
    discoverable: uid === null,
    making: binding,
  });
  if (said.kind !== 'registration') return refused(keyWords[said.kind]);
  if (said.hasPin && !given && policy().keyPin === 'key') return refused('The policy asks for this key’s own PIN at each sign-in: enrol it again and give that PIN.');
  const outcome = await verifyRegistration(said, { ...expected(challenges, person, attestation, store), userVerification: given ? 'required' : 'discouraged' });
  if (outcome.kind === 'refused')
    return refused(outcome.guard === 'format' ? unvouched : `This security key was refused (${outcome.guard}): use a key of a model that the policy names.`);
  const proof = { kind: 'fido', via: 'nfc', credential: outcome.credential, ...(given && { pinLength: pin.length }) } as const;
  return { kind: 'badge', badge: { number: uid ?? fromBase64url(outcome.credential.id), proof } };
}

/** With `keyModels` only packed attestation under a root of `keyRoots` counts (attestation.ts). */
export const unvouched =
  'Nobody vouches for this key as the policy asks (keyModels): security keys do, by packed attestation; what is built into a computer or a phone (TPM, Apple, Android) does not, so use a key of a model that the policy names.';

/** What a registration is held to, by reader or by face. */
export const expected = (
  challenges: Challenges,
  person: SubscriberId,
  attestation: AttestationPolicy,
  store: Store,
  origins: readonly string[] = [stationOrigin],
  rpId = stationHost,
) => ({
  challenges,
  issuedTo: person,
  origins,
  rpId,
  userVerification: 'discouraged' as const,
  attestation,
  isRegistered: (id: string) => store.findByBadge(fromBase64url(id)) !== null,
});

type KeySaid = Exclude<Awaited<ReturnType<Natives['registerKey']>>['kind'], 'registration'>;
const keyWords: Readonly<Record<KeySaid, string>> = {
  fault: 'No security key answered as one should: hold it still on the reader and begin again.',
  pinWrong: 'The key’s own PIN was wrong: begin again.',
  pinBlocked: 'The key’s own PIN is blocked: lift it and hold it there again, or reset it.',
  pinNeeded: 'This key wants its own PIN for that: enrol it again and give that PIN.',
  pinNotSet: 'This key has no PIN of its own: set one first.',
  pinRefused: 'This key does not take that PIN: choose a longer one.',
  presenceSpent: 'One touch is one registration: lift the key and hold it there again.',
  registeredAlready: 'This key is hers already.',
  severalPeople: 'This key holds the credentials of several people: use one of her own.',
  anothers: 'This key is somebody else’s already, and would not say at a tap whose it is: reset it first with its own tool, which makes it new, or use another key.',
  alwaysVerifies: 'This key asks for its own PIN at every touch (alwaysUv), and a tap has no PIN to give: switch that off with the key’s own tool, or use another key.',
  unsupported: 'This key is too old for a badge reader: use a FIDO2 key.',
};
