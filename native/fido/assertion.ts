/** A selected key and the credential it should prove come in; one assertion, checked for its shape and whom it speaks for (authenticatorGetAssertion, CTAP 2.1 §6.2), goes out. */
import { parseAuthenticatorData } from '../../core/authenticator-data.ts';
import { asBytes, asCount, asMap, asText, type CborMap, decodeMap, encodeCbor } from './cbor.ts';
import { hashOfRpId } from './client-data.ts';
import { descriptor } from './credential.ts';
import { type Line, message } from './framing.ts';
import { fault, type KeyFault } from './outcome.ts';
import { hmac, pinProtocol, type SharedSecret } from './pin-protocol.ts';

export type AssertionRequest = {
  readonly rpId: string;
  readonly clientDataHash: Uint8Array;
  /** null: the key says which discoverable credential of this RP ID it holds. */
  readonly credentialId: Uint8Array | null;
  /** pinUvAuthToken with permission ga; null: presence only. */
  readonly token: Uint8Array | null;
  /** `asked`: counts once in a stay (CTAP 2.1 §6.2.2). `shown`: an assertion of this stay has proved it already, so this one does not ask (option `up`). */
  readonly presence: 'asked' | 'shown';
  /** 32 bytes, and the secret shared with the key they travel under. */
  readonly hmac: { readonly salt: Uint8Array; readonly secret: SharedSecret } | null;
};
export type Assertion = {
  readonly kind: 'assertion';
  readonly credentialId: Uint8Array;
  readonly authenticatorData: Uint8Array;
  readonly signature: Uint8Array;
  readonly userHandle: Uint8Array | null;
  /** 32 bytes, to be overwritten; null where none was asked for. */
  readonly hmacOutput: Uint8Array | null;
};

/** The longest signature of the algorithms in use is RSA-2048's; a key may have a longer modulus. */
const longestSignature = 512;

export async function getAssertion(line: Line, request: AssertionRequest): Promise<Assertion | KeyFault> {
  const { rpId, clientDataHash, credentialId, token, presence, hmac: asked } = request;
  const parameters = new Map<number, unknown>([
    [0x01, rpId],
    [0x02, clientDataHash],
  ]);
  if (credentialId !== null) parameters.set(0x03, [descriptor(credentialId)]);
  if (asked !== null) {
    const sealed = asked.secret.seal(asked.salt);
    const input: readonly (readonly [number, unknown])[] = [
      [0x01, asked.secret.publicKey],
      [0x02, sealed],
      [0x03, asked.secret.sign(sealed)],
      [0x04, pinProtocol],
    ];
    parameters.set(0x04, { 'hmac-secret': new Map(input) });
  }
  if (presence === 'shown') parameters.set(0x05, { up: false });
  if (token !== null) parameters.set(0x06, hmac(token, clientDataHash)).set(0x07, pinProtocol);
  const answer = await message(line, 0x02, encodeCbor(parameters));
  return answer.kind === 'answer' ? read(decodeMap(answer.body), request) : answer;
}

function read(map: CborMap | null, request: AssertionRequest): Assertion | KeyFault {
  const [authenticatorData, signature] = [asBytes(map?.get(0x02)), asBytes(map?.get(0x03))];
  if (!map || !authenticatorData || !signature || signature.length === 0 || signature.length > longestSignature) return fault('malformed');
  // numberOfCredentials comes only where there are several, and only without an allow list (§6.2.3).
  const several = map.get(0x05) === undefined ? 1 : asCount(map.get(0x05));
  if (several !== 1) return several === null || request.credentialId !== null ? fault('malformed') : { kind: 'severalPeople' };
  const credential = credentialIn(map.get(0x01), request.credentialId);
  if ('kind' in credential) return credential;
  const said = parseAuthenticatorData(authenticatorData);
  if (!said || said.attested !== null || (request.presence === 'asked' && !said.userPresent)) return fault('malformed');
  if (!hashOfRpId(request.rpId).equals(said.rpIdHash)) return fault('wrong');
  if (request.token !== null && !said.userVerified) return fault('malformed');
  const extensions = said.hasExtensions ? decodeMap(said.cbor) : null;
  if (said.hasExtensions && extensions === null) return fault('malformed');
  const user = map.get(0x04) === undefined ? null : asBytes(asMap(map.get(0x04))?.get('id'));
  if (map.get(0x04) !== undefined && (user === null || user.length > 64)) return fault('malformed');
  const hmacOutput = request.hmac === null ? null : outputIn(extensions, request.hmac.secret);
  if (hmacOutput !== null && 'kind' in hmacOutput) return hmacOutput;
  return { kind: 'assertion', credentialId: credential, authenticatorData, signature, userHandle: user, hmacOutput };
}

/** A key may leave the credential out where the allow list has one entry (§6.2.3); another one than that is no answer to us. */
function credentialIn(value: unknown, asked: Uint8Array | null): Uint8Array | KeyFault {
  if (value === undefined) return asked ?? fault('malformed');
  const credential = asMap(value);
  const id = asBytes(credential?.get('id'));
  if (!id || id.length === 0 || asText(credential?.get('type')) !== 'public-key') return fault('malformed');
  return asked === null || Buffer.from(id).equals(asked) ? id : fault('wrong');
}

function outputIn(extensions: CborMap | null, secret: SharedSecret): Uint8Array | KeyFault {
  const sealed = extensions?.get('hmac-secret');
  if (sealed === undefined) return { kind: 'unsupported', what: 'hmacSecret' };
  const bytes = asBytes(sealed);
  return (bytes && secret.open(bytes, 32)) ?? fault('malformed');
}
