/** A badge has been tapped: what is typed at the display manager's PIN prompt comes in through real PAM, and what reaches the core goes out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Gesture } from '../../core/bridge.ts';
import { need } from '../needs.ts';
import { judge, verifying, wrong } from './core.ts';
import { nobody, openStand, pinOf } from './stand.ts';

const skip = need('linux', 'root', 'pamStack');
const digitsOf = (gestures: readonly Gesture[]): string => gestures.map((gesture) => (gesture.kind === 'digit' ? gesture.digit : `<${gesture.kind}>`)).join('');

test('the right PIN lets in; its digits are gestures, one by one, behind whatever a face had begun', { skip }, async () => {
  await using stand = await openStand({ build: 'pam-plain', core: judge('204681', wrong(4)) });
  stand.asks(pinOf('alice'));
  const ran = await stand.pamtester('lightdm', 'alice', { input: '204681\n' });
  assert.equal(ran.code, 0, ran.said);
  assert.match(ran.said, /Enter your 6-digit PIN: /);
  assert.doesNotMatch(ran.said, /204681/);
  assert.equal(digitsOf(stand.gestures), '<clear>204681');
  assert.deepEqual(stand.noted, []);
});

test('a wrong PIN says how many tries are left and asks again; the tries end, and the password’s turn comes', { skip }, async () => {
  let left = 5;
  await using stand = await openStand({
    core: judge('204681', (at) => (left-- > 4 ? wrong(left)(at) : at.asks({ kind: 'notice', notice: 'blocked', presentation: 7, until: 0 }))),
  });
  stand.asks(pinOf('alice'));
  const again = await stand.pamtester('lightdm', 'alice', { input: '111111\n204681\n' });
  assert.equal(again.code, 0, again.said);
  assert.match(again.said, /Wrong PIN\. 4 tries left\./);
  stand.asks(pinOf('alice'));
  const blocked = await stand.pamtester('lightdm', 'alice', { input: '111111\n204681\n' });
  assert.equal(blocked.code, 1);
  assert.equal(digitsOf(stand.gestures), '<clear>111111<clear>204681<clear>111111', 'nothing is typed after it was blocked');
});

for (const [what, typed] of [
  ['nothing', ''],
  ['a password', 'correct horse'],
  ['digits and a letter', '12345a'],
  ['five digits', '12345'],
  ['seven digits', '1234567'],
  ['a thousand digits', '1'.repeat(1_000)],
  ['digits of another script', '١٢٣٤٥٦'],
] as const) {
  test(`${what} at the PIN prompt: no digit reaches the core, and the tap is given up for the password`, { skip }, async () => {
    await using stand = await openStand({ core: judge('123456', wrong(4)) });
    stand.asks(pinOf('alice'));
    const ran = await stand.pamtester('lightdm', 'alice', { input: `${typed}\n` });
    assert.equal(ran.code, 1);
    assert.equal(digitsOf(stand.gestures), '<cancel>');
  });
}

for (const [what, claim] of [
  ['another’s tap', pinOf('bob')],
  ['an application’s question', pinOf('alice', { ask: { id: 'a', subscriber: 's-alice', app: 'Records', act: 'Sign' } })],
  ['a PIN that is being checked', verifying],
  ['no tap', nobody],
] as const) {
  test(`${what}: no PIN is asked for`, { skip }, async () => {
    await using stand = await openStand();
    stand.asks(claim);
    const ran = await stand.pamtester('lightdm', 'alice', { input: '123456\n' });
    assert.equal(ran.code, 1);
    assert.doesNotMatch(ran.said, /PIN/);
    assert.deepEqual(stand.gestures, []);
  });
}

test('a newer tap while she types: her digits reach nobody’s pad', { skip }, async () => {
  await using stand = await openStand();
  stand.asks(pinOf('alice'));
  const ran = await stand.pamtester('lightdm', 'alice', {
    prompt: {
      said: /-digit PIN/,
      act: (type) => {
        stand.asks(pinOf('bob'));
        type('204681\n');
      },
    },
  });
  assert.equal(ran.code, 1);
  assert.deepEqual(stand.gestures, []);
});

test('a tap that is given up at the face while the prompt stands: the prompt ends with it', { skip }, async () => {
  await using stand = await openStand();
  stand.asks(pinOf('alice'));
  const ran = await stand.pamtester('lightdm', 'alice', {
    prompt: {
      said: /-digit PIN/,
      act: (type) => {
        stand.asks(nobody);
        type('\n');
      },
    },
  });
  assert.equal(ran.code, 1);
  assert.deepEqual(stand.gestures, []);
});

test('a locker of the session never asks for a PIN: programs of the session could look like one', { skip }, async () => {
  await using stand = await openStand();
  stand.asks(pinOf('alice'));
  const ran = await stand.pamtester('xsecurelock', 'alice', { as: 'alice', input: '123456\n' });
  assert.equal(ran.code, 1);
  assert.doesNotMatch(ran.said, /PIN/);
  assert.deepEqual(stand.gestures, []);
});
