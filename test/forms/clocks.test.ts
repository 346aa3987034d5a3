/** The wall clock is set back and forward, and the computer sleeps, under a real agent on the real station clock; nothing that was given for a while lasts longer for it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultPolicy, type Policy } from '../../core/policy.ts';
import { createClock } from '../../native/clock/clock.ts';
import { ana, type Clocks, type FormStation, folder, sam, startStation, strangerUid } from './station.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;

type RealClocks = Clocks & {
  /** The computer slept: station time and wall clock both went on. */
  readonly sleep: (milliseconds: number) => void;
  /** Somebody, or a time server, set the wall clock: station time knows nothing of it. */
  readonly set: (by: number) => void;
};

/** Station time as the system gives it, CLOCK_BOOTTIME, with sleeps added that it would have counted; a wall clock to be set. */
function realClocks(): RealClocks {
  const station = createClock();
  let [slept, off] = [0, 0];
  const clocks = {
    get at() {
      return station.now() + slept;
    },
    set at(_: number) {
      throw new Error('station time is the system’s own');
    },
    get wall() {
      return Date.now() + slept + off;
    },
    set wall(_: number) {
      throw new Error('use set');
    },
    pass: (milliseconds: number) => void (slept += milliseconds),
    sleep: (milliseconds: number) => void (slept += milliseconds),
    set: (by: number) => void (off += by),
  };
  return clocks;
}

/** The badges here prove nothing, so that a window needs somebody who answers for it. */
const withWindow = (clocks: Clocks, more: Partial<Policy> = {}): Partial<Policy> => ({
  uidWindow: { owner: 'Head of IT', until: clocks.wall + 10 * day, lasts: hour },
  takeOver: 'switch',
  ...more,
});

const lock = async ({ face, shows }: FormStation): Promise<void> => {
  face.do('lockNow');
  await shows('idle');
};
/** What a tap at the locked station came to. */
async function tapped(station: FormStation, uid = sam.uid): Promise<'open' | 'pin'> {
  station.tap(uid);
  const { screen } = await station.face.until('an answer', (v) => v.screen.kind === 'open' || v.screen.kind === 'pin');
  if (screen.kind === 'pin') station.face.do('cancel');
  else station.face.do('lockNow');
  await station.shows('idle');
  return screen.kind === 'open' ? 'open' : 'pin';
}

for (const [what, by] of [
  ['back by a year', -year],
  ['forward by a day', day],
  ['back by a minute', -minute],
] as const) {
  test(`the wall clock is set ${what}: her window lasts as long as it would have, to the minute`, async (t) => {
    const clocks = realClocks();
    await using station = await startStation(folder(t), withWindow(clocks), clocks);
    await station.signIn(sam);
    await lock(station);
    assert.equal(await tapped(station), 'open');
    clocks.set(by);
    // The last quarter of it asks for the PIN at the tap.
    clocks.sleep(0.75 * hour - minute);
    assert.equal(await tapped(station), 'open');
    clocks.sleep(minute);
    assert.equal(await tapped(station), 'pin');
    clocks.set(-2 * by);
    assert.equal(await tapped(station), 'pin');
  });
}

test('the wall clock goes past the exception’s last day: its windows end, and are not there again when it is set back', async (t) => {
  const clocks = realClocks();
  await using station = await startStation(folder(t), withWindow(clocks), clocks);
  await station.signIn(sam);
  await lock(station);
  clocks.set(11 * day);
  assert.equal(await tapped(station), 'pin');
  clocks.set(-11 * day);
  assert.equal(await tapped(station), 'pin');
});

test('the computer sleeps: a window does not outlive her inactivity, and work left open is locked when it wakes', async (t) => {
  const clocks = realClocks();
  await using station = await startStation(folder(t), withWindow(clocks, { windowInactivity: 10 * minute }), clocks);
  await station.signIn(sam);
  clocks.sleep(9 * minute);
  clocks.set(-year);
  // Whatever is heard first after waking finds the desk too long alone.
  station.tap(strangerUid);
  await station.face.until('a locked screen', (v) => v.screen.kind !== 'open' && v.screen.kind !== 'away');
  assert.ok(station.entries().some((entry) => entry.kind === 'locked' && entry.why === 'walkAway'));
  station.face.do('back');
  await station.shows('idle');
  clocks.sleep(2 * minute);
  assert.equal(await tapped(station), 'pin');
});

test('taken over: the way straight back is as short as it was, whatever the wall clock says and however the computer slept', async (t) => {
  const clocks = realClocks();
  await using station = await startStation(folder(t), withWindow(clocks, { takeOver: 'ask' }), clocks);
  const takenOver = async (): Promise<void> => {
    station.tap(ana.uid);
    await station.shows('choose');
    station.face.do('switch');
    await station.shows('pin');
    station.face.type(ana.pin);
    await station.face.until('Ana’s desk', (v) => v.screen.kind === 'open' && v.screen.person.given === ana.given);
  };
  await station.signIn(sam);
  await takenOver();
  clocks.set(-day);
  clocks.sleep(defaultPolicy.undo / 2);
  station.tap(sam.uid);
  await station.face.until('Sam’s desk', (v) => v.screen.kind === 'open' && v.screen.person.given === sam.given);
  assert.equal(station.entries().findLast((entry) => entry.kind === 'permit')?.by, 'undo');
  // Both windows and both ways back are over by then: PINs are asked anew.
  clocks.sleep(hour - minute);
  station.face.do('lockNow');
  await station.shows('idle');
  await station.signIn(sam);
  await takenOver();
  clocks.set(-day);
  clocks.sleep(defaultPolicy.undo);
  station.tap(sam.uid);
  await station.shows('choose');
});

test('a spare badge and a shift code: over by whichever clock says so first, and a clock set back ends them at once', async (t) => {
  const ends: readonly (readonly [string, (clocks: RealClocks) => void, 'open' | 'over'])[] = [
    ['11 h of the 12 have gone by', (clocks) => clocks.sleep(11 * hour), 'open'],
    ['the computer slept through the rest of it', (clocks) => clocks.sleep(12 * hour), 'over'],
    ['the wall clock set forward', (clocks) => clocks.set(12 * hour), 'over'],
    ['the wall clock set back by an hour', (clocks) => clocks.set(-hour), 'over'],
    ['slept for 12 h, and the wall clock set back by as much', (clocks) => (clocks.sleep(12 * hour), clocks.set(-12 * hour)), 'over'],
    ['set right by less than a minute', (clocks) => clocks.set(-minute / 2), 'open'],
  ];
  for (const [what, change, expected] of ends) {
    const clocks = realClocks();
    await using station = await startStation(folder(t), {}, clocks);
    const { face } = station;
    const code = await station.code(sam, 'shift');
    station.tap(strangerUid);
    await station.shows('unknown');
    face.do('vouch');
    await station.asks('number');
    face.type(sam.number);
    await station.asks('pin');
    face.type(sam.pin);
    await station.asks('colleague');
    station.tap(ana.uid);
    await station.asks('colleaguePin');
    face.type(ana.pin);
    await station.shows('spareReady');
    face.do('back');
    await station.shows('idle');
    change(clocks);
    station.tap(strangerUid);
    const { screen } = await face.until('an answer', (v) => v.screen.kind !== 'idle' && v.screen.kind !== 'reading');
    assert.equal(screen.kind, expected === 'open' ? 'pin' : 'unknown', `${what}: the spare`);
    face.do(expected === 'open' ? 'cancel' : 'back');
    await station.shows('idle');
    face.do('enterCode');
    await station.asks('number');
    face.type(sam.number);
    await station.asks('code');
    face.type(code);
    const asked = await face.until(
      'an answer to the code',
      (v) => v.screen.kind === 'form' && v.screen.checkingSince === null && (v.screen.step === 'pin' || v.screen.remark !== null),
    );
    assert.equal(asked.screen.kind === 'form' && asked.screen.step, expected === 'open' ? 'pin' : 'number', `${what}: the code`);
    face.do('cancel');
  }
});

test('a restart of the agent, with the wall clock set back meanwhile: no window is left', async (t) => {
  const [dir, clocks] = [folder(t), realClocks()];
  {
    await using station = await startStation(dir, withWindow(clocks), clocks);
    await station.signIn(sam);
    await lock(station);
    assert.equal(await tapped(station), 'open');
  }
  clocks.set(-year);
  await using again = await startStation(dir, withWindow(clocks), clocks);
  assert.equal(await tapped(again), 'pin');
});
