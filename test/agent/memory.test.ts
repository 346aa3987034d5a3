/** A PIN is typed into a real agent; its whole memory is searched for it afterwards. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test, type TestContext } from 'node:test';
import { connectDoor } from '../../agent/admin/client.ts';
import { encodeFromFace } from '../../core/face-link.ts';
import { judgePin } from '../../core/pin-rules.ts';
import { until, visit } from '../face-door/visitor.ts';
import { need } from '../needs.ts';

/** How often each of these byte strings stands in all writable memory of a process. */
function occurrences(pid: number, needles: readonly Buffer[]): readonly number[] {
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  const found = needles.map(() => 0);
  try {
    for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
      const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
      if (from === undefined || to === undefined) continue;
      const begin = Number(`0x${from}`);
      const bytes = Buffer.allocUnsafe(Math.min(Number(`0x${to}`) - begin, 512 * 1024 * 1024));
      const read = ((): number => {
        try {
          return readSync(memory, bytes, 0, bytes.length, begin);
        } catch {
          return 0;
        }
      })();
      const there = bytes.subarray(0, read);
      for (const [i, needle] of needles.entries()) for (let at = there.indexOf(needle); at >= 0; at = there.indexOf(needle, at + 1)) found[i] = (found[i] ?? 0) + 1;
    }
  } finally {
    closeSync(memory);
  }
  return found;
}

/** Twelve digits, so that they are not met by chance. */
function randomPin(): number[] {
  for (;;) {
    const pin = Array.from({ length: 12 }, () => randomInt(10));
    if (judgePin(Uint8Array.from(pin), 12).kind === 'good') return pin;
  }
}

/** A program of this folder that answers line by line. */
function start(t: TestContext, program: string, ...args: readonly string[]): { readonly child: ChildProcess; readonly answer: () => Promise<string> } {
  const child = spawn(process.execPath, [join(import.meta.dirname, program), ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { child, answer: async () => String((await answers.next()).value) };
}

/** Fails where the PIN stands in the process's memory in a form that whoever read it there would recognise. */
function assertForgotten({ pid }: ChildProcess, program: string, pin: readonly number[], more: Readonly<Record<string, Buffer>> = {}): void {
  assert.ok(pid !== undefined);
  const forms = { program: Buffer.from(program), digits: Buffer.from(pin), text: Buffer.from(pin.join('')), 'wide text': Buffer.from(pin.join(''), 'utf16le'), ...more };
  const [own = 0, ...found] = occurrences(pid, Object.values(forms));
  assert.ok(own > 0, 'the search must find what is there');
  const standing = Object.keys(forms).slice(1).filter((_, i) => (found[i] ?? 0) > 0);
  assert.deepEqual(standing, [], 'the PIN stands in memory');
}

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
  const shows = (kind: string): Promise<void> =>
    until(`the screen shows ${kind}`, () => face.heard.some((said) => said.kind === 'frame' && said.frame.view.screen.kind === kind));
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
  assertForgotten(child, 'held-doors.ts', pin, { ...forms(pin), 'messages of a face': typed, 'some messages of a face': Buffer.concat(messages.slice(4, 9)), 'the PIN before it': Buffer.from(old), ...prefixed('the PIN before it: ', forms(old)) });
});
