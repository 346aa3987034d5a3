/** A real X server with real xsecurelock on it comes in; that a tap's grant opens it, nothing else of ours does, and its death is told at once, is tested. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { nativeProgram } from '../../build/native.ts';
import { need } from '../needs.ts';
import { password } from './namespace.ts';
import { grantFor, openStand, type Stand } from './stand.ts';

const skip = need('linux', 'root', 'pamStack', 'xsecurelock');

type Screen = AsyncDisposable & { readonly stand: Stand; readonly lock: () => Promise<Locker>; readonly press: (...keys: readonly string[]) => Promise<void> };
type Locker = { readonly pid: number; readonly ended: Promise<number | null>; readonly xsecurelock: () => number };

const childOf = (pid: number, name: string): number | null => {
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const [, own, command, parent] = /^(\d+) \((.*)\) \S (\d+)/s.exec(readFileSync(`/proc/${entry}/stat`, 'utf8')) ?? [];
      if (Number(parent) === pid && command === name) return Number(own);
    } catch {
      // It has ended.
    }
  }
  return null;
};

async function until(what: string, holds: () => boolean, patience = 8_000): Promise<void> {
  for (const end = performance.now() + patience; !holds(); await sleep(10)) if (performance.now() > end) throw new Error(`not in time: ${what}`);
}

async function openScreen(build: 'checked' | 'plain' = 'plain'): Promise<Screen> {
  const stand = await openStand();
  stand.stack('xsecurelock', ['auth required pam_unix.so nodelay', 'account required pam_permit.so']);
  const suffix = build === 'checked' ? ('-checked' as const) : ('' as const);
  for (const [name, file] of [
    [`locker${suffix}`, 'tapward-locker'],
    [`authproto${suffix}`, 'authproto_tapward'],
  ] as const) {
    copyFileSync(await nativeProgram(name), join(stand.dir, file));
    chmodSync(join(stand.dir, file), 0o755);
  }
  const server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '640x480x24', '-nolisten', 'tcp', '-ac'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const number = await new Promise<string>((resolve, reject) => {
    server.once('exit', () => reject(new Error('Xvfb ended')));
    server.stdio[3]?.once('data', (data: Buffer) => resolve(data.toString().trim()));
  });
  const display = `:${number}`;
  const lockers: ChildProcess[] = [];
  return {
    stand,
    press: async (...keys) => void (await stand.exec(['xdotool', 'key', ...keys], { env: { DISPLAY: display } })),
    lock: async () => {
      const before = stand.heard.length;
      const child = spawn('nsenter', [...stand.enter('alice').slice(1), join(stand.dir, 'tapward-locker')], {
        env: {
          PATH: '/usr/bin:/bin',
          DISPLAY: display,
          HOME: '/tmp',
          XSECURELOCK_PAM_SERVICE: 'xsecurelock',
          XSECURELOCK_SAVER: 'saver_blank',
          XSECURELOCK_DISCARD_FIRST_KEYPRESS: '0',
        },
        stdio: ['ignore', 'ignore', 'pipe'],
        detached: true,
      });
      let said = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
      lockers.push(child);
      const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
      await until(`covered: ${said}`, () => stand.heard.slice(before).some(({ kind }) => kind === 'covered'));
      const { pid = 0 } = child;
      return { pid, ended, xsecurelock: () => childOf(pid, 'xsecurelock') ?? assert.fail('xsecurelock does not run') };
    },
    [Symbol.asyncDispose]: async () => {
      for (const { pid } of lockers) {
        try {
          if (pid !== undefined) process.kill(-pid, 'SIGKILL');
        } catch {
          // All of it has ended.
        }
      }
      server.kill('SIGKILL');
      await stand[Symbol.asyncDispose]();
    },
  };
}

/** As xdotool names them. */
const keysOf = (text: string): readonly string[] => text.split('').map((letter) => (letter === ' ' ? 'space' : letter));

const kinds = (stand: Stand): readonly string[] => stand.heard.map(({ kind }) => kind);
const anna = { account: 'alice', session: '2' } as const;
const unlock = (stand: Stand) => stand.offers.offer(grantFor('s-alice', stand.clock, 10_000, 'unlock'), anna);
const dialogOf = (locker: Locker): number | null => childOf(locker.xsecurelock(), 'auth_x11');

for (const build of ['plain', 'checked'] as const) {
  test(`a tap’s grant opens the blank screen and the open dialog (${build})`, { skip }, async () => {
    await using screen = await openScreen(build);
    const { stand } = screen;
    const blank = await screen.lock();
    assert.equal(await Promise.race([blank.ended, sleep(300).then(() => 'locked')]), 'locked');
    assert.deepEqual(await unlock(stand), { kind: 'redeemed' });
    assert.equal(await blank.ended, 0);
    await until('told that it opened', () => kinds(stand).includes('opened'));

    const dialog = await screen.lock();
    await screen.press('shift');
    await until('the password prompt', () => dialogOf(dialog) !== null);
    await sleep(300);
    await screen.press('x');
    assert.deepEqual(await unlock(stand), { kind: 'redeemed' });
    assert.equal(await dialog.ended, 0);
    await until('told that it opened again', () => kinds(stand).length === 4);
    assert.deepEqual(kinds(stand), ['covered', 'opened', 'covered', 'opened']);
    assert.deepEqual(stand.noted, []);
  });
}

test('a grant for another session, another person or a sign-in leaves it locked; the password opens it, with the agent and without', { skip }, async () => {
  await using screen = await openScreen();
  const { stand } = screen;
  const locker = await screen.lock();
  const others = [
    { account: 'alice', session: '3' },
    { account: 'bob', session: '2' },
    { account: 'alice', session: null },
  ];
  for (const to of others) {
    const held = stand.offers.offer(grantFor('s-alice', stand.clock), to);
    await screen.press('shift');
    assert.equal(await Promise.race([locker.ended, held.then(() => 'taken'), sleep(400).then(() => 'locked')]), 'locked');
  }
  stand.offers.revoke();
  const type = async (at: Locker, text: string): Promise<void> => {
    await screen.press('Escape');
    await screen.press('shift');
    await until('the password prompt', () => dialogOf(at) !== null);
    await sleep(400);
    await screen.press(...keysOf(text), 'Return');
  };
  await type(locker, 'wrong horse');
  assert.equal(await Promise.race([locker.ended, sleep(800).then(() => 'locked')]), 'locked');
  await until('the prompt again', () => dialogOf(locker) !== null);
  await screen.press(...keysOf(password), 'Return');
  assert.equal(await locker.ended, 0);
  await until('told that it opened', () => kinds(stand).at(-1) === 'opened');

  const alone = await screen.lock();
  await stand.closeDoors();
  await type(alone, password);
  assert.equal(await alone.ended, 0, 'a broken agent leaves passwords working');
});

for (const [how, kill] of [
  ['SIGKILL', (locker: Locker) => process.kill(locker.xsecurelock(), 'SIGKILL')],
  ['SIGUSR2', (locker: Locker) => process.kill(locker.xsecurelock(), 'SIGUSR2')],
  ['SIGKILL to what watches it', (locker: Locker) => process.kill(locker.pid, 'SIGKILL')],
] as const) {
  test(`a locker killed by ${how} is told within a second, as what it is`, { skip }, async () => {
    await using screen = await openScreen();
    const { stand } = screen;
    const locker = await screen.lock();
    const began = performance.now();
    kill(locker);
    await until('its death', () => kinds(stand).includes('lockerDied'), 1_000);
    assert.ok(performance.now() - began < 1_000);
    assert.deepEqual(stand.heard.at(-1), { account: 'alice', session: '2', kind: 'lockerDied' });
    assert.notEqual(await locker.ended, 0);
  });
}
