/** Open work on two displays comes in; a button and a key lock it, an emergency session is told on every display, and none of it takes the keyboard or the pointer from the work. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { after, before, test } from 'node:test';
import { sam } from '../e2e/station.ts';
import { need } from '../needs.ts';
import { virtualCard } from '../virtual-reader/card.ts';
import { aWhile, type ElectronFace, electronName, openElectron } from './electron.ts';
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
let work: ChildProcess;
let heard = '';
before(async () => {
  if (skip !== false) return;
  console.log(`# what lies over open work is drawn by ${electronName}`);
  const policy = { inactivity: 600_000, sameBadgeAfter: 0, keepAfterOpen: 0, lockButton: 'on', lockKey: 'F12', emergency: 'on' } as const;
  [station, display] = await Promise.all([startFaceStation(policy), openDisplay({ outputs: true })]);
  await display.outputs([left, right]);
  // Her program, over all of both displays but for a margin that shows the ground.
  work = spawn('xev', ['-geometry', '2200x700+40+0', '-name', 'work', '-event', 'button'], { env: display.env, stdio: ['ignore', 'pipe', 'ignore'] });
  work.stdout?.on('data', (text: Buffer) => (heard += text.toString()));
  face = await openElectron(station.door, display);
  await until('the face covers', station.present, 20_000);
});
after(async () => {
  if (skip !== false) return;
  await face?.[Symbol.asyncDispose]();
  if (work !== undefined) await ended(work);
  await display?.[Symbol.asyncDispose]();
  await station?.[Symbol.asyncDispose]();
});

type Place = { readonly role: string; readonly section: string; readonly words: string; readonly x: number; readonly y: number; readonly width: number; readonly height: number };
const places = async (): Promise<readonly Place[]> => {
  const found = await Promise.all(
    face.app.windows().map((page) =>
      page
        .evaluate(() => {
          const { role = '', section = '' } = document.getElementById('face')?.dataset ?? {};
          return { role, section, words: document.body.innerText.replaceAll(/\s+/g, ' ').trim(), x: screenX, y: screenY, width: innerWidth, height: innerHeight };
        })
        .catch(() => null),
    ),
  );
  return found.filter((place) => place !== null);
};
const standing = async (role: string): Promise<readonly Place[]> => (await places()).filter((place) => place.role === role).sort((a, b) => a.x - b.x);
const focus = (): string => execFileSync('xdotool', ['getwindowfocus', 'getwindowname'], { env: display.env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
const toWork = async (): Promise<void> => {
  await until('her program has the keyboard', () => {
    try {
      execFileSync('xdotool', ['search', '--name', '^work$', 'windowfocus'], { env: display.env, stdio: 'ignore' });
    } catch {
      return false;
    }
    return focus() === 'work';
  });
};
const gestures = (): readonly string[] => station.told().flatMap((said) => (said.kind === 'gesture' ? [said.gesture] : []));
const open = async (): Promise<void> => {
  await station.tap(sam.uid, 'pin');
  await typePin(display, sam.pin);
  await station.shows('open');
  await toWork();
};

test('a button in the corner of the pad’s display locks, small, and her program keeps the keyboard', { skip }, async () => {
  await open();
  let lock: Place | undefined;
  await until('the button stands', async () => {
    lock = (await standing('strip'))[0];
    return lock !== undefined && lock.words.includes('Lock now') && (await places()).every(({ role, section }) => role !== 'strip' || section === 'open');
  });
  assert.ok(lock !== undefined);
  assert.ok(lock.height >= 60 && lock.width >= 2 * 150, 'two buttons of 16 by 40 mm at 96 pixels to the inch');
  assert.ok((lock.width * lock.height) / (left.width * left.height) <= 0.03, 'of one display');
  assert.ok(
    lock.x > left.width / 2 && lock.x + lock.width <= left.width && lock.y > left.height / 2 && lock.y + lock.height <= left.height - 60,
    `in the corner, above the strip’s place, not ${JSON.stringify(lock)}`,
  );
  const { x, y, width, height } = lock;
  const buttons: string[] = [];
  for (const page of face.app.windows()) {
    const found = await page.evaluate(() =>
      document.getElementById('face')?.dataset['role'] !== 'strip'
        ? []
        : [...document.querySelectorAll<HTMLElement>('.lock button')].map((b) => {
            const { lineHeight } = getComputedStyle(b);
            const text = document.createRange();
            text.selectNodeContents(b.querySelector('span') ?? b);
            return `${b.innerText.trim()} ${b.clientHeight >= 58} ${b.scrollWidth <= b.clientWidth} ${text.getBoundingClientRect().height < 1.9 * parseFloat(lineHeight)}`;
          }),
    );
    buttons.push(...found);
  }
  assert.deepEqual(buttons, ['Lock now true true true', 'Help true true true'], 'high enough, and each on one line');
  await until('it is on the display', async () => (await display.colours({ x, y, width, height })).includes(ground));
  await until('the agent is told that all is as it asked', station.present);
  await aWhile();
  assert.equal(focus(), 'work', 'the button took the keyboard');
  station.told();
  await display.click(lock.x + 40, lock.y + lock.height / 2);
  await station.shows('idle');
  assert.deepEqual(gestures(), ['lockNow']);
  await until('it has gone, and all is covered', async () => (await standing('strip')).length === 0 && (await display.seen(left)) + (await display.seen(right)) === 0);
});

test('the lock key locks whatever has the keyboard, and means nothing while locked', { skip }, async () => {
  await display.keys('F12');
  await open();
  station.told();
  await until('the key is held', async () => {
    await display.keys('F12');
    return station.screen().kind === 'idle';
  });
  assert.ok(gestures().includes('lockNow'));
  await display.keys('F12');
  await aWhile();
  assert.deepEqual(gestures(), []);
});

test('an emergency in four touches: a banner on every display says so all the time, and the pointer goes through it to the work', { skip }, async () => {
  const pad = await face.pad();
  await pad.click('footer [data-do="emergency"]');
  await station.shows('form');
  station.stand.insert(1, virtualCard(sam.uid));
  await until('her PIN is asked', () => {
    const screen = station.screen();
    return screen.kind === 'form' && screen.step === 'pin';
  });
  station.stand.remove(1);
  await typePin(display, sam.pin);
  await until('the reason is asked', () => {
    const screen = station.screen();
    return screen.kind === 'form' && screen.step === 'reason';
  });
  await (await face.pad()).click('[data-do="reasonTreatment"]');
  await station.shows('open');
  await toWork();
  const wanted = [
    { x: left.x + (left.width - 640) / 2, y: 0 },
    { x: right.x + (right.width - 640) / 2, y: 0 },
  ];
  await until('each display has its banner', async () => {
    const banners = await standing('banner');
    return banners.length === 2 && banners.every(({ x, y, words }, at) => x === wanted[at]?.x && y === wanted[at]?.y && /^Emergency session: (30|29) minutes left$/.test(words));
  });
  await until('the agent is told so', station.present);
  assert.equal(focus(), 'work', 'a banner took the keyboard');
  heard = '';
  await display.click(left.width / 2 + 4, 24);
  await display.click(right.x + right.width / 2, 24);
  await until('both clicks reached her program', () => (heard.match(/ButtonPress/g) ?? []).length === 2);
});

test('a display that is plugged out takes its banner along, one that comes gets one; covered, every display says it itself', { skip }, async () => {
  await display.outputs([left]);
  await until('one banner', async () => (await standing('banner')).length === 1);
  await display.outputs([left, right]);
  await until('two banners', async () => (await standing('banner')).length === 2);
  station.gesture({ kind: 'help' });
  await until('pad and backdrop say it', async () => {
    const shown = (await places()).filter(({ role }) => role === 'pad' || role === 'backdrop');
    return shown.length === 2 && shown.every(({ words }) => words.includes('Emergency session:')) && (await standing('banner')).length === 0;
  });
  station.gesture({ kind: 'back' });
  await station.shows('open');
  station.gesture({ kind: 'lockNow' });
  await station.shows('idle');
  await until('nothing of it is left', async () => (await places()).every(({ words }) => !words.includes('Emergency session')));
});

test('an agent that is stopped covers her work after 4 s, and gives it back; one that is busy for a second does not', { skip }, async () => {
  const seen = async (): Promise<number> => (await display.seen(left)) + (await display.seen(right));
  const lost = async (): Promise<boolean> => (await standing('pad'))[0]?.section === 'lost';
  const stopped = async (shows: () => Promise<boolean>): Promise<number> => {
    station.signal('SIGSTOP');
    try {
      return await until('it shows', shows, 10_000);
    } finally {
      station.signal('SIGCONT');
    }
  };
  await open();
  await until('her work is seen', async () => (await seen()) > 0);
  const end = performance.now() + 1_500;
  await stopped(async () => {
    assert.notEqual(await seen(), 0, 'it covered her work for a moment of business');
    return performance.now() > end;
  });
  await aWhile();
  assert.notEqual(await seen(), 0);

  const took = await stopped(async () => (await seen()) === 0 && (await lost()));
  assert.ok(took > 2_500 && took < 8_000, `covered after ${Math.round(took)} ms`);
  await until('her work is back', async () => (await seen()) > 0);
  assert.equal(station.screen().kind, 'open');
  await until('the face is present again', station.present);

  // Locked, in front of the PIN pad: what is typed meanwhile is heard by nobody, now or later.
  station.gesture({ kind: 'lockNow' });
  await station.shows('idle');
  await station.tap(sam.uid, 'pin');
  const pad = await face.pad();
  const typed = (): Promise<number> => pad.evaluate(() => Number(document.body.dataset['typed'] ?? 0));
  await pad.evaluate(() => addEventListener('keydown', () => (document.body.dataset['typed'] = String(Number(document.body.dataset['typed'] ?? 0) + 1))));
  gestures();
  await stopped(async () => {
    if (!(await lost())) return false;
    await display.keys('5');
    return until('it is typed', async () => (await typed()) > 0, 2_000).then(
      () => true,
      () => false,
    );
  });
  await until('the agent is heard again', async () => !(await lost()) && station.present());
  await aWhile();
  assert.deepEqual(gestures(), []);
});

test('the end of Windows’ session ends the face, and an installer that wants its files does not', { skip }, async () => {
  const child = face.app.process();
  const ends = (reasons: readonly string[] | null): Promise<void> =>
    face.app
      .evaluate(({ BrowserWindow }, said) => void BrowserWindow.getAllWindows()[0]?.emit('session-end', said === null ? {} : { reasons: said }), reasons)
      .catch(() => undefined);
  await ends(['close-app']);
  await aWhile();
  assert.equal(child.exitCode, null);
  await ends(['close-app', 'logoff']);
  await until('it has ended', () => child.exitCode !== null || child.signalCode !== null);
  assert.equal(child.exitCode, 0);
});
