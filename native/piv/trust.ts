/** The files that IT hands over for PIV cards come in, as bytes; the CAs and lists they hold, and a sentence for each that cannot be used, go out. */
import { readCertificates } from './certificate.ts';
import type { Anchors } from './path.ts';
import { sentenceOfRefusal } from './refusals.ts';
import type { Revocation } from './revocation.ts';
import { readRevocation } from './revocation.ts';

/** Each as its file has it, PEM or DER; `absent`: policy names a file that is not there; null: policy names none. */
export type TrustFiles = {
  readonly roots: Uint8Array | 'absent' | null;
  readonly intermediates: Uint8Array | 'absent' | null;
  readonly crl: Uint8Array | 'absent' | null;
};
export type SiteTrust = Anchors & {
  readonly revocation: Revocation;
  /** For `doctor` and the policy's author, each with what to do. */
  readonly complaints: readonly string[];
};

/** What cannot be read trusts nobody: no CA is taken from a damaged file, and a CRL that policy names and nobody can read clears no certificate. Never throws. */
export function readTrust(files: TrustFiles): SiteTrust {
  const complaints: string[] = [];
  const certificatesOf = (file: TrustFiles['roots'], what: string): Anchors['roots'] => {
    if (file === null) return [];
    const found = file === 'absent' ? null : readCertificates(file);
    if (file === 'absent') complaints.push(`The file of ${what} for PIV cards is not there: put it there, or correct its path in policy.`);
    else if (found === null) complaints.push(`The file of ${what} for PIV cards cannot be read: it must hold certificates, in PEM or one in DER, of at most 1 MiB.`);
    return found ?? [];
  };
  const roots = certificatesOf(files.roots, 'roots');
  const intermediates = certificatesOf(files.intermediates, 'intermediates');
  const revocation: Revocation = files.crl === null ? { kind: 'off' } : readRevocation(files.crl === 'absent' ? null : files.crl, [...roots, ...intermediates]);
  if (revocation.kind === 'refused') complaints.push(sentenceOfRefusal(revocation.why));
  return { roots, intermediates, revocation, complaints };
}
