/** A station's folder comes in; where its door is, or where a new one goes, goes out. The folder, which only its owner may enter, is what keeps others out. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** sun_path holds 108 bytes on Linux and 104 on macOS, a zero at its end. */
const longestPath = 103;
const socketIn = (dir: string): string => join(dir, 'admin.sock');
/** Says where the door is when it is not in the folder itself: on Windows, or where the path is too long for a socket. */
export const noteIn = (dir: string): string => join(dir, 'admin.door');

export type NewAddress = { readonly path: string /** Takes the address away again; harmless when it has gone already. */; readonly remove: () => void };

/** For the one agent that holds the folder's store. What an agent that died has left is removed. */
export function makeAddress(dir: string): NewAddress {
  removeStale(dir);
  const direct = socketIn(dir);
  if (process.platform !== 'win32' && Buffer.byteLength(direct) <= longestPath) return { path: direct, remove: () => rmSync(direct, { force: true }) };
  const path = process.platform === 'win32' ? `\\\\.\\pipe\\tapward-${randomBytes(16).toString('hex')}` : join(privateFolder(), 'admin.sock');
  writeFileSync(noteIn(dir), `${path}\n`, { mode: 0o600, flag: 'wx' });
  return { path, remove: () => removeStale(dir) };
}

/** Where a command finds the door; null: no agent has opened one. */
export function findAddress(dir: string): string | null {
  const noted = note(dir);
  if (noted !== null) return noted;
  return process.platform !== 'win32' && existsSync(socketIn(dir)) ? socketIn(dir) : null;
}

function removeStale(dir: string): void {
  const noted = note(dir);
  if (noted !== null && process.platform !== 'win32' && /\/tapward-[A-Za-z0-9]{6}\/admin\.sock$/.test(noted)) rmSync(dirname(noted), { recursive: true, force: true });
  rmSync(noteIn(dir), { force: true });
  rmSync(socketIn(dir), { force: true });
}

function note(dir: string): string | null {
  try {
    return readFileSync(noteIn(dir), 'utf8').trim();
  } catch {
    return null;
  }
}

/** Of mode 0700 and a random name: mkdtemp(3). The path of a socket of up to 10 characters fits in it. */
export function privateFolder(prefix = 'tapward-'): string {
  const base = Buffer.byteLength(tmpdir()) <= longestPath - prefix.length - 18 ? tmpdir() : '/tmp';
  return mkdtempSync(join(base, prefix));
}
