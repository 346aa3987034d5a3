/** Who opened her work and who left comes in; everybody's sessions in the shared desktop, at most one of them active, go out. */
import type { ContextId } from '../../core/helper-link.ts';
import type { SessionInfo, SessionKey, SubscriberId } from '../../core/types.ts';

export type Person = { readonly context: ContextId; readonly info: SessionInfo };
export type People = {
  readonly active: () => Person | null;
  readonly all: () => readonly Person[];
  readonly of: (subscriber: SubscriberId) => Person | null;
  readonly find: (key: SessionKey) => Person | null;
  /** She is active and unlocked from now on; whoever was stays, locked, in the background. */
  readonly open: (subscriber: SubscriberId, context: ContextId) => Person;
  /** Nobody's work counts as open any more; whoever was active stays active. */
  readonly close: (lock: 'locked' | 'unknown') => void;
  readonly end: (person: Person) => void;
  readonly clear: () => void;
};

/** Sessions are told apart by a number that rises, whatever their context's name. */
export function createPeople(): People {
  const people = new Map<SubscriberId, Person>();
  let active: SubscriberId | null = null;
  // Beyond any of an earlier run, whose sessions may have had the same names.
  let epoch = Date.now();

  const of = (subscriber: SubscriberId): Person | null => people.get(subscriber) ?? null;
  const amend = (subscriber: SubscriberId | null, change: Partial<SessionInfo>): void => {
    const was = subscriber === null ? null : of(subscriber);
    if (subscriber !== null && was !== null) people.set(subscriber, { ...was, info: { ...was.info, ...change } });
  };
  return {
    of,
    active: () => (active === null ? null : of(active)),
    all: () => [...people.values()],
    find: ({ id, epoch: known }) => [...people.values()].find(({ info: { key } }) => key.id === id && key.epoch === known) ?? null,
    open: (subscriber, context) => {
      if (active !== subscriber) amend(active, { lock: 'locked', state: 'background' });
      active = subscriber;
      const key = of(subscriber)?.info.key ?? { id: `kiosk-${context}`, epoch: String(++epoch) };
      const person: Person = { context, info: { key, subscriber, state: 'active', lock: 'unlocked' } };
      people.set(subscriber, person);
      return person;
    },
    close: (lock) => amend(active, { lock }),
    end: ({ info: { subscriber } }) => {
      if (subscriber === null) return;
      people.delete(subscriber);
      if (active === subscriber) active = null;
    },
    clear: () => {
      people.clear();
      active = null;
    },
  };
}
