/** DER of one certificate, or a file of several, comes in; what node:crypto and our own reading make of it goes out, or null. */
import type { KeyObject } from 'node:crypto';
import { createHash, X509Certificate } from 'node:crypto';
import type { CertificateFields, WallTime } from './fields.ts';
import { oid, readCertificateFields } from './fields.ts';
import { readPem } from './pem.ts';
import { readAll, readOnly } from './tlv.ts';

export type Certificate = {
  readonly x509: X509Certificate;
  readonly fields: CertificateFields;
  readonly key: KeyObject;
  /** SHA-256 of the public key (DER of SubjectPublicKeyInfo) in hexadecimal. */
  readonly keyName: string;
};

/** A file of roots or intermediates above this is refused. */
const largestFile = 1024 * 1024;

/** One certificate in DER and nothing behind it. null: it is not that, or its key is of a kind that OpenSSL does not know. Never throws. */
export function readCertificate(der: Uint8Array): Certificate | null {
  const fields = readCertificateFields(der);
  if (fields === null) return null;
  try {
    const x509 = new X509Certificate(der);
    const key = x509.publicKey;
    const keyName = createHash('sha256')
      .update(key.export({ format: 'der', type: 'spki' }))
      .digest('hex');
    return { x509, fields, key, keyName };
  } catch {
    return null;
  }
}

/** A file as IT hands it over: DER, or PEM with one certificate or more. null: it is neither, or one of them is damaged. */
export function readCertificates(file: Uint8Array): readonly Certificate[] | null {
  const blocks = file.length <= largestFile ? readPem(file, 'CERTIFICATE') : [];
  const found = blocks.map(readCertificate).filter((certificate) => certificate !== null);
  return found.length > 0 && found.length === blocks.length ? found : null;
}

/** From notBefore through notAfter, both included (RFC 5280 §4.1.2.5). */
export function timeliness({ x509 }: Certificate, now: WallTime): 'early' | 'timely' | 'expired' {
  if (!(now >= x509.validFromDate.getTime())) return 'early';
  return now <= x509.validToDate.getTime() ? 'timely' : 'expired';
}

const extensionIds = { keyUsage: oid('2.5.29.15'), basicConstraints: oid('2.5.29.19') } as const;

/** Bits of the key usage extension (RFC 5280 §4.2.1.3), the first byte. */
export const usage = { digitalSignature: 0x80, cRLSign: 0x02 } as const;

/** null: the certificate does not state what its key is for. */
export function usageOf({ fields }: Certificate): number | null {
  const stated = fields.extensions.find(({ id }) => id === extensionIds.keyUsage);
  return stated ? (readOnly(stated.value, 0x03, 'der')?.[1] ?? 0) : null;
}

/** pathLenConstraint (RFC 5280 §4.2.1.9): how many CAs may stand below this one. A constraint that cannot be read allows none. */
export function pathLength({ fields }: Certificate): number {
  const stated = fields.extensions.find(({ id }) => id === extensionIds.basicConstraints);
  const sequence = stated && readOnly(stated.value, 0x30, 'der');
  const parts = sequence && readAll(sequence, 'der');
  if (!parts) return 0;
  const limit = parts.find(({ tag }) => tag === 0x02)?.value;
  return limit === undefined ? Number.POSITIVE_INFINITY : limit.length === 1 ? (limit[0] ?? 0) : 0;
}

/** Known to this version, so they may be critical (RFC 5280 §4.2): key usage, basic constraints, extended key usage; alternative names and policies bind nobody here. */
const understood: readonly string[] = [extensionIds.keyUsage, extensionIds.basicConstraints, oid('2.5.29.37'), oid('2.5.29.17'), oid('2.5.29.32')];
/** Constraints on policies below a trust anchor, which path validation takes from its configuration instead (RFC 5280 §6.1.1). */
const ofAnchors: readonly string[] = [oid('2.5.29.33'), oid('2.5.29.36'), oid('2.5.29.54')];

/** Whether it has a critical extension that this version does not understand. */
export function isStrange({ fields }: Certificate, isAnchor: boolean): boolean {
  return fields.extensions.some(({ id, critical }) => critical && !understood.includes(id) && !(isAnchor && ofAnchors.includes(id)));
}
