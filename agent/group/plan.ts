/** What a bundle brings comes in; what of it is new here, merged, settled and sealed ahead of its write, goes out with its totals. Nothing is written. */
import { isDeepStrictEqual } from 'node:util';
import type { BadgeId, SubscriberId } from '../../core/types.ts';
import type { BadgeRecord, StoreRecord, SubscriberRecord } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import type { Prepared } from '../store/writer.ts';
import { createBreath } from './breath.ts';
import type { Carried, CarriedBadge, CarriedPerson, CarriedPin } from './carried.ts';
import type { Progress } from './export.ts';
import { mergeBadge, mergePerson, mergePin } from './merge.ts';
import { badgeOf, badgeRecord, personOf, pinOf, pinRecord, subscriberRecord } from './people.ts';
import { settle } from './settling.ts';

/** Each person counts once. `conflicts`: live people or badges that lost something another has too. */
export type Totals = { readonly added: number; readonly changed: number; readonly revoked: number; readonly unchanged: number; readonly conflicts: number };
/** Of people who were known here: whoever is signed in as them must be looked at. */
export type Effects = {
  /** `badge` null: with all of hers. */
  readonly revoked: readonly { readonly subscriber: SubscriberId; readonly badge: BadgeId | null }[];
  readonly roleChanged: readonly SubscriberId[];
  readonly pinChanged: readonly SubscriberId[];
};
export type Planned = { readonly prepared: readonly Prepared[]; readonly totals: Totals; readonly effects: Effects };
type Breath = ReturnType<typeof createBreath>;

export async function plan(store: Store, carried: readonly Carried[], progress: Progress): Promise<Planned> {
  const breath = createBreath();
  const { people, badges, spares } = await readAll(store, breath);
  const was = { people: new Map(people), badges: new Map(badges) };
  const pins = new Map<string, CarriedPin>();
  for (const { person, badges: brought, pin } of carried) {
    merge(people, person, mergePerson);
    for (const badge of brought) merge(badges, badge, mergeBadge);
    if (pin !== null && people.get(person.id)?.revoked === false) {
      const own = store.pin(person.id);
      const merged = own === null ? pin : mergePin(pinOf(own), pin);
      if (own === null || !isDeepStrictEqual(merged, pinOf(own))) pins.set(person.id, merged);
    }
    await breath();
  }
  // A lent badge that became somebody's own is lent no more.
  const lent = new Set([...spares].filter((id) => isDeepStrictEqual(badges.get(id)?.life, was.badges.get(id)?.life)));
  const settled = settle({ people: [...people.values()], badges: [...badges.values()], spares: lent });
  for (const person of settled.people) people.set(person.id, person);
  for (const badge of settled.badges) badges.set(badge.id, badge);
  await breath();
  return prepare(store, { was, people, badges, pins, conflicts: settled.conflicts, ids: new Set(carried.map(({ person }) => person.id)) }, breath, progress);
}

function merge<T extends { readonly id: string }>(all: Map<string, T>, one: T, both: (a: T, b: T) => T): void {
  const known = all.get(one.id);
  all.set(one.id, known === undefined ? one : both(known, one));
}

type Everything = { readonly people: Map<string, CarriedPerson>; readonly badges: Map<string, CarriedBadge>; readonly spares: ReadonlySet<BadgeId> };

async function readAll(store: Store, breath: Breath): Promise<Everything> {
  const people = new Map<string, CarriedPerson>();
  const badges = new Map<string, CarriedBadge>();
  const spares = new Set<BadgeId>();
  for (const id of store.ids('subscriber')) {
    const one = store.subscriber(id);
    if (one !== null) people.set(id, personOf(one));
    await breath();
  }
  for (const id of store.ids('badge')) {
    const one = store.badge(id);
    if (one !== null) badges.set(id, badgeOf(one));
    if (one?.spare != null) spares.add(id);
    await breath();
  }
  return { people, badges, spares };
}

type Merged = {
  readonly was: { readonly people: ReadonlyMap<string, CarriedPerson>; readonly badges: ReadonlyMap<string, CarriedBadge> };
  readonly people: ReadonlyMap<string, CarriedPerson>;
  readonly badges: ReadonlyMap<string, CarriedBadge>;
  /** Only those that change. */
  readonly pins: ReadonlyMap<string, CarriedPin>;
  readonly conflicts: number;
  /** Whom the bundle is about. */
  readonly ids: ReadonlySet<string>;
};

async function prepare(store: Store, { was, people, badges, pins, conflicts, ids }: Merged, breath: Breath, progress: Progress): Promise<Planned> {
  const prepared: Prepared[] = [];
  const revoked: { subscriber: string; badge: BadgeId | null }[] = [];
  const roleChanged: string[] = [];
  const pinChanged: string[] = [];
  const totals = { added: 0, changed: 0, revoked: 0, unchanged: 0 };
  const hers = groupBadges(badges);
  const touched = new Map<string, BadgeId[]>();
  const touch = (person: string, badge: BadgeId): void => void touched.set(person, [...(touched.get(person) ?? []), badge]);
  for (const badge of badges.values()) {
    const before = was.badges.get(badge.id);
    if (before !== undefined && isDeepStrictEqual(before, badge)) continue;
    touch(badge.subscriber, badge.id);
    if (before !== undefined && before.subscriber !== badge.subscriber) touch(before.subscriber, badge.id);
    await breath();
  }
  const about = [...people.values()].filter(({ id }) => ids.has(id) || touched.has(id) || people.get(id) !== was.people.get(id));
  const written = new Set<BadgeId>();
  for (const [i, person] of about.entries()) {
    const before = was.people.get(person.id);
    const own = touched.get(person.id) ?? [];
    const record = store.subscriber(person.id);
    const next = subscriberRecord(store, person, record, hers.get(person.id) ?? []);
    const gone = before === undefined ? [] : own.filter((id) => isGone(was.badges.get(id), badges.get(id), person.id));
    const isNew = isDifferent(record, next) || gone.length > 0;
    const pin = pins.get(person.id);
    const records: StoreRecord[] = [
      ...(isNew ? [next] : []),
      ...own.filter((id) => !written.has(id)).flatMap((id) => recordOf(store, badges.get(id))),
      ...(pin === undefined ? [] : [pinRecord(pin)]),
    ];
    for (const id of own) written.add(id);
    for (const one of records) prepared.push(store.prepare(one, person.revoked ? next.badges : gone));
    const isRevoked = before !== undefined && ((person.revoked && !before.revoked) || (gone.length > 0 && !person.revoked));
    totals[before === undefined ? 'added' : isRevoked ? 'revoked' : records.length > 0 ? 'changed' : 'unchanged']++;
    if (before !== undefined) {
      if (person.revoked && !before.revoked) revoked.push({ subscriber: person.id, badge: null });
      else revoked.push(...gone.map((badge) => ({ subscriber: person.id, badge })));
      if (person.role !== before.role) roleChanged.push(person.id);
      if (pin !== undefined && pin.hash !== store.pin(person.id)?.hash) pinChanged.push(person.id);
    }
    progress(i + 1, about.length);
    await breath();
  }
  return { prepared, totals: { ...totals, conflicts }, effects: { revoked, roleChanged, pinChanged } };
}

function groupBadges(badges: ReadonlyMap<string, CarriedBadge>): ReadonlyMap<string, readonly BadgeId[]> {
  const hers = new Map<string, BadgeId[]>();
  for (const { id, subscriber } of badges.values()) hers.set(subscriber, [...(hers.get(subscriber) ?? []), id]);
  return hers;
}

/** Whether it opened for her, and does not any more. */
const isGone = (before: CarriedBadge | undefined, after: CarriedBadge | undefined, person: string): boolean =>
  before !== undefined && before.subscriber === person && !before.revoked && (after === undefined || after.revoked || after.subscriber !== person);

function recordOf(store: Store, badge: CarriedBadge | undefined): readonly BadgeRecord[] {
  return badge === undefined ? [] : [badgeRecord(badge, store.badge(badge.id))];
}

/** In whatever order its parts were written; a revision alone is worth writing too, or the next change here would fall behind. */
const isDifferent = (before: SubscriberRecord | null, after: SubscriberRecord): boolean => before === null || !isDeepStrictEqual({ revision: 0, ...before }, after);
