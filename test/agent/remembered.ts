/** A running agent and a PIN come in; whether it stands anywhere in the agent's memory goes out. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { judgePin } from '../../core/pin-rules.ts';

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
export function randomPin(): number[] {
  for (;;) {
    const pin = Array.from({ length: 12 }, () => randomInt(10));
    if (judgePin(Uint8Array.from(pin), 12).kind === 'good') return pin;
  }
}

/** A program of this folder that answers line by line. */
export function start(t: TestContext, program: string, ...args: readonly string[]): { readonly child: ChildProcess; readonly answer: () => Promise<string> } {
  const child = spawn(process.execPath, [join(import.meta.dirname, program), ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { child, answer: async () => String((await answers.next()).value) };
}

/** Fails where the PIN stands in the process's memory in a form that whoever read it there would recognise. */
export function assertForgotten({ pid }: ChildProcess, program: string, pin: readonly number[], more: Readonly<Record<string, Buffer>> = {}): void {
  assert.ok(pid !== undefined);
  const forms = { program: Buffer.from(program), digits: Buffer.from(pin), text: Buffer.from(pin.join('')), 'wide text': Buffer.from(pin.join(''), 'utf16le'), ...more };
  const [own = 0, ...found] = occurrences(pid, Object.values(forms));
  assert.ok(own > 0, 'the search must find what is there');
  const standing = Object.keys(forms)
    .slice(1)
    .filter((_, i) => (found[i] ?? 0) > 0);
  assert.deepEqual(standing, [], 'the PIN stands in memory');
}
