/** Sealed emergency codes and guesses at them come in; the right one opens, guesses run into a wait that outlives restarts, and a foreign code is none. */
import assert from 'node:assert/strict';
import { createSecretKey, type KeyObject } from 'node:crypto';
import { chownSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { codePath, createEmergencyCode, type EmergencyCode, freeTries, mostTries, setUpEmergency, waitAfterTries } from '../../agent/emergency/code.ts';
import { readTries, triesPath, writeTries } from '../../agent/emergency/tries.ts';
import { FixedPinBuffer } from '../../agent/pin-buffer.ts';
import { need } from '../needs.ts';
import { folder, quick } from '../store/place.ts';

const key = createSecretKey(Buffer.alloc(32, 3));
const clock = { at: 1_000, now: (): number => clock.at };
const open = (dir: string, with_: KeyObject | null = key): EmergencyCode => createEmergencyCode({ dir, key: with_, clock, diagnose: () => undefined });

function typed(digits: string): FixedPinBuffer {
  const pin = new FixedPinBuffer();
  for (const digit of digits) {
    pin.offer(Number(digit));
    pin.take();
  }
  return pin;
}
const guess = async (code: EmergencyCode, digits: string): Promise<string> => {
  const pin = typed(digits);
  const { kind } = await code.check(pin);
  assert.equal(pin.count, 0, 'digits were left in the buffer');
  return kind;
};
const wrong = (code: string): string => code.replace(/^./, (c) => String((Number(c) + 1) % 10));

test('a new code is 12 digits, opens, and is nowhere on the disk', async (t) => {
  const dir = folder(t);
  assert.equal(open(dir).ready(), false);
  const made = await setUpEmergency({ dir, key }, { cost: quick });
  assert.match(made, /^\d{12}$/);
  assert.ok(!readFileSync(codePath(dir), 'utf8').includes(made));
  assert.equal(open(dir).ready(), true);
  assert.equal(await guess(open(dir), made), 'accepted');
  assert.equal(await guess(open(dir), wrong(made)), 'refused');
  assert.equal(await guess(open(dir), made.slice(0, 11)), 'refused');
  const anew = await setUpEmergency({ dir, key }, { cost: quick });
  assert.notEqual(anew, made);
  assert.equal(await guess(open(dir), made), 'refused');
});

test('five guesses, then one a quarter of an hour, across restarts; the right code forgets them', async (t) => {
  const dir = folder(t);
  const made = await setUpEmergency({ dir, key }, { cost: quick });
  const code = open(dir);
  const answers = [];
  for (let n = 0; n < freeTries; n++) answers.push(await guess(code, wrong(made)));
  assert.deepEqual(answers, ['refused', 'refused', 'refused', 'refused', 'wait']);
  assert.equal(await guess(code, made), 'wait', 'the right one as well');
  const restarted = open(dir);
  assert.equal(await guess(restarted, made), 'wait', 'a restart is no way round');
  clock.at += waitAfterTries;
  assert.equal(await guess(restarted, wrong(made)), 'wait');
  assert.equal(readTries(dir), freeTries + 1);
  clock.at += waitAfterTries - 1;
  assert.equal(await guess(restarted, made), 'wait');
  clock.at += 1;
  assert.equal(await guess(restarted, made), 'accepted');
  assert.equal(readTries(dir), 0);
});

test('at most a hundred wrong ones in a row, then only a new code helps', async (t) => {
  const dir = folder(t);
  const made = await setUpEmergency({ dir, key }, { cost: quick });
  writeTries(dir, mostTries);
  clock.at += waitAfterTries;
  assert.equal(await guess(open(dir), made), 'unreachable');
  const anew = await setUpEmergency({ dir, key }, { cost: quick });
  assert.equal(await guess(open(dir), anew), 'accepted');
});

test('the try is counted before the code is looked at; where it cannot be, nothing is', async (t) => {
  const dir = folder(t);
  const made = await setUpEmergency({ dir, key }, { cost: quick });
  const code = open(dir);
  const checking = code.check(typed(wrong(made)));
  assert.equal(readTries(dir), 1);
  await checking;
  rmSync(triesPath(dir));
  assert.equal(await guess(code, made), 'unreachable', 'a counter that was taken away is no new beginning');
  writeFileSync(triesPath(dir), '0\n');
  assert.equal(await guess(code, made), 'unreachable');
});

test('root makes it, the agent’s own account may read and count', { skip: need('linux') || (process.getuid?.() !== 0 && 'needs root') }, async (t) => {
  const dir = folder(t);
  chownSync(dir, 65_534, 65_534);
  await setUpEmergency({ dir, key }, { cost: quick });
  assert.deepEqual(
    [codePath(dir), triesPath(dir)].map((path) => [statSync(path).uid, statSync(path).mode & 0o777]),
    [
      [65_534, 0o600],
      [65_534, 0o600],
    ],
  );
});

test('a code that somebody else put there is none, unless the machine key is gone and nothing can tell', async (t) => {
  const dir = folder(t);
  const foreign = await setUpEmergency({ dir, key: createSecretKey(Buffer.alloc(32, 4)) }, { cost: quick });
  assert.equal(open(dir).ready(), false);
  assert.equal(await guess(open(dir), foreign), 'unreachable');
  assert.equal(open(dir, null).ready(), true);
  assert.equal(await guess(open(dir, null), foreign), 'accepted');
});
