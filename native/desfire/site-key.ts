/** A path comes in; the site's master key, from a file that its owner alone may read, goes out, or one sentence why not. Never from an argument or the environment: both show in process lists. */
import { randomBytes } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { writeNew } from '../keys/new-file.ts';
import { type Bytes, fixed, wipe } from './bytes.ts';
import { keyLength } from './diversification.ts';

/** `key`: 16 bytes, to be overwritten by the caller. */
export type HeldSiteKey = { readonly kind: 'held'; readonly key: Bytes } | { readonly kind: 'absent'; readonly why: string } | { readonly kind: 'unusable'; readonly why: string };

/** 32 hexadecimal digits, and perhaps the end of the line: LF or CR LF. */
const digits = 2 * keyLength;
const longest = digits + 2;

/** What the file's sentences call the key in it: a card's own master key is kept the same way. */
export type FileOf = 'site key' | 'card master key';

/** Reads the file that was looked at, not one put in its place meanwhile; a symbolic link is refused. */
export function loadSiteKey(path: string, what: FileOf = 'site key'): HeldSiteKey {
  let fd: number;
  try {
    // O_NOFOLLOW and O_NONBLOCK do not exist on Windows, where the folder's own permissions protect the file.
    fd = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch (e) {
    return unopened(path, what, (e as NodeJS.ErrnoException).code ?? 'unknown');
  }
  const text = fixed(longest + 1);
  try {
    const { mode, uid } = fstatSync(fd);
    if ((mode & constants.S_IFMT) !== constants.S_IFREG) return unusable(`${path} is not a file: name the file that holds the ${what}.`);
    if (process.platform !== 'win32') {
      if ((mode & 0o077) !== 0) return unusable(`Others may read ${path}: run chmod 600 on it, and make a new ${what} if anybody may have read it.`);
      if (uid !== process.getuid?.()) return unusable(`${path} belongs to another account: run this as its owner.`);
    }
    return decoded(path, what, text.subarray(0, readSync(fd, text)));
  } finally {
    wipe(text);
    closeSync(fd);
  }
}

/** Makes a random key and keeps it; never over a file that is there. */
export function createSiteKey(path: string): HeldSiteKey {
  const key = randomBytes(keyLength);
  const text = fixed(digits + 1);
  for (const [at, byte] of key.entries()) {
    text[2 * at] = digitOf(byte >> 4);
    text[2 * at + 1] = digitOf(byte & 0x0f);
  }
  text[digits] = 0x0a;
  wipe(key);
  const fault = writeNew(path, text);
  return fault === null ? loadSiteKey(path) : unusable(fault);
}

const unusable = (why: string): HeldSiteKey => ({ kind: 'unusable', why });

function unopened(path: string, what: FileOf, code: string): HeldSiteKey {
  if (code === 'ENOENT') return { kind: 'absent', why: `There is no ${what} at ${path}: ${what === 'site key' ? 'make one, or bring the site’s own there' : 'bring it there'}.` };
  if (code === 'ELOOP') return unusable(`${path} is a symbolic link: name the file itself.`);
  return unusable(`${path} cannot be read (${code}): run this as its owner.`);
}

function decoded(path: string, what: FileOf, text: Uint8Array): HeldSiteKey {
  const key = fixed(keyLength);
  const end = text.length === digits + 1 || text.length === digits + 2 ? text.length : digits;
  const isWhole = text.length >= digits && text.length === end && isLineEnd(text.subarray(digits));
  for (const at of key.keys()) {
    const high = valueOf(text[2 * at]);
    const low = valueOf(text[2 * at + 1]);
    if (!isWhole || high === null || low === null) {
      wipe(key);
      return unusable(`${path} does not hold ${digits} hexadecimal digits: restore it from its copy.`);
    }
    key[at] = (high << 4) | low;
  }
  if (key.every((byte) => byte === 0))
    return unusable(`${path} holds a key of zeros, which every badge is delivered with: ${what === 'site key' ? 'make a new one' : 'name none, and it is replaced'}.`);
  return { kind: 'held', key };
}

const isLineEnd = (rest: Uint8Array): boolean => rest.length === 0 || (rest.at(-1) === 0x0a && (rest.length === 1 || rest[0] === 0x0d));
const digitOf = (value: number): number => value + (value < 10 ? 0x30 : 0x61 - 10);

/** Of an ASCII digit; null for another byte. No string: one could not be overwritten. */
function valueOf(byte: number | undefined): number | null {
  if (byte === undefined) return null;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const small = byte | 0x20;
  return small >= 0x61 && small <= 0x66 ? small - 0x61 + 10 : null;
}
