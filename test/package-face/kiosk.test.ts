/** The packaged face stands before a real agent and is met as a person meets it: keys, a mouse, what the whole screen shows, and what its processes are. */
import assert from 'node:assert/strict';
import { readFileSync, readlinkSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Supervisor, superviseFace } from '../../agent/face/supervisor.ts';
import { faceExits } from '../../core/face-link.ts';
import { helpersOf } from '../face/electron.ts';
import { digits, until } from '../face/screen.ts';
import { type InstalledAgent, startInstalledAgent } from './agent.ts';
import { electronName } from './packaged.ts';
import { changed, type FaceStation, listening, type Started, skipStation as skip, startFaceStation, userId } from './station.ts';

/** The clock goes on. A page that was zoomed, left, covered or printed differs by more. */
const still = 0.02;
/** Keys between two looks at the screen: fewer processes, and still few enough to name. */
const together = 5;
/** Ways out of a browser, of its page and of its window. */
const waysOut = [
  'alt+F4',
  'ctrl+w',
  'ctrl+shift+w',
  'ctrl+q',
  'ctrl+r',
  'ctrl+shift+r',
  'F5',
  'ctrl+F5',
  'F11',
  'F12',
  'F10',
  'F7',
  'F3',
  'ctrl+shift+i',
  'ctrl+shift+j',
  'ctrl+shift+c',
  'ctrl+u',
  'ctrl+plus',
  'ctrl+minus',
  'ctrl+0',
  'Escape',
  'shift+Escape',
  'ctrl+n',
  'ctrl+shift+n',
  'ctrl+t',
  'ctrl+p',
  'ctrl+s',
  'ctrl+o',
  'ctrl+f',
  'ctrl+l',
  'ctrl+h',
  'alt+Left',
  'alt+Home',
  'alt+d',
  'Menu',
  'shift+F10',
  'XF86Back',
  'XF86Refresh',
];
/** What only the helper keeps from the desktop: openbox switches windows, shows the desktop or its menus, changes workspaces. */
const desktopKeys = ['alt+Tab', 'alt+shift+Tab', 'alt+Escape', 'alt+space', 'super+d', 'super+e', 'ctrl+alt+Right', 'super+F2'];

describe(`the packaged face on ${electronName}`, () => {
  let station: FaceStation;
  let agent: InstalledAgent;
  let face: Started;
  let supervisor: Supervisor | null = null;
  before(async () => {
    if (skip !== false) return;
    station = await startFaceStation();
    agent = await startInstalledAgent(station.run, () => supervisor);
    face = station.start();
    await until('the face covers, by the screen', async () => (await station.seen()) === 0, 20_000);
    await until('the face covers, by its own word', () => agent.presence.at(-1) === true, 20_000);
  });
  after(async () => {
    if (skip !== false) return;
    await station?.[Symbol.asyncDispose]();
    await agent?.[Symbol.asyncDispose]();
  });
  const covers = async (): Promise<void> => void (await until('the whole screen is covered', async () => (await station.seen()) === 0));
  const colours = async (): Promise<number> => new Set(await station.look()).size;

  test('it covers every pixel with a picture, a tap changes it, a PIN on the keyboard opens, and the lock covers again', { skip }, async () => {
    assert.ok((await colours()) > 5, 'not blank');
    const idle = await station.look();
    assert.equal(idle.length, 80 * 50, 'the whole root was looked at');
    agent.tap();
    await agent.rig.face.until('the PIN pad', ({ screen }) => screen.kind === 'pin');
    await until('the picture changes', async () => changed(idle, await station.look()) > still);
    assert.equal(await station.seen(), 0);
    await station.display.keys(...digits(agent.pin));
    await agent.rig.face.until('open', ({ screen }) => screen.kind === 'open');
    await until('the face is off the screen', async () => (await station.seen()) === 1);
    agent.rig.face.do('lockNow');
    await agent.rig.face.until('locked', ({ screen }) => screen.kind === 'idle');
    await covers();
    await until('the same picture as before', async () => changed(idle, await station.look()) < still);
  });

  test('as an ordinary user the sandbox is on, with no word about it on any command line', { skip }, () => {
    const main = commandOf(face.pid);
    assert.deepEqual(main.split('\0').filter(Boolean), ['/run/package/tapward-face'], 'started with nothing but its name');
    const renderers = helpersOf(face.pid, 'renderer');
    assert.ok(renderers.length > 0);
    for (const pid of renderers) {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      assert.match(status, /^Seccomp:\t2$/m, 'filtered by seccomp');
      assert.match(status, /^NoNewPrivs:\t1$/m);
      assert.match(status, new RegExp(`^Uid:\t${userId}\t`, 'm'));
      for (const kind of ['pid', 'net']) assert.notEqual(readlinkSync(`/proc/${pid}/ns/${kind}`), readlinkSync(`/proc/${face.pid}/ns/${kind}`), `a ${kind} namespace of its own`);
    }
    for (const pid of helpersOf(face.pid, '')) assert.doesNotMatch(commandOf(pid), /--no-sandbox|--disable-seccomp|--no-zygote(?!-sandbox)|--remote-debugging/);
    assert.deepEqual(listening(face.pid), []);
  });

  const triesEveryKey = async (running: Started, names: readonly string[]): Promise<void> => {
    const [idle, windows, pages] = [await station.look(), await station.windows(), helpersOf(running.pid, 'renderer')];
    for (let from = 0; from < names.length; from += together) {
      const some = names.slice(from, from + together);
      await station.display.keys(...some);
      await sleep(120);
      assert.ok(changed(idle, await station.look()) < still, `one of ${some.join(', ')} changed the picture`);
    }
    for (const button of [2, 3, 8, 9]) {
      await station.press(button, 640, 400);
      await sleep(60);
      assert.ok(changed(idle, await station.look()) < still, `button ${button} changed the picture`);
    }
    assert.equal(running.child.exitCode, null);
    assert.deepEqual([await station.windows(), helpersOf(running.pid, 'renderer')], [windows, pages], 'no window came or went, and the page is the same');
    assert.deepEqual(listening(running.pid), []);
  };

  test('no key and no mouse button finds a way out, the desktop’s own included', { skip }, async () => {
    await station.press(1, 640, 60);
    await triesEveryKey(face, [...waysOut, ...desktopKeys]);
  });

  test('a second face leaves at once, and the first stays', { skip }, async () => {
    const second = await station.start().ended;
    assert.deepEqual([second.code, second.signal], [faceExits.second, null]);
    assert.equal(face.child.exitCode, null);
    await covers();
  });

  test('without the helper that holds the keys, no key of a browser finds a way out either', { skip }, async () => {
    const locked = await station.look();
    face.child.kill('SIGKILL');
    await face.ended;
    face = station.start([], {}, { withoutKeys: true });
    try {
      await covers();
      await until('it is told what to show', async () => changed(locked, await station.look()) < still);
      await station.press(1, 640, 60);
      await triesEveryKey(face, waysOut);
    } finally {
      face.child.kill('SIGKILL');
      await face.ended;
    }
  });

  test('killed, its windows are gone with it: the agent knows, and its supervisor’s next one covers again', { skip }, async () => {
    const lines: string[] = [];
    supervisor = superviseFace({ program: station.program(), noted: (what) => lines.push(what) });
    try {
      await covers();
      await until('the agent is told', () => agent.presence.at(-1) === true);
      const [killed, told] = [supervisor.pid() ?? 0, agent.presence.length];
      process.kill(killed, 'SIGKILL');
      await until('another one runs', () => ![null, killed].includes(supervisor?.pid() ?? null));
      await until('and covers again', async () => (await station.seen()) === 0);
      await until('the agent was told both', () => agent.presence.slice(told).join() === 'false,true');
      assert.ok(agent.rig.face.frame().view.screen.kind !== 'open');
    } finally {
      await supervisor.stop();
    }
    assert.deepEqual(lines, ['started', 'ended', 'started']);
  });
});

function commandOf(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
}
