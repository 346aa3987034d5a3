/** Properties of a session come in, sound and each of them wrong in turn; facts go out of the sound ones alone, and nothing is guessed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Value } from '../../../native/dbus/unmarshal.ts';
import { readFacts, readPaths } from '../../../native/session/logind/facts.ts';

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
  assert.deepEqual(readFacts(new Map<string, Value>([...sound, ['Class', 'background'], ['Seat', ['', '/']], ['Something', [1]]])), { ...facts, of: 'other', seat: '' });
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
