/** The built face in a real Electron comes in, with a door that only shows screens; that a nurse can type and touch while the desktop can do nothing, whatever is killed, is tested. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { buildFace, findElectron } from '../../build/electron.ts';
import { type ScreenName, sampleFrame } from '../../build/screens.ts';
import type { Gesture, ToFace } from '../../core/bridge.ts';
import { bodies, decodeFromFace, framed, type KeyboardHold, longestFromFace } from '../../core/face-link.ts';
import { launchElectron } from '../face/launch.ts';
import { openDisplay } from '../face/screen.ts';
import { need } from '../needs.ts';
import { type Hand, isAlive, openHand, openScreen, type Screen, until } from './screen.ts';

const found = findElectron();
const running = found === null ? 'no Electron' : `Electron ${found.version}`;
const options = { skip: need('xServer', 'electron'), timeout: 60_000 };

type Face = AsyncDisposable & {
  readonly page: Page;
  readonly pages: () => readonly Page[];
  readonly pid: number;
  readonly gestures: Gesture[];
  readonly show: (screen: ScreenName) => void;
  /** The helper below this face, or null. */
  readonly helper: () => number | null;
  readonly covers: () => boolean;
  /** What its last beat said of the keyboard. */
  readonly hold: () => KeyboardHold | undefined;
};

/** `without`: as where the helper is not installed, or a list does not let it run. */
async function openFace({ env }: Pick<Screen, 'env'>, without = false): Promise<Face> {
  await using stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'tapward-keys-face-'));
  stack.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }));
  const gestures: Gesture[] = [];
  let covers = false;
  let hold: KeyboardHold | undefined;
  let face: Socket | null = null;
  let asked: ScreenName = 'pin';
  const show = (name: ScreenName): void => {
    asked = name;
    const message: ToFace = { kind: 'frame', frame: sampleFrame(name, 'day') };
    face?.write(framed(new TextEncoder().encode(JSON.stringify(message))));
  };
  const door = createServer((socket) => {
    face = socket;
    const take = bodies(longestFromFace, (body) => {
      const said = decodeFromFace(body);
      if (said?.kind === 'gesture') gestures.push(said.gesture);
      if (said?.kind === 'beat') ({ covers, hold } = said);
    });
    socket.on('data', take).on('error', () => {});
    show(asked);
  });
  door.listen(join(folder, 'door'));
  stack.defer(() => void door.close());

  const built = await buildFace({ out: join(folder, 'app') });
  if (without) rmSync(join(built, 'tapward-keys'));
  const app = await launchElectron({
    executable: found?.executable ?? '',
    args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), `--user-data-dir=${join(folder, 'profile')}`, built, `--door=${join(folder, 'door')}`],
    env,
  });
  const main = app.process();
  stack.defer(async () => {
    if (main.exitCode !== null || main.signalCode !== null) return;
    main.kill('SIGKILL');
    await once(main, 'exit');
  });
  const page = await app.firstWindow();
  const pid = main.pid ?? 0;
  const kept = stack.move();
  return {
    page,
    pages: () => app.windows(),
    pid,
    gestures,
    show,
    helper: () => helperOf(pid),
    covers: () => covers,
    hold: () => hold,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

function helperOf(parent: number): number | null {
  for (const name of readdirSync('/proc')) {
    try {
      const [, command, , of] = /^\d+ \((.*)\) (\S) (\d+)/.exec(readFileSync(`/proc/${name}/stat`, 'utf8')) ?? [];
      if (command === 'tapward-keys' && Number(of) === parent) return Number(name);
    } catch {
      // No process, or one that has ended.
    }
  }
  return null;
}

const digits = ({ gestures }: Face): string => gestures.flatMap((gesture) => (gesture.kind === 'digit' ? [gesture.digit] : [])).join('');
const isHeld = async (hand: Hand): Promise<boolean> => {
  const held = (await hand.say('grab')).startsWith('grab 1');
  await hand.say('ungrab');
  return held;
};
async function touch(face: Face, hand: Hand, digit: number): Promise<void> {
  const box = await face.page.locator(`section[data-section="pin"] [data-digit="${digit}"]`).boundingBox();
  assert.ok(box);
  await hand.click(Math.round(box.x + box.width / 2), Math.round(box.y + box.height / 2));
}

/** A press in the very moment in which a new helper begins to hold may be lost: a hand presses once more, and then it counts. */
async function pressed(face: Face, heard: number, press: () => Promise<unknown>): Promise<void> {
  await press();
  for (const late = performance.now() + 2_000; digits(face).length < heard && performance.now() < late; ) await pause(20);
  if (digits(face).length < heard) await press();
  await until('the door hears it', () => digits(face).length >= heard);
}

test(`${running}: PIN by keys and by touch, nothing for the desktop, and all of it back when it opens`, options, async () => {
  await using screen = await openScreen();
  const [hand, other] = [await screen.hand(), await screen.hand()];
  const stranger = (await other.say('window 0 0 300 300')).split(' ')[1];
  await other.say('window 400 0 300 300');
  await using face = await openFace(screen);
  await until('it covers and holds', async () => face.covers() && (await isHeld(hand)));

  for (const key of ['1', 'KP_2', 'KP_Down', 'BackSpace']) await hand.keys(key);
  await until('the door hears them', () => face.gestures.length >= 4);
  await touch(face, hand, 7);
  await until('the door hears them', () => face.gestures.length >= 5);
  assert.deepEqual(
    face.gestures.map((gesture) => (gesture.kind === 'digit' ? gesture.digit : gesture.kind)),
    [1, 2, 2, 'erase', 7],
  );

  // Another program takes the focus: no digit goes to it.
  face.gestures.length = 0;
  await other.say(`focus ${stranger}`);
  for (const key of ['3', '4', 'a', 'Alt_L+Tab', 'Super_L+r', 'Control_L+Escape', 'Alt_L+F4']) await hand.keys(key);
  await until('the door hears them', () => digits(face) === '34');
  await touch(face, hand, 5);
  await until('the door hears it', () => digits(face) === '345');
  assert.deepEqual([other.heard, screen.ran()], [[], []]);

  face.show('open');
  await until('it lets go', async () => !(await isHeld(hand)));
  await until('it is hidden', () => face.covers());
  await other.say(`focus ${stranger}`);
  await hand.keys('a');
  await until('her work has her keys again', () => other.heard.includes('press a'));
  await hand.keys('Super_L+r');
  await until('and her desktop its own', () => screen.ran().includes('super'));
  face.show('warning');
  await until('the warning covers', () => face.covers());
  assert.equal(await isHeld(hand), false, 'while she is warned, her keyboard stays hers');
  face.show('pin');
  await until('locked again, and held', () => isHeld(hand));
});

test(`${running}: the helper killed in the middle of a PIN: keys and touch go on, and it is back`, options, async () => {
  await using screen = await openScreen();
  const hand = await screen.hand();
  await using face = await openFace(screen);
  await until('it covers and holds', async () => face.covers() && (await isHeld(hand)));
  let typed = '';
  for (let round = 0; round < 3; round++) {
    const helper = face.helper();
    assert.ok(helper !== null);
    process.kill(helper, 'SIGKILL');
    await until('its grabs are gone', async () => !(await isHeld(hand)) || face.helper() !== helper);
    typed += `${round}`;
    await pressed(face, typed.length, () => hand.keys(`${round}`)); // straight from X to the page
    typed += '8';
    await pressed(face, typed.length, () => touch(face, hand, 8));
    await until('another one holds', async () => face.helper() !== helper && (await isHeld(hand)));
    await hand.keys('6');
    typed += '6';
    await until('the door hears it', () => digits(face).length >= typed.length);
  }
  // A key and a touch take different ways: either may be first.
  assert.deepEqual(Array.from(digits(face)).toSorted(), Array.from(typed).toSorted());
});

test(`${running}: the face killed: no helper and no grab is left`, options, async () => {
  await using screen = await openScreen();
  const hand = await screen.hand();
  await using face = await openFace(screen);
  await until('it covers and holds', async () => face.covers() && (await isHeld(hand)));
  const helper = face.helper() ?? 0;
  assert.ok(isAlive(helper));
  process.kill(face.pid, 'SIGKILL');
  await until('somebody else can hold', async () => !(await isHeld(hand)));
  await until('the helper is gone', () => !isAlive(helper));
});

test(`${running}: a menu that is open at the moment of locking holds nobody up`, options, async () => {
  await using screen = await openScreen();
  const [hand, menu] = [await screen.hand(), await screen.hand()];
  assert.equal(await menu.say('grab'), 'grab 0 0');
  await using face = await openFace(screen);
  await until('it covers', () => face.covers());
  await until('it says who has the keys', () => face.hold() === 'taken');
  await menu.say('ungrab');
  await until('it holds', () => isHeld(hand));
  await until('and says so', () => face.hold() === 'held');
  await hand.keys('9');
  await touch(face, hand, 1);
  await until('the door hears them', () => digits(face).length >= 2);
  assert.deepEqual(new Set(digits(face)), new Set('91'));
});

test(`${running}: without its helper, or where only a compositor could hold, the face covers, takes a PIN and says so`, options, async () => {
  await using screen = await openScreen();
  const hand = await screen.hand();
  {
    await using face = await openFace(screen, true);
    await until('it says so', () => face.covers() && face.hold() === 'missing');
    await pressed(face, 1, () => touch(face, hand, 4));
  }
  await hand.say('master xwayland-pointer:14'); // what Xwayland calls its devices
  await using face = await openFace(screen);
  await until('it says so', () => face.covers() && face.hold() === 'wayland');
});

test(`${running}: a display that is plugged in while locked can be touched, and the keys follow the pad`, {
  ...options,
  skip: need('xServer', 'display', 'electron'),
}, async () => {
  await using display = await openDisplay({ outputs: true });
  await using hand = await openHand(display.env);
  await using face = await openFace(display);
  await until('it covers and holds', async () => face.covers() && (await isHeld(hand)));
  const second = { x: 1280, y: 0, width: 1024, height: 768 };
  await display.outputs([{ x: 0, y: 0, width: 1280, height: 800 }, second]);
  await until('both displays are covered', () => face.pages().length === 2 && face.covers());
  const onSecond = async (): Promise<Page | undefined> => {
    for (const page of face.pages()) if (await page.evaluate(() => window.screenX >= 1280 && document.getElementById('face')?.dataset['role'] === 'pad')) return page;
    return undefined;
  };
  await until('the pad comes to where she touches', async () => {
    await hand.click(second.x + 60, 60);
    return (await onSecond()) !== undefined;
  });
  const key = (await onSecond())?.locator('section[data-section="pin"] [data-digit="5"]');
  await key?.waitFor();
  const box = await key?.boundingBox();
  assert.ok(box);
  await hand.click(Math.round(second.x + box.x + box.width / 2), Math.round(box.y + box.height / 2));
  await until('the door hears it', () => digits(face) === '5');
  await hand.keys('6');
  await until('the door hears them', () => digits(face).length >= 2);
  assert.equal(digits(face), '56');
});
