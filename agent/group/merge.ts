/** What two stations know of the same person, badge or PIN comes in; what both may believe goes out. Commutative, associative and idempotent: in whatever order bundles arrive, and however often, every station ends with the same. No clock is asked. */
import type { BadgeProof } from '../proofs/record.ts';
import { toldOfProof } from '../store/revisions.ts';
import type { CarriedBadge, CarriedPerson, CarriedPin } from './carried.ts';

/** The later revision counts; revoked stays revoked. Changed at two stations at once: whatever both agree on, and less rather than more of the rest. */
export function mergePerson(a: CarriedPerson, b: CarriedPerson): CarriedPerson {
  const revoked = a.revoked || b.revoked;
  if (a.revision !== b.revision) return { ...(a.revision > b.revision ? a : b), revoked };
  const named = smaller(a, b, ({ given, initial }) => JSON.stringify([given, initial]));
  return { ...named, language: less(a.language, b.language), role: less(a.role, b.role), number: less(a.number, b.number), account: less(a.account, b.account), revoked };
}

/** The later life counts: to hand a badge out again one had to know that it was revoked. Within one life revoked stays revoked. */
export function mergeBadge(a: CarriedBadge, b: CarriedBadge): CarriedBadge {
  const withLater = (one: CarriedBadge): CarriedBadge => ({ ...one, proof: counted(one.proof, one === a ? b.proof : a.proof), lastUsed: later(a.lastUsed, b.lastUsed) });
  if (a.life !== b.life) return withLater(a.life > b.life ? a : b);
  const told =
    a.revision === b.revision
      ? smaller(a, b, ({ subscriber, proof, index, indexKey }) => JSON.stringify([index, indexKey, subscriber, canonical(toldOfProof(proof))]))
      : a.revision > b.revision
        ? a
        : b;
  return { ...withLater(told), revoked: a.revoked || b.revoked };
}

/** The later PIN counts. Wrong tries fall only where the help desk gave her new ones (invariant 4): a PIN that she changed herself brings none. */
export function mergePin(a: CarriedPin, b: CarriedPin): CarriedPin {
  if (a.resets !== b.resets) return a.resets > b.resets ? a : b;
  const secret = a.revision === b.revision ? smaller(a, b, ({ hash, salt }) => JSON.stringify([hash, salt])) : a.revision > b.revision ? a : b;
  return { ...secret, failures: Math.max(a.failures, b.failures), keyFailures: Math.max(a.keyFailures, b.keyFailures) };
}

/** A security key's counter never goes back: what another station has seen of it counts here too (WebAuthn L3 §6.1.1). */
function counted(proof: BadgeProof, other: BadgeProof): BadgeProof {
  if (proof.kind !== 'fido' || other.kind !== 'fido' || proof.credential.id !== other.credential.id) return proof;
  return { ...proof, credential: { ...proof.credential, counter: Math.max(proof.credential.counter, other.credential.counter) } };
}

function smaller<T>(a: T, b: T, text: (one: T) => string): T {
  return text(a) <= text(b) ? a : b;
}

/** None where one of them has none. */
const less = <T extends string>(a: T | null, b: T | null): T | null => (a === null || b === null ? null : a <= b ? a : b);

const later = (a: string | null, b: string | null): string | null => (a === null || (b !== null && b > a) ? b : a);

/** The same text for the same proof, in whatever order its parts were written. */
export function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .filter(([, part]) => part !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, part]) => [name, canonical(part)]);
}
