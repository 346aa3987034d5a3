/** A test comes in; a folder of its own with a machine key, a counter and a clock that only moves when told goes out, removed when the test ends. */

import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { byUid, createEnrolment, type Enrolled, type Enrolment } from '../../agent/enrolment.ts';
import type { FileLedger } from '../../agent/ledger/ledger.ts';
import { type Durable, ledgerDir, openDurable } from '../../agent/store/durable.ts';
import { loadKeys, type StationKeys } from '../../agent/store/keys.ts';
import type { Cost } from '../../agent/store/records.ts';
import type { Store } from '../../agent/store/store.ts';
import { createVerifier } from '../../agent/verifier.ts';
import { defaultPolicy, type Policy } from '../../core/policy.ts';
import type { KeyHolder, RollbackCounter, Verifier } from '../../core/ports.ts';
import { fileCounter } from '../../native/keys/file-counter.ts';
import { fileKeyHolder } from '../../native/keys/file-key.ts';

/** Argon2id at its least: these tests are about what surrounds it. */
export const quick: Cost = { m: 8, t: 1, p: 1 };

export const digits = (pin: string): Uint8Array => Uint8Array.from(pin, (c) => c.charCodeAt(0) - 0x30);
export const uidOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));

export type Cleanup = { readonly after: (fn: () => void) => void };

export function folder(t: Cleanup): string {
  const dir = mkdtempSync(join(tmpdir(), 'tapward-store-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

export type Place = {
  readonly dir: string;
  readonly holder: KeyHolder;
  readonly counter: RollbackCounter;
  readonly clock: { at: number; now: () => number };
  readonly open: () => Opened;
};
export type Opened = {
  readonly store: Store;
  readonly ledger: FileLedger;
  readonly durable: Durable;
  readonly enrolment: Enrolment;
  readonly verifier: Verifier;
  readonly close: () => void;
};

/** Key and counter lie beside the store's folder, as on a station: what is restored is the store alone. */
export function placeIn(dir: string, policy: Policy = defaultPolicy, cost: Cost = quick): Place {
  const holder = fileKeyHolder(join(dir, 'keys'));
  const counter = fileCounter(join(dir, 'keys'));
  const clock = { at: 1_000_000, now: (): number => clock.at };
  const open = (): Opened => {
    const durable = openDurable({ dir: join(dir, 'station'), holder, counter, clock, mode: 'evaluation' });
    if (durable.kind === 'inUse') throw new Error('in use');
    const { store, ledger } = durable;
    if (store === null || ledger === null || durable.degraded !== null) throw new Error(`degraded: ${durable.degraded?.cause} ${durable.degraded?.detail}`);
    return {
      store,
      ledger,
      durable,
      enrolment: createEnrolment({ store, ledger, policy: () => policy, cost }),
      verifier: createVerifier({ store, clock, policy: () => policy, cost }),
      close: () => {
        ledger[Symbol.dispose]();
        store[Symbol.dispose]();
      },
    };
  };
  return { dir: join(dir, 'station'), holder, counter, clock, open };
}

export const newPlace = (t: Cleanup): Place => placeIn(folder(t));

/** A verdict cannot be had with a PIN left in a buffer: tests hand their digits over one use at a time. */
export async function enrolled(enrolment: Enrolment, given: string, uid: string, pin: string): Promise<Enrolled> {
  const outcome = await enrolment.enrol({ given, initial: 'B', language: null }, byUid(uidOf(uid)), digits(pin), 'test');
  if (outcome.kind !== 'enrolled') throw new Error(`${given} was not enrolled: ${outcome.kind}`);
  return outcome;
}

export function keysOf(holder: KeyHolder): StationKeys {
  const outcome = loadKeys(holder);
  if (outcome.kind !== 'keys') throw new Error(outcome.kind);
  return outcome.keys;
}

/** SHA-256 of every file below a folder, by path. What SQLite lays beside a database to read it, its shared memory and an empty log, says nothing about the store. */
export function fingerprints(dir: string): Readonly<Record<string, string>> {
  const files = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter(
    (f) => statSync(join(dir, f)).isFile() && !f.endsWith('-shm') && !(f.endsWith('-wal') && statSync(join(dir, f)).size === 0),
  );
  return Object.fromEntries(
    files.sort().map((f) => [
      f,
      createHash('sha256')
        .update(readFileSync(join(dir, f)))
        .digest('hex'),
    ]),
  );
}

export const copyOf = (t: Cleanup, dir: string): string => {
  const copy = join(folder(t), 'copy');
  cpSync(dir, copy, { recursive: true });
  return copy;
};
export { ledgerDir };
