/** Entries that no ledger took come in; the reserve has them, proved and in order, also on a full disk and after a torn write, and the ledger gets each of them once. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createSecretKey } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createRecorder } from '../../agent/emergency/recorder.ts';
import { openReserve, type Reserve, reserveFileBytes, reservePath } from '../../agent/emergency/reserve.ts';
import { takeOver } from '../../agent/emergency/takeover.ts';
import { readEntries } from '../../agent/ledger/reading.ts';
import type { Entry } from '../../core/entry.ts';
import { newLedger } from '../ledger/place.ts';
import { need } from '../needs.ts';
import { type Cleanup, folder } from '../store/place.ts';

const key = createSecretKey(Buffer.alloc(32, 7));
const clock = { now: (): number => 5_000 };
const emergency = (n: number): Entry => ({ kind: 'emergency', grant: `g${n}`, attempt: n, claimant: { kind: 'claimed', number: '123456' }, reason: 'life', minutes: 30 });
const outcome = (n: number): Entry => ({ kind: 'outcome', grant: `g${n}`, subscriber: 'claimed', result: 'opened', ms: 3 });
const locked: Entry = { kind: 'locked', why: 'emergencyOver', subscriber: 'claimed', confirmed: true };

function reserveIn(t: Cleanup, dir: string, withKey = true): Reserve {
  const opened = openReserve({ dir, key: withKey ? key : null, clock, wall: () => 1_800_000_000_000 });
  if (opened.kind === 'none') throw new Error(opened.why);
  t.after(() => opened.reserve[Symbol.dispose]());
  return opened.reserve;
}

test('entries come back in order and proved; the file never grows', (t) => {
  const dir = folder(t);
  const first = reserveIn(t, dir);
  for (let n = 0; n < 3; n++) assert.equal(first.append(emergency(n)), n);
  assert.equal(statSync(reservePath(dir)).size, reserveFileBytes);
  const { found } = reserveIn(t, dir);
  assert.deepEqual(
    found,
    [0, 1, 2].map((n) => ({ number: n, wall: 1_800_000_000_000, proved: true, entry: emergency(n) })),
  );
  assert.equal(reserveIn(t, dir).append(emergency(3)), 3);
});

test('a changed, dropped or exchanged entry, and one without a key, is not proved', (t) => {
  const changes: readonly ((lines: string[]) => string[])[] = [
    (lines) => lines.map((line, n) => (n === 1 ? line.replace('life', 'sign') : line)),
    (lines) => [lines[0] ?? '', lines[2] ?? ''],
    (lines) => [lines[0] ?? '', lines[2] ?? '', lines[1] ?? ''],
  ];
  for (const change of changes) {
    const dir = folder(t);
    const reserve = reserveIn(t, dir);
    for (let n = 0; n < 3; n++) reserve.append(emergency(n));
    const lines = readFileSync(reservePath(dir), 'utf8').trimEnd().split('\n');
    writeFileSync(reservePath(dir), `${change(lines).join('\n')}\n`.padEnd(reserveFileBytes));
    const { found } = reserveIn(t, dir);
    assert.equal(found[0]?.proved, true);
    assert.ok(found.slice(1).length > 0 && found.slice(1).every(({ proved }) => !proved), String(change));
  }
  const dir = folder(t);
  reserveIn(t, dir, false).append(emergency(1));
  assert.equal(reserveIn(t, dir).found[0]?.proved, false);
});

test('what was torn by a power cut is gone, and the next entry stands whole in its place', (t) => {
  const dir = folder(t);
  const reserve = reserveIn(t, dir);
  for (let n = 0; n < 3; n++) reserve.append(emergency(n));
  const text = readFileSync(reservePath(dir), 'utf8');
  const end = text.trimEnd().length;
  writeFileSync(reservePath(dir), text.slice(0, end - 20).padEnd(reserveFileBytes));
  const again = reserveIn(t, dir);
  assert.equal(again.found.length, 2);
  assert.equal(again.append(locked), 2);
  assert.deepEqual(
    reserveIn(t, dir).found.map(({ entry, proved }) => [entry.kind, proved]),
    [
      ['emergency', true],
      ['emergency', true],
      ['locked', true],
    ],
  );
});

test('killed at any moment: whatever was acknowledged is there, proved, and the next run goes on behind it', { skip: need('linux') }, async (t) => {
  const dir = folder(t);
  let acknowledged = -1;
  for (let round = 0; round < 6; round++) {
    const victim = spawn(process.execPath, [fileURLToPath(new URL('kill-victim.ts', import.meta.url)), dir], { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    victim.stdout.on('data', (bytes: Buffer) => (said += bytes.toString()));
    await once(victim.stdout, 'data');
    await new Promise((resume) => setTimeout(resume, Math.random() * 80));
    victim.kill('SIGKILL');
    await once(victim, 'close');
    acknowledged = Number(said.split('\n').slice(0, -1).at(-1));
    const { found } = reserveIn(t, dir);
    assert.ok(found.length > acknowledged && found.length <= acknowledged + 2, `${found.length} entries, ${acknowledged} was the last acknowledged`);
    assert.ok(found.every(({ proved, number }, n) => proved && number === n));
  }
  assert.ok(acknowledged >= 6);
});

test('it fills up: what is kept for emergencies is theirs alone, then it refuses them too', (t) => {
  const reserve = reserveIn(t, folder(t));
  const until = (entry: Entry): number => {
    for (let n = 0; ; n++) {
      try {
        reserve.append(entry);
      } catch {
        return n;
      }
    }
  };
  assert.ok(until(locked) > 300);
  const emergencies = until(emergency(1));
  assert.ok(emergencies >= 40 && emergencies < 100, String(emergencies));
});

test('the recorder: ledger first, the reserve around an emergency, and somebody’s own permit never', (t) => {
  let works = true;
  const taken: (readonly [Entry['kind'], string])[] = [];
  const ledger = {
    append: (entry: Entry, from = 'tail') => {
      if (!works) throw new Error('disk full');
      return taken.push([entry.kind, from]);
    },
  };
  const told: number[] = [];
  const reserve = reserveIn(t, folder(t));
  const { record } = createRecorder({ ledger, reserve, reserved: (_, number) => void told.push(number), diagnose: () => undefined });
  const permit: Entry = { kind: 'permit', grant: 'g9', attempt: 9, subscriber: 's', intent: 'unlock', grade: 'uid', factors: [], reached: 'none', by: 'verdict', displaced: null };
  record(emergency(1));
  record(outcome(1));
  assert.deepEqual(taken, [
    ['emergency', 'reserve'],
    ['outcome', 'reserve'],
  ]);
  works = false;
  assert.throws(() => record(permit), /disk full/);
  record(locked);
  assert.deepEqual(told, [0]);
  // Over: what follows is nobody's emergency.
  assert.throws(() => record(outcome(2)), /disk full/);
  assert.throws(() => record({ kind: 'degraded', cause: 'ledgerUnwritable' }), /disk full/);
  record(emergency(2));
  record(outcome(2));
  assert.throws(() => record(permit), /disk full/);
  assert.deepEqual(told, [0, 1, 2]);
  const neither = createRecorder({ ledger: null, reserve: null, reserved: () => undefined, diagnose: () => undefined });
  assert.throws(() => neither.record(emergency(3)), /no ledger/);
});

test('taken over once each, marked, also when the run before was cut off in the middle; then the reserve is empty', (t) => {
  const dir = folder(t);
  const reserve = reserveIn(t, dir);
  for (const entry of [emergency(1), outcome(1), locked]) reserve.append(entry);
  const place = newLedger(t);
  const { ledger } = place.openOk();
  const [first] = reserveIn(t, dir).found;
  assert.ok(first);
  ledger.append({ kind: 'fromReserve', ...first });
  assert.equal(takeOver(reserveIn(t, dir), ledger, place.dir), 2);
  assert.deepEqual(
    readEntries(place.dir).map(({ entry }) => entry.kind === 'fromReserve' && [entry.number, entry.proved, entry.entry.kind]),
    [
      [0, true, 'emergency'],
      [1, true, 'outcome'],
      [2, true, 'locked'],
    ],
  );
  assert.deepEqual(reserveIn(t, dir).found, []);
  assert.equal(takeOver(reserveIn(t, dir), ledger, place.dir), 0);
});

test('an emergency whose outcome was never recorded, here or in the reserve, is found at the next start', (t) => {
  const place = newLedger(t);
  const { ledger } = place.openOk();
  for (const n of [1, 2]) ledger.append(emergency(n));
  ledger.append({ kind: 'fromReserve', number: 0, wall: 1, proved: true, entry: emergency(3) });
  ledger.append({ kind: 'fromReserve', number: 1, wall: 1, proved: true, entry: outcome(2) });
  ledger[Symbol.dispose]();
  assert.deepEqual(
    place.openOk().unfinished,
    [1, 3].map((n) => ({ grant: `g${n}`, subscriber: 'claimed' })),
  );
});
