/** A store that stops holding under a running agent, and an evaluation that starts over: nobody is let in, nothing is taken away. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { byUid } from '../../agent/enrolment.ts';
import { startEvaluation } from '../../agent/evaluation/evaluation.ts';
import { StoreDamage } from '../../agent/store/records.ts';
import { defaultPolicy } from '../../core/policy.ts';
import { startRig } from './rig.ts';

const uid = Uint8Array.of(4, 1, 2, 3, 4, 5, 6);
const folder = (t: { after: (end: () => void) => void }): string => {
  const dir = mkdtempSync(join(tmpdir(), 'tapward-damage-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
};

test('a record that stops opening under a running agent: locked, “Call IT”, the cause named', async (t) => {
  await using rig = await startRig(join(folder(t), 'station'));
  const { agent, face, tap } = rig;
  await agent.enrolment?.enrol({ given: 'Sam', initial: 'B', language: null }, byUid(Uint8Array.from(uid)), Uint8Array.of(4, 8, 2, 9, 1, 5), 'screen');
  tap(uid);
  face.type('482915');
  await face.until('open', (v) => v.screen.kind === 'open');
  assert.ok(agent.durable.store !== null);
  agent.durable.store.findByBadge = () => {
    throw new StoreDamage('badge/1');
  };
  tap(uid);
  const { screen } = await face.until('Call IT', (v) => v.screen.kind === 'callIt');
  assert.deepEqual(screen, { kind: 'callIt', cause: 'storeDamaged' });
  assert.notEqual(agent.queue.state().desk.kind, 'open');
});

test('starting over takes nothing away under a running evaluation, and keeps the site’s policy', async (t) => {
  const dir = join(folder(t), 'station');
  const options = { dir, version: '0.0.0', policy: defaultPolicy, tray: true, say: () => undefined } as const;
  const first = await startEvaluation({ ...options, fresh: false });
  const before = first.agent.enrolment?.people().map((p) => p.subscriber.id);
  writeFileSync(join(dir, 'policy.json'), '{}');
  await assert.rejects(startEvaluation({ ...options, fresh: true }), /already running/);
  await first.stop('test');
  const again = await startEvaluation({ ...options, fresh: false });
  assert.deepEqual(
    again.agent.enrolment?.people().map((p) => p.subscriber.id),
    before,
  );
  await again.stop('test');
  const anew = await startEvaluation({ ...options, fresh: true });
  assert.notDeepEqual(
    anew.agent.enrolment?.people().map((p) => p.subscriber.id),
    before,
  );
  assert.ok(existsSync(join(dir, 'policy.json')));
  await anew.stop('test');
});
