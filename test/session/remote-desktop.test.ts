/** A real xrdp and a real FreeRDP, under the shipped hooks: at the lock the client is gone and the remote session stays, at the next tap the same session is there again; no name and no password is in any argument or environment. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ended, until } from '../face/screen.ts';
import { need } from '../needs.ts';
import { openSharedDesktop } from './shared-desktop.ts';

const skip = need('linux', 'root', 'namespaces', 'display', 'contexts', 'remoteDesktop', 'compiler', 'openssl');
const account = 'remoteana';

type Server = AsyncDisposable & {
  readonly port: number;
  readonly fingerprint: string;
  readonly password: string /** Process ids of the sessions that were begun. */;
  readonly sessions: () => readonly string[];
  readonly connections: () => number;
  readonly log: () => string;
};

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function startServer(): Promise<Server> {
  const dir = mkdtempSync(join(tmpdir(), 'tapward-rdp-'));
  chmodSync(dir, 0o755);
  const password = randomBytes(12).toString('base64url');
  const port = await freePort();
  /** As the script chooses it, out of the way of other tests'. */
  const display = (port % 1000) + 100;
  // A process namespace as well: whatever the server starts ends with it.
  const child: ChildProcess = spawn(
    'unshare',
    ['-m', '-p', '-f', '--mount-proc', '--kill-child=KILL', '--propagation', 'private', 'sh', join(import.meta.dirname, 'remote-server.sh'), dir, String(port), account],
    {
      stdio: ['pipe', 'ignore', 'ignore'],
    },
  );
  child.stdin?.end(`${password}\n`);
  const text = (name: string): string => {
    try {
      return readFileSync(join(dir, name), 'utf8').trim();
    } catch {
      return '';
    }
  };
  const lines = (said: string): readonly string[] => said.split('\n').filter((line) => line !== '');
  await until('the remote server listens', () => lines(execFileSync('ss', ['-Hltn', `sport = :${port}`], { encoding: 'utf8' })).length > 0, 20_000);
  return {
    port,
    password,
    fingerprint: text('fingerprint').toLowerCase(),
    log: () => text('sesman.log'),
    sessions: () => lines(text('sessions')),
    connections: () => lines(execFileSync('ss', ['-Htn', 'state', 'established', `sport = :${port}`], { encoding: 'utf8' })).length,
    [Symbol.asyncDispose]: async () => {
      await ended(child);
      // A killed X server leaves these.
      for (const path of [`/tmp/.X${display}-lock`, `/tmp/.X11-unix/X${display}`]) rmSync(path, { force: true });
      rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}

/** Where in any process’s command line or environment one of these words stands. */
const leaks = (...words: readonly string[]): readonly string[] =>
  readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .flatMap((pid) =>
      ['cmdline', 'environ']
        .filter((name) => {
          try {
            const said = readFileSync(`/proc/${pid}/${name}`, 'latin1');
            return words.some((word) => said.includes(word)) && !said.includes('remote-server.sh');
          } catch {
            return false;
          }
        })
        .map((name) => `/proc/${pid}/${name}: ${readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').slice(0, 60)}`),
    );

test('the remote session is left at the lock and found again at the next tap', { skip }, async () => {
  await using server = await startServer();
  await using desktop = await openSharedDesktop({ work: [], more: 'remote-desktop' });
  const { kiosk } = desktop;
  const site = join(kiosk.dir, 'remote-desktop');
  mkdirSync(site);
  writeFileSync(join(site, 'client.rdp'), `full address:s:127.0.0.1:${server.port}\n`);
  writeFileSync(join(site, 'arguments'), `/cert:fingerprint:sha256:${server.fingerprint}\n/size:640x480\n`);
  writeFileSync(join(kiosk.dir, 'secret'), server.password, { mode: 0o644 });
  writeFileSync(join(site, 'credentials'), `#!/bin/sh\nprintf '%s\\n\\n' ${account}\ncat ${kiosk.dir}/secret\necho\n`, { mode: 0o755 });

  const opened = await kiosk.open('ana');
  assert.equal(opened.kind, 'done', `${JSON.stringify(opened)} ${kiosk.noted.join()}`);
  await until('the remote session has begun', () => server.sessions().length > 0, 15_000);
  assert.equal(server.connections(), 1);
  assert.deepEqual(leaks(server.password), []);
  assert.deepEqual(
    leaks(account).filter((line) => line.includes('xfreerdp') || line.includes('tapward')),
    [],
  );
  const [session = ''] = server.sessions();
  // In the server's own words: the session of one process, left and found again.
  const found = (): readonly string[] => server.log().match(/reconnected session: .*session_pid (\d+)/g) ?? [];

  for (let i = 0; i < 2; i++) {
    assert.equal((await kiosk.controller.lock('tapOut', false)).kind, 'done');
    await until('the client has left', () => server.connections() === 0);
    assert.deepEqual(
      desktop.processes().filter((line) => line.startsWith('xfreerdp')),
      [],
    );
    assert.equal((await kiosk.open('ana', 'unlock')).kind, 'done', kiosk.noted.join());
    assert.equal(server.connections(), 1);
    await until('the server has found it again', () => found().length === i + 1);
    assert.deepEqual(server.sessions(), [session], 'the very same: no other was begun');
  }
  assert.deepEqual([found().length, new Set(found().map((line) => /session_pid (\d+)/.exec(line)?.[1])).size], [2, 1], server.log());
});
