/** `npm start` on a real Electron and a real X server, used by pointer and keys alone: the kiosk covers the screen, a tap and a PIN open, and it ends as a person would end it. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectDoor } from '../../agent/admin/client.ts';
import type { Status } from '../../agent/admin/contract.ts';
import { demoPeople } from '../../agent/evaluation/people.ts';
import { findElectron } from '../../build/electron-runtime.ts';
import { type Display, digits, openDisplay } from '../face/screen.ts';
import { need } from '../needs.ts';
import { startStand } from '../virtual-reader/stand.ts';

const skip = need('linux', 'pcscd', 'compiler', 'namespaces', 'display', 'electron');
const script = join(import.meta.dirname, '../../build/start.ts');
const whole = { x: 0, y: 0, width: 1366, height: 768 } as const;
const share = (colours: readonly string[], one: string): number => colours.filter((colour) => colour === one).length / colours.length;
/** On that screen. */
const samsBadge = [1210, 177] as const;
const endButton = [1285, 694] as const;
const [sam] = demoPeople;

/** All processes that descend from `pid`, by /proc. */
function descendants(pid: number): readonly number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  return children.flatMap((child) => [child, ...descendants(child)]);
}
const lives = (pid: number): boolean => existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));

type Started = AsyncDisposable & {
  readonly child: ChildProcess;
  readonly screen: Display;
  readonly said: () => string;
  /** Lines of the diagnosis with this id. */
  readonly noted: (id: string) => readonly string[];
  readonly ledger: () => string;
  readonly status: () => Promise<Status>;
  readonly until: (what: string, holds: () => boolean | Promise<boolean>) => Promise<void>;
  /** Waits for the exit; then nothing of it may be left. */
  readonly gone: () => Promise<number | null>;
};

async function start(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<Started> {
  await using stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'tapward-kiosk-'));
  stack.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  const [dir, own] = [join(folder, 'station'), join(folder, 'tmp')];
  mkdirSync(own, { mode: 0o700 });
  const stand = stack.use(await startStand());
  const screen = stack.use(await openDisplay({ width: 1366, height: 768 }));
  const child = spawn(process.execPath, [script, ...args], {
    env: { ...process.env, ...stand.env, TAPWARD_DIR: dir, DISPLAY: screen.env['DISPLAY'], TMPDIR: own, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  const exited = once(child, 'exit') as Promise<[number | null]>;
  stack.defer(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await exited;
  });
  const until = async (what: string, holds: () => boolean | Promise<boolean>): Promise<void> => {
    for (const late = performance.now() + 30_000; !(await holds()); await sleep(30)) {
      if (performance.now() > late || child.exitCode !== null) throw new Error(`not within 30 s: ${what}; it said: ${said}`);
    }
  };
  await until('it has started', () => said.includes('Ctrl-C ends it.'));
  // Whoever shows the screen starts helpers of its own, in its own time.
  await until('reader program, the screen’s program and its helpers run', () => descendants(child.pid ?? 0).length > 3);
  const family = descendants(child.pid ?? 0);
  const kept = stack.move();
  return {
    child,
    screen,
    until,
    said: () => said,
    noted: (id) =>
      readFileSync(join(dir, 'agent.log'), 'utf8')
        .split('\n')
        .filter((line) => line.includes(` ${id} `)),
    ledger: () => readFileSync(join(dir, 'ledger/ledger-000001.jsonl'), 'utf8'),
    status: async () => {
      const door = await connectDoor(dir);
      assert.ok(door.kind === 'connected');
      const reply = await door.ask({ ask: 'status' });
      door.close();
      assert.ok(reply.kind === 'status');
      return reply;
    },
    gone: async () => {
      const all = new Set([...family, ...(child.exitCode === null ? descendants(child.pid ?? 0) : [])]);
      const [code] = await exited;
      for (let i = 0; i < 200 && [...all].some(lives); i++) await sleep(20);
      assert.deepEqual([...all].filter(lives), [], 'processes were left');
      assert.deepEqual(
        readdirSync(own).filter((name) => name.startsWith('tapward')),
        [],
        'folders were left',
      );
      return code;
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

test('the kiosk covers the screen; a tap and a PIN open; killed, it is back; Ctrl-C ends everything', { skip }, async (t) => {
  await using station = await start();
  const { screen, until, noted } = station;
  assert.ok(station.said().includes(`Opened on Electron ${findElectron()?.version}: the kiosk, on every display.`), station.said());
  // A face says that it covers once its page has told that it drew the section asked for.
  assert.match(noted('TW1605').join(), /covered$/);
  assert.equal((await station.status()).desk.kind, 'locked');
  assert.equal(await screen.seen(), 0, 'what lies beneath is seen');
  const locked = new Set(await screen.colours(whole));
  assert.ok(locked.size > 10, `only ${locked.size} colours are on the screen`);

  await screen.click(...samsBadge);
  await until('her PIN is asked', async () => (await station.status()).lastTap?.reason === 'asked');
  await screen.keys(...digits(sam?.pin ?? ''));
  await until('the station is open', async () => (await station.status()).desk.kind === 'open');
  // Her notes are white, and nothing of the locked screen is.
  await until('her work is shown', async () => share(await screen.colours(whole), '#ffffff') > 0.3);
  assert.equal(await screen.seen(), 0);

  const pid = Number(/Process (\d+)\./.exec(noted('TW1601').at(-1) ?? '')?.[1]);
  process.kill(pid, 'SIGKILL');
  const killed = performance.now();
  await until('it is missed', () => noted('TW1605').at(-1)?.endsWith('not covered') === true);
  await until('another is started', () => noted('TW1601').filter((line) => line.includes('Process')).length === 2);
  const restarted = performance.now() - killed;
  assert.ok(restarted < 2_000, `started again after ${restarted} ms`);
  await until('the screen is covered again', () => noted('TW1605').length === 3);
  t.diagnostic(`Electron ${findElectron()?.version} killed → started again ${Math.round(restarted)} ms, covers again ${Math.round(performance.now() - killed)} ms`);
  assert.match(station.ledger(), /"kind":"face","change":"lost"/);
  assert.equal(await screen.seen(), 0);

  station.child.kill('SIGINT');
  assert.equal(await station.gone(), 0);
  assert.doesNotMatch(noted('TW1601').join(), /did not end/);
});

test('End on the tray ends the kiosk and the station', { skip }, async () => {
  await using station = await start();
  await station.screen.click(...endButton);
  assert.equal(await station.gone(), 0);
  assert.match(station.ledger(), /"kind":"stopped","why":"ended on the tray"/);
});

test('the agent is killed: the kiosk goes on covering, and says so; End still ends it', { skip }, async () => {
  await using station = await start();
  const { screen } = station;
  const before = await screen.colours(whole);
  const pid = Number(/Process (\d+)\./.exec(station.noted('TW1601').at(-1) ?? '')?.[1]);
  station.child.kill('SIGKILL');
  await once(station.child, 'exit');
  for (let i = 0; i < 20; i++) {
    assert.equal(await screen.seen(), 0);
    await sleep(100);
  }
  assert.ok(lives(pid));
  assert.notDeepEqual(await screen.colours(whole), before, 'it still says what it said before');
  // Its words make room for themselves beneath the button.
  await screen.click(endButton[0], endButton[1] - 40);
  await screen.click(...endButton).catch(() => undefined);
  for (let i = 0; i < 200 && lives(pid); i++) await sleep(20);
  assert.equal(lives(pid), false);
});

test('--window is a plain window, and closing it ends the station', { skip }, async () => {
  await using station = await start(['--window']);
  assert.match(station.said(), /Opened on Electron \S+: a window\./);
  await station.screen.keys('alt+F4');
  assert.equal(await station.gone(), 0);
  assert.match(station.ledger(), /"kind":"stopped","why":"window closed"/);
});

test('an Electron that cannot start: that is said, with its own words in the diagnosis, and a browser shows the screen', {
  skip: need('linux', 'pcscd', 'compiler', 'namespaces', 'display', 'chromium'),
}, async (t) => {
  const dist = mkdtempSync(join(tmpdir(), 'tapward-no-electron-'));
  t.after(() => rmSync(dist, { recursive: true, force: true }));
  writeFileSync(join(dist, 'electron'), '#!/bin/sh\necho "electron: error while loading shared libraries: libnone.so" >&2\nexit 127\n');
  chmodSync(join(dist, 'electron'), 0o755);
  writeFileSync(join(dist, 'version'), '1.2.3');
  await using station = await start([], { ELECTRON_OVERRIDE_DIST_PATH: dist });
  assert.match(station.said(), /Electron v1\.2\.3 ended before it showed anything/);
  assert.match(station.said(), /Opened in a window of Chromium \d+/);
  assert.match(station.noted('TW1601').join(), /libnone\.so/);
  await station.until('the window covers most of the screen', async () => (await station.screen.seen()) < 0.1);
  station.child.kill('SIGINT');
  assert.equal(await station.gone(), 0);
});
