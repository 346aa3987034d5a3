/** An Entry comes in; it is on the disk, chained, and under a key that no longer exists when its sequence number goes out. */

import type { KeyObject } from 'node:crypto';
import { closeSync, fdatasyncSync, ftruncateSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry } from '../../core/entry.ts';
import type { Clock, Ledger } from '../../core/ports.ts';
import { encodeLine, isSigned, lineHash, padding } from './line.ts';
import type { Checkpoint } from './proofs.ts';
import { evolve, macKeyOf, sealEvolving, signCheckpoint, signLine } from './proofs.ts';
import { chunkBytes, evolvingKeyFile, reserveBytes, segmentBytes, segmentPath, writeAll, writeSegment } from './segments.ts';

export type OpenedLedger = {
  readonly dir: string;
  readonly id: string;
  readonly wrap: KeyObject;
  readonly signingKey: KeyObject;
  readonly publicKey: string;
  readonly clock: Clock;
  /** Unix milliseconds. */
  readonly wall: () => number;
  readonly segment: number;
  readonly used: number;
  readonly size: number;
  readonly count: number;
  readonly head: string;
  /** Of the next entry; taken over and overwritten. */
  readonly key: Buffer;
  /** A file is full at so many bytes; smaller in tests. */
  readonly fullAt?: number;
};

export class FileLedger implements Ledger {
  readonly id: string;
  readonly publicKey: string;
  readonly #opened: OpenedLedger;
  readonly #fullAt: number;
  readonly #keyFd: number;
  #fd: number;
  #segment: number;
  #used: number;
  #size: number;
  #count: number;
  #head: string;
  #key: Buffer;
  /** A write or sync failed half way: what the disk holds is unknown until the ledger is opened again. */
  #broken = false;
  #closed = false;

  constructor(opened: OpenedLedger) {
    this.id = opened.id;
    this.publicKey = opened.publicKey;
    this.#opened = opened;
    this.#fullAt = opened.fullAt ?? segmentBytes;
    this.#segment = opened.segment;
    this.#used = opened.used;
    this.#size = opened.size;
    this.#count = opened.count;
    this.#head = opened.head;
    this.#key = opened.key;
    this.#fd = openSync(segmentPath(opened.dir, opened.segment), 'r+');
    this.#keyFd = openSync(join(opened.dir, evolvingKeyFile), 'r+');
    this.#storeKey();
    fdatasyncSync(this.#keyFd);
  }

  /** Entries so far; the next one's sequence number. */
  get count(): number {
    return this.#count;
  }

  /** `reserve`: for emergency entries, the space kept free for them may be used. */
  append(entry: Entry, from: 'tail' | 'reserve' = 'tail'): number {
    if (this.#broken) throw new Error('The ledger could not be written: free the disk and start the agent again.');
    if (from === 'tail' && this.#used >= this.#fullAt) this.#nextSegment();
    const { clock, wall, signingKey } = this.#opened;
    const seq = this.#count;
    const body = { seq, wall: Math.round(wall()), at: Math.round(clock.now() * 1000) / 1000, prev: this.#head, entry };
    const macKey = macKeyOf(this.#key);
    const line = encodeLine(body, macKey, isSigned(seq) ? (signed) => signLine(signingKey, this.id, signed) : null);
    macKey.fill(0);
    const bytes = Buffer.concat([line, Buffer.of(0x0a)]);
    this.#makeRoom(bytes.length + (from === 'tail' ? reserveBytes : 0));
    this.#broken = true;
    writeAll(this.#fd, bytes, this.#used);
    fdatasyncSync(this.#fd);
    this.#used += bytes.length;
    this.#count = seq + 1;
    this.#head = lineHash(line);
    const spent = this.#key;
    this.#key = evolve(spent);
    spent.fill(0);
    this.#storeKey();
    // The key file needs no sync of its own: after a power cut it may name an earlier key, from which the entries on the disk lead to this one.
    if (isSigned(seq)) fdatasyncSync(this.#keyFd);
    this.#broken = false;
    return seq;
  }

  /** What must leave the station to find this ledger cut short later. */
  checkpoint(): Checkpoint {
    return signCheckpoint(this.#opened.signingKey, { ledger: this.id, count: this.#count, head: this.#head, wall: Math.round(this.#opened.wall()) });
  }

  /** May be called more than once. */
  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#broken = true;
    this.#key.fill(0);
    fdatasyncSync(this.#keyFd);
    closeSync(this.#keyFd);
    closeSync(this.#fd);
  }

  /** Nothing of the entry is written yet when this throws, so the ledger stays whole and may be tried again. */
  #makeRoom(bytes: number): void {
    while (this.#used + bytes > this.#size) {
      writeAll(this.#fd, Buffer.alloc(chunkBytes, padding), this.#size);
      fdatasyncSync(this.#fd);
      this.#size += chunkBytes;
    }
  }

  #nextSegment(): void {
    const { dir, id, publicKey } = this.#opened;
    const segment = this.#segment + 1;
    const { line, size } = writeSegment(dir, { ledger: id, format: 1, segment, first: this.#count, prev: this.#head, publicKey });
    const next = openSync(segmentPath(dir, segment), 'r+');
    ftruncateSync(this.#fd, this.#used);
    closeSync(this.#fd);
    this.#fd = next;
    this.#segment = segment;
    this.#used = line.length + 1;
    this.#size = size;
    this.#head = lineHash(line);
    this.#storeKey();
  }

  #storeKey(): void {
    writeAll(this.#keyFd, sealEvolving(this.#opened.wrap, this.id, { index: this.#count, head: this.#head, key: this.#key }), 0);
  }
}
