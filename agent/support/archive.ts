/** Named members come in; one .tar.gz goes out: the same bytes for the same members, with nobody's account and no time in it (POSIX.1-1988 ustar, RFC 1952). */
import { gzipSync } from 'node:zlib';

export type Member = { readonly name: string; readonly text: string };

const block = 512;

export function archive(members: readonly Member[]): Buffer {
  const files = members
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, text }) => {
      const body = Buffer.from(text, 'utf8');
      return Buffer.concat([header(name, body.length), body, Buffer.alloc((block - (body.length % block)) % block)]);
    });
  return gzipSync(Buffer.concat([...files, Buffer.alloc(2 * block)]));
}

/** Names of at most 100 bytes. */
function header(name: string, size: number): Buffer {
  const bytes = Buffer.alloc(block);
  const octal = (n: number, at: number, width: number): void => void bytes.write(`${n.toString(8).padStart(width - 1, '0')}\0`, at, 'latin1');
  bytes.write(name, 0, 'utf8');
  octal(0o600, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  bytes.write('        0', 148, 'latin1');
  bytes.write('ustar\x0000', 257, 'latin1');
  octal(
    bytes.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  );
  bytes[155] = 0x20;
  return bytes;
}
