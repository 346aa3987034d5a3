/** A code is issued and typed, and a PIN chosen with it, at a real agent through both its doors; its whole memory is searched for them afterwards. */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { connectDoor } from '../../agent/admin/client.ts';
import type { Gesture } from '../../core/bridge.ts';
import { encodeFromFace } from '../../core/face-link.ts';
import type { Screen } from '../../core/view.ts';
import { assertForgotten, randomPin, start } from '../agent/remembered.ts';
import { until, visit } from '../face-door/visitor.ts';
import { need } from '../needs.ts';

const skip = need('linux') || (process.getuid?.() !== 0 && 'needs root to read the memory of a process');

test('after a PIN by code and an opening, neither code nor PIN stands anywhere in the agent’s memory', { skip }, async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'tapward-memory-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const station = join(dir, 'station');
  const { child, answer } = start(t, '../agent/held-doors.ts', station);
  const person = await answer();
  const door = await connectDoor(station);
  assert.ok(door.kind === 'connected');
  const face = await visit(join(station, 'face.sock'));
  const screen = (): Screen | undefined => face.heard.flatMap((said) => (said.kind === 'frame' ? [said.frame.view.screen] : [])).at(-1);
  const shows = (what: string): Promise<void> =>
    until(`the screen shows ${what}`, () => {
      const now = screen();
      return now !== undefined && (now.kind === 'form' ? now.checkingSince === null && now.step === what : now.kind === what);
    });
  const message = (gesture: Gesture): Uint8Array => Uint8Array.from(encodeFromFace({ kind: 'gesture', gesture }));
  // All at once, so that one read of the agent's holds them side by side.
  const type = (digits: readonly number[]): void => face.raw(Uint8Array.from(Buffer.concat(digits.map((digit) => message({ kind: 'digit', digit })))));
  const pin = randomPin();
  const code = Array.from({ length: 13 }, () => randomInt(10));
  assert.equal((await door.ask({ ask: 'issueCode', person, purpose: 'newPin', checked: 'knew her voice' }, { pin: Uint8Array.from(code) })).kind, 'issued');
  await shows('idle');
  face.raw(message({ kind: 'newPin' }));
  await shows('number');
  type([2, 0, 4, 8, 1, 7]);
  await shows('code');
  type(code);
  await shows('newPin');
  type(pin);
  await shows('again');
  type(pin);
  await shows('pinChanged');
  face.raw(message({ kind: 'back' }));
  child.stdin?.write('tap\n');
  assert.equal(await answer(), 'asked');
  await shows('pin');
  type(pin);
  await shows('open');
  assertForgotten(child, 'held-doors.ts', pin, {
    'the code': Buffer.from(code),
    'the code as text': Buffer.from(code.join('')),
    'the code as wide text': Buffer.from(code.join(''), 'utf16le'),
    'the start of the request': Buffer.from(code.slice(0, 8).join(',')),
    'the end of the request': Buffer.from(code.slice(-8).join(',')),
  });
});
