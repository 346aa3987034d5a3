/** A bundle's bytes and secrets come in; every place where one of them stands, however written, goes out. */
import { gunzipSync } from 'node:zlib';

export type Unpacked = Readonly<Record<string, string>>;

/** Of a .tar.gz with plain ustar headers. */
export function unpack(bytes: Buffer): Unpacked {
  const tar = gunzipSync(bytes);
  const members: Record<string, string> = {};
  for (let at = 0; at < tar.length && tar[at] !== 0; ) {
    const name = tar.toString('utf8', at, at + 100).replace(/\0.*$/s, '');
    const size = Number.parseInt(tar.toString('latin1', at + 124, at + 135), 8);
    members[name] = tar.toString('utf8', at + 512, at + 512 + size);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return members;
}

/** A text's shapes: as it is, upper and lower, backwards, spelled with gaps, and its bytes in hexadecimal digits, base64 at each of the three places and UTF-16. */
export function shapesOf(secret: string): readonly Buffer[] {
  const letters = Array.from(secret);
  const texts = [
    secret,
    secret.toLowerCase(),
    secret.toUpperCase(),
    letters.toReversed().join(''),
    letters.join(' '),
    letters.join(','),
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
  ];
  // A UID is bytes, written as digits.
  const bytes = /^([0-9a-f]{2}){7,}$/i.test(secret) ? [Buffer.from(secret, 'utf8'), Buffer.from(secret, 'hex')] : [Buffer.from(secret, 'utf8')];
  const encoded = bytes.flatMap((one) => [one.toString('hex'), one.toString('hex').toUpperCase(), ...[0, 1, 2].map((shift) => inBase64(one, shift))]);
  return [...new Set([...texts, ...encoded])].flatMap((text) => [Buffer.from(text, 'utf8'), Buffer.from(text, 'utf16le'), Buffer.from(text, 'utf16le').swap16()]).concat(bytes);
}

/** What of it does not depend on its neighbours. */
function inBase64(bytes: Buffer, shift: number): string {
  const encoded = Buffer.concat([Buffer.alloc(shift), bytes])
    .toString('base64')
    .replace(/=+$/, '');
  return encoded.slice(Math.ceil((shift * 8) / 6), -1);
}

export function leaks(members: Unpacked, secrets: readonly string[]): readonly string[] {
  return Object.entries(members).flatMap(([name, text]) => {
    const bytes = Buffer.from(text, 'utf8');
    return secrets.filter((secret) => shapesOf(secret).some((shape) => bytes.includes(shape))).map((secret) => `${name}: ${secret}`);
  });
}
