/** Every entry comes in; it is durable when `record` returns, in the ledger, or around an emergency in the reserve, or this throws and nothing opens (45 CFR 164.312(a)(2)(ii), 164.312(b)). */
import type { Entry } from '../../core/entry.ts';
import type { GrantId } from '../../core/types.ts';
import type { Reserve } from './reserve.ts';

/** FileLedger, or what tells others of what it took. */
export type EmergencyLedger = { append(entry: Entry, from?: 'tail' | 'reserve'): number };
export type RecorderParts = {
  /** null: it could not be opened. */
  readonly ledger: EmergencyLedger | null;
  /** null: as well. */
  readonly reserve: Pick<Reserve, 'append'> | null;
  /** An emergency stands in the reserve alone, under this number there. */
  readonly reserved: (entry: Entry, number: number) => void;
  readonly diagnose: (why: unknown) => void;
};
export type Recorder = { readonly record: (entry: Entry) => void };

/** A ledger that fails under an open emergency must not close it: until the lock is confirmed the reserve takes everything but permits, which open somebody's own work. */
export function createRecorder({ ledger, reserve, reserved, diagnose }: RecorderParts): Recorder {
  let under: GrantId | null = null;

  const inLedger = (entry: Entry, from: 'tail' | 'reserve'): void => {
    if (ledger === null) throw new Error('no ledger is open');
    ledger.append(entry, from);
  };
  const inReserve = (entry: Entry, unwritten: unknown): void => {
    if (reserve === null) throw unwritten;
    diagnose(unwritten);
    reserved(entry, reserve.append(entry));
  };

  return {
    record: (entry) => {
      const isEmergency = entry.kind === 'emergency';
      const around = isEmergency || (under !== null && entry.kind !== 'permit');
      try {
        // The ledger keeps room of its own for them on a full disk.
        inLedger(entry, around ? 'reserve' : 'tail');
      } catch (unwritten) {
        if (!around) throw unwritten;
        inReserve(entry, unwritten);
      } finally {
        if (entry.kind === 'locked' && entry.confirmed) under = null;
      }
      if (isEmergency) under = entry.grant;
    },
  };
}
