/** A station whose disk is full to the last byte comes in; its emergency opens on an entry in the reserve, which the ledger takes over later. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { need } from '../needs.ts';
import { code, emergencies, entriesIn, isLocked, kindsIn, number, opened, pin, type Station, settled, setUp, start, stationIn } from './rig.ts';

test('the disk is full to the last byte: the emergency stands in the reserve, and in the ledger once there is room', {
  skip: need('linux') || (process.getuid?.() !== 0 && 'needs root to mount a small disk'),
}, async (t) => {
  const disk = mkdtempSync(join(tmpdir(), 'tapward-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk]);
  t.after(() => {
    execFileSync('umount', ['-l', disk]);
    rmSync(disk, { recursive: true, force: true });
  });
  const dir = stationIn(disk);
  mkdirSync(dir);
  await setUp(dir);
  const filler = join(disk, 'filler');
  {
    await using station = await start(dir);
    stuff(filler);
    // Until the ledger has used up what it had ahead, and what it keeps for emergencies.
    for (const length of [400, 1]) for (let n = 0; n < 3_000 && append(station, length); n++);
    // The store cannot count a try either, so no PIN is looked at.
    await toCode(station);
    await opened(station);
    const [entry] = emergencies(kindsIn(dir));
    assert.deepEqual(entry?.kind === 'emergency' && entry.claimant, { kind: 'claimed', number });
    station.face.do('lockNow');
    await settled('locked', () => isLocked(station));
  }
  rmSync(filler);
  await using station = await start(dir);
  assert.equal(station.agent.queue.state().health.kind, 'ok');
  const taken = entriesIn(dir).flatMap(({ entry }) => (entry.kind === 'fromReserve' ? [entry] : []));
  assert.ok(taken.length >= 3 && taken.every(({ proved }) => proved));
  assert.equal(taken[0]?.entry.kind, 'emergency');
  assert.deepEqual(kindsIn(dir), []);
  assert.ok(station.told.includes('TW2104'));
});

async function toCode({ face }: Station): Promise<void> {
  face.do('emergency');
  await face.until('her number', (v) => v.screen.kind === 'form' && v.screen.step === 'number');
  face.type(number);
  await face.until('her PIN', (v) => v.screen.kind === 'form' && v.screen.step === 'pin');
  face.type(pin);
  await face.until('the code', (v) => v.screen.kind === 'form' && v.screen.step === 'code');
  face.type(code);
  await face.until('the reasons', (v) => v.screen.kind === 'form' && v.screen.step === 'reason');
  face.do('reasonTreatment');
}

function stuff(path: string): void {
  const fd = openSync(path, 'w');
  try {
    for (;;) writeSync(fd, Buffer.alloc(4_096));
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code !== 'ENOSPC') throw e;
  } finally {
    closeSync(fd);
  }
}

function append({ agent }: Station, length: number): boolean {
  try {
    agent.durable.ledger?.append({ kind: 'reader', reader: 'R'.repeat(length), change: 'found' }, 'reserve');
    return true;
  } catch {
    return false;
  }
}
