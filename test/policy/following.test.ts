/** A policy folder and a clock come in; the agent's own looking goes out: every minute, never at a file that is still being written, and the ledger that cannot take it locks. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Agent } from '../../agent/agent.ts';
import { noRegistry } from '../../agent/policy/reading.ts';
import { followPolicy, openPolicy } from '../../agent/policy/running.ts';
import type { Entry } from '../../core/entry.ts';

type Rig = { readonly write: (text: string) => void; readonly inactivity: () => number; readonly told: string[]; readonly pass: (millis: number) => void };
function follow(t: TestContext, append: (entry: Entry) => void, atStart?: string): Rig {
  const dir = mkdtempSync(join(tmpdir(), 'tapward-following-'));
  const path = join(dir, 'policy.json');
  const told: string[] = [];
  const place = { places: { state: dir, run: dir, policy: path }, registry: noRegistry, computer: 'pc-7' };
  t.mock.timers.enable({ apis: ['setInterval', 'setTimeout', 'setImmediate'] });
  const live = openPolicy(place, null, (id) => told.push(id));
  if (atStart !== undefined) writeFileSync(path, atStart);
  const queue = { dispatch: ({ kind }: { readonly kind: string }) => told.push(kind), crash: (why: Error) => told.push(`${why.name} ${String(why.cause)}`) };
  const following = followPolicy(live, { durable: { ledger: { append } }, queue } as unknown as Agent, place, (id) => told.push(id));
  t.after(() => {
    following[Symbol.dispose]();
    rmSync(dir, { recursive: true, force: true });
  });
  return { write: (text) => writeFileSync(path, text), inactivity: () => live.policy().inactivity, told, pass: (millis) => t.mock.timers.tick(millis) };
}

test('a change is found within a minute, once the file stands still; the screen and the timers are told', (t) => {
  const rig = follow(t, ({ kind }) => rig.told.push(kind));
  rig.write('{"inactivity": "3 min"');
  rig.pass(59_000);
  assert.deepEqual(rig.told, []);
  rig.pass(1_000);
  rig.write('{"inactivity": "3 min"}');
  rig.pass(2_000);
  assert.deepEqual([rig.inactivity(), rig.told], [300_000, []], 'it was still being written');
  rig.pass(2_000);
  assert.equal(rig.inactivity(), 180_000);
  rig.pass(1);
  assert.deepEqual(rig.told, ['policyChanged', 'TW1403', 'tick']);
  rig.pass(600_000);
  assert.equal(rig.told.length, 3);
  rig.write('{"inactivity": 3}');
  rig.pass(60_000);
  rig.pass(2_000);
  assert.deepEqual([rig.inactivity(), rig.told.slice(3)], [180_000, ['TW1401', 'TW1401', 'policyRefused']]);
});

test('a change while the agent was starting is found as any other', (t) => {
  const rig = follow(t, ({ kind }) => rig.told.push(kind), '{"inactivity": "3 min"}');
  assert.equal(rig.inactivity(), 300_000);
  rig.pass(60_000);
  rig.pass(2_000);
  assert.deepEqual([rig.inactivity(), rig.told[0]], [180_000, 'policyChanged']);
});

test('SIGHUP has it looked at now; a ledger that cannot take the entry degrades the station', (t) => {
  const rig = follow(t, () => {
    throw new Error('full');
  });
  rig.write('{"inactivity": "3 min"}');
  process.emit('SIGHUP');
  assert.deepEqual([rig.inactivity(), rig.told.filter((one) => one !== 'TW1403')], [180_000, ['Error ledgerUnwritable']]);
});
