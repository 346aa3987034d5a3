/** A selected key and what to make come in; a new credential, checked for its shape (authenticatorMakeCredential, CTAP 2.1 §6.1), goes out. */
import { type AuthenticatorData, parseAuthenticatorData } from '../../core/authenticator-data.ts';
import { asBytes, asMap, asText, type CborMap, decodeFirstMap, decodeMap, encodeCbor } from './cbor.ts';
import { hashOfRpId } from './client-data.ts';
import { type Line, message } from './framing.ts';
import { fault, type KeyFault } from './outcome.ts';
import { hmac, pinProtocol } from './pin-protocol.ts';

export type CredentialRequest = {
  readonly rpId: string;
  readonly clientDataHash: Uint8Array;
  readonly userHandle: Uint8Array;
  readonly algorithms: readonly number[];
  readonly excludeIds: readonly Uint8Array[];
  readonly discoverable: boolean;
  readonly hmacSecret: boolean;
  /** pinUvAuthToken with permission mc; null: presence only. */
  readonly token: Uint8Array | null;
};
export type Credential = {
  readonly kind: 'credential';
  readonly credentialId: Uint8Array;
  /** As WebAuthn L3 §6.5.4 wants it: fmt, attStmt, authData. */
  readonly attestationObject: Uint8Array;
  readonly authenticatorData: AuthenticatorData;
  readonly hmacSecret: boolean;
};

/** The entry of an allow or exclude list. */
export const descriptor = (id: Uint8Array): CborMap =>
  new Map<string, unknown>([
    ['id', id],
    ['type', 'public-key'],
  ]);

/** No name of a person travels to the key: what it stores, anyone may read who has its PIN. */
export async function makeCredential(line: Line, request: CredentialRequest): Promise<Credential | KeyFault> {
  const { rpId, clientDataHash, userHandle, algorithms, excludeIds, discoverable, hmacSecret, token } = request;
  const parameters = new Map<number, unknown>([
    [0x01, clientDataHash],
    [0x02, { id: rpId, name: rpId }],
    [0x03, { id: userHandle, name: 'Tapward' }],
    [0x04, algorithms.map((alg) => ({ alg, type: 'public-key' }))],
  ]);
  if (excludeIds.length > 0) parameters.set(0x05, excludeIds.map(descriptor));
  if (hmacSecret) parameters.set(0x06, { 'hmac-secret': true });
  if (discoverable) parameters.set(0x07, { rk: true });
  if (token !== null) parameters.set(0x08, hmac(token, clientDataHash)).set(0x09, pinProtocol);
  const answer = await message(line, 0x01, encodeCbor(parameters));
  return answer.kind === 'answer' ? read(answer.body, request) : answer;
}

function read(body: Uint8Array, { rpId, token, hmacSecret }: CredentialRequest): Credential | KeyFault {
  const map = decodeMap(body);
  const [fmt, authData, attStmt] = [asText(map?.get(0x01)), asBytes(map?.get(0x02)), asMap(map?.get(0x03))];
  if (fmt === null || !authData || !attStmt) return fault('malformed');
  const said = parseAuthenticatorData(authData);
  if (!said?.attested || !said.userPresent) return fault('malformed');
  if (!hashOfRpId(rpId).equals(said.rpIdHash)) return fault('wrong');
  if (token !== null && !said.userVerified) return fault('malformed');
  const key = decodeFirstMap(said.cbor);
  const extensions = said.hasExtensions && key ? decodeMap(key.rest) : null;
  if (!key || (said.hasExtensions ? extensions === null : key.rest.length > 0)) return fault('malformed');
  return {
    kind: 'credential',
    credentialId: said.attested.credentialId,
    attestationObject: encodeCbor(
      new Map<string, unknown>([
        ['fmt', fmt],
        ['attStmt', attStmt],
        ['authData', authData],
      ]),
    ),
    authenticatorData: said,
    hmacSecret: hmacSecret && extensions?.get('hmac-secret') === true,
  };
}
