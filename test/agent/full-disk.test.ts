/** A disk that fills up comes in; a locked station that opened nobody without a permit goes out. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { byUid } from '../../agent/enrolment.ts';
import { readEntries } from '../../agent/ledger/reading.ts';
import { ledgerDir } from '../../agent/store/durable.ts';
import { need } from '../needs.ts';
import { startRig } from './rig.ts';

const mayMount = process.getuid?.() === 0;
const uid = Uint8Array.of(4, 1, 2, 3, 4, 5, 6);

test('the disk fills up in the middle of work: locked, “Call IT”, and nothing opened without its permit', {
  skip: need('linux') || (!mayMount && 'needs root to mount a small disk'),
}, async (t) => {
  const disk = mkdtempSync(join(tmpdir(), 'tapward-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', disk]);
  t.after(() => {
    execFileSync('umount', ['-l', disk]);
    rmSync(disk, { recursive: true, force: true });
  });
  await using rig = await startRig(join(disk, 'station'));
  const { agent, face, tap } = rig;
  const enrolled = await agent.enrolment?.enrol({ given: 'Sam', initial: 'B', language: null }, byUid(Uint8Array.from(uid)), Uint8Array.of(4, 8, 2, 9, 1, 5), 'screen');
  assert.equal(enrolled?.kind, 'enrolled');
  const fill = openSync(join(disk, 'filler'), 'w');
  for (let left = statfsSync(disk).bavail * 4096; left > 0; left -= 4096) {
    try {
      writeSync(fill, Buffer.alloc(4096, 1));
    } catch {
      break;
    }
  }
  closeSync(fill);
  let opened = 0;
  for (let i = 0; i < 2000 && agent.queue.state().health.kind === 'ok'; i++) {
    tap(uid);
    await face.until('the PIN or the end', (v) => v.screen.kind === 'pin' || v.screen.kind === 'callIt');
    if (agent.queue.state().health.kind !== 'ok') break;
    face.type('482915');
    await face.until('open or the end', (v) => v.screen.kind === 'open' || v.screen.kind === 'callIt' || v.screen.kind === 'unreachable');
    if (agent.queue.state().desk.kind === 'open') opened++;
    face.do('lockNow');
    face.do('back');
  }
  const { health, desk } = agent.queue.state();
  assert.equal(health.kind, 'degraded', `${opened} openings and still no end of the disk`);
  assert.ok(desk.kind === 'locked' || desk.kind === 'locking');
  assert.equal(face.frame().view.screen.kind, 'callIt');
  const permits = readEntries(ledgerDir(join(disk, 'station'))).filter(({ entry }) => entry.kind === 'permit').length;
  assert.ok(permits >= opened, `${opened} openings, but ${permits} permits on the disk`);
  t.diagnostic(`${opened} openings until ${health.kind === 'degraded' ? health.cause : ''}`);
});
