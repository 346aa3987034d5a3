/** A PIN is typed into a real agent; its whole memory is searched for it afterwards. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { connectDoor } from '../../agent/admin/client.ts';
import { encodeFromFace } from '../../core/face-link.ts';
import { until, visit } from '../face-door/visitor.ts';
import { need } from '../needs.ts';
import { assertForgotten, randomPin, start } from './remembered.ts';

const prefixed = (before: string, forms: Readonly<Record<string, Buffer>>): Readonly<Record<string, Buffer>> =>
  Object.fromEntries(Object.entries(forms).map(([name, form]) => [before + name, form]));

const skip = need('linux') || (process.getuid?.() !== 0 && 'needs root to read the memory of a process');

test('after an enrolment and an opening, the PIN stands nowhere in the agent’s memory', { skip }, async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'tapward-memory-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const pin = randomPin();
  const { child, answer } = start(t, 'held-pin.ts', join(dir, 'station'), '12');
  assert.equal(await answer(), 'ready');
  const said: string[] = [];
  for (const digit of [...pin, ...pin]) {
    child.stdin?.write(String(digit));
    said.push(await answer());
  }
  assert.deepEqual([said[11], said.at(-1)], ['enrolled', 'opened']);
  assertForgotten(child, 'held-pin.ts', pin);
});

test('after a reset over the administrator’s door and an opening over the face’s, the PIN stands nowhere in the agent’s memory', { skip }, async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'tapward-memory-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const station = join(dir, 'station');
  const { child, answer } = start(t, 'held-doors.ts', station);
  const person = await answer();
  const door = await connectDoor(station);
  assert.ok(door.kind === 'connected');
  const face = await visit(join(station, 'face.sock'));
  const shows = (kind: string): Promise<void> => until(`the screen shows ${kind}`, () => face.heard.some((said) => said.kind === 'frame' && said.frame.view.screen.kind === kind));
  const pins = [randomPin(), randomPin()];
  for (const pin of pins) assert.equal((await door.ask({ ask: 'resetPin', person }, { pin: Uint8Array.from(pin) })).kind, 'done');
  const [old = [], pin = []] = pins;
  child.stdin?.write('tap\n');
  assert.equal(await answer(), 'asked');
  await shows('pin');
  // All at once, so that one read of the agent's holds them side by side.
  const messages = pin.map((digit) => encodeFromFace({ kind: 'gesture', gesture: { kind: 'digit', digit } }));
  const typed = Buffer.concat(messages);
  face.raw(Uint8Array.from(typed));
  await shows('open');
  const forms = (digits: readonly number[]): Readonly<Record<string, Buffer>> => ({
    'the start of a request': Buffer.from(digits.slice(0, 8).join(',')),
    'the end of a request': Buffer.from(digits.slice(-8).join(',')),
  });
  assertForgotten(child, 'held-doors.ts', pin, {
    ...forms(pin),
    'messages of a face': typed,
    'some messages of a face': Buffer.concat(messages.slice(4, 9)),
    'the PIN before it': Buffer.from(old),
    ...prefixed('the PIN before it: ', forms(old)),
  });
});
