/** A ceremony's challenge and origin come in; the clientDataJSON a browser would have made (WebAuthn L3 §5.8.1), and its hash, go out. */
import { createHash } from 'node:crypto';

/** What every ceremony with a key is bound to. */
export type Ceremony = {
  /** A host name: the station's, or its site's. */
  readonly rpId: string;
  /** `https://` and that host, as the verifier expects it. */
  readonly origin: string;
  /** From the verifier's book, used once. */
  readonly challenge: Uint8Array;
};

export type ClientData = { readonly json: Uint8Array; readonly hash: Uint8Array };

export function clientData(type: 'webauthn.create' | 'webauthn.get', { origin, challenge }: Ceremony): ClientData {
  const json = Buffer.from(JSON.stringify({ type, challenge: Buffer.from(challenge).toString('base64url'), origin, crossOrigin: false }));
  return { json: Uint8Array.from(json), hash: Uint8Array.from(createHash('sha256').update(json).digest()) };
}

export const hashOfRpId = (rpId: string): Buffer => createHash('sha256').update(rpId).digest();
