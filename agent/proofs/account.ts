/** A badge's record and its person come in; what an administrator may know of it goes out: what it proves, and for how long. Nothing secret is in it. */
import type { BadgeId, Subscriber } from '../../core/types.ts';
import type { BadgeRecord } from '../store/records.ts';
import type { BadgeProof } from './record.ts';

export type Proves =
  | { readonly kind: 'uid' }
  | { readonly kind: 'aes'; readonly keyVersion: number }
  /** `expires`: milliseconds of Unix time. */
  | { readonly kind: 'piv'; readonly expires: number; readonly trust: 'path' | 'pin' }
  /** `model`: the AAGUID it claims; `attested`: its maker vouches for that. `synced`: may be on other devices too. */
  | { readonly kind: 'fido'; readonly model: string; readonly attested: boolean; readonly counter: number; readonly synced: boolean };

/** `revoked`: the badge was, or its person. `lastUsed`: a day, `2027-03-31`. `spareUntil`: lent until then, Unix milliseconds; null: her own. */
export type BadgeAccount = {
  readonly id: BadgeId;
  readonly person: Subscriber;
  readonly revoked: boolean;
  readonly proves: Proves;
  readonly lastUsed: string | null;
  readonly spareUntil: number | null;
};

export const accountOf = ({ id, proof, revoked, lastUsed, spare }: BadgeRecord, person: Subscriber, personRevoked: boolean): BadgeAccount => ({
  id,
  person,
  revoked: revoked || personRevoked,
  proves: provesOf(proof),
  lastUsed,
  spareUntil: spare === null ? null : spare.wall + spare.lasts,
});

function provesOf(proof: BadgeProof): Proves {
  switch (proof.kind) {
    case 'uid':
      return { kind: 'uid' };
    case 'aes':
      return { kind: 'aes', keyVersion: proof.keyVersion };
    case 'piv':
      return { kind: 'piv', expires: proof.notAfter, trust: proof.trust };
    case 'fido': {
      const { aaguid, attested, counter, backupEligible } = proof.credential;
      return { kind: 'fido', model: aaguid, attested, counter, synced: backupEligible };
    }
    default:
      return proof satisfies never;
  }
}
