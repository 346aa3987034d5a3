/** Monitors that are plugged in, pulled out and changed come in, on an X server with true RandR outputs; each is covered, the pad stands where it was last touched, and open work is free on all. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sam } from '../e2e/station.ts';
import { need } from '../needs.ts';
import { type ElectronFace, electronName, openElectron } from './electron.ts';
import { type Display, ended, openDisplay, typePin, until } from './screen.ts';
import { type FaceStation, startFaceStation } from './station.ts';

const skip = need('linux', 'pcscd', 'compiler', 'namespaces', 'display', 'electron');
const left = { x: 0, y: 0, width: 1280, height: 800 };
const right = { x: 1280, y: 0, width: 1024, height: 768 };
/** The renderer's night ground. */
const ground = '#0b1620';
let station: FaceStation;
let display: Display;
let face: ElectronFace;
before(async () => {
  if (skip !== false) return;
  console.log(`# the displays are covered by ${electronName}`);
  [station, display] = await Promise.all([
    startFaceStation({ inactivity: 7_000, warning: 2_500, whoAfter: 2_000, sameBadgeAfter: 0, lockButton: 'off' }),
    openDisplay({ outputs: true }),
  ]);
  face = await openElectron(station.door, display);
  await until('the face covers', station.present, 20_000);
});
after(async () => {
  if (skip !== false) return;
  await face?.[Symbol.asyncDispose]();
  await display?.[Symbol.asyncDispose]();
  await station?.[Symbol.asyncDispose]();
});

/** Which role stands at which place, as `role x,y widthxheight`. */
const roles = async (): Promise<readonly string[]> => {
  const found = await Promise.all(
    face.app
      .windows()
      .map((page) => page.evaluate(() => `${document.getElementById('face')?.dataset['role']} ${screenX},${screenY} ${innerWidth}x${innerHeight}`).catch(() => 'going')),
  );
  return found.sort();
};
const empty = async (area: typeof left): Promise<boolean> => (await display.colours(area)).every((colour) => colour === ground);
/** The corner below a lower display belongs to none. */
const seen = async (): Promise<number> => (await display.seen(left)) + (await display.seen(right));
const becomes = (what: string, wanted: readonly string[]): Promise<number> => until(what, async () => JSON.stringify(await roles()) === JSON.stringify(wanted));

test('one display: the kiosk covers all of it', { skip }, async () => {
  await becomes('one window', ['pad 0,0 1280x800']);
  assert.equal(await display.seen(), 0);
  assert.equal(await empty(left), false);
});

test('a second one is plugged in: an empty, themed backdrop covers it', { skip }, async () => {
  await display.outputs([left, right]);
  await becomes('two windows', ['backdrop 1280,0 1024x768', 'pad 0,0 1280x800']);
  await until('nothing of the work is seen', async () => (await seen()) === 0);
  await until('the backdrop is empty', () => empty(right));
  assert.equal(await empty(left), false);
  await until('the agent is told that every display is covered', station.present);
});

test('a touch on the backdrop takes the pad there, and keys with it', { skip }, async () => {
  await station.tap(sam.uid, 'pin');
  // As hands do: touched again where nothing came of it, since a backdrop that is just there may not take the first.
  await until('the pad moved', async () => {
    if (JSON.stringify(await roles()) === JSON.stringify(['backdrop 0,0 1280x800', 'pad 1280,0 1024x768'])) return true;
    await display.click(1_800, 600);
    await sleep(500);
    return false;
  });
  await until('the other one is empty', () => empty(left));
  station.told();
  await until('a key is heard there', async () => {
    await display.keys('4');
    return station.told().some(({ kind }) => kind === 'gesture');
  });
  station.gesture({ kind: 'cancel' });
  await station.shows('idle');
});

test('open work is free on both, the strip covers at most 12 % of one, and the warning covers both without taking the keyboard', { skip }, async (t) => {
  await station.tap(sam.uid, 'pin');
  await typePin(display, sam.pin);
  await station.shows('open');
  await until('both are free', async () => (await display.seen(left)) === 1 && (await display.seen(right)) === 1);
  const work = spawn('xev', ['-geometry', '400x300+100+100', '-name', 'work'], { env: display.env, stdio: 'ignore' });
  t.after(() => ended(work));
  const focus = (): string => execFileSync('xdotool', ['getwindowfocus', 'getwindowname'], { env: display.env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  await until('her program has the keyboard', () => focus() === 'work');
  const strip = async (): Promise<boolean> => (await display.colours(right)).some((colour) => colour === ground);
  await until('the strip stands', strip);
  for (const area of [left, right]) {
    const share = (await display.colours(area)).filter((colour) => colour === ground).length / (await display.colours(area)).length;
    assert.ok(share <= 0.12, `${share} of a display`);
  }
  assert.equal(focus(), 'work', 'the strip took the keyboard');
  await station.shows('away');
  await until('the warning covers both', async () => (await seen()) === 0, 2_000);
  assert.equal(focus(), 'work', 'the warning took the keyboard');
  await station.shows('idle');
  await until('the lock takes it', () => focus() === 'Tapward');
  assert.equal(await seen(), 0);
});

test('the one with the pad is pulled out: the pad is back on what is left', { skip }, async () => {
  await display.outputs([left]);
  await becomes('one window', ['pad 0,0 1280x800']);
  assert.equal(await display.seen(left), 0);
});

test('it changes its size, up and down: covered to the last row', { skip }, async () => {
  for (const size of [
    { width: 1600, height: 1000 },
    { width: 1024, height: 768 },
  ]) {
    await display.outputs([{ x: 0, y: 0, ...size }]);
    await becomes('the window follows', [`pad 0,0 ${size.width}x${size.height}`]);
    await until('nothing of the work is seen', async () => (await display.seen()) === 0);
  }
  await until('the agent is told so', station.present);
});
