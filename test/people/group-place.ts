/** A test comes in; stations of a group go out, each with a store, a ledger and its group in this process, and what a test does to them: enrol, carry, try a PIN. */
import assert from 'node:assert/strict';
import type { Enrolled } from '../../agent/enrolment.ts';
import { createStationGroup, type StationGroup } from '../../agent/group/group.ts';
import type { Imported } from '../../agent/group/import.ts';
import { type May, newCode } from '../../agent/group/invitation.ts';
import type { Effects } from '../../agent/group/plan.ts';
import type { GroupRefusal } from '../../agent/group/refusal.ts';
import { readEntries } from '../../agent/ledger/reading.ts';
import type { Verdict } from '../../core/types.ts';
import { pinOf } from '../store/pin-of.ts';
import { type Cleanup, digits, enrolled, newPlace, type Opened, type Place, uidOf } from '../store/place.ts';

export type Station = Opened & {
  readonly place: Place;
  readonly group: StationGroup;
  /** Of its own clock on the wall: Unix milliseconds. */
  readonly wall: { now: number };
  readonly enrol: (given: string, uid: string, pin: string) => Promise<Enrolled>;
  /** What a PIN comes to, typed after this badge; null: the badge is nobody's, or revoked. */
  readonly tries: (uid: string, pin: string) => Promise<Verdict['kind'] | null>;
  readonly entries: () => ReturnType<typeof readEntries>;
};

export function station(t: Cleanup, place = newPlace(t)): Station {
  const opened = place.open();
  const wall = { now: Date.parse('2026-11-22T08:00:00Z') };
  let isOpen = true;
  const close = (): void => {
    if (isOpen) opened.close();
    isOpen = false;
  };
  t.after(close);
  return {
    ...opened,
    place,
    wall,
    close,
    group: createStationGroup({ store: opened.store, ledger: opened.ledger, wall: () => wall.now }),
    enrol: (given, uid, pin) => enrolled(opened.enrolment, given, uid, pin),
    tries: async (uid, pin) => {
      const holder = opened.store.findByBadge(uidOf(uid));
      if (holder === null || holder.revoked) return null;
      return (await opened.verifier.verify(holder.subscriber.id, pinOf(digits(pin)), 'uid')).kind;
    },
    entries: () => readEntries(`${place.dir}/ledger`),
  };
}

export function joined(t: Cleanup, first: Station, may: May = 'import'): Station {
  const other = station(t);
  const code = newCode();
  const invited = first.group.invite(may, 24, Uint8Array.from(code), 'test');
  if (invited.kind !== 'invited') assert.fail(invited.because);
  const state = other.group.join(invited.invitation, code, 'test');
  if (state.kind !== 'group') assert.fail(state.because);
  return other;
}

/** The first may export; so may the others, or not. */
export function groupOf(t: Cleanup, others: readonly May[]): readonly [Station, ...Station[]] {
  const first = station(t);
  assert.equal(first.group.create('test').kind, 'group');
  return [first, ...others.map((may) => joined(t, first, may))];
}

export async function bundleOf({ group }: Station): Promise<Buffer> {
  const exported = await group.exportPeople('test', () => undefined);
  if (exported.kind !== 'exported') assert.fail(exported.because);
  return exported.file;
}

export type Took = (Imported & { readonly effects: Effects }) | GroupRefusal;
export async function take({ group }: Station, file: Buffer): Promise<Took> {
  let effects: Effects = { revoked: [], roleChanged: [], pinChanged: [] };
  const imported = await group.importPeople(Buffer.from(file), 'test', { progress: () => undefined, applied: (all) => (effects = all) });
  return imported.kind === 'imported' ? { ...imported, effects } : imported;
}

export async function carry(from: Station, to: Station): Promise<Imported & { readonly effects: Effects }> {
  const took = await take(to, await bundleOf(from));
  if (took.kind !== 'imported') assert.fail(took.because);
  return took;
}
