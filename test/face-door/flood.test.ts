/** Floods of every kind break on the face's door: it hears no more than hands could do, keeps no more than it can bear, and serves the next face. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CeremonyAnswer, longestResponse, maxGestureBytes } from '../../core/bridge.ts';
import { need } from '../needs.ts';
import { idle, openKnock, until, type Visitor } from './visitor.ts';

const skip = need('linux');
const digit = (value: number) => ({ kind: 'gesture', gesture: { kind: 'digit', digit: value } }) as const;
const cancel = { kind: 'gesture', gesture: { kind: 'cancel' } } as const;

test('ten thousand forged gestures: the agent hears no more than hands could do, and the next face is served', { skip }, async (t) => {
  await using door = await openKnock();
  const began = performance.now();
  const flooding = async (visitor: Visitor): Promise<void> => {
    for (let i = 0; i < 10_000 && !visitor.socket.destroyed; i++) visitor.send(digit(i % 10));
    await visitor.closed;
  };
  await flooding(await door.visit());
  const seconds = (performance.now() - began) / 1_000;
  const { length } = door.gestures;
  assert.ok(length > 0 && length <= 60 + 60 * seconds, `${length} gestures in ${seconds} s`);
  assert.deepEqual(door.noted, ['A face was put out: it says more than hands can do.']);
  // Again and again, while an honest face works beside it.
  const honest = await door.visit();
  const gaps: number[] = [];
  let last = performance.now();
  const pulse = setInterval(() => {
    gaps.push(performance.now() - last);
    last = performance.now();
  }, 5);
  for (let i = 0; i < 8; i++) await flooding(await door.visit());
  clearInterval(pulse);
  const before = door.gestures.length;
  honest.send(cancel);
  await until('the honest one is heard', () => door.gestures.slice(before).some(({ kind }) => kind === 'cancel'));
  t.diagnostic(
    `a flood of 10,000 gestures was put out after ${Math.round(seconds * 1_000)} ms, ${length} of them heard; the longest pause of the event loop while eight more came was ${Math.round(Math.max(...gaps))} ms`,
  );
});

test('answers that nobody asked for: a few are heard, a thousand put the face out, and one that is too long ends it at its length', { skip }, async () => {
  await using door = await openKnock();
  const flooding = await door.visit();
  for (let i = 0; i < 5_000 && !flooding.socket.destroyed; i++) flooding.send({ kind: 'key', answer: { id: i, json: `{"id":"${'A'.repeat(64)}"}` } });
  await flooding.closed;
  assert.ok(door.answers.length > 0 && door.answers.length <= 20, `${door.answers.length} answers`);
  assert.deepEqual(door.answers[0], { id: 0, json: `{"id":"${'A'.repeat(64)}"}` });
  const honest = await door.visit();
  const longest: CeremonyAnswer = { id: 7, json: 'x'.repeat(longestResponse) };
  honest.send({ kind: 'key', answer: longest });
  await until('the longest is heard', () => door.answers.at(-1)?.id === 7);
  assert.deepEqual(door.answers.at(-1), longest);
  const before = door.answers.length;
  for (const length of [longestResponse + 6, 0xffff_ffff]) {
    const long = await door.visit();
    const head = new Uint8Array(9).fill(0x6b);
    new DataView(head.buffer).setUint32(0, length, true);
    long.raw(head);
    await long.closed;
  }
  // A gesture stays as short as it was.
  const gesture = await door.visit();
  gesture.raw(Uint8Array.of(1 + maxGestureBytes + 1, 0, 0, 0, 0x67));
  await gesture.closed;
  assert.equal(door.answers.length, before);
  assert.ok(door.noted.length >= 3);
});

test('a slow flood is never put out, and never heard beyond what hands do', { skip }, async () => {
  await using door = await openKnock();
  const face = await door.visit();
  const began = performance.now();
  while (performance.now() - began < 1_000) {
    for (let i = 0; i < 5; i++) face.send(cancel);
    await sleep(20);
  }
  assert.equal(face.socket.destroyed, false);
  face.send({ kind: 'refused', what: 'inspect' });
  await until('all is read', () => door.refused.length === 1);
  const seconds = (performance.now() - began) / 1_000;
  assert.ok(door.gestures.length <= 60 + 60 * seconds, `${door.gestures.length} in ${seconds} s`);
});

test('a face that says its last words is let go, without a note', { skip }, async () => {
  await using door = await openKnock();
  const face = await door.visit();
  for (let i = 0; i < 500; i++) face.send({ kind: 'refused', what: 'remote-debugging-port' });
  face.send(cancel);
  await face.closed;
  assert.deepEqual([door.refused, door.gestures, door.noted], [['remote-debugging-port'], [], []]);
});

test('last words fill no ledger', { skip }, async () => {
  await using door = await openKnock();
  for (let i = 0; i < 15; i++) {
    const face = await door.visit();
    face.send({ kind: 'refused', what: 'argument' });
    await face.closed;
  }
  assert.ok(door.refused.length >= 1 && door.refused.length <= 6, `${door.refused.length} entries`);
});

test('a face that reads nothing is put out before much piles up', { skip }, async () => {
  await using door = await openKnock();
  const face = await door.visit();
  face.socket.pause();
  for (let i = 0; i < 2_000 && door.faces.size > 0; i++) {
    door.say(idle);
    await new Promise(setImmediate);
  }
  assert.equal(door.faces.size, 0);
  assert.deepEqual(door.noted, ['A face was put out: it does not read what it is sent.']);
});

test('at most a few at once; those beyond are turned away, and each place is given back', { skip }, async () => {
  await using door = await openKnock({ limits: { connections: 3 } });
  const inside = await Promise.all([door.visit(), door.visit(), door.visit()]);
  for (let i = 0; i < 10; i++) assert.deepEqual((await door.visit()).heard, []);
  inside[0]?.socket.destroy();
  await until('a place is free', () => door.faces.size === 2);
  assert.deepEqual((await door.visit()).heard, [idle]);
});

test('strangers who knock without end keep no face out', { skip }, async () => {
  let isFace = false;
  await using door = await openKnock({ accepts: () => isFace });
  for (let i = 0; i < 60; i++) assert.deepEqual((await door.visit()).heard, []);
  isFace = true;
  assert.deepEqual((await door.visit()).heard, [idle]);
});

test('who comes and goes too often waits', { skip }, async () => {
  await using door = await openKnock();
  let served = 0;
  const began = performance.now();
  for (let i = 0; i < 60; i++) {
    const face = await door.visit();
    served += face.heard.length;
    face.socket.destroy();
    await face.closed;
  }
  const most = 20 + (2 * (performance.now() - began)) / 1_000;
  assert.ok(served >= 20 && served <= most, `${served} of 60 were served`);
});
