/** Bytes of the host's pipe come in, lines that hold to the grammar of native/windows/protocol.h go out; digits only as bytes, which are overwritten. */

/** As in protocol.h: one letter per field. */
const shapes: Readonly<Record<string, string>> = {
  READY: 'g', SESSIONS: 'nnw', SESSION: 'ngwwwtt', EVENT: 'nw', SLEEP: '', WOKE: '', ASKED: 'wnn', REDEEMED: 'g', RESULT: 'gxx', REFUSED: 'gw',
  TILE: 'nw', PIN: 'nd', CANCEL: 'n', SEALED: 'tt', FACE: 'nw', SAY: 'nm',
};
const kinds: Readonly<Record<string, RegExp>> = {
  n: /^\d{1,10}$/, x: /^[\da-fA-F]{1,8}$/, g: /^[A-Za-z\d.-]{1,64}$/, w: /^[A-Za-z]{1,24}$/, t: /^\P{Cc}{0,256}$/u, m: /^(?=(?:.{4})*$)[A-Za-z\d+/]{0,61440}={0,2}$/, d: /^$/,
};
export const longestLine = 65_536;
const [tab, lf] = [0x09, 0x0a];
const pinVerb = Buffer.from('PIN\t');

export type HostLine = { readonly verb: string; readonly fields: readonly string[] };
export type Heard = {
  readonly line: (line: HostLine) => void;
  /** `digits`: ASCII, a view that is overwritten when this returns. */
  readonly pin: (session: number, digits: Uint8Array) => void;
};

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
    const found = parseLine(line.toString('utf8'));
    if (found !== null) heard.line(found);
    return found !== null;
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

const alphabet = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');

/** A line whose last field is a secret in base64, as bytes: it is never a string, which could not be overwritten. */
export function secretLine(fields: readonly (string | number)[], secret: Uint8Array): Uint8Array {
  const before = Buffer.from(`${fields.join('\t')}\t`);
  const line = new Uint8Array(before.length + 4 * Math.ceil(secret.length / 3) + 1).fill(0x3d);
  line.set(before);
  for (let at = 0, to = before.length; at < secret.length; at += 3, to += 4) {
    const group = ((secret[at] ?? 0) << 16) | ((secret[at + 1] ?? 0) << 8) | (secret[at + 2] ?? 0);
    for (let digit = 0; digit <= Math.min(3, secret.length - at); digit++) line[to + digit] = alphabet[(group >> (18 - 6 * digit)) & 63] ?? 0;
  }
  line[line.length - 1] = lf;
  return line;
}
