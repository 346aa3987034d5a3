/** An algorithm comes in; a credential of the software key, with its public key as COSE_Key, goes out. */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

export type KeyCredential = {
  readonly id: Uint8Array;
  readonly rpId: string;
  readonly user: Uint8Array;
  readonly discoverable: boolean;
  readonly algorithm: number;
  readonly key: KeyObject;
  readonly publicKey: ReadonlyMap<number, unknown>;
  /** Secrets of hmac-secret (CTAP 2.1 §12.5): one for verified users, one for the others. */
  readonly random: { readonly verified: Uint8Array; readonly present: Uint8Array } | null;
};

const bytes = (text: string | undefined): Uint8Array => Uint8Array.from(Buffer.from(text ?? '', 'base64url'));

/** null: not an algorithm of this key. */
export function newKey(algorithm: number): { readonly key: KeyObject; readonly publicKey: ReadonlyMap<number, unknown> } | null {
  switch (algorithm) {
    case -7: {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const { x, y } = privateKey.export({ format: 'jwk' });
      return {
        key: privateKey,
        publicKey: new Map<number, unknown>([
          [1, 2],
          [3, -7],
          [-1, 1],
          [-2, bytes(x)],
          [-3, bytes(y)],
        ]),
      };
    }
    case -8: {
      const { privateKey } = generateKeyPairSync('ed25519');
      return {
        key: privateKey,
        publicKey: new Map<number, unknown>([
          [1, 1],
          [3, -8],
          [-1, 6],
          [-2, bytes(privateKey.export({ format: 'jwk' }).x)],
        ]),
      };
    }
    case -257: {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const { n, e } = privateKey.export({ format: 'jwk' });
      return {
        key: privateKey,
        publicKey: new Map<number, unknown>([
          [1, 3],
          [3, -257],
          [-1, bytes(n)],
          [-2, bytes(e)],
        ]),
      };
    }
    default:
      return null;
  }
}

/** As WebAuthn L3 §6.5.5 wants it: DER for ECDSA, raw for the others. */
export const signWith = (key: KeyObject, message: Uint8Array): Uint8Array => Uint8Array.from(sign(key.asymmetricKeyType === 'ed25519' ? null : 'sha256', message, key));

export const newRandom = (): KeyCredential['random'] => ({ verified: Uint8Array.from(randomBytes(32)), present: Uint8Array.from(randomBytes(32)) });
