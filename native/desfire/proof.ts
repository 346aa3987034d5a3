/** A card and the record of the badge it claims to be come in; whether it proved that goes out: grade `aes`, by mutual authentication with the badge's own key. */
import type { Transmit } from '../../core/ports.ts';
import type { ProofFault } from '../../core/types.ts';
import { authenticateFirst, type RandomSource } from './authentication.ts';
import { isSame } from './bytes.ts';
import { getCardUid, selectApplication } from './commands.ts';
import type { Fault } from './exchange.ts';
import { type ProofStep, proofFault } from './faults.ts';

/** What a station keeps of a provable badge. `key`: diversified, good for this badge alone; the caller overwrites it. */
export type AesBadge = { readonly aid: Uint8Array; readonly keyNo: number; readonly keyVersion: number; readonly key: Uint8Array; readonly uid: Uint8Array };
export type AesProof = { readonly kind: 'proved' } | { readonly kind: 'unproved'; readonly because: ProofFault };

/** `application`: readBadgeNumber has just selected it on this card; `card`: nothing has, one APDU more. */
export type Beginning = 'card' | 'application';

/** Three APDUs, four with the selection. Never throws for anything a card can do; the session's keys are overwritten. */
export async function proveAes(transmit: Transmit, badge: AesBadge, random: RandomSource, from: Beginning = 'card'): Promise<AesProof> {
  const unproved = (step: ProofStep, fault: Fault): AesProof => ({ kind: 'unproved', because: proofFault(step, fault) });
  if (from === 'card') {
    const selected = await selectApplication(transmit, badge.aid);
    if (selected.kind !== 'ok') return unproved('select', selected);
  }
  const begun = await authenticateFirst(transmit, badge, random);
  if (begun.kind !== 'ok') return unproved('authenticate', begun);
  using session = begun.value;
  const claimed = await getCardUid(transmit, session);
  if (claimed.kind !== 'ok') return unproved('uid', claimed);
  // The key alone names the badge; a card that holds it and says another UID is none of ours.
  return isSame(claimed.value, badge.uid) ? { kind: 'proved' } : { kind: 'unproved', because: 'wrong' };
}
