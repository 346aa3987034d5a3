/** A security key in the field and the person's handle come in; a new credential for the verifier to judge goes out. */
import type { Transmit } from '../../core/ports.ts';
import { selectFido } from './applet.ts';
import { getAssertion } from './assertion.ts';
import { type Ceremony, clientData } from './client-data.ts';
import { getKeyAgreement, getPinUvAuthToken, permission } from './client-pin.ts';
import { makeCredential } from './credential.ts';
import { endSession, type Line, type LineOptions, openLine } from './framing.ts';
import { getInformation, type KeyInformation } from './information.ts';
import { fault, type KeyFault } from './outcome.ts';
import { hashOfPin, pinProtocol } from './pin-protocol.ts';

export type RegistrationRequest = Ceremony & {
  /** 1 to 64 bytes that name nobody to anybody else (WebAuthn L3 §14.6.1). */
  readonly userHandle: Uint8Array;
  /** The person's credentials so far, oldest first: the same key is not enrolled twice. Of more than the key can look through, the newest. */
  readonly excludeIds: readonly Uint8Array[];
  /** COSE algorithms, the one to be preferred first. */
  readonly algorithms: readonly number[];
  /** The key's own PIN in UTF-8 (a digit is 0x30 to 0x39, not 0 to 9). Read before this first waits: its buffer may be overwritten at once. */
  readonly pin: Uint8Array | null;
  /** The key remembers the credential itself: for keys whose UID changes with every tap, so that the key can say whose it is. */
  readonly discoverable?: boolean;
  /** Told once the key has been looked at, before it makes anything. */
  readonly making?: () => void;
};
export type Registration = {
  readonly kind: 'registration';
  readonly credentialId: Uint8Array;
  readonly attestationObject: Uint8Array;
  readonly clientDataJSON: Uint8Array;
  /** It will give `hmacOutput` for this credential. */
  readonly hmacSecret: boolean;
  /** A PIN is set on the key, whether or not it was asked for here. */
  readonly hasPin: boolean;
  readonly transports: readonly string[];
};

/** SELECT, getInfo, with a PIN two more, makeCredential, end; a discoverable one is preceded by a look at whose the key is so far. The answer is a claim until the verifier has looked at it. */
export async function registerKey(transmit: Transmit, request: RegistrationRequest, options: LineOptions = {}): Promise<Registration | KeyFault> {
  const pinHash = request.pin === null ? null : hashOfPin(request.pin);
  try {
    const applet = options.isSelected === true ? null : await selectFido(transmit);
    if (applet !== null && applet.kind !== 'applet') return applet;
    const line = openLine(transmit, options);
    const information = await getInformation(line);
    if (information.kind !== 'information') return information;
    const lacking = lacks(information, request);
    if (lacking !== null) return lacking;
    request.making?.();
    const outcome = await make(line, information, request, pinHash);
    await endSession(transmit);
    return outcome;
  } finally {
    pinHash?.fill(0);
  }
}

/** What the key itself would refuse in words, it is left to refuse; older ones answer a protocol they do not know in many ways. */
function lacks({ options, pinProtocols }: KeyInformation, request: RegistrationRequest): KeyFault | null {
  if (request.userHandle.length === 0 || request.userHandle.length > 64) return fault('malformed');
  if (options.get('alwaysUv') === true) return { kind: 'alwaysVerifies' };
  if (request.discoverable === true && options.get('rk') !== true) return { kind: 'unsupported', what: 'discoverable' };
  if (request.pin === null || (pinProtocols.includes(pinProtocol) && options.get('pinUvAuthToken') === true)) return null;
  return { kind: 'unsupported', what: 'pinProtocol' };
}

async function make(line: Line, information: KeyInformation, request: RegistrationRequest, pinHash: Uint8Array | null): Promise<Registration | KeyFault> {
  const { extensions, options, pinProtocols, transports } = information;
  const { rpId, userHandle, algorithms, discoverable = false } = request;
  const excludeIds = fitting(request.excludeIds, information);
  const { json, hash } = clientData('webauthn.create', request);
  const held = discoverable ? await heldByAnother(line, request, hash) : null;
  if (held !== null) return held;
  const token = pinHash === null ? null : await tokenFor(line, pinHash, permission.makeCredential, rpId);
  if (token !== null && token.kind !== 'token') return token;
  // hmac-secret travels under the PIN protocol too: a key that has only the older one could never be asked.
  const hmacSecret = extensions.includes('hmac-secret') && pinProtocols.includes(pinProtocol);
  const made = await makeCredential(line, { rpId, clientDataHash: hash, userHandle, algorithms, excludeIds, discoverable, hmacSecret, token: token?.token ?? null });
  token?.token.fill(0);
  if (made.kind !== 'credential') return made;
  const { credentialId, attestationObject } = made;
  return { kind: 'registration', credentialId, attestationObject, clientDataJSON: json, hmacSecret: made.hmacSecret, hasPin: options.get('clientPin') === true, transports };
}

/** Asked without presence, which the new credential needs and a stay gives once. A key that does not answer that in words shows by its first tap whose it is. */
async function heldByAnother(line: Line, { rpId, userHandle }: RegistrationRequest, clientDataHash: Uint8Array): Promise<KeyFault | null> {
  const said = await getAssertion(line, { rpId, clientDataHash, credentialId: null, token: null, presence: 'shown', hmac: null });
  if (said.kind === 'severalPeople') return { kind: 'anothers' };
  if (said.kind === 'assertion') return said.userHandle !== null && Buffer.from(said.userHandle).equals(userHandle) ? null : { kind: 'anothers' };
  return said.kind === 'fault' && said.fault === 'gone' ? said : null;
}

async function tokenFor(line: Line, pinHash: Uint8Array, permissions: number, rpId: string): Promise<{ readonly kind: 'token'; readonly token: Uint8Array } | KeyFault> {
  const agreed = await getKeyAgreement(line);
  if (agreed.kind !== 'secret') return agreed;
  const token = await getPinUvAuthToken(line, agreed.secret, pinHash, permissions, rpId);
  agreed.secret.wipe();
  return token;
}

/** What the rest of a request takes, and an entry of the list beside its ID: generous. */
const restOfRequest = 420;
const restOfEntry = 32;

/** maxCredentialCountInList and maxMsgSize (CTAP 2.1 §6.4): a key that is asked to look through more refuses it all. */
function fitting(ids: readonly Uint8Array[], { idsInList, longestMessage }: KeyInformation): readonly Uint8Array[] {
  let room = longestMessage - restOfRequest;
  return ids
    .toReversed()
    .slice(0, idsInList ?? ids.length)
    .filter((id) => (room -= id.length + restOfEntry) >= 0);
}
