/** A PIN is typed into a real agent; its whole memory is searched for it afterwards. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { judgePin } from '../../core/pin-rules.ts';
import { need } from '../needs.ts';

/** Where in all writable memory of a process these bytes stand. */
function occurrences(pid: number, needle: Buffer): number {
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  let found = 0;
  try {
    for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
      const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
      if (from === undefined || to === undefined) continue;
      const start = Number(`0x${from}`);
      const bytes = Buffer.alloc(Math.min(Number(`0x${to}`) - start, 512 * 1024 * 1024));
      const read = ((): number => {
        try {
          return readSync(memory, bytes, 0, bytes.length, start);
        } catch {
          return 0;
        }
      })();
      for (let at = bytes.subarray(0, read).indexOf(needle); at >= 0; at = bytes.subarray(0, read).indexOf(needle, at + 1)) found++;
    }
  } finally {
    closeSync(memory);
  }
  return found;
}

const skip = need('linux') || (process.getuid?.() !== 0 && 'needs root to read the memory of a process');

test('after an enrolment and an opening, the PIN stands nowhere in the agent’s memory', { skip }, async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'tapward-memory-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  // Twelve digits, so that they are not met by chance.
  const pin = Array.from({ length: 12 }, () => randomInt(10));
  while (judgePin(Uint8Array.from(pin), 12).kind !== 'good') pin.splice(0, 12, ...Array.from({ length: 12 }, () => randomInt(10)));
  const child = spawn(process.execPath, [join(import.meta.dirname, 'held-pin.ts'), join(dir, 'station'), '12'], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<string> => String((await answers.next()).value);
  assert.equal(await answer(), 'ready');
  const said: string[] = [];
  for (const digit of [...pin, ...pin]) {
    child.stdin.write(String(digit));
    said.push(await answer());
  }
  assert.deepEqual([said[11], said.at(-1)], ['enrolled', 'opened']);
  const { pid } = child;
  assert.ok(pid !== undefined);
  assert.ok(occurrences(pid, Buffer.from('held-pin.ts')) > 0, 'the search must find what is there');
  for (const [as, needle] of [['digits', Buffer.from(pin)], ['text', Buffer.from(pin.join(''))], ['wide text', Buffer.from(pin.join(''), 'utf16le')]] as const) {
    assert.equal(occurrences(pid, needle), 0, `the PIN stands in memory as ${as}`);
  }
});
