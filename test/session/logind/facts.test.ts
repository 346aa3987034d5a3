/** Properties of a session come in, sound and each of them wrong in turn; facts go out of the sound ones alone, nothing is guessed, and no class is taken for nobody's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Value } from '../../../native/dbus/unmarshal.ts';
import { createClosing } from '../../../native/session/logind/closing.ts';
import { readFacts, readPaths } from '../../../native/session/logind/facts.ts';
import type { Login } from '../../../native/session/logind/login.ts';
import { watchSeat } from '../../../native/session/logind/seat.ts';

const sound: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['Id', '7'],
  ['User', [1000, '/org/freedesktop/login1/user/_1000']],
  ['Name', 'sam'],
  ['TimestampMonotonic', 24_523_885_745n],
  ['Seat', ['seat0', '/org/freedesktop/login1/seat/seat0']],
  ['Remote', false],
  ['Type', 'wayland'],
  ['Class', 'user'],
  ['Active', true],
  ['State', 'active'],
  ['IdleHint', false],
  ['IdleSinceHintMonotonic', 12n],
  ['LockedHint', true],
]);
const facts = {
  id: '7',
  epoch: '24523885745',
  uid: 1000,
  account: 'sam',
  seat: 'seat0',
  of: 'user',
  isText: false,
  isRemote: false,
  isActive: true,
  isClosing: false,
  lockedHint: true,
  idleHint: false,
  idleSince: '12',
};

test('a session as logind describes it', () => {
  assert.deepEqual(readFacts(sound), facts);
  assert.deepEqual(readFacts(new Map([...sound, ['Type', 'tty'], ['State', 'closing'], ['Class', 'greeter']])), { ...facts, isText: true, isClosing: true, of: 'greeter' });
  assert.deepEqual(readFacts(new Map<string, Value>([...sound, ['Class', 'background'], ['Seat', ['', '/']], ['Something', [1]]])), { ...facts, of: 'service', seat: '' });
});

test('whose session it is, by its class: every kind of person’s is one, and a class that nobody knows is not taken for nobody’s', () => {
  for (const [name, of] of [
    ['user', 'user'],
    ['user-early', 'user'],
    ['user-light', 'user'],
    ['user-early-light', 'user'],
    ['user-incomplete', 'user'],
    ['greeter', 'greeter'],
    ['lock-screen', 'service'],
    ['background', 'service'],
    ['background-light', 'service'],
    ['manager', 'service'],
    ['manager-early', 'service'],
    ['none', 'service'],
    ['visitor', 'unknown'],
    ['', 'unknown'],
  ] as const)
    assert.equal(readFacts(new Map([...sound, ['Class', name]]))?.of, of, name);
  assert.equal(readFacts(new Map<string, Value>([...sound, ['Class', 7]]))?.of, 'unknown');
});

/** One session that locks nothing is shown, and no greeter is to be had; whether it counts as closed, and what was ended when it was asked twice. */
async function closingOf(kind: string): Promise<{ readonly isClosed: boolean; readonly ended: readonly string[]; readonly shown: string | undefined }> {
  const one = readFacts(new Map<string, Value>([...sound, ['Class', kind], ['LockedHint', false]]));
  const ended: string[] = [];
  const fine = { kind: 'return', body: [] } as const;
  const refused = { kind: 'error', name: 'none' } as const;
  const login: Login = {
    sessions: async () => (one === null || ended.includes(one.id) ? [] : [one]),
    lock: async () => fine,
    unlock: async () => fine,
    activate: async () => refused,
    terminate: async (id) => {
      ended.push(id);
      return fine;
    },
    switchTo: async () => refused,
    showGreeter: async () => refused,
  };
  const seat = watchSeat({ name: 'seat0', accounts: { accountOf: () => null, subscriberOf: () => null }, locker: { kind: 'hint' }, changed: () => undefined });
  seat.use(login);
  await seat.refresh();
  const shown = seat.active()?.account;
  const closing = createClosing({ seat, name: 'seat0', endUnlocked: 'on', greeterVt: 0, lockTakes: 20, diagnose: () => undefined });
  const isClosed = await closing.close(false);
  await closing.close(true);
  return { isClosed, ended, shown };
}

test('shown on the seat: no person’s session and no unknown one is ever “nothing to lock”, and an unknown one is not ended', async () => {
  for (const kind of ['user', 'user-early', 'user-light', 'user-early-light', 'user-incomplete'])
    assert.deepEqual(await closingOf(kind), { isClosed: false, ended: ['7'], shown: 'sam' }, kind);
  assert.deepEqual(await closingOf('visitor'), { isClosed: false, ended: [], shown: 'sam' });
  assert.deepEqual(await closingOf('lock-screen'), { isClosed: true, ended: [], shown: undefined });
});

test('what decides whether it is locked, whose it is or where it stands is never guessed', () => {
  for (const name of ['Id', 'User', 'Name', 'TimestampMonotonic', 'Seat', 'Remote', 'Active', 'IdleHint', 'LockedHint']) {
    const without = new Map(sound);
    without.delete(name);
    assert.equal(readFacts(without), null, `without ${name}`);
    for (const wrong of [7, 'yes', [], [[]]] as const) {
      if (typeof wrong === typeof sound.get(name) && !Array.isArray(wrong)) continue;
      assert.equal(readFacts(new Map<string, Value>([...sound, [name, wrong]])), null, `${name} as ${JSON.stringify(wrong)}`);
    }
  }
  for (const none of [undefined, 'x', 1, [], [sound]] as const) assert.equal(readFacts(none as Value | undefined), null);
});

test('the list of sessions: each by its path, or no list', () => {
  assert.deepEqual(readPaths([['7', 1000, 'sam', 'seat0', '/org/freedesktop/login1/session/_37']]), ['/org/freedesktop/login1/session/_37']);
  assert.deepEqual(readPaths([]), []);
  for (const none of [undefined, 'x', new Map(), [['7']], [7], [['7', 1, 'a', 's', 5]]] as const) assert.equal(readPaths(none as Value | undefined), null);
});
