/** A Card Authentication certificate as a card gave it and what the site trusts come in; the record to keep, or one clear reason against it, goes out. */
import type { ProofFault } from '../../core/types.ts';
import { algorithmOf } from './algorithms.ts';
import { largestCertificate } from './application.ts';
import type { Certificate } from './certificate.ts';
import { isStrange, readCertificate, timeliness, usage, usageOf } from './certificate.ts';
import type { WallTime } from './fields.ts';
import type { Anchors } from './path.ts';
import { buildPath, cardAuthPurpose } from './path.ts';
import type { PivRecord } from './record.ts';
import type { CertificateRefusal } from './refusals.ts';
import { faultOfRefusal } from './refusals.ts';
import type { Revocation } from './revocation.ts';
import { standingOf } from './revocation.ts';

export type Trust = Anchors & {
  readonly now: WallTime;
  readonly revocation: Revocation;
  /** How long after its nextUpdate a CRL counts, in ms: 0 for enrolment, policy's grace when a record is examined again. */
  readonly staleGrace: number;
  /** The administrator vouches for this card: its key is pinned, path and purpose are not asked for, its dates and a withdrawal are. */
  readonly pinByPolicy: boolean;
};
export type Examined = { readonly kind: 'trusted'; readonly record: PivRecord } | { readonly kind: 'refused'; readonly because: ProofFault; readonly why: CertificateRefusal };

const refused = (why: CertificateRefusal): Examined => ({ kind: 'refused', because: faultOfRefusal(why), why });

/** RFC 5280 §6 and the profile of SP 800-73-5 and FIPS 201-3. That the card holds the key is not said here: `provePiv` asks it. Never throws, whatever the bytes are. */
export function examineCertificate(der: Uint8Array, trust: Trust): Examined {
  const leaf = der.length <= largestCertificate ? readCertificate(der) : null;
  if (leaf === null) return refused('unreadable');
  const algorithm = algorithmOf(leaf.key);
  if (algorithm === null) return refused('keyKind');
  const time = timeliness(leaf, trust.now);
  if (time !== 'timely') return refused(time);
  const path = trust.pinByPolicy ? [leaf] : pathOf(leaf, trust);
  if (typeof path === 'string') return refused(path);

  const [, issuer] = path;
  const record: PivRecord = {
    algorithm,
    spki: leaf.key.export({ format: 'der', type: 'spki' }),
    trust: trust.pinByPolicy ? 'pin' : 'path',
    certificate: der.slice(),
    notAfter: leaf.x509.validToDate.getTime(),
    serial: leaf.fields.serial,
    issuer: leaf.fields.issuer.slice(),
    issuerKey: issuer?.keyName ?? null,
  };
  const withdrawal = withdrawalOf(record, path, trust);
  return withdrawal === null ? { kind: 'trusted', record } : refused(withdrawal);
}

function pathOf(leaf: Certificate, trust: Trust): readonly Certificate[] | CertificateRefusal {
  if (isStrange(leaf, false)) return 'strange';
  if (((usageOf(leaf) ?? 0) & usage.digitalSignature) === 0) return 'usage';
  // X509Certificate.keyUsage is the extended key usage.
  const purposes: readonly string[] | undefined = leaf.x509.keyUsage;
  if (!purposes?.includes(cardAuthPurpose)) return 'purpose';
  return trust.roots.length === 0 ? 'noRoots' : buildPath(leaf, trust, trust.now);
}

/** The badge's own certificate must be known to be good; of the CAs between it and the root, it is enough that no list withdraws them. */
function withdrawalOf(record: PivRecord, path: readonly Certificate[], { revocation, now, staleGrace }: Trust): CertificateRefusal | null {
  const own = standingOf(record, revocation, now, staleGrace);
  if (own.kind !== 'good') return own.kind === 'withdrawn' ? 'withdrawn' : own.why;
  const isWithdrawn = path.slice(1, -1).some(({ fields }, index) => {
    const issuerKey = path[index + 2]?.keyName ?? null;
    return standingOf({ issuer: fields.issuer, serial: fields.serial, issuerKey, trust: 'path' }, revocation, now, staleGrace).kind === 'withdrawn';
  });
  return isWithdrawn ? 'authorityWithdrawn' : null;
}
