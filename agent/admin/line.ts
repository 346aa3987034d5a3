/** Requests, news and replies come in, lines of bytes go out, and back. A PIN's digits are cut out of a line as bytes, so that no string ever holds them. */
import { fixedBytes } from '../pin-buffer.ts';
import type { News, Reply, Request } from './contract.ts';
import { doorVersion, longestLine, requestSchema } from './contract.ts';

const newline = 0x0a;
const zero = 0x30;
/** Inside a JSON string its quotes would be escaped, so these bytes stand nowhere else. */
const pinMark = Buffer.from(',"pin":[');
const longestPin = 64;

/** `{"v":1,"ask":…,"pin":[…]}` and a newline; the PIN comes last. The caller overwrites both. */
export function encodeRequest(request: Request, pin: Uint8Array | null): Buffer {
  const open = Buffer.from(JSON.stringify({ v: doorVersion, ...request }).slice(0, -1));
  const close = Buffer.from(pin === null ? '}\n' : ']}\n');
  const from = open.length + (pin === null ? 0 : pinMark.length);
  // The digits are written where they are sent from, and nowhere else.
  const line = Buffer.from(fixedBytes(from + Math.max(0, 2 * (pin?.length ?? 0) - 1) + close.length).buffer);
  open.copy(line);
  if (pin !== null) pinMark.copy(line, open.length);
  pin?.forEach((digit, i) => {
    if (i > 0) line[from + 2 * i - 1] = 0x2c;
    line[from + 2 * i] = zero + digit;
  });
  close.copy(line, line.length - close.length);
  return line;
}

export type ReadRequest = { readonly kind: 'request'; readonly request: Request; readonly pin: Uint8Array | null } | { readonly kind: 'junk'; readonly why: string };

/** Never throws, whatever the bytes are; the digits in `line` are overwritten. */
export function decodeRequest(line: Buffer): ReadRequest {
  const cut = cutPin(line);
  if (cut === null) return { kind: 'junk', why: 'The PIN must be a list of digits at the end of the line.' };
  const junk = (why: string): ReadRequest => {
    cut.pin?.fill(0);
    return { kind: 'junk', why };
  };
  let said: unknown;
  try {
    said = JSON.parse(cut.rest.toString('utf8'));
  } catch {
    return junk('The line is not JSON: use the `tapward` command.');
  }
  if (typeof said !== 'object' || said === null || Array.isArray(said) || !('v' in said)) return junk('The line is no request: use the `tapward` command.');
  const { v, ...rest } = said;
  if (v !== doorVersion) return junk(`This agent speaks version ${doorVersion} of the door: use the \`tapward\` that came with it.`);
  const parsed = requestSchema.safeParse(rest);
  return parsed.success ? { kind: 'request', request: parsed.data, pin: cut.pin } : junk('The agent does not know this request: use the `tapward` that came with it.');
}

function cutPin(line: Buffer): { readonly rest: Buffer; readonly pin: Uint8Array | null } | null {
  const at = line.lastIndexOf(pinMark);
  if (at < 0) return { rest: line, pin: null };
  const from = at + pinMark.length;
  const end = line.indexOf(']}', from);
  const list = line.subarray(from, end < 0 ? from : end);
  const whole =
    end === line.length - 2 && list.length % 2 === 1 && list.length < 2 * longestPin && list.every((byte, i) => (i % 2 === 1 ? byte === 0x2c : byte >= zero && byte <= zero + 9));
  if (!whole) {
    line.fill(0, from);
    return null;
  }
  const pin = fixedBytes((list.length + 1) / 2);
  for (let i = 0; i < pin.length; i++) pin[i] = (list[2 * i] ?? zero) - zero;
  list.fill(0);
  return { rest: Buffer.concat([line.subarray(0, at), Buffer.from('}')]), pin };
}

/** News carry `news`, replies `reply`, so that neither is taken for the other. */
export const encodeNews = (news: News): string => `${JSON.stringify({ v: doorVersion, news })}\n`;
export const encodeReply = (reply: Reply): string => `${JSON.stringify({ v: doorVersion, reply })}\n`;

export type ReadAnswer = { readonly kind: 'news'; readonly news: News } | { readonly kind: 'reply'; readonly reply: Reply };

/** null: not a line of this version's agent. */
export function decodeAnswer(line: Buffer): ReadAnswer | null {
  try {
    const said = JSON.parse(line.toString('utf8')) as { readonly v?: unknown; readonly news?: News; readonly reply?: Reply };
    if (said.v !== doorVersion) return null;
    if (typeof said.news?.kind === 'string') return { kind: 'news', news: said.news };
    return typeof said.reply?.kind === 'string' ? { kind: 'reply', reply: said.reply } : null;
  } catch {
    return null;
  }
}

export type Lines = {
  /** Bytes as they come, overwritten here; false: the line grew too long and nothing more is taken. */
  readonly take: (bytes: Uint8Array) => boolean;
  /** The next whole line, without its newline: valid until the following call, which overwrites it. null: none yet. */
  readonly next: () => Buffer | null;
  /** Whether a line has begun and not ended. */
  readonly isHalf: () => boolean;
  readonly wipe: () => void;
};

/** At most one longest line is held, in one buffer of its own. */
export function createLines(limit = longestLine): Lines {
  const held = Buffer.alloc(limit);
  let from = 0;
  let to = 0;
  let lent = 0;
  const giveBack = (): void => {
    held.fill(0, from, from + lent);
    from += lent;
    lent = 0;
    if (from === to) from = to = 0;
  };
  return {
    take: (bytes) => {
      giveBack();
      if (to + bytes.length > limit && from > 0) {
        held.copyWithin(0, from, to);
        held.fill(0, to - from, to);
        to -= from;
        from = 0;
      }
      const fits = to + bytes.length <= limit;
      if (fits) {
        held.set(bytes, to);
        to += bytes.length;
      }
      bytes.fill(0);
      return fits;
    },
    next: () => {
      giveBack();
      const end = held.subarray(from, to).indexOf(newline);
      if (end < 0) return null;
      lent = end + 1;
      return held.subarray(from, from + end);
    },
    isHalf: () => from + lent < to,
    wipe: () => {
      held.fill(0);
      from = to = lent = 0;
    },
  };
}
