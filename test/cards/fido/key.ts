/** How a security key should be comes in; one in software goes out that speaks CTAP2 over NFC (CTAP 2.1 §11.3) in command APDUs, as a reader would meet it. */
import { randomBytes } from 'node:crypto';
import { smartCardAtr } from '../../virtual-reader/card.ts';
import type { SoftwareCard } from '../card.ts';
import { Authenticator, type AuthenticatorOptions } from './authenticator.ts';
import { maker } from './certificate.ts';

export type SoftwareKeyOptions = Partial<AuthenticatorOptions> & {
  readonly pin?: string;
  /** Hexadecimal; `random`: another one at each power-up. */
  readonly uid?: string;
  /** Says `U2F_V2` as keys do that know CTAP1 too. */
  readonly version?: 'FIDO_2_0' | 'U2F_V2';
  /** Times it says "still busy" before each answer, to clients that understand it. */
  readonly keepAlive?: number;
  /** Takes commands of extended length. */
  readonly extended?: boolean;
};
export type SoftwareKey = SoftwareCard & { readonly authenticator: Authenticator /** PEM of the root its attestation chains to. */; readonly root: string };

export const softwareAaguid = Uint8Array.from(Buffer.from('7461707761726420736f667477617265', 'hex'));
const aid = 'a0000006472f0001';
const word = (value: number): Uint8Array => Uint8Array.of(value >> 8, value & 0xff);
const none = new Uint8Array();

type Command = { readonly cla: number; readonly ins: number; readonly p1: number; readonly body: Uint8Array; readonly le: number };

/** ISO 7816-4 §5.2, cases 1 to 4, short and extended; null: lengths do not fit. An extended command without Le gets all there is: some clients leave it out. */
export function parseCommand(bytes: Uint8Array): Command | null {
  const [cla, ins, p1, , lc = 0] = bytes;
  if (cla === undefined || ins === undefined || p1 === undefined || bytes.length < 4) return null;
  const head = { cla, ins, p1 };
  if (bytes.length === 4) return { ...head, body: none, le: 0 };
  if (bytes.length === 5) return { ...head, body: none, le: lc || 256 };
  if (lc > 0) {
    const body = bytes.subarray(5, 5 + lc);
    const rest = bytes.length - 5 - lc;
    return body.length < lc || rest > 1 ? null : { ...head, body, le: rest === 1 ? (bytes[5 + lc] ?? 0) || 256 : 0 };
  }
  if (bytes.length === 7) return { ...head, body: none, le: ((bytes[5] ?? 0) << 8) | (bytes[6] ?? 0) || 65_536 };
  const length = ((bytes[5] ?? 0) << 8) | (bytes[6] ?? 0);
  const rest = bytes.length - 7 - length;
  if (length === 0 || (rest !== 0 && rest !== 2)) return null;
  return { ...head, body: bytes.subarray(7, 7 + length), le: rest === 0 ? 65_536 : ((bytes.at(-2) ?? 0) << 8) | (bytes.at(-1) ?? 0) || 65_536 };
}

/** One maker for all keys without another: making its certificates costs milliseconds. */
let factory: ReturnType<typeof maker> | null = null;

export function softwareKey({ pin, uid = '04f1d0c0ffee80', version = 'FIDO_2_0', keepAlive = 0, extended = true, ...options }: SoftwareKeyOptions = {}): SoftwareKey {
  factory ??= maker(softwareAaguid);
  const authenticator = new Authenticator({
    aaguid: softwareAaguid,
    attestation: { x5c: [factory.leaf.der], key: factory.leaf.key },
    algorithms: [-7, -8, -257],
    protocols: [2, 1],
    extensions: ['hmac-secret'],
    alwaysUv: false,
    makesWithoutPin: true,
    presence: 'once',
    now: () => performance.now(),
    ...options,
  });
  if (pin !== undefined) authenticator.pin.set(Buffer.from(pin));
  let isSelected = false;
  let chain: Uint8Array = none;
  let rest: Uint8Array = none;
  let held: { answer: Uint8Array; polls: number } | null = null;
  let drawn = randomBytes(4);

  /** As much as Le asks; 61 XX says how much more there is. */
  const give = (answer: Uint8Array, le: number): Uint8Array => {
    const now = answer.subarray(0, le);
    rest = answer.subarray(now.length);
    return Uint8Array.of(...now, ...(rest.length > 0 ? [0x61, Math.min(rest.length, 255)] : [0x90, 0x00]));
  };
  const poll = (le: number): Uint8Array => {
    if (!held) return word(0x6985);
    if (held.polls > 0) {
      held.polls -= 1;
      return Uint8Array.of(0x01, 0x91, 0x00);
    }
    const { answer } = held;
    held = null;
    return give(answer, le);
  };
  const run = ({ cla, ins, p1, body, le }: Command): Uint8Array => {
    if (ins === 0xa4 && p1 === 0x04) {
      isSelected = Buffer.from(body).toString('hex') === aid;
      chain = rest = none;
      held = null;
      return isSelected ? give(Buffer.from(version), le || 256) : word(0x6a82);
    }
    if (ins === 0xc0) return rest.length > 0 ? give(rest, le) : word(0x6985);
    if (!isSelected) return word(0x6d00);
    if ((cla & 0xef) !== 0x80) return word(0x6e00);
    rest = none;
    if (ins === 0x11) {
      if (p1 !== 0x11) return poll(le);
      held = null;
      return Uint8Array.of(0x2d, 0x90, 0x00);
    }
    if (ins === 0x12) {
      isSelected = false;
      return word(0x9000);
    }
    if (ins !== 0x10) return word(0x6d00);
    chain = Buffer.concat([chain, body]);
    if (chain.length > 4096) {
      chain = none;
      return word(0x6700);
    }
    if ((cla & 0x10) !== 0) return word(0x9000);
    const message = chain;
    chain = none;
    const answer = authenticator.answer(message);
    if (keepAlive === 0 || (p1 & 0x80) === 0) return give(answer, le || 256);
    held = { answer, polls: keepAlive - 1 };
    return Uint8Array.of(0x02, 0x91, 0x00);
  };

  const powered = (): void => {
    isSelected = false;
    chain = rest = none;
    held = null;
    drawn = randomBytes(4);
    drawn[0] = 0x08;
    authenticator.powered();
  };
  powered();
  return {
    authenticator,
    root: factory.root.pem,
    atr: () => smartCardAtr([0x80]),
    uid: () => (uid === 'random' ? Uint8Array.from(drawn) : Uint8Array.from(Buffer.from(uid, 'hex'))),
    powered,
    respond(bytes) {
      const command = parseCommand(bytes);
      if (!command || (!extended && bytes.length > 261)) return word(0x6700);
      return run(command);
    },
  };
}
