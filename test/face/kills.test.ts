/** Pages, faces and agents are killed with SIGKILL at random moments, in the middle of a PIN or of open work: never open, and usable again within 3 s. Hands are the X server's: what they press, the agent must hear. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Supervisor, superviseFace } from '../../agent/face/supervisor.ts';
import { sam } from '../e2e/station.ts';
import { need } from '../needs.ts';
import { electronName, faceCommand, helpersOf } from './electron.ts';
import { type Display, digits, openDisplay, until } from './screen.ts';
import { type FaceStation, startFaceStation } from './station.ts';

const skip = need('linux', 'pcscd', 'compiler', 'namespaces', 'display', 'electron');
/** Of each: twenty in the nightly run. */
const moments = Number(process.env['TAPWARD_KILLS'] ?? 8);
/** The limit, on a machine that has nothing else to do. */
const usableWithin = 3_000;
/** How long a bare Node takes to start and end there, in milliseconds. */
const quietStart = 50;
const starts = 3;
/** How many times slower this machine is at this moment, 1 or more: whatever else it does takes as much from the face. */
function slowness(): number {
  const began = performance.now();
  for (let i = 0; i < starts; i++) spawnSync(process.execPath, ['-e', '0']);
  return Math.max(1, (performance.now() - began) / starts / quietStart);
}
type Took = { readonly ms: number; readonly slower: number };

let station: FaceStation;
let display: Display;
let supervisor: Supervisor;
let profile: string;
before(async () => {
  if (skip !== false) return;
  console.log(`# killed is ${electronName}`);
  profile = mkdtempSync(join(tmpdir(), 'tapward-profile-'));
  [station, display] = await Promise.all([
    startFaceStation({ sameBadgeAfter: 0, pinGivesUpAfter: 60_000, digitsWipedAfter: 60_000, keepAfterOpen: 0, triesBeforeWait: 1_000, blockAfter: 1_000 }),
    openDisplay(),
  ]);
  const { command, args } = await faceCommand(station.door, profile);
  supervisor = superviseFace({ program: { command, args, env: display.env as Record<string, string> }, noted: () => undefined });
  station.onBeat = supervisor.beaten;
  await until('the face covers', station.present, 20_000);
});
after(async () => {
  if (skip !== false) return;
  await supervisor?.stop();
  await display?.[Symbol.asyncDispose]();
  await station?.[Symbol.asyncDispose]();
  rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
});

const tapped = async (): Promise<void> => {
  if (station.screen().kind !== 'pin') await station.tap(sam.uid, 'pin');
};
const random = (below: number): number => Math.floor(Math.random() * below);
const heard = (): boolean => station.told().some((told) => told.kind === 'gesture' && told.gesture === 'digit');

/** Presses a key until the agent hears a digit; nothing of the work may be seen meanwhile. Answers the milliseconds since `from`. */
async function usableSince(from: number, covered: boolean): Promise<number> {
  for (let presses = 0; performance.now() - from < 10_000; presses++) {
    await display.keys('7');
    await sleep(15);
    assert.notEqual(station.screen().kind, 'open');
    // A picture takes as long as a key: every other round is enough.
    if (covered && presses % 2 === 0) assert.equal(await display.seen(), 0, 'something of the work is seen');
    if (heard()) return performance.now() - from;
  }
  return Infinity;
}

async function settled(): Promise<void> {
  // A key that was pressed late may still make a whole PIN, which is checked first.
  await until('it is idle again', async () => {
    station.gesture({ kind: 'cancel' });
    await sleep(30);
    return station.screen().kind === 'idle';
  });
}
/** Too few to be a PIN. */
const someDigits = (): Promise<void> => display.keys(...Array.from({ length: random(4) }, () => '4'));

const report = (t: { diagnostic: (text: string) => void }, took: readonly Took[]): void => {
  const sorted = took.toSorted((a, b) => a.ms - b.ms);
  const [middle, last] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
  const words = ({ ms, slower }: Took = { ms: Infinity, slower: 1 }): string => `${Math.round(ms)} ms on a machine ${slower.toFixed(1)} times slower than a quiet one`;
  t.diagnostic(`${electronName}, usable again after (median) ${words(middle)}, (longest) ${words(last)}`);
  for (const one of took) assert.ok(one.ms <= usableWithin * one.slower, `it took ${words(one)}`);
};

test(`the page is killed in the middle of a PIN, ${moments} times`, { skip }, async (t) => {
  const took: Took[] = [];
  for (let i = 0; i < moments; i++) {
    await tapped();
    const typing = someDigits();
    await sleep(random(60));
    const [renderer = 0] = helpersOf(supervisor.pid() ?? 0, 'renderer');
    process.kill(renderer, 'SIGKILL');
    const killed = performance.now();
    await typing;
    await sleep(20);
    station.told();
    took.push({ ms: await usableSince(killed, true), slower: slowness() });
    await settled();
  }
  report(t, took);
});

test(`the whole face is killed, ${moments} times, and its supervisor starts it again`, { skip }, async (t) => {
  const took: Took[] = [];
  for (let i = 0; i < moments; i++) {
    await tapped();
    await someDigits();
    await sleep(random(150));
    const pid = supervisor.pid() ?? 0;
    process.kill(pid, 'SIGKILL');
    const killed = performance.now();
    await until('it is started again', () => supervisor.pid() !== null && supervisor.pid() !== pid);
    station.told();
    took.push({ ms: await usableSince(killed, false), slower: slowness() });
    assert.equal(await display.seen(), 0);
    await settled();
  }
  report(t, took);
});

test(`the agent is killed, ${moments} times, while a PIN is entered, checked, or her work is open`, { skip }, async (t) => {
  const took: Took[] = [];
  let open = 0;
  for (let i = 0; i < moments; i++) {
    await tapped();
    if (i % 2 === 0) await someDigits();
    else {
      await display.keys(...digits(sam.pin));
      if (i % 4 === 1) await station.shows('open');
      else await sleep(random(300));
    }
    if (station.screen().kind === 'open') open += 1;
    await station.kill();
    const killed = performance.now();
    const starting = station.start();
    await until('the face covers by itself', async () => (await display.seen()) === 0);
    await starting;
    assert.equal(await display.seen(), 0, 'it uncovered although no agent said so');
    assert.ok(['idle', 'readerMissing'].includes(station.screen().kind), station.screen().kind);
    await station.tap(sam.uid, 'pin');
    station.told();
    took.push({ ms: await usableSince(killed, true), slower: slowness() });
    await settled();
  }
  assert.ok(open > 0, 'no kill fell into open work: this proved too little');
  report(t, took);
});
