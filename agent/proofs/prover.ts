/** A card in the field comes in; whose badge it is and what it has proved in this presentation goes out. A badge that was enrolled as provable counts only as that. */
import { randomBytes } from 'node:crypto';
import { stationHost } from '../../core/bridge.ts';
import type { Policy } from '../../core/policy.ts';
import type { Holder, Transmit } from '../../core/ports.ts';
import type { ProofFault, SubscriberId } from '../../core/types.ts';
import type { KeyFault } from '../../native/fido/outcome.ts';
import type { NewBadge } from '../enrolment.ts';
import type { Captured } from '../intake.ts';
import type { BadgeRecord } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import { type ExpectedAssertion, verifyAssertion } from '../webauthn/assertion.ts';
import type { Challenges } from '../webauthn/challenges.ts';
import { fromBase64url } from '../webauthn/claims.ts';
import type { FidoCredential } from '../webauthn/credential.ts';
import type { Natives } from './natives.ts';
import { aesBadge, type BadgeProof, gradeOf, pivRecord } from './record.ts';
import type { TrustBook } from './trust.ts';

export type Proof = { readonly kind: 'proved' } | { readonly kind: 'unproved'; readonly because: ProofFault };
/** Whose badge it is, as the store has it once the card has answered. */
export type Met = { readonly holder: Holder; readonly proof: Proof };
/** No badge of this station, or none that said so. `because`: why it proved nothing, of badges and keys that say by themselves whose they are; null: it is one, and nobody's here. */
export type Unmet = { readonly kind: 'unmet'; readonly because: ProofFault | null };
export interface Prover {
  /** Throws only where the store does not hold. */
  prove(holder: Holder, transmit: Transmit): Promise<Met>;
  /** A card whose UID changes with every tap says by itself whose it is. */
  meet(transmit: Transmit): Promise<Met | Unmet>;
  /** What a tap would come to if this badge were hers already. */
  rehearse(badge: NewBadge, person: SubscriberId, card: Captured): Promise<Rehearsed>;
}
/** `badge`: as it is to be stored, its counter moved on. `anothers`: the card does not say that it is this badge, or says it of several. */
export type Rehearsed = { readonly kind: 'proved'; readonly badge: NewBadge } | { readonly kind: 'unproved'; readonly because: ProofFault | 'anothers' };
/** What proving and appraising cards both rest on. */
export type ProofParts = {
  readonly store: Store;
  readonly policy: () => Policy;
  readonly natives: Natives;
  readonly trust: TrustBook;
  readonly challenges: Challenges;
};

const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
const proved: Proof = { kind: 'proved' };
const unproved = (because: ProofFault): Proof => ({ kind: 'unproved', because });
const unmet = (because: Unmet['because']): Unmet => ({ kind: 'unmet', because });
export const stationOrigin = `https://${stationHost}`;

export function createProver(parts: ProofParts & { readonly wall: () => number }): Prover {
  const { store, policy, natives, trust, wall } = parts;
  const aid = (): Uint8Array => Uint8Array.from(Buffer.from(policy().desfireAid, 'hex'));

  const proveAs = (record: BadgeRecord, transmit: Transmit, from: 'card' | 'application'): Promise<Proof> =>
    record.proof.kind === 'fido' ? proveKey(parts, { ...record, proof: record.proof }, transmit) : proveCard(record.proof, transmit, from);
  const proveCard = async (proof: CardProof, transmit: Transmit, from: 'card' | 'application'): Promise<Proof> => {
    switch (proof.kind) {
      case 'uid':
        return proved;
      case 'aes': {
        const badge = aesBadge(proof);
        try {
          return await natives.proveAes(transmit, badge, random, from);
        } finally {
          badge.key.fill(0);
        }
      }
      case 'piv':
        return natives.provePiv(transmit, { ...trust.current(), record: pivRecord(proof), now: wall(), staleGrace: policy().pivCrlGrace }, random);
      default:
        return proof satisfies never;
    }
  };
  const recordOf = (holder: Holder): BadgeRecord => {
    const record = store.badge(holder.badge);
    if (record === null) throw new Error('The store has a holder and no badge.');
    return record;
  };
  /** Revoked, handed on or enrolled anew while the card was answering: that counts, and what it proved before does not. */
  const asOfNow = (holder: Holder, proof: Proof): Met => {
    const badge = store.badge(holder.badge);
    if (badge === null || badge.subscriber !== holder.subscriber.id || gradeOf(badge.proof) !== holder.grade) return { holder, proof: unproved('gone') };
    return { holder: { ...holder, revoked: badge.revoked || store.subscriber(badge.subscriber)?.revoked !== false }, proof };
  };

  return {
    prove: async (holder, transmit) => asOfNow(holder, await proveAs(recordOf(holder), transmit, 'card')),
    meet: async (transmit) => {
      const found = await natives.readBadgeNumber(transmit, aid());
      const holder = found.kind === 'number' ? store.findByBadge(found.number) : null;
      if (holder !== null) return asOfNow(holder, await proveAs(recordOf(holder), transmit, 'application'));
      const noBadge = found.kind === 'none' ? found.because : null;
      if (noBadge === 'gone') return unmet('gone');
      const met = store.hasKeys ? await meetKey(parts, transmit) : unmet('missing');
      if ('holder' in met) return asOfNow(met.holder, met.proof);
      return noBadge === 'missing' || met.because === 'gone' ? met : unmet(noBadge);
    },
    rehearse: async (badge, person, { uid, transmit }) => {
      const { number, proof } = badge;
      if (proof.kind === 'fido') return rehearseKey(parts, { ...badge, proof }, person, { uid, transmit });
      // One that was just made to hide its UID shows it for the rest of this stay.
      const hides = uid === null || (proof.kind === 'aes' && !same(uid, number));
      if (hides) {
        const found = await natives.readBadgeNumber(transmit, aid());
        if (found.kind === 'none' && found.because === 'gone') return { kind: 'unproved', because: 'gone' };
        if (found.kind !== 'number' || !same(found.number, number)) return { kind: 'unproved', because: 'anothers' };
      } else if (!same(uid, number)) return { kind: 'unproved', because: 'anothers' };
      const said = await proveCard(proof, transmit, hides ? 'application' : 'card');
      return said.kind === 'proved' ? { kind: 'proved', badge } : said;
    },
  };
}

type CardProof = Exclude<BadgeProof, { kind: 'fido' }>;
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.from(a).equals(b);

export type KeyRecord = BadgeRecord & { readonly proof: Extract<BadgeProof, { kind: 'fido' }> };
/** Whether this badge is a security key. */
export const isKey = (record: BadgeRecord | null): record is KeyRecord => record?.proof.kind === 'fido';

/** Presence only: over NFC that proves the key in the field, not a hand (CTAP 2.1 §11.3). `person` and `credentialId` null: the key says whose it is. */
function askKey({ natives, challenges }: ProofParts, transmit: Transmit, person: SubscriberId | null, credentialId: string | null): ReturnType<Natives['proveFido']> {
  const challenge = challenges.issue('authentication', person);
  const id = credentialId === null ? null : fromBase64url(credentialId);
  return natives.proveFido(transmit, { rpId: stationHost, origin: stationOrigin, challenge, credentialId: id, pin: null });
}

function faultOf(said: KeyFault): ProofFault {
  switch (said.kind) {
    case 'fault':
      return said.fault;
    case 'presenceSpent':
      return 'gone';
    case 'pinNeeded':
      return 'pinNeeded';
    default:
      return 'missing';
  }
}

async function proveKey(parts: ProofParts, record: KeyRecord, transmit: Transmit): Promise<Proof> {
  const said = await askKey(parts, transmit, record.subscriber, record.proof.credential.id);
  return said.kind === 'proof' ? verifyKey(parts, record, said, record.subscriber) : unproved(faultOf(said));
}

async function rehearseKey(parts: ProofParts, badge: NewBadge & Pick<KeyRecord, 'proof'>, person: SubscriberId, { uid, transmit }: Captured): Promise<Rehearsed> {
  const { credential } = badge.proof;
  const byItself = uid === null;
  if (!byItself && !same(uid, badge.number)) return { kind: 'unproved', because: 'anothers' };
  const said = await askKey(parts, transmit, byItself ? null : person, byItself ? null : credential.id);
  if (said.kind !== 'proof') return { kind: 'unproved', because: said.kind === 'severalPeople' ? 'anothers' : faultOf(said) };
  if (!same(said.credentialId, fromBase64url(credential.id))) return { kind: 'unproved', because: 'anothers' };
  const outcome = await verifyAssertion(said, expectedOf(parts, credential, person, byItself ? null : person));
  if (outcome.kind === 'refused') return { kind: 'unproved', because: outcome.fault };
  return { kind: 'proved', badge: { ...badge, proof: { ...badge.proof, credential: { ...credential, counter: outcome.counter } } } };
}

async function meetKey(parts: ProofParts, transmit: Transmit): Promise<Met | Unmet> {
  const { store } = parts;
  const said = await askKey(parts, transmit, null, null);
  if (said.kind !== 'proof') return unmet(faultOf(said));
  const holder = store.findByBadge(said.credentialId);
  const record = holder === null ? null : store.badge(holder.badge);
  return holder === null || !isKey(record) ? unmet(null) : { holder, proof: await verifyKey(parts, record, said, null) };
}

const expectedOf = ({ challenges }: ProofParts, credential: FidoCredential, owner: SubscriberId, issuedTo: SubscriberId | null): ExpectedAssertion => ({
  challenges,
  issuedTo,
  origins: [stationOrigin],
  rpId: stationHost,
  userVerification: 'discouraged',
  credential,
  owner,
});

type Said = Parameters<typeof verifyAssertion>[0];
async function verifyKey(parts: ProofParts, record: KeyRecord, said: Said, issuedTo: SubscriberId | null): Promise<Proof> {
  const { store } = parts;
  const { credential } = record.proof;
  const outcome = await verifyAssertion(said, expectedOf(parts, credential, record.subscriber, issuedTo));
  if (outcome.kind === 'refused') return unproved(outcome.fault);
  // Two that hold one key, at two readers at once: the first to be believed has moved the counter on.
  const now = store.badge(record.id);
  if (!isKey(now)) return unproved('gone');
  if (now.proof.credential.counter !== credential.counter) return unproved('cloned');
  if (outcome.counter !== credential.counter) rememberCounter(store, now, outcome.counter);
  return proved;
}

/** Durable before anything opens on it; a store put back to before this write is found out, or a copy could answer once more. */
export function rememberCounter(store: Store, record: KeyRecord, counter: number): void {
  const now = store.badge(record.id);
  if (!isKey(now)) return;
  store.write([{ ...now, proof: { ...now.proof, credential: { ...now.proof.credential, counter: Math.max(counter, now.proof.credential.counter) } } }], 'counted');
}
