/** What a browser or a key says it has made comes in, as JSON from a face or as bytes over NFC; one shape of it goes out, with nothing believed yet. */
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import { z } from 'zod';
import { longestCredentialId } from '../../core/authenticator-data.ts';

/** A new credential, as claimed. Registration of native/fido is one. */
export type RegistrationClaim = {
  readonly credentialId: Uint8Array;
  readonly attestationObject: Uint8Array;
  readonly clientDataJSON: Uint8Array;
  readonly transports: readonly string[];
  readonly hmacSecret: boolean;
  /** As the browser says, under nobody's signature: the key keeps the credential itself (WebAuthn L3 §10.1.3). */
  readonly discoverable?: boolean;
};
/** A proof of one, as claimed. Proof of native/fido is one. */
export type AssertionClaim = {
  readonly credentialId: Uint8Array;
  readonly authenticatorData: Uint8Array;
  readonly clientDataJSON: Uint8Array;
  readonly signature: Uint8Array;
  readonly userHandle: Uint8Array | null;
};

export const toBase64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
export const fromBase64url = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(text, 'base64url'));

const base64url = (most: number): z.ZodType<Uint8Array> =>
  z
    .string()
    .min(2)
    .max(Math.ceil((most * 4) / 3))
    .regex(/^[A-Za-z0-9_-]+$/)
    .transform(fromBase64url);
/** A registration's longest part is its certificates. */
const longestPart = 16_384;
const id = base64url(longestCredentialId);
const transports = z
  .array(
    z
      .string()
      .min(1)
      .max(16)
      .regex(/^[a-z-]+$/),
  )
  .max(8);

const registration = z.object({
  id,
  rawId: id,
  type: z.literal('public-key'),
  response: z.object({ attestationObject: base64url(longestPart), clientDataJSON: base64url(4_096), transports: transports.optional() }),
  clientExtensionResults: z.object({ credProps: z.object({ rk: z.boolean().optional() }).optional() }).optional(),
});
const assertion = z.object({
  id,
  rawId: id,
  type: z.literal('public-key'),
  response: z.object({ authenticatorData: base64url(4_096), clientDataJSON: base64url(4_096), signature: base64url(1_024), userHandle: base64url(64).nullish() }),
});

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.from(a).equals(b);

/** RegistrationResponseJSON of WebAuthn L3 §5.1.8; null: it is none. */
export function readRegistrationResponse(json: unknown): RegistrationClaim | null {
  const parsed = registration.safeParse(json);
  if (!parsed.success || !same(parsed.data.id, parsed.data.rawId)) return null;
  const { attestationObject, clientDataJSON, transports: said = [] } = parsed.data.response;
  return {
    credentialId: parsed.data.id,
    attestationObject,
    clientDataJSON,
    transports: said,
    hmacSecret: false,
    discoverable: parsed.data.clientExtensionResults?.credProps?.rk === true,
  };
}

/** AuthenticationResponseJSON of WebAuthn L3 §5.1.8; null: it is none. */
export function readAuthenticationResponse(json: unknown): AssertionClaim | null {
  const parsed = assertion.safeParse(json);
  if (!parsed.success || !same(parsed.data.id, parsed.data.rawId)) return null;
  const { authenticatorData, clientDataJSON, signature, userHandle } = parsed.data.response;
  return { credentialId: parsed.data.id, authenticatorData, clientDataJSON, signature, userHandle: userHandle ?? null };
}

/** As the library wants it. */
export function registrationJson({ credentialId, attestationObject, clientDataJSON }: RegistrationClaim): RegistrationResponseJSON {
  const text = toBase64url(credentialId);
  const response = { attestationObject: toBase64url(attestationObject), clientDataJSON: toBase64url(clientDataJSON) };
  return { id: text, rawId: text, type: 'public-key', clientExtensionResults: {}, response };
}

/** As the library wants it; whose handle it is has been looked at before. */
export function assertionJson({ credentialId, authenticatorData, clientDataJSON, signature }: AssertionClaim): AuthenticationResponseJSON {
  const text = toBase64url(credentialId);
  const response = { authenticatorData: toBase64url(authenticatorData), clientDataJSON: toBase64url(clientDataJSON), signature: toBase64url(signature) };
  return { id: text, rawId: text, type: 'public-key', clientExtensionResults: {}, response };
}
