/** A selected key and a PIN come in; the key checks or takes it (authenticatorClientPIN, CTAP 2.1 §6.5.5), and what it says goes out. */
import { asBytes, asCount, decodeMap, encodeCbor } from './cbor.ts';
import { type Line, message } from './framing.ts';
import { fault, type KeyFault } from './outcome.ts';
import { agree, fixedBytes, pinProtocol, type SharedSecret } from './pin-protocol.ts';

/** What a pinUvAuthToken may be used for (§6.5.5.7). */
export const permission = { makeCredential: 0x01, getAssertion: 0x02 } as const;

const subCommand = { getRetries: 0x01, getKeyAgreement: 0x02, setPin: 0x03, getTokenByPin: 0x09 } as const;
const command = 0x06;
const longestPin = 63;

async function ask(line: Line, sub: number, parameters: readonly (readonly [number, unknown])[] = []): Promise<{ readonly kind: 'answer'; readonly body: Uint8Array } | KeyFault> {
  return message(line, command, encodeCbor(new Map<number, unknown>([[0x01, pinProtocol], [0x02, sub], ...parameters])));
}

/** Tries of its PIN that the key has left, of at most 8. */
export async function getRetries(line: Line): Promise<{ readonly kind: 'retries'; readonly retries: number } | KeyFault> {
  const answer = await ask(line, subCommand.getRetries);
  if (answer.kind !== 'answer') return answer;
  const retries = asCount(decodeMap(answer.body)?.get(0x03));
  return retries === null || retries > 8 ? fault('malformed') : { kind: 'retries', retries };
}

/** A secret shared with this key for the rest of its stay. `wipe` it. */
export async function getKeyAgreement(line: Line): Promise<{ readonly kind: 'secret'; readonly secret: SharedSecret } | KeyFault> {
  const answer = await ask(line, subCommand.getKeyAgreement);
  // A key without this protocol blames the parameter (§8.2: INVALID_PARAMETER, UNSUPPORTED_OPTION, INVALID_COMMAND).
  if (answer.kind === 'fault' && (answer.said === 0x02 || answer.said === 0x2b || answer.said === 0x01)) return { kind: 'unsupported', what: 'pinProtocol' };
  if (answer.kind !== 'answer') return answer;
  const secret = agree(decodeMap(answer.body)?.get(0x01));
  return secret === null ? fault('malformed') : { kind: 'secret', secret };
}

/** The first PIN of a key, UTF-8, 4 to 63 bytes; read and copied before this first waits, so that its buffer may be overwritten at once. A key that has one refuses with fault `wrong`. */
export async function setPin(line: Line, pin: Uint8Array): Promise<{ readonly kind: 'set' } | KeyFault> {
  if (pin.length < 4 || pin.length > longestPin) return { kind: 'pinRefused' };
  const padded = fixedBytes(64);
  padded.set(pin);
  try {
    const agreed = await getKeyAgreement(line);
    if (agreed.kind !== 'secret') return agreed;
    const { secret } = agreed;
    const sealed = secret.seal(padded);
    const signed = secret.sign(sealed);
    secret.wipe();
    const answer = await ask(line, subCommand.setPin, [
      [0x03, secret.publicKey],
      [0x04, signed],
      [0x05, sealed],
    ]);
    return answer.kind === 'answer' ? { kind: 'set' } : answer;
  } finally {
    padded.fill(0);
  }
}

/** The key's own check of its PIN: a pinUvAuthToken of 32 bytes for one permission at one RP ID, to be overwritten. A wrong PIN costs a try in the key. */
export async function getPinUvAuthToken(
  line: Line,
  secret: SharedSecret,
  pinHash: Uint8Array,
  permissions: number,
  rpId: string,
): Promise<{ readonly kind: 'token'; readonly token: Uint8Array } | KeyFault> {
  const answer = await ask(line, subCommand.getTokenByPin, [
    [0x03, secret.publicKey],
    [0x06, secret.seal(pinHash)],
    [0x09, permissions],
    [0x0a, rpId],
  ]);
  if (answer.kind === 'pinWrong') {
    const left = await getRetries(line);
    return { kind: 'pinWrong', retries: left.kind === 'retries' ? left.retries : null };
  }
  // A key of CTAP 2.0 knows no permissions (INVALID_SUBCOMMAND, INVALID_PARAMETER).
  if (answer.kind === 'fault' && (answer.said === 0x3e || answer.said === 0x02)) return { kind: 'unsupported', what: 'pinProtocol' };
  if (answer.kind !== 'answer') return answer;
  const sealed = asBytes(decodeMap(answer.body)?.get(0x02));
  const token = sealed === null ? null : secret.open(sealed, 32);
  return token === null ? fault('malformed') : { kind: 'token', token };
}
