/** A certificate and the CAs that IT configured come in; the path from it to a root, every step checked, or why there is none goes out. */
import type { Certificate } from './certificate.ts';
import { isStrange, pathLength, timeliness } from './certificate.ts';
import type { WallTime } from './fields.ts';
import { isAcceptedAuthority, isAcceptedSignature } from './signatures.ts';

/** id-PIV-cardAuth, FIPS 201-3 and SP 800-73-5: the certificate of key 9E and of no other key of the card. */
export const cardAuthPurpose = '2.16.840.1.101.3.6.8';
const anyPurpose = '2.5.29.37.0';

export type Anchors = {
  /** Trusted as they are, self-signed or not. */
  readonly roots: readonly Certificate[];
  readonly intermediates: readonly Certificate[];
};
/** Of a CA on the way, except `noPath` and `weakSignature`, which are of any certificate on it. */
export type PathFault = 'noPath' | 'weakSignature' | 'authorityEarly' | 'authorityExpired' | 'notAuthority' | 'authorityKey' | 'authorityStrange' | 'pathLength';

const mostCas = 6;
/** More signatures than a sound site could need are not checked: many CAs of one name multiply ways. */
const mostSignatures = 64;

/** Leaf first, root last (RFC 5280 §6.1). Where several ways fail, the fault of the one that got furthest in this order is told. */
export function buildPath(leaf: Certificate, { roots, intermediates }: Anchors, now: WallTime): readonly Certificate[] | PathFault {
  let signatures = 0;
  const climb = (below: readonly Certificate[]): readonly Certificate[] | PathFault => {
    const last = below.at(-1) ?? leaf;
    let fault: PathFault = 'noPath';
    const unused = intermediates.filter((candidate) => !below.some(({ x509 }) => x509.fingerprint256 === candidate.x509.fingerprint256));
    for (const candidate of [...roots, ...unused]) {
      const isAnchor = roots.includes(candidate);
      if (!last.x509.checkIssued(candidate.x509) || signatures === mostSignatures) continue;
      signatures += 1;
      if (!isAcceptedSignature(last.fields.signatureOid)) return 'weakSignature';
      const wrong = authorityFault(candidate, below, isAnchor, now);
      // The key is looked at first: OpenSSL may take long over one of many thousand bits.
      if (wrong === 'authorityKey' || !last.x509.verify(candidate.key)) {
        if (wrong === 'authorityKey') fault = wrong;
        continue;
      }
      const way = wrong ?? (isAnchor ? [...below, candidate] : below.length > mostCas ? 'noPath' : climb([...below, candidate]));
      if (typeof way !== 'string') return way;
      if (way !== 'noPath') fault = way;
    }
    return fault;
  };
  return climb([leaf]);
}

/** RFC 5280 §6.1.4, steps k to o, for a CA above `below`; null: nothing is wrong with it. */
function authorityFault(authority: Certificate, below: readonly Certificate[], isAnchor: boolean, now: WallTime): PathFault | null {
  if (!isAcceptedAuthority(authority.key)) return 'authorityKey';
  const time = timeliness(authority, now);
  if (time !== 'timely') return time === 'early' ? 'authorityEarly' : 'authorityExpired';
  // Basic constraints; where key usage is stated, both this and checkIssued want its keyCertSign.
  if (!authority.x509.ca) return 'notAuthority';
  // A CA for other purposes only, such as web servers, issues no badges.
  const purposes: readonly string[] | undefined = authority.x509.keyUsage;
  if (purposes !== undefined && !purposes.includes(cardAuthPurpose) && !purposes.includes(anyPurpose)) return 'notAuthority';
  const cas = below.slice(1).filter(({ fields }) => Buffer.compare(fields.issuer, fields.subject) !== 0).length;
  if (cas > pathLength(authority)) return 'pathLength';
  return isStrange(authority, isAnchor) ? 'authorityStrange' : null;
}
