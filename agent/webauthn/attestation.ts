/** The site's roots and models, and what a new key says of itself, come in; whether a trusted maker vouches for it goes out. All offline, by chain and list alone. */
import { X509Certificate } from 'node:crypto';
import { decodeAttestationObject } from '@simplewebauthn/server/helpers';
import { type Refused, refused } from './guards.ts';

/** `any`: a key's model is not asked, nor believed. `listed`: of these models, vouched for under one of these roots. */
export type AttestationPolicy = { readonly kind: 'any' } | { readonly kind: 'listed'; readonly roots: readonly X509Certificate[]; readonly aaguids: readonly string[] };
export type AttestationSettings = {
  /** PEM, one certificate each. */
  readonly roots: readonly string[];
  /** Lower case with hyphens, as makers publish them. */
  readonly aaguids: readonly string[];
};

/** An AAGUID is a bare claim without a root, and a root alone vouches for models nobody chose: one without the other is refused, with a sentence. */
export function readAttestationPolicy({ roots, aaguids }: AttestationSettings): AttestationPolicy | { readonly kind: 'contradiction'; readonly why: string } {
  if (roots.length === 0 && aaguids.length === 0) return { kind: 'any' };
  if (roots.length === 0)
    return { kind: 'contradiction', why: 'Models of security keys are listed without an attestation root: add the root certificate of their maker, or take the list out.' };
  if (aaguids.length === 0)
    return { kind: 'contradiction', why: 'Attestation roots are set without a list of models: list the AAGUIDs of the keys you hand out, or take the roots out.' };
  const wrong = aaguids.find((aaguid) => !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(aaguid) || /^[0-]+$/.test(aaguid));
  if (wrong !== undefined) return { kind: 'contradiction', why: 'An AAGUID must be 32 lower-case hexadecimal digits with hyphens, and not all zero.' };
  const parsed = roots.map(parsePem);
  const certificates = parsed.filter((certificate) => certificate !== null);
  if (certificates.length < parsed.length) return { kind: 'contradiction', why: 'An attestation root is not a certificate in PEM: give it as its maker publishes it.' };
  return { kind: 'listed', roots: certificates, aaguids };
}

function parsePem(pem: string): X509Certificate | null {
  try {
    return new X509Certificate(pem);
  } catch {
    return null;
  }
}

export const aaguidText = (aaguid: Uint8Array): string =>
  Buffer.from(aaguid)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

const longestChain = 4;

export type Statement = { readonly format: string; readonly authData: Uint8Array /** Empty: nobody but the key itself vouches. */; readonly chain: readonly X509Certificate[] };

/** null: no attestation object of WebAuthn L3 §6.5.4. */
export function readStatement(attestationObject: Uint8Array): Statement | null {
  try {
    const object: unknown = decodeAttestationObject(Uint8Array.from(attestationObject));
    if (!(object instanceof Map)) return null;
    const [format, authData, statement] = [object.get('fmt'), object.get('authData'), object.get('attStmt')] as unknown[];
    if (typeof format !== 'string' || !(authData instanceof Uint8Array) || !(statement instanceof Map)) return null;
    const x5c: unknown = statement.get('x5c');
    if (x5c === undefined) return { format, authData, chain: [] };
    if (!Array.isArray(x5c) || x5c.length === 0 || x5c.length > longestChain) return null;
    return { format, authData, chain: x5c.map((der: Uint8Array) => new X509Certificate(der)) };
  } catch {
    return null;
  }
}

/**
 * §7.1, the steps on attestation formats, trust anchors and trustworthiness; the statement's signature is the library's.
 * Self attestation and none name any model they like: under a list both are refused, as is every format but `packed`, the one of security keys.
 */
export function guardAttestation({ format, chain }: Statement, aaguid: Uint8Array, policy: AttestationPolicy, now = new Date()): Refused | null {
  if (policy.kind === 'any') return format === 'packed' || format === 'none' ? null : refused('format', 'untrusted');
  if (format !== 'packed' || chain.length === 0) return refused('format', 'untrusted');
  if (!policy.aaguids.includes(aaguidText(aaguid))) return refused('aaguid', 'untrusted');
  if (!chain.every((certificate) => isCurrent(certificate, now))) return refused('root', 'expired');
  return reachesRoot(chain, policy.roots, now) ? null : refused('root', 'untrusted');
}

const isCurrent = (certificate: X509Certificate, now: Date): boolean => certificate.validFromDate <= now && now <= certificate.validToDate;

/** Each certificate signed by the next, the last by a root; or the first is itself one of the configured. */
function reachesRoot(chain: readonly X509Certificate[], roots: readonly X509Certificate[], now: Date): boolean {
  const current = roots.filter((root) => isCurrent(root, now));
  const [leaf] = chain;
  if (leaf && current.some((root) => root.raw.equals(leaf.raw))) return true;
  return chain.every((certificate, at) => {
    const next = chain[at + 1];
    if (next) return isIssued(certificate, next);
    return current.some((root) => root.raw.equals(certificate.raw) || isIssued(certificate, root));
  });
}

const isIssued = (certificate: X509Certificate, by: X509Certificate): boolean => by.ca && certificate.checkIssued(by) && certificate.verify(by.publicKey);
