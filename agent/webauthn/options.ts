/** A person, their credentials and a challenge come in; what a browser is to be asked goes out as the options of WebAuthn L3 §5.4 and §5.5, in JSON. */
import type { PublicKeyCredentialCreationOptionsJSON, PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server';
import type { SubscriberId } from '../../core/types.ts';
import type { AttestationPolicy } from './attestation.ts';
import { challengeLasts } from './challenges.ts';
import { toBase64url } from './claims.ts';
import { algorithms, type FidoCredential, userHandleOf } from './credential.ts';

/** `preferred`: a key that can verify its user shall, and one that cannot serves as well. */
type Asked = { readonly rpId: string; readonly challenge: Uint8Array; readonly userVerification: 'required' | 'preferred' | 'discouraged' };
export type RequestOptions = { readonly kind: 'options'; readonly options: PublicKeyCredentialRequestOptionsJSON };

/** An authenticator that is asked for one of nobody's credentials answers for anybody's: without a credential there is no ceremony. */
export function requestOptions({ rpId, challenge, userVerification }: Asked, credentials: readonly FidoCredential[]): RequestOptions | { readonly kind: 'noKey' } {
  if (credentials.length === 0) return { kind: 'noKey' };
  const allowCredentials = credentials.map(described);
  return { kind: 'options', options: { rpId, challenge: toBase64url(challenge), timeout: challengeLasts, allowCredentials, userVerification, hints: hintsFor(credentials) } };
}

/** For whoever holds a key that says by itself whose it is: only for a ceremony that belongs to nobody yet. `enrolled`: everybody's here. */
export const discoverableOptions = ({ rpId, challenge, userVerification }: Asked, enrolled: readonly FidoCredential[]): RequestOptions => ({
  kind: 'options',
  options: { rpId, challenge: toBase64url(challenge), timeout: challengeLasts, userVerification, hints: hintsFor(enrolled) },
});

/** Where a browser is to look first: what was enrolled says so, and what did not say is a key. */
function hintsFor(credentials: readonly FidoCredential[]): ('client-device' | 'security-key')[] {
  const builtIn = credentials.filter(({ transports }) => transports.includes('internal')).length;
  return builtIn === 0 ? ['security-key'] : builtIn === credentials.length ? ['client-device'] : ['security-key', 'client-device'];
}

/** No name goes into the key: `label` is what a browser may show beside it. */
export function creationOptions(
  { rpId, challenge, userVerification }: Asked,
  {
    subscriber,
    label,
    credentials,
    attestation,
    residentKey = 'discouraged',
  }: {
    readonly subscriber: SubscriberId;
    readonly label: string;
    readonly credentials: readonly FidoCredential[];
    readonly attestation: AttestationPolicy;
    readonly residentKey?: 'preferred' | 'discouraged';
  },
): PublicKeyCredentialCreationOptionsJSON {
  return {
    rp: { id: rpId, name: 'Tapward' },
    user: { id: toBase64url(userHandleOf(subscriber)), name: label, displayName: label },
    challenge: toBase64url(challenge),
    pubKeyCredParams: algorithms.map((alg) => ({ alg, type: 'public-key' as const })),
    timeout: challengeLasts,
    excludeCredentials: credentials.map(described),
    authenticatorSelection: { residentKey, userVerification },
    // Else a browser asks the key to hide what it keeps from everybody who has not verified herself to it, and no touch would say whose it is (CTAP 2.1 §12.1).
    ...(residentKey === 'preferred' && { extensions: { credProps: true, credentialProtectionPolicy: 'userVerificationOptional' } as object }),
    // What is plugged in first; the computer's own where she has nothing else.
    hints: ['security-key', 'client-device'],
    attestation: attestation.kind === 'listed' ? 'direct' : 'none',
  };
}

/** Transports only where they are known: a wrong one lets the browser wait in vain for an authenticator that lies there. */
function described({ id, transports }: FidoCredential): { id: string; type: 'public-key'; transports?: AuthenticatorTransport[] } {
  return { id, type: 'public-key', ...(transports.length > 0 && { transports: [...transports] as AuthenticatorTransport[] }) };
}
type AuthenticatorTransport = 'ble' | 'cable' | 'hybrid' | 'internal' | 'nfc' | 'smart-card' | 'usb';
