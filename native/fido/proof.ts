/** A security key in the field and the credential enrolled for it come in; its signature over the verifier's challenge goes out. */
import type { Transmit } from '../../core/ports.ts';
import { selectFido } from './applet.ts';
import { type Assertion, getAssertion } from './assertion.ts';
import { type Ceremony, clientData } from './client-data.ts';
import { getKeyAgreement, getPinUvAuthToken, permission } from './client-pin.ts';
import { type Line, type LineOptions, openLine } from './framing.ts';
import type { KeyFault } from './outcome.ts';
import { hashOfPin, type SharedSecret } from './pin-protocol.ts';

export type ProofRequest = Ceremony & {
  /** The credential that must answer. null: the key says which discoverable one it holds for this RP ID; more than one is refused. */
  readonly credentialId: Uint8Array | null;
  /** The key's own PIN in UTF-8 (a digit is 0x30 to 0x39), for user verification; null: presence only. Read before this first waits: its buffer may be overwritten at once. */
  readonly pin: Uint8Array | null;
  /** `shown`: this key has proved in this very stay that it is present, which it does once a stay; only a PIN is checked now. Not with `hmacSalt` (CTAP 2.1 §12.5). */
  readonly presence?: 'asked' | 'shown';
  /** 32 bytes: asks for the 32 bytes the key makes of them. A key makes others of the same salt with a PIN than without (CTAP 2.1 §12.5): use one way for one purpose. */
  readonly hmacSalt?: Uint8Array;
};
export type Proof = Omit<Assertion, 'kind'> & { readonly kind: 'proof'; readonly clientDataJSON: Uint8Array };

/** SELECT and getAssertion: two commands; keyAgreement for `hmacSalt`, and the token for a PIN, come between. The answer is a claim until the verifier has looked at it. */
export async function proveFido(transmit: Transmit, request: ProofRequest, options: LineOptions = {}): Promise<Proof | KeyFault> {
  const pinHash = request.pin === null ? null : hashOfPin(request.pin);
  let shared: SharedSecret | null = null;
  try {
    const applet = options.isSelected === true ? null : await selectFido(transmit);
    if (applet !== null && applet.kind !== 'applet') return applet;
    const line = openLine(transmit, options);
    if (pinHash !== null || request.hmacSalt) {
      const agreed = await getKeyAgreement(line);
      if (agreed.kind !== 'secret') return agreed;
      shared = agreed.secret;
    }
    return await prove(line, request, pinHash, shared);
  } finally {
    pinHash?.fill(0);
    shared?.wipe();
  }
}

async function prove(line: Line, request: ProofRequest, pinHash: Uint8Array | null, shared: SharedSecret | null): Promise<Proof | KeyFault> {
  const { rpId, credentialId, presence = 'asked', hmacSalt } = request;
  const { json, hash } = clientData('webauthn.get', request);
  const token = pinHash === null || shared === null ? null : await getPinUvAuthToken(line, shared, pinHash, permission.getAssertion, rpId);
  if (token !== null && token.kind !== 'token') return token;
  const hmac = hmacSalt && shared ? { salt: hmacSalt, secret: shared } : null;
  const assertion = await getAssertion(line, { rpId, clientDataHash: hash, credentialId, token: token?.token ?? null, presence, hmac });
  token?.token.fill(0);
  return assertion.kind === 'assertion' ? { ...assertion, kind: 'proof', clientDataJSON: json } : assertion;
}
