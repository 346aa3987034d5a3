/** A D-Bus message's parts come in and its bytes go out; bytes of a connection come in and its messages go out, or the end of it (D-Bus specification, “Message Format”). */
import { marshal, type Sent, Writer } from './marshal.ts';
import { unmarshal, unmarshalPart, type Value } from './unmarshal.ts';

export type Call = {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly signature?: string;
  readonly args?: readonly Sent[];
};
export type Message =
  | { readonly kind: 'return'; readonly to: number; readonly body: readonly Value[] }
  | { readonly kind: 'error'; readonly to: number; readonly name: string; readonly text: string }
  /** `sender`: the unique name the bus itself has put there. */
  | { readonly kind: 'signal'; readonly sender: string; readonly path: string; readonly interface: string; readonly member: string; readonly body: readonly Value[] }
  /** A call to us, which nobody here answers, or a kind that is not known yet. */
  | { readonly kind: 'other' };

const kinds = { call: 1, return: 2, error: 3, signal: 4 } as const;
const field = { path: 1, interface: 2, member: 3, errorName: 4, replySerial: 5, destination: 6, sender: 7, signature: 8 } as const;
const noAutoStart = 2;

/** Never larger than this: logind's longest answer, the list of sessions, has about 60 bytes a session. */
export const longestMessage = 131_072;
const headerStart = 16;

/** The bytes of a method call; `serial` from 1 on. It starts no service that does not run. */
export function encodeCall(call: Call, serial: number): Buffer {
  const { signature = '', args = [] } = call;
  const body = marshal(signature, args);
  const writer = new Writer();
  for (const byte of [0x6c, kinds.call, noAutoStart, 1]) writer.byte(byte);
  writer.uint32(body.length);
  writer.uint32(serial);
  writer.uint32(0);
  const add = (code: number, type: 's' | 'o' | 'g', value: string): void => {
    writer.align(8);
    writer.byte(code);
    writer.signature(type);
    if (type === 'g') writer.signature(value);
    else writer.string(value);
  };
  add(field.path, 'o', call.path);
  add(field.interface, 's', call.interface);
  add(field.member, 's', call.member);
  add(field.destination, 's', call.destination);
  if (signature !== '') add(field.signature, 'g', signature);
  writer.patch(12, writer.length - headerStart);
  writer.align(8);
  writer.raw(body);
  return writer.take();
}

/** How long the message is whose first 16 bytes are these; null: no message of ours. */
function lengthOf(start: Buffer): number | null {
  const [order, kind = 0, , version] = start;
  if ((order !== 0x6c && order !== 0x42) || kind === 0 || version !== 1) return null;
  const read = (at: number): number => (order === 0x6c ? start.readUInt32LE(at) : start.readUInt32BE(at));
  const header = headerStart + read(12);
  const total = Math.ceil(header / 8) * 8 + read(4);
  return total > longestMessage ? null : total;
}

/** One whole message; null: malformed. */
export function decodeMessage(bytes: Buffer): Message | null {
  const isLittle = bytes[0] === 0x6c;
  const kind = bytes[1];
  if (bytes.length < headerStart || lengthOf(bytes) !== bytes.length) return null;
  const head = unmarshalPart('yyyyuua(yv)', bytes, isLittle);
  if (head === null) return null;
  const fields = new Map((head.values[6] as readonly (readonly [number, Value])[]).map(([code, value]) => [code, value]));
  const word = (code: number): string | null => {
    const value = fields.get(code);
    return typeof value === 'string' ? value : null;
  };
  const body = unmarshal(word(field.signature) ?? '', bytes.subarray(Math.ceil(head.length / 8) * 8), isLittle);
  if (body === null) return null;
  const to = fields.get(field.replySerial);
  if (kind === kinds.return || kind === kinds.error) {
    if (typeof to !== 'number') return null;
    const [first] = body;
    return kind === kinds.return ? { kind: 'return', to, body } : { kind: 'error', to, name: word(field.errorName) ?? '', text: typeof first === 'string' ? first : '' };
  }
  if (kind !== kinds.signal) return { kind: 'other' };
  const [path, iface, member] = [word(field.path), word(field.interface), word(field.member)];
  return path === null || iface === null || member === null ? null : { kind: 'signal', sender: word(field.sender) ?? '', path, interface: iface, member, body };
}

/** Takes a connection's bytes as they come; false: what came is no D-Bus, and nothing after it can be. */
export function cutMessages(hear: (message: Message) => void): (bytes: Buffer) => boolean {
  let held: Buffer = Buffer.alloc(0);
  return (bytes) => {
    held = held.length === 0 ? bytes : Buffer.concat([held, bytes]);
    while (held.length >= headerStart) {
      const length = lengthOf(held);
      if (length === null) return false;
      if (held.length < length) return true;
      const message = decodeMessage(held.subarray(0, length));
      if (message === null) return false;
      held = held.subarray(length);
      hear(message);
    }
    return true;
  };
}
