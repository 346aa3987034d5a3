/** Entries that the ledger could not take come in; they are on the disk, in space that was written before, when `append` returns. Opened again, they go out for the ledger. */
import type { KeyObject } from 'node:crypto';
import { closeSync, existsSync, fdatasyncSync, fsyncSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Entry } from '../../core/entry.ts';
import type { Clock } from '../../core/ports.ts';
import { lineHash, lines, newline, padding, writtenBytes } from '../ledger/line.ts';
import { syncFolder, writeAll } from '../ledger/segments.ts';
import { mac } from '../store/sealing.ts';

/** Of the whole file: about 300 entries. */
export const reserveFileBytes = 128 * 1024;
/** Of that, so much is left to emergencies themselves: about 40 of them. */
const keptForEmergencies = 16 * 1024;

export const reservePath = (dir: string): string => join(dir, 'emergency.reserve');

export type ReservePlace = {
  readonly dir: string;
  /** StationKeys.emergency; null: the machine key cannot be had, and entries are chained but not proved. */
  readonly key: KeyObject | null;
  readonly clock: Clock;
  /** Unix milliseconds; the computer's clock unless a test says otherwise. */
  readonly wall?: () => number;
};
export type Reserved = { readonly number: number; readonly wall: number; readonly proved: boolean; readonly entry: Entry };
export type ReserveOutcome = { readonly kind: 'open'; readonly reserve: Reserve } | { readonly kind: 'none'; readonly why: string };

type Body = { readonly number: number; readonly wall: number; readonly at: number; readonly prev: string; readonly entry: Entry };
type Line = Body & { readonly mac: string | null };

/** Makes the file where there is none: all of its bytes are written, since a hole would need room on a full disk. */
export function openReserve(place: ReservePlace): ReserveOutcome {
  const path = reservePath(place.dir);
  try {
    if (!existsSync(path) || statSync(path).size < reserveFileBytes) layOut(path);
    return { kind: 'open', reserve: new Reserve(place, openSync(path, 'r+'), readFileSync(path)) };
  } catch (e) {
    const { code } = e as NodeJS.ErrnoException;
    if (code === undefined) throw e;
    return { kind: 'none', why: `The reserve for emergencies cannot be opened (${code}): free the disk, or give the agent’s account the right to write there.` };
  }
}

/** Entries of one that is there already, whatever its size, are kept. */
function layOut(path: string): void {
  const bytes = Buffer.alloc(reserveFileBytes, padding);
  if (existsSync(path)) readFileSync(path).copy(bytes);
  const fd = openSync(`${path}.new`, 'w', 0o600);
  try {
    writeAll(fd, bytes, 0);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(`${path}.new`, path);
  syncFolder(dirname(path));
}

export class Reserve implements Disposable {
  readonly #place: ReservePlace;
  readonly #fd: number;
  readonly #found: readonly Reserved[];
  #used = 0;
  #count = 0;
  #head = '';
  /** A write or sync failed half way: what the disk holds is unknown until it is opened again. */
  #broken = false;
  #closed = false;

  constructor(place: ReservePlace, fd: number, bytes: Buffer) {
    this.#place = place;
    this.#fd = fd;
    const found: Reserved[] = [];
    for (const { line, next } of lines(bytes)) {
      const read = readLine(line);
      const follows = read !== null && read.prev === this.#head && read.number === this.#count;
      if (read !== null) found.push({ number: read.number, wall: read.wall, proved: follows && this.#isProved(read), entry: read.entry });
      this.#head = lineHash(line);
      this.#count = (read?.number ?? this.#count) + 1;
      this.#used = next;
    }
    this.#found = found;
    // Of an entry that was being written when the last run ended: it was never acknowledged, and would stand behind the next one.
    const torn = writtenBytes(bytes) - this.#used;
    if (torn > 0) writeAll(fd, Buffer.alloc(torn, padding), this.#used);
  }

  /** What it held when it was opened, oldest first. */
  get found(): readonly Reserved[] {
    return this.#found;
  }

  /** The entry's number in the reserve, once it is durable; throws where it could not be made so, or where it would take what is kept for emergencies. */
  append(entry: Entry): number {
    if (this.#broken) throw new Error('The reserve for emergencies could not be written: free or mend the disk and start the agent again.');
    const { clock, wall = Date.now } = this.#place;
    const body: Body = { number: this.#count, wall: Math.round(wall()), at: Math.round(clock.now() * 1000) / 1000, prev: this.#head, entry };
    const line = Buffer.from(JSON.stringify({ ...body, mac: this.#macOf(body) } satisfies Line));
    const left = reserveFileBytes - this.#used - line.length - 1;
    if (left < (entry.kind === 'emergency' ? 0 : keptForEmergencies)) throw new Error('The reserve for emergencies is full: free the disk and start the agent again.');
    this.#broken = true;
    writeAll(this.#fd, Buffer.concat([line, Buffer.of(newline)]), this.#used);
    fdatasyncSync(this.#fd);
    this.#used += line.length + 1;
    this.#head = lineHash(line);
    this.#broken = false;
    return this.#count++;
  }

  /** The ledger has all of it; durable when it returns. Numbers begin anew. */
  clear(): void {
    this.#broken = true;
    writeAll(this.#fd, Buffer.alloc(reserveFileBytes, padding), 0);
    fdatasyncSync(this.#fd);
    this.#used = 0;
    this.#count = 0;
    this.#head = '';
    this.#broken = false;
  }

  /** May be called more than once. */
  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#broken = true;
    closeSync(this.#fd);
  }

  #macOf(body: Body): string | null {
    const { key } = this.#place;
    return key === null ? null : mac(key, Buffer.from(`tapward reserve ${JSON.stringify(body)}`)).toString('base64url');
  }

  #isProved({ mac: claimed, ...body }: Line): boolean {
    return claimed !== null && claimed === this.#macOf(body);
  }
}

function readLine(line: Uint8Array): Line | null {
  try {
    const read = JSON.parse(Buffer.from(line).toString('utf8')) as Partial<Line> | null;
    if (read === null || typeof read !== 'object' || !Number.isSafeInteger(read.number) || typeof read.wall !== 'number' || typeof read.at !== 'number') return null;
    const { number = 0, wall, at, prev = '', entry, mac: claimed = null } = read;
    return typeof entry === 'object' && entry !== null && typeof entry.kind === 'string' ? { number, wall, at, prev, entry, mac: claimed } : null;
  } catch {
    return null;
  }
}
