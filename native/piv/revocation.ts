/** The CRL file that IT drops in and the certificates of the site's CAs come in; whether a certificate was withdrawn, or why that cannot be told, goes out. */
import type { Certificate } from './certificate.ts';
import { usage, usageOf } from './certificate.ts';
import type { WallTime } from './fields.ts';
import { oid, readCrlFields } from './fields.ts';
import { readPem } from './pem.ts';
import type { PivRecord } from './record.ts';
import { verifySignature } from './signatures.ts';

export type { WallTime } from './fields.ts';

/** One list whose signature has been checked. */
export type Crl = {
  readonly issuer: Uint8Array;
  /** SHA-256 of the public key that signed it: after a CA changes its key, each key has a list of its own. */
  readonly issuerKey: string;
  readonly thisUpdate: WallTime;
  readonly nextUpdate: WallTime;
  /** Serial numbers as in `PivRecord`. */
  readonly revoked: ReadonlySet<string>;
};
/** What is wrong with a CRL file: it is not there, is no CRL, has parts this version does not understand, or is signed by no configured CA. */
export type CrlFault = 'crlMissing' | 'crlUnreadable' | 'crlPartial' | 'crlForeign';
/** `off`: policy names no CRL file. */
export type Revocation = { readonly kind: 'off' } | { readonly kind: 'lists'; readonly lists: readonly Crl[] } | { readonly kind: 'refused'; readonly why: CrlFault };

/** A file above this is refused: some 100,000 withdrawn certificates, which take some tenths of a second to read. */
const largestFile = 4 * 1024 * 1024;
/** RFC 5280 §5.2.4, §5.2.5: such a list does not speak of all certificates of its issuer. */
const partial: readonly string[] = [oid('2.5.29.27'), oid('2.5.29.28')];

/**
 * `file`: DER, or PEM with one list or more; null: there is none. `authorities`: all configured roots and intermediates, each a CA that may sign CRLs.
 * One bad list refuses the whole file: a list that is left out would let pass what it withdraws. Never throws.
 */
export function readRevocation(file: Uint8Array | null, authorities: readonly Certificate[]): Revocation {
  if (file === null) return { kind: 'refused', why: 'crlMissing' };
  const blocks = file.length <= largestFile ? readPem(file, 'X509 CRL') : [];
  if (blocks.length === 0) return { kind: 'refused', why: 'crlUnreadable' };
  const lists: Crl[] = [];
  for (const der of blocks) {
    const list = readCrl(der, authorities);
    if (typeof list === 'string') return { kind: 'refused', why: list };
    lists.push(list);
  }
  return { kind: 'lists', lists };
}

function readCrl(der: Uint8Array, authorities: readonly Certificate[]): Crl | CrlFault {
  const fields = readCrlFields(der);
  if (fields === null || fields.nextUpdate === null || fields.nextUpdate < fields.thisUpdate) return 'crlUnreadable';
  // RFC 5280 §5.2: an unknown critical extension means the list must not be used; of those that may be critical we know none.
  if (fields.extensions.some(({ id, critical }) => critical || partial.includes(id))) return 'crlPartial';
  const signer = authorities.find(
    (authority) => equal(authority.fields.subject, fields.issuer) && maySign(authority) && verifySignature(fields.signatureOid, authority.key, fields.signedPart, fields.signature),
  );
  if (signer === undefined) return 'crlForeign';
  return { issuer: fields.issuer.slice(), issuerKey: signer.keyName, thisUpdate: fields.thisUpdate, nextUpdate: fields.nextUpdate, revoked: fields.revoked };
}

/** RFC 5280 §6.3.3 step f: a CA whose key usage, where stated, has cRLSign. Lists by others (indirect CRLs) are not taken. */
function maySign(authority: Certificate): boolean {
  const stated = usageOf(authority);
  return authority.x509.ca && (stated === null || (stated & usage.cRLSign) !== 0);
}

/** `crlStale`: beyond the grace. `crlEarly`: issued in the future of this clock. `crlOther`: no list speaks for this issuer. */
export type RevocationFault = CrlFault | 'crlStale' | 'crlEarly' | 'crlOther';
export type Standing = { readonly kind: 'good' } | { readonly kind: 'withdrawn' } | { readonly kind: 'untold'; readonly why: RevocationFault };

const good: Standing = { kind: 'good' };
const untold = (why: RevocationFault): Standing => ({ kind: 'untold', why });

/**
 * RFC 5280 §6.3. A serial that any list withdraws stays withdrawn, also by a list that is out of date; to be called good it takes a list whose nextUpdate is less than
 * `staleGrace` (ms) ago. A pinned key stands for itself: a list can withdraw its certificate, and no list is needed.
 */
export function standingOf(certificate: Pick<PivRecord, 'issuer' | 'issuerKey' | 'serial' | 'trust'>, revocation: Revocation, now: WallTime, staleGrace: number): Standing {
  const { issuer, issuerKey, serial, trust } = certificate;
  // By the key where a path was built: a CA may write its name in two ways.
  const speaks = (list: Crl): boolean => (issuerKey === null ? equal(list.issuer, issuer) : issuerKey === list.issuerKey);
  const lists = revocation.kind === 'lists' ? revocation.lists.filter(speaks) : [];
  if (lists.some(({ revoked }) => revoked.has(serial))) return { kind: 'withdrawn' };
  if (revocation.kind === 'off' || trust === 'pin') return good;
  if (revocation.kind === 'refused') return untold(revocation.why);
  const begun = lists.filter(({ thisUpdate }) => thisUpdate <= now);
  if (begun.some(({ nextUpdate }) => now <= nextUpdate + staleGrace)) return good;
  if (begun.length > 0) return untold('crlStale');
  return untold(lists.length > 0 ? 'crlEarly' : 'crlOther');
}

const equal = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0;
