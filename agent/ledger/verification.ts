/** A ledger's folder, and what a reviewer holds of it, come in; whether it is whole, or the first bad entry, goes out. Needs nothing secret; with the start key it also proves every MAC. */

import type { KeyObject } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { Link } from './chain.ts';
import { walkChain } from './chain.ts';
import { isSigned, lineMac } from './line.ts';
import type { Checkpoint } from './proofs.ts';
import { checkpointIsSigned, evolve, lineIsSigned, macKeyOf, publicKeyOf } from './proofs.ts';
import { readSegment, segmentsIn } from './segments.ts';

export type Expected = {
  readonly dir: string;
  /** 32 bytes that left the station at set-up. */
  readonly startKey?: Uint8Array | undefined;
  /** Ed25519, raw, base64url, as noted at set-up; without it the ledger's own is believed. */
  readonly publicKey?: string | undefined;
  /** One that left the station: only against it is a ledger found that was cut short. */
  readonly checkpoint?: Checkpoint | undefined;
};
export type Verification =
  | {
      readonly kind: 'sound';
      readonly ledger: string;
      readonly entries: number;
      readonly signatures: number;
      /** Whether the MACs were proved (a start key was given) and whether a checkpoint was met. */
      readonly macs: boolean;
      readonly checkpoint: boolean;
      readonly publicKey: string;
      readonly head: string;
    }
  /** `seq`: the first entry that does not hold; null: not an entry but what was given beside the ledger. `file`: where it is. */
  | { readonly kind: 'bad'; readonly seq: number | null; readonly file: string | null; readonly why: string };

/** Throws only where files cannot be read. */
export function verifyLedger({ dir, startKey, publicKey, checkpoint }: Expected): Verification {
  const bad = (seq: number | null, segment: number | null, why: string): Verification => ({
    kind: 'bad',
    seq,
    file: segment === null ? null : `ledger-${String(segment).padStart(6, '0')}.jsonl`,
    why,
  });
  const numbers = existsSync(dir) ? segmentsIn(dir) : [];
  if (numbers.length === 0) return bad(null, null, 'there is no ledger in this folder');
  const gap = numbers.findIndex((n, i) => n !== i + 1);
  if (gap >= 0) return bad(null, gap + 1, 'a file of the ledger is missing');

  let ledger = '';
  let key: KeyObject | null = null;
  let segment = 1;
  let entries = 0;
  let signatures = 0;
  let head = '';
  let macKey: Buffer | null = startKey === undefined ? null : Buffer.from(startKey);
  let met = checkpoint === undefined;
  const judge = (link: Link): string | null => {
    if (link.kind === 'header') return null;
    const { read, maced, signed } = link;
    if (macKey !== null && lineMac(macKeyOf(macKey), maced) !== read.mac) return read.seq === 0 ? 'its MAC does not fit the start key' : 'its MAC does not fit';
    if (isSigned(read.seq) !== (read.signature !== undefined)) return isSigned(read.seq) ? 'its signature is missing' : 'it has a signature that does not belong there';
    if (read.signature !== undefined && (key === null || !lineIsSigned(key, ledger, signed, read.signature))) return 'its signature does not fit';
    return null;
  };

  const walk = walkChain(filesOf(dir, numbers));
  let link = walk.next();
  for (; link.done !== true; link = walk.next()) {
    const { value } = link;
    if (value.kind === 'header') {
      ({ ledger, segment } = value.header);
      const believed = publicKey ?? value.header.publicKey;
      if (believed !== value.header.publicKey) return bad(null, segment, 'the file names another public key than the one given');
      key ??= publicKeyOf(believed);
      if (key === null) return bad(null, segment, 'the public key is none');
      if (checkpoint !== undefined && (checkpoint.ledger !== ledger || !checkpointIsSigned(key, checkpoint))) return bad(null, null, 'the checkpoint is not one of this ledger');
      publicKey = believed;
    } else {
      const why = judge(value);
      if (why !== null) return bad(value.read.seq, segment, why);
      if (value.read.signature !== undefined) signatures++;
      macKey = macKey === null ? null : evolve(macKey);
      entries = value.read.seq + 1;
    }
    ({ head } = value);
    // The head at that count is the entry's line, or the header's where a file has just begun.
    if (checkpoint !== undefined && !met && entries > checkpoint.count) return bad(checkpoint.count - 1, segment, 'it is not the entry the checkpoint names');
    met ||= checkpoint?.count === entries && checkpoint.head === head;
  }
  if (link.value !== null) return bad(link.value.seq, link.value.segment, link.value.why);
  if (checkpoint !== undefined && entries < checkpoint.count) return bad(entries, segment, `the ledger was cut short: the checkpoint counts ${checkpoint.count} entries`);
  if (!met) return bad(entries - 1, segment, 'it is not the entry the checkpoint names');
  return { kind: 'sound', ledger, entries, signatures, macs: startKey !== undefined, checkpoint: checkpoint !== undefined, publicKey: publicKey ?? '', head };
}

/** One file in memory at a time. */
function* filesOf(dir: string, numbers: readonly number[]): Generator<{ readonly segment: number; readonly bytes: Buffer }> {
  for (const segment of numbers) yield { segment, bytes: readSegment(dir, segment) };
}
