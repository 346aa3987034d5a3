/** The installed kiosk's session comes in, as a display manager starts it; whatever of it is killed, the display is covered again, and where it cannot be, the session ends. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { packageFace } from '../../build/face-package.ts';
import { ended, until } from '../face/screen.ts';
import { need } from '../needs.ts';
import { generic } from '../session/kiosk-rig.ts';
import { stagePackages } from './packages.ts';
import { openRoot, plainEnv, type Root } from './root.ts';

const run = promisify(execFile);
const skip = need('linux', 'root', 'dpkg', 'display', 'contexts', 'namespaces');
const lib = join(import.meta.dirname, '../../build/linux/session/lib.sh');

/** Covers the whole display, and is no Electron: the session does not look into what it keeps. */
const standIn = '#!/bin/sh\nexec xlogo -geometry 1024x768+0+0\n';

type Display = AsyncDisposable & {
  readonly env: Readonly<Record<string, string>> /** Whether a window covers all of it. */;
  readonly covered: () => Promise<boolean> /** And which process says that it is its own; 0: none, or it does not say. */;
  readonly coveredBy: () => Promise<number>;
};
async function openDisplay(): Promise<Display> {
  await using stack = new AsyncDisposableStack();
  const dir = mkdtempSync(join(tmpdir(), 'tapward-kiosk-x-'));
  stack.defer(() => rmSync(dir, { recursive: true, force: true }));
  const cookie = join(dir, 'cookie');
  const add = (number: string, file: string): void => void execFileSync('xauth', ['-q', '-f', file, 'add', number, '.', '00112233445566778899aabbccddeeff'], { stdio: 'ignore' });
  add(':0', `${cookie}.server`);
  const server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1024x768x24', '-nolisten', 'tcp', '-noreset', '-auth', `${cookie}.server`], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  stack.defer(() => ended(server));
  const [number] = (await once(server.stdio[3] as Readable, 'data')) as [Buffer];
  const display = `:${number.toString().trim()}`;
  add(display, cookie);
  mkdirSync(join(dir, 'runtime'), { mode: 0o700 });
  for (const path of [dir, cookie, join(dir, 'runtime')]) chownSync(path, generic.uid, generic.gid);
  const env = { PATH: '/usr/bin:/bin', DISPLAY: display, XAUTHORITY: cookie, HOME: dir, XDG_RUNTIME_DIR: join(dir, 'runtime'), LC_ALL: 'C.UTF-8' };
  const kept = stack.move();
  const covering = async (): Promise<string | undefined> => {
    const look = async (): Promise<string> => (await run('xwininfo', ['-root', '-tree'], { env })).stdout;
    const tree = await look().catch(look);
    for (const [, id = ''] of tree.matchAll(/^\s+(0x[0-9a-f]+) "(?:xlogo|Tapward)": .* 1024x768\+0\+0/gm)) {
      const { stdout } = await run('xwininfo', ['-id', id], { env }).catch(() => ({ stdout: '' }));
      if (stdout.includes('IsViewable')) return id;
    }
    return undefined;
  };
  return {
    env,
    covered: async () => (await covering()) !== undefined,
    coveredBy: async () => {
      const id = await covering();
      const { stdout } = id === undefined ? { stdout: '' } : await run('xprop', ['-id', id, '_NET_WM_PID'], { env }).catch(() => ({ stdout: '' }));
      return Number(/= (\d+)/.exec(stdout)?.[1] ?? 0);
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

type Session = { readonly child: ChildProcess; readonly ended: Promise<number | null>; readonly said: () => string; readonly pidOf: (program: RegExp) => number };
/** As the display manager does, with what the account may have put into its environment. */
function startSession(root: Root, { env }: Display): Session {
  const child = root.start(['setpriv', '--reuid', String(generic.uid), '--regid', String(generic.gid), '--clear-groups', '/usr/lib/tapward/session/tapward-kiosk-session'], {
    ...env,
    LANG: 'C.UTF-8',
    GTK_MODULES: 'evil',
    NODE_OPTIONS: '--require evil',
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (said += text.toString()));
  const over = once(child, 'exit').then(([code]) => code as number | null);
  return { child, ended: over, said: () => said, pidOf: (program) => running(env['DISPLAY'] ?? '').find(({ line }) => program.test(line))?.pid ?? 0 };
}

/** What runs on this display, with its command line. */
const running = (display: string): readonly { readonly pid: number; readonly line: string }[] =>
  readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .flatMap((pid) => {
      try {
        if (!readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`DISPLAY=${display}`)) return [];
        return [{ pid: Number(pid), line: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ') }];
      } catch {
        return [];
      }
    });

async function gone({ env }: Display): Promise<void> {
  const left = (): readonly string[] => running(env['DISPLAY'] ?? '').map(({ line }) => line);
  for (const end = performance.now() + 5_000; left().length > 0; await sleep(20)) assert.ok(performance.now() < end, `still there: ${left().join(' | ')}`);
}

test('installed: the kiosk’s session keeps its display covered, and ends where it cannot', { skip }, async (t) => {
  await using stack = new AsyncDisposableStack();
  const packages = stack.use(await stagePackages());
  const root = stack.use(await openRoot());
  await root.must(['dpkg', '--install', await packages.deb(packages.staged.version)]);
  const display = stack.use(await openDisplay());
  const start = (): Session => {
    const session = startSession(root, display);
    stack.defer(async () => {
      if (session.child.exitCode === null && session.child.signalCode === null) session.child.kill('SIGTERM');
      await session.ended;
    });
    return session;
  };
  assert.match(readFileSync(join(root.path, 'usr/share/xsessions/tapward-kiosk.desktop'), 'utf8'), /^Exec=\/usr\/lib\/tapward\/session\/tapward-kiosk-session$/m);

  await t.test('a package without a face starts no kiosk, and says why', async () => {
    const without = start();
    assert.equal(await without.ended, 1);
    assert.match(without.said(), /this package holds no face/);
  });

  const face = join(root.path, 'usr/lib/tapward/face');
  await t.test('the real face covers it, and again when it is killed', { skip: need('electron') }, async () => {
    const { folder } = await packageFace();
    cpSync(folder, face, { recursive: true });
    // As the package has it (build/package/linux-tree.ts).
    chmodSync(join(face, 'chrome-sandbox'), 0o4755);
    const session = start();
    await until('the display is covered', display.covered, 20_000).catch(() => assert.fail(session.said()));
    const pid = await display.coveredBy();
    process.kill(pid, 'SIGKILL');
    const took = await until('another face covers', async () => ![0, pid].includes(await display.coveredBy()), 15_000);
    t.diagnostic(`the real face, killed, covers again after ${Math.round(took)} ms`);
    session.child.kill('SIGTERM');
    assert.equal(await session.ended, 0);
    await gone(display);
    rmSync(face, { recursive: true });
  });

  mkdirSync(face);
  writeFileSync(join(face, 'tapward-face'), standIn, { mode: 0o755 });

  await t.test('killed, the face covers again within two seconds; helper and window manager come back; nothing of the session’s settings reaches the face', async () => {
    const session = start();
    await until('the display is covered', display.covered, 15_000);
    const helper = /tapward run helper --agent-uid=\d+ --hooks=\/etc\/tapward\/kiosk\.d/;
    await until('the helper runs', () => session.pidOf(helper) > 0, 15_000);
    const settings = readFileSync(`/proc/${session.pidOf(/^xlogo/)}/environ`, 'utf8')
      .split('\0')
      .map((one) => one.split('=')[0] ?? '');
    assert.deepEqual(settings.filter((name) => name !== '').toSorted(), ['DISPLAY', 'HOME', 'LANG', 'LC_ALL', 'PATH', 'PWD', 'XAUTHORITY', 'XDG_RUNTIME_DIR']);
    for (let kills = 0; kills < 3; kills++) {
      const pid = session.pidOf(/^xlogo/);
      process.kill(pid, 'SIGKILL');
      await until('it is gone', () => session.pidOf(/^xlogo/) !== pid, 2_000);
      await until('the display is covered again', display.covered, 2_000);
    }
    for (const program of [helper, /^openbox/]) {
      const pid = session.pidOf(program);
      process.kill(pid, 'SIGKILL');
      await until(`${program} is back`, () => ![0, pid].includes(session.pidOf(program)), 5_000);
    }
    session.child.kill('SIGTERM');
    assert.equal(await session.ended, 0);
    await gone(display);
  });

  await t.test('a face that says it would end the same way again ends the session, and all of it', async () => {
    writeFileSync(join(face, 'tapward-face'), '#!/bin/sh\nsleep 1\nexit 78\n');
    const session = start();
    await Promise.race([session.ended, sleep(10_000).then(() => assert.fail('it goes on'))]);
    assert.match(session.said(), /the face cannot be kept running: the session ends/);
    await gone(display);
  });
});

test('what never stands is started ever later, and given up on; what stood for a while is new again', () => {
  const keep = (clock: string, command: string): string => {
    const dir = mkdtempSync(join(tmpdir(), 'tapward-keep-'));
    try {
      // Time is what the file says: `sleep` notes down, and the clock is another file than the kernel's.
      const text = readFileSync(lib, 'utf8').replaceAll('/proc/uptime', `${dir}/uptime`);
      writeFileSync(join(dir, 'lib.sh'), text);
      writeFileSync(join(dir, 'uptime'), '100.0 1\n');
      writeFileSync(join(dir, 'command'), `#!/bin/sh\n${command}\n`);
      chmodSync(join(dir, 'command'), 0o755);
      return execFileSync('sh', ['-c', `. '${dir}/lib.sh'; cd '${dir}'; sleep() { printf '%s ' "$1"; ${clock}; }; keep face '${dir}/command'; echo "$?"`], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
        env: plainEnv,
        timeout: 20_000,
      });
    } finally {
      rmSync(dir, { recursive: true });
    }
  };
  assert.equal(keep(':', 'exit 1'), '0.05 0.1 0.2 0.5 1 2 2 2 2 2 2 2 3\n');
  assert.equal(keep(':', 'exit 78'), '4\n');
  // The third time it stood for a minute.
  assert.equal(keep(':', 'echo x >>starts; [ "$(wc -l <starts)" -ne 3 ] || echo "160.0 1" >uptime; [ "$(wc -l <starts)" -ne 5 ] || exit 78; exit 1'), '0.05 0.1 0.05 0.1 4\n');
});
