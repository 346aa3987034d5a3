/** A folder, a key holder and a counter come in; store and ledger as far as they open, and the one cause why the station is degraded, go out. */
import type { KeyObject } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry } from '../../core/entry.ts';
import type { Clock, KeyGrade, KeyHolder, RollbackCounter } from '../../core/ports.ts';
import type { DegradedCause, Presentation } from '../../core/types.ts';
import type { MachineMarks } from '../../native/machine/marks.ts';
import type { FileLedger } from '../ledger/ledger.ts';
import type { LedgerOutcome, Unfinished } from '../ledger/opening.ts';
import { createLedger, openLedger } from '../ledger/opening.ts';
import { placeOn, type Standing } from '../station/machine.ts';
import type { Degraded, StationKeys } from './keys.ts';
import { createKeys, loadKeys } from './keys.ts';
import type { StoreOutcome } from './opening.ts';
import { createStore, openStore, storePath } from './opening.ts';
import type { Store } from './store.ts';
import type { Upgrade } from './upgrade.ts';

export type DurablePlace = {
  readonly dir: string;
  readonly holder: KeyHolder;
  readonly counter: RollbackCounter;
  readonly clock: Clock;
  readonly mode: 'evaluation' | 'installed';
  /** This computer, to be compared with the one the station was set up on; left out: it is not looked at. `trusted`: IT's word that it is no copy. */
  readonly machine?: { readonly marks: MachineMarks; readonly trusted: boolean };
  /** Who sets the station up; left out: the agent, at its first start. */
  readonly setUpBy?: { readonly actor: string; readonly keepsStartKey: boolean };
};

export type Durable = {
  readonly kind: 'durable';
  /** The station's folder. */
  readonly dir: string;
  /** null: sound. The store's cause goes before the ledger's, and both before a weak key holder. */
  readonly degraded: { readonly cause: DegradedCause; readonly detail: string } | null;
  /** null: there is no key, or it could not be read. */
  readonly keyGrade: KeyGrade | null;
  readonly store: Store | null;
  readonly ledger: FileLedger | null;
  /** StationKeys.emergency; null: there is no key, or it could not be read. */
  readonly emergencyKey: KeyObject | null;
  /** StationKeys.policy; null: as above. */
  readonly policyKey: KeyObject | null;
  /** See LedgerOutcome. */
  readonly unfinished: readonly Unfinished[];
  readonly cut: number;
  readonly lastPresentation: Presentation;
  /** Only from the run that set the station up: to be shown once, noted elsewhere and overwritten. */
  readonly startKey: Buffer | null;
  /** From an earlier version, by this opening. */
  readonly upgraded: Upgrade | null;
  /** null: not looked at, or not to be seen since the store does not open. */
  readonly standing: Standing | null;
};

export const ledgerDir = (dir: string): string => join(dir, 'ledger');

/**
 * Opens what is there, sets up what never was. A part that is missing beside one that was used is degraded, never made anew:
 * otherwise taking the store away would be the way to give everybody new tries.
 */
export function openDurable({ dir, holder, counter, clock, mode, machine, setUpBy }: DurablePlace): Durable | { readonly kind: 'inUse' } {
  const loaded = loadKeys(holder);
  const before: StoreOutcome | null = loaded.kind === 'keys' ? openStore({ dir, keys: loaded.keys, counter }) : null;
  if (before?.kind === 'inUse') return before;

  const keys = loaded.kind === 'absent' ? firstKeys(dir, holder, counter) : loaded;
  if (keys.kind === 'absent') throw new Error('A machine key that was just made is not there.');
  if (keys.kind === 'degraded') return nothing(dir, keys);
  const store = before === null || before.kind === 'absent' ? createStore({ dir, keys: keys.keys, counter }) : before;
  if (store.kind === 'inUse') return store;
  if (store.kind === 'absent') throw new Error('A store that was just made is not there.');

  const placed = store.kind === 'open' && machine !== undefined ? placeOn(store.store, machine.marks, machine.trusted) : null;
  if (store.kind === 'open' && placed?.kind === 'degraded') {
    // Nothing is added to a copy: two ledgers would go on from one.
    store.store[Symbol.dispose]();
    return nothing(dir, placed);
  }

  const opened = openOrStart(ledgerDir(dir), keys.keys, clock, store.kind === 'open' && store.store.pristine);
  const weak: Degraded | null =
    mode === 'installed' && keys.keys.grade === 'file'
      ? { kind: 'degraded', cause: 'keyHolderWeak', detail: 'The machine key lies in a plain file: seal it with systemd-creds.' }
      : null;
  const degraded = store.kind === 'degraded' ? store : opened.outcome.kind === 'degraded' ? opened.outcome : weak;
  const open = opened.outcome.kind === 'open' ? opened.outcome : null;
  const upgraded = store.kind === 'open' ? store.upgraded : null;
  if (open !== null)
    record(open.ledger, [
      ...(opened.startKey === null || mode === 'evaluation'
        ? []
        : [{ kind: 'setUp', by: setUpBy?.actor ?? null, startKey: setUpBy?.keepsStartKey === true ? 'given' : 'notGiven' } as const]),
      ...(upgraded === null ? [] : [{ kind: 'upgraded', from: upgraded.from, to: upgraded.to, backup: upgraded.backup, digest: upgraded.digest } as const]),
    ]);
  return {
    kind: 'durable',
    dir,
    degraded: degraded && { cause: degraded.cause, detail: degraded.detail },
    keyGrade: keys.keys.grade,
    store: store.kind === 'open' ? store.store : null,
    ledger: open?.ledger ?? null,
    emergencyKey: keys.keys.emergency,
    policyKey: keys.keys.policy,
    unfinished: open?.unfinished ?? [],
    cut: open?.cut ?? 0,
    lastPresentation: open?.lastPresentation ?? 0,
    startKey: opened.startKey,
    upgraded,
    standing: placed?.kind === 'placed' ? placed.standing : null,
  };
}

const nothing = (dir: string, { cause, detail }: Degraded): Durable => ({
  kind: 'durable',
  dir,
  degraded: { cause, detail },
  keyGrade: null,
  store: null,
  ledger: null,
  emergencyKey: null,
  policyKey: null,
  unfinished: [],
  cut: 0,
  lastPresentation: 0,
  startKey: null,
  upgraded: null,
  standing: null,
});

/** Where the ledger has no room, the agent's own first entry says so. */
function record(ledger: FileLedger, entries: readonly Entry[]): void {
  try {
    for (const entry of entries) ledger.append(entry);
  } catch (e) {
    if ((e as { code?: string }).code === undefined) throw e;
  }
}

/** A new machine key is made only where no store and no counter speak of an earlier one. */
function firstKeys(dir: string, holder: KeyHolder, counter: RollbackCounter): ReturnType<typeof createKeys> {
  const outside = counter.read();
  const used = existsSync(storePath(dir)) || existsSync(ledgerDir(dir)) || (outside.kind === 'value' && outside.value > 0);
  if (used) return { kind: 'degraded', cause: 'storeKey', detail: 'The machine key is missing: bring it back, or set the station up anew.' };
  return createKeys(holder);
}

function openOrStart(dir: string, keys: StationKeys, clock: Clock, pristine: boolean): { readonly outcome: LedgerOutcome; readonly startKey: Buffer | null } {
  const place = { dir, wrap: keys.ledger, clock };
  const outcome = openLedger(place);
  if (outcome.kind !== 'absent') return { outcome, startKey: null };
  if (!pristine)
    return { outcome: { kind: 'degraded', cause: 'ledgerDamaged', detail: 'The ledger is missing: bring it back from its copy, or set the station up anew.' }, startKey: null };
  const created = createLedger(place);
  return created.kind === 'created' ? { outcome: openLedger(place), startKey: created.startKey } : { outcome: created, startKey: null };
}
