/** A test comes in; an empty ledger of its own with its start key, and entries to fill it with, go out. */
import { createSecretKey, type KeyObject } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FileLedger } from '../../agent/ledger/ledger.ts';
import { lineHash, lineMac } from '../../agent/ledger/line.ts';
import { createLedger, type LedgerOutcome, openLedger } from '../../agent/ledger/opening.ts';
import { macKeyOf } from '../../agent/ledger/proofs.ts';
import { segmentPath } from '../../agent/ledger/segments.ts';
import type { Entry } from '../../core/entry.ts';
import { type Cleanup, folder } from '../store/place.ts';

export const wrap: KeyObject = createSecretKey(Buffer.alloc(32, 1));
export const clock = { now: (): number => 5_000 };

export type LedgerPlace = { readonly dir: string; readonly startKey: Buffer; readonly open: (fullAt?: number) => LedgerOutcome; readonly openOk: (fullAt?: number) => Opened };
export type Opened = Extract<LedgerOutcome, { kind: 'open' }>;

export function newLedger(t: Cleanup): LedgerPlace {
  const dir = join(folder(t), 'ledger');
  const created = createLedger({ dir, wrap });
  if (created.kind !== 'created') throw new Error(created.detail);
  const open = (fullAt?: number): LedgerOutcome => openLedger({ dir, wrap, clock, wall: () => 1_800_000_000_000, ...(fullAt === undefined ? {} : { fullAt }) });
  const openOk = (fullAt?: number): Opened => {
    const outcome = open(fullAt);
    if (outcome.kind !== 'open') throw new Error(outcome.kind === 'degraded' ? outcome.detail : outcome.kind);
    t.after(() => outcome.ledger[Symbol.dispose]());
    return outcome;
  };
  return { dir, startKey: created.startKey, open, openOk };
}

export const reader = (n: number): Entry => ({ kind: 'reader', reader: `Reader ${n}`, change: n % 2 === 0 ? 'found' : 'lost' });
export const permit = (grant: string): Entry => ({
  kind: 'permit',
  grant,
  attempt: 7,
  subscriber: 'ab12',
  intent: 'unlock',
  grade: 'uid',
  factors: ['badge', 'pin'],
  reached: 'none',
  by: 'verdict',
  displaced: null,
});
export const outcome = (grant: string): Entry => ({ kind: 'outcome', grant, subscriber: 'ab12', result: 'opened', ms: 12 });

export function fill(ledger: FileLedger, count: number): void {
  for (let n = 0; n < count; n++) ledger.append(reader(n));
}

/** A ledger of so many entries, closed. */
export function filled(t: Cleanup, count: number, fullAt?: number): LedgerPlace {
  const place = newLedger(t);
  const { ledger } = place.openOk(fullAt);
  fill(ledger, count);
  ledger[Symbol.dispose]();
  return place;
}

/** Rewrites a file of the ledger as text. */
export function edit(dir: string, change: (text: string) => string, segment = 1): void {
  const path = segmentPath(dir, segment);
  const text = readFileSync(path, 'latin1');
  const changed = change(text);
  if (changed === text) throw new Error('Nothing was changed.');
  writeFileSync(path, changed, 'latin1');
}

/** What somebody does who has everything the station has, but not the keys it had: rewrites entries and all hashes after them. */
export function rewrite(place: LedgerPlace, change: (body: Record<string, unknown>) => void, keyOf: (seq: number) => Buffer): void {
  const lines = readFileSync(segmentPath(place.dir, 1), 'utf8').trim().split('\n');
  let prev = lineHash(Buffer.from(lines[0] ?? ''));
  const out = [lines[0] ?? ''];
  for (const line of lines.slice(1)) {
    const { mac: _, ...body } = JSON.parse(line) as Record<string, unknown>;
    change(body);
    body['prev'] = prev;
    const open = JSON.stringify(body).slice(0, -1);
    const whole = `${open},"mac":"${lineMac(macKeyOf(keyOf(Number(body['seq']))), Buffer.from(open))}"}`;
    out.push(whole);
    prev = lineHash(Buffer.from(whole));
  }
  writeFileSync(segmentPath(place.dir, 1), `${out.join('\n')}\n`);
}
