/** Bytes of the host's pipe come in, lines that hold to the grammar of native/windows/protocol.h go out; digits only as bytes, which are overwritten. */
import type { SessionRole } from '../../../core/host-link.ts';
import { letterLine, readLetter } from '../../../core/letters.ts';

/** As in protocol.h: one letter per field. */
const shapes: Readonly<Record<string, string>> = {
  READY: 'g',
  SESSIONS: 'nnw',
  SESSION: 'ngwwwtt',
  EVENT: 'nw',
  SLEEP: '',
  WOKE: '',
  ASKED: 'wnn',
  REDEEMED: 'g',
  RESULT: 'gxx',
  REFUSED: 'gw',
  TILE: 'nw',
  PIN: 'nd',
  CANCEL: 'n',
  SEALED: 'tt',
  FACE: 'nw',
  SAY: 'nm',
  HELPER: 'nw',
  HELPED: 'nm',
};
const kinds: Readonly<Record<string, RegExp>> = {
  n: /^\d{1,10}$/,
  x: /^[\da-fA-F]{1,8}$/,
  g: /^[A-Za-z\d.-]{1,64}$/,
  w: /^[A-Za-z]{1,24}$/,
  t: /^\P{Cc}{0,256}$/u,
  m: /^(?=(?:.{4})*$)[A-Za-z\d+/]{0,61440}={0,2}$/,
  d: /^$/,
};
export const longestLine = 65_536;
const [tab, lf] = [0x09, 0x0a];
const pinVerb = Buffer.from('PIN\t');

export type HostLine = { readonly verb: string; readonly fields: readonly string[] };
export type Heard = {
  readonly line: (line: HostLine) => void;
  /** `digits`: ASCII, a view that is overwritten when this returns. */
  readonly pin: (session: number, digits: Uint8Array) => void;
  /** Of a session's face or helper, as it was said; overwritten when this returns. A digit may be in it. */
  readonly letter?: (from: SessionRole, session: number, bytes: Uint8Array) => void;
};
const letterVerbs = { SAY: 'face', HELPED: 'helper' } as const;

/** Null where the line is not of the grammar. */
export function parseLine(text: string): HostLine | null {
  const [verb = '', ...fields] = text.split('\t');
  const shape = Object.hasOwn(shapes, verb) ? (shapes[verb] ?? '') : null;
  return shape !== null && shape.length === fields.length && fields.every((field, at) => kinds[shape[at] ?? '']?.test(field) === true) ? { verb, fields } : null;
}

/** Feeds bytes; false once a line is outside of the grammar or too long: the connection is to be ended. What was fed is overwritten. */
export function createLineReader(heard: Heard): (bytes: Uint8Array) => boolean {
  const held = new Uint8Array(longestLine);
  let filled = 0;
  const judge = (line: Buffer): boolean => {
    if (line.subarray(0, pinVerb.length).equals(pinVerb)) return pin(line);
    const from = letterVerbs[line.subarray(0, line.indexOf(tab)).toString('latin1') as keyof typeof letterVerbs] as SessionRole | undefined;
    if (from !== undefined) return letter(from, line);
    const found = parseLine(line.toString('utf8'));
    if (found !== null) heard.line(found);
    return found !== null;
  };
  const letter = (from: SessionRole, line: Buffer): boolean => {
    const [first, second] = [line.indexOf(tab), line.indexOf(tab, line.indexOf(tab) + 1)];
    const session = line.subarray(first + 1, Math.max(0, second)).toString('latin1');
    const bytes = second < 0 || kinds['n']?.test(session) !== true ? null : readLetter(line.subarray(second + 1));
    if (bytes === null) return false;
    heard.letter?.(from, Number(session), bytes);
    bytes.fill(0);
    return true;
  };
  const pin = (line: Buffer): boolean => {
    const at = line.indexOf(tab, pinVerb.length);
    const session = line.subarray(pinVerb.length, at).toString('latin1');
    const digits = line.subarray(at + 1);
    if (at < 0 || kinds['n']?.test(session) !== true || digits.length < 4 || digits.length > 12 || digits.some((digit) => digit < 0x30 || digit > 0x39)) return false;
    heard.pin(Number(session), digits);
    return true;
  };
  return (bytes) => {
    const given = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let from = 0;
    try {
      while (from < given.length) {
        const end = given.indexOf(lf, from);
        const part = given.subarray(from, end < 0 ? given.length : end);
        if (filled + part.length >= longestLine) return false;
        held.set(part, filled);
        filled += part.length;
        if (end < 0) return true;
        from = end + 1;
        const isGood = judge(Buffer.from(held.buffer, 0, filled));
        held.fill(0, 0, filled);
        filled = 0;
        if (!isGood) return false;
      }
      return true;
    } finally {
      bytes.fill(0);
    }
  };
}

/** A line whose last field is a secret in base64, as bytes: it is never a string, which could not be overwritten. */
export const secretLine = (fields: readonly (string | number)[], secret: Uint8Array): Uint8Array => letterLine(Buffer.from(`${fields.join('\t')}\t`), secret);
