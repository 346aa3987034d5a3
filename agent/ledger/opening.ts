/** A folder and the station's ledger key come in; the open ledger, with what the last run left unfinished, goes out, or the reason why not. */

import type { KeyObject } from 'node:crypto';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fdatasyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Entry } from '../../core/entry.ts';
import type { Clock } from '../../core/ports.ts';
import type { Presentation } from '../../core/types.ts';
import type { Degraded } from '../store/keys.ts';
import { keyBytes } from '../store/sealing.ts';
import type { SegmentFile } from './chain.ts';
import { walkChain } from './chain.ts';
import { FileLedger } from './ledger.ts';
import type { Header } from './line.ts';
import { lineHash, lineMac, newline, padding, writtenBytes } from './line.ts';
import type { Evolving } from './proofs.ts';
import { evolve, macKeyOf, newSigningKey, openEvolving, openSigningKey, sealEvolving, sealSigningKey } from './proofs.ts';
import { evolvingKeyFile, readSegment, segmentPath, segmentsIn, signingKeyFile, syncFolder, writeAll, writeSegment } from './segments.ts';

export type LedgerPlace = {
  readonly dir: string;
  /** StationKeys.ledger. */
  readonly wrap: KeyObject;
  readonly clock: Clock;
  /** Unix milliseconds; the computer's clock unless a test says otherwise. */
  readonly wall?: () => number;
  /** A file is full at so many bytes (segments.ts); smaller in tests. */
  readonly fullAt?: number;
};
export type Unfinished = Pick<Extract<Entry, { kind: 'outcomeUnknown' }>, 'grant' | 'subscriber'>;
export type LedgerOutcome =
  | {
      readonly kind: 'open';
      readonly ledger: FileLedger;
      /** Permits and emergencies without an outcome: each is to be recorded as `outcomeUnknown`. */
      readonly unfinished: readonly Unfinished[];
      /** Bytes of an entry that was being written when the last run ended; it was never acknowledged and is cut off. */
      readonly cut: number;
      /** The highest presentation among the entries read; 0 where there is none. */
      readonly lastPresentation: Presentation;
    }
  | { readonly kind: 'absent' }
  | Degraded;
export type NewLedger = { readonly kind: 'created' /** The MACs' first key: it leaves the station now and is nowhere afterwards. */; readonly startKey: Buffer } | Degraded;

const damaged = (detail: string): Degraded => ({ kind: 'degraded', cause: 'ledgerDamaged', detail });
const unwritable = (e: unknown): Degraded => ({
  kind: 'degraded',
  cause: 'ledgerUnwritable',
  detail: `The ledger cannot be written (${(e as { code?: string }).code ?? 'unknown'}): free the disk, or give this account the right to write there.`,
});

/** First set-up of a station; refuses where a ledger is. Whole or not at all. */
export function createLedger({ dir, wrap }: Pick<LedgerPlace, 'dir' | 'wrap'>): NewLedger {
  if (existsSync(dir)) return damaged('There is a ledger already: it is never replaced.');
  const making = `${dir}.new`;
  try {
    rmSync(making, { recursive: true, force: true });
    mkdirSync(making, { recursive: true, mode: 0o700 });
    const ledger = randomBytes(8).toString('hex');
    const startKey = randomBytes(keyBytes);
    const { publicKey, privateKey } = newSigningKey();
    const { line } = writeSegment(making, { ledger, format: 1, segment: 1, first: 0, prev: lineHash(Buffer.of()), publicKey });
    const options = { mode: 0o600, flush: true };
    writeFileSync(join(making, signingKeyFile), sealSigningKey(wrap, ledger, privateKey), options);
    writeFileSync(join(making, evolvingKeyFile), sealEvolving(wrap, ledger, { index: 0, head: lineHash(line), key: startKey }), options);
    syncFolder(making);
    renameSync(making, dir);
    syncFolder(dirname(dir));
    return { kind: 'created', startKey };
  } catch (e) {
    return unwritable(e);
  }
}

export function openLedger(place: LedgerPlace): LedgerOutcome {
  const { dir } = place;
  if (!existsSync(dir)) return { kind: 'absent' };
  try {
    const segments = segmentsIn(dir);
    const last = segments.at(-1);
    if (last === undefined || segments.some((segment, i) => segment !== i + 1)) return damaged('A file of the ledger is missing: bring it back from its copy.');
    // The last two files: `tapward ledger verify` walks them all.
    const files = segments.slice(-2).map((segment) => ({ segment, bytes: readSegment(dir, segment) }));
    return resume(place, files);
  } catch (e) {
    const { code } = e as { code?: string };
    if (code === undefined) throw e;
    return code === 'ENOENT' ? damaged('A key file of the ledger is missing: bring it back from its copy.') : unwritable(e);
  }
}

/**
 * The key file says how many entries there were and how the last one hashed: what is missing or changed before that is damage.
 * Behind it (after a power cut) the key still proves each entry; what it cannot prove at the very end was never acknowledged.
 */
function resume({ dir, wrap, clock, wall = Date.now, fullAt }: LedgerPlace, files: readonly SegmentFile[]): LedgerOutcome {
  const permits = new Map<string, Unfinished>();
  let lastPresentation = 0;
  let header: Header | null = null;
  let key: Evolving | null = null;
  let reached: { readonly count: number; readonly head: string; readonly used: number } = { count: 0, head: '', used: 0 };
  let atKey = false;
  const walk = walkChain(files);
  let link = walk.next();
  for (; link.done !== true; link = walk.next()) {
    const { value } = link;
    if (value.kind === 'header') {
      ({ header } = value);
      key ??= openEvolving(wrap, header.ledger, readFileSync(join(dir, evolvingKeyFile)));
      if (key === null) return damaged('The key of the ledger does not open: it was changed, or belongs to another station.');
      reached = { count: header.first, head: value.head, used: value.to };
    } else {
      const { seq } = value.read;
      if (key !== null && seq >= key.index) {
        if (!atKey) break;
        const macKey = macKeyOf(key.key);
        if (lineMac(macKey, value.maced) !== value.read.mac) break;
        key = { index: seq + 1, head: value.head, key: evolve(key.key) };
      }
      lastPresentation = remember(value.read.entry, permits, lastPresentation);
      reached = { count: seq + 1, head: value.head, used: value.to };
    }
    atKey ||= key?.index === reached.count && key.head === reached.head;
  }
  const final = files.at(-1);
  if (final === undefined || header === null || key === null || !atKey)
    return damaged(`The ledger was changed or cut short at or before entry ${reached.count}: have it verified, and bring it back from its copy.`);
  const broken = link.done === true ? link.value : null;
  const tail = final.bytes.subarray(reached.used, writtenBytes(final.bytes));
  // One entry is written at a time, and none holds a newline but at its end.
  if (header.segment !== final.segment || (broken !== null && broken.segment !== final.segment) || tail.subarray(0, -1).includes(newline)) {
    return damaged(`The ledger is damaged after entry ${reached.count - 1}: have it verified, and bring it back from its copy.`);
  }
  const signingKey = openSigningKey(wrap, header.ledger, readFileSync(join(dir, signingKeyFile)));
  if (signingKey === null) return damaged('The signing key of the ledger does not open: it was changed, or belongs to another station.');
  if (tail.length > 0) blank(segmentPath(dir, final.segment), reached.used, tail.length);
  const ledger = new FileLedger({
    dir,
    wrap,
    clock,
    wall,
    signingKey,
    id: header.ledger,
    publicKey: header.publicKey,
    segment: final.segment,
    size: final.bytes.length,
    ...reached,
    key: key.key,
    ...(fullAt === undefined ? {} : { fullAt }),
  });
  return { kind: 'open', ledger, unfinished: [...permits.values()], cut: tail.length, lastPresentation };
}

function remember(entry: Entry, permits: Map<string, Unfinished>, lastPresentation: Presentation): Presentation {
  if (entry.kind === 'fromReserve') return remember(entry.entry, permits, lastPresentation);
  if (entry.kind === 'emergency') permits.set(entry.grant, { grant: entry.grant, subscriber: entry.claimant.kind === 'proved' ? entry.claimant.subscriber : 'claimed' });
  if (entry.kind === 'permit') permits.set(entry.grant, entry);
  if (entry.kind === 'outcome' || entry.kind === 'outcomeUnknown') permits.delete(entry.grant);
  return entry.kind === 'tap' ? Math.max(lastPresentation, entry.tap) : lastPresentation;
}

function blank(path: string, at: number, length: number): void {
  const fd = openSync(path, 'r+');
  try {
    writeAll(fd, Buffer.alloc(length, padding), at);
    fdatasyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
