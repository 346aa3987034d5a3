/** The installed executable runs as each of its programs, and nothing from outside gets in: no option, no code, no settings of a library, no debugger. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { version } from '../../build/package/script.ts';
import { type Report, reportDecoder } from '../../native/pcsc/reports.ts';
import { defaultSettings, formatSettings } from '../../native/pcsc/settings.ts';
import { need } from '../needs.ts';
import { laidOut } from './laid-out.ts';

const skip = need('linux', 'xServer', 'compiler');
const place = mkdtempSync(join(tmpdir(), 'tapward-executable-'));
process.once('exit', () => rmSync(place, { recursive: true, force: true }));

type Ran = { readonly code: number | null; readonly out: string; readonly err: string };
async function tapward(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const { folder } = await laidOut('linux-x64');
  const ran = spawnSync(join(folder, 'tapward'), args, { env: { PATH: '/usr/bin:/bin', HOME: place, ...env }, encoding: 'utf8', timeout: 20_000, input: '' });
  return { code: ran.status, out: ran.stdout, err: ran.stderr };
}

test('it is the command line, with its version, its help and its doctor', { skip }, async () => {
  assert.deepEqual(await tapward(['--version']), { code: 0, out: `${version}\n`, err: '' });
  const help = await tapward(['--help']);
  assert.match(help.out, /^ {2}doctor /m);
  assert.doesNotMatch(help.out, /lock-all|\brun\b.*agent/, 'what the system starts is nobody’s to type');
  const empty = mkdtempSync(join(place, 'empty-'));
  const doctor = await tapward(['doctor', '--dir', empty, '--json']);
  assert.match(doctor.out, /There is no station in/);
  assert.doesNotMatch(doctor.out + doctor.err, /fault of tapward/);
  assert.deepEqual(await tapward(['run', 'nothing']), {
    code: 2,
    out: '',
    err: '`tapward run` is for the system that starts Tapward’s programs: agent, reader, helper, lock-all.\n',
  });
  assert.match((await tapward(['run', 'reader'])).err, /started by the Tapward agent, not by hand/);
  assert.match((await tapward(['run', 'helper'])).err, /Say which account the agent runs as/);
});

test('no option of Node reaches it, by the line or by the environment', { skip }, async () => {
  const mark = join(place, 'mark');
  const evil = join(place, 'evil.cjs');
  writeFileSync(evil, `require('node:fs').writeFileSync(${JSON.stringify(mark)}, 'ran')`);
  const wasRun = (): boolean => readdirSync(place).includes('mark');
  const plain = spawnSync(process.execPath, ['-e', '0'], { env: { NODE_OPTIONS: `--require ${evil}` } });
  assert.ok(plain.status === 0 && wasRun(), 'a plain Node does run it');
  rmSync(mark);
  assert.deepEqual(await tapward(['--version'], { NODE_OPTIONS: `--require ${evil}` }), { code: 0, out: `${version}\n`, err: '' });
  assert.deepEqual(await tapward(['--version'], { NODE_OPTIONS: '--no-such-option' }), { code: 0, out: `${version}\n`, err: '' });
  for (const line of [
    ['--require', evil, '--version'],
    ['-r', evil],
    ['--import', evil],
    ['-e', `require(${JSON.stringify(evil)})`],
    [evil],
    ['--inspect=0', '--version'],
    ['--build-snapshot', evil],
  ])
    await tapward(line);
  assert.ok(!wasRun());
});

test('its addons come from its own folder, whatever else has their names', { skip }, async () => {
  const mark = join(place, 'shadowed');
  for (const folder of ['.node_modules', 'path', 'node_modules']) {
    for (const name of ['koffi', '@koromix/koffi-linux-x64', '@node-rs/argon2-linux-x64-gnu', 'better-sqlite3']) {
      mkdirSync(join(place, folder, name), { recursive: true });
      writeFileSync(join(place, folder, name, 'index.js'), `require('node:fs').writeFileSync(${JSON.stringify(mark)}, 'ran')`);
    }
  }
  const { folder } = await laidOut('linux-x64');
  const lacking = join(place, 'lacking');
  execFileSync('cp', ['-r', '--reflink=auto', folder, lacking]);
  rmSync(join(lacking, 'node_modules/koffi'), { recursive: true });
  const env = { PATH: '/usr/bin', HOME: place, NODE_PATH: join(place, 'path'), NAPI_RS_NATIVE_LIBRARY_PATH: join(place, 'path/koffi/index.js') };
  const ran = spawnSync(join(lacking, 'tapward'), ['--version'], { env, encoding: 'utf8', timeout: 20_000 });
  assert.match(ran.stderr, /Cannot find module 'koffi'/);
  assert.ok(!readdirSync(place).includes('shadowed'));
  // And where all is there, nothing else is looked at.
  const station = mkdtempSync(join(place, 'station-'));
  assert.equal((await tapward(['doctor', '--dir', station], env)).err, '');
  assert.ok(!readdirSync(place).includes('shadowed'));
});

test('no file of certificates and no settings of OpenSSL are read because the environment names them', { skip }, async () => {
  // Whoever opens a pipe that nobody writes to waits: what is read shows by a program that does not end.
  const pipe = join(place, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const plain = spawnSync(process.execPath, ['-e', '0'], { env: { OPENSSL_CONF: pipe }, timeout: 3_000 });
  assert.equal(plain.signal, 'SIGTERM', 'a plain Node reads it');
  assert.deepEqual(await tapward(['--version'], { OPENSSL_CONF: pipe, NODE_EXTRA_CA_CERTS: pipe, SSL_CERT_FILE: pipe, SSL_CERT_DIR: pipe }), {
    code: 0,
    out: `${version}\n`,
    err: '',
  });
});

/** Sockets of a process on which it waits for others (state 0A), by /proc. */
function listening(pid: number): number {
  const own = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return [];
      }
    }),
  );
  return ['tcp', 'tcp6']
    .flatMap((table) => readFileSync(`/proc/${pid}/net/${table}`, 'utf8').trim().split('\n').slice(1))
    .filter((row) => {
      const fields = row.trim().split(/\s+/);
      return fields[3] === '0A' && own.has(fields[9] ?? '');
    }).length;
}

/** Whether a debugger can be had of this process by the signal that asks a Node for one. */
async function debuggable(child: ChildProcess): Promise<boolean> {
  child.kill('SIGUSR1');
  for (const end = performance.now() + 3_000; performance.now() < end && child.exitCode === null && child.signalCode === null; await sleep(50))
    if (listening(child.pid ?? 0) > 0) return true;
  return false;
}

test('SIGUSR1 opens no debugger', { skip }, async () => {
  const { folder } = await laidOut('linux-x64');
  using stack = new DisposableStack();
  const started = (child: ChildProcess): ChildProcess => stack.adopt(child, (one) => void one.kill('SIGKILL'));
  const env = { NODE_OPTIONS: '--inspect-port=0' };
  const plain = started(spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000); console.log(1)'], { env, stdio: ['pipe', 'pipe', 'ignore'] }));
  const reader = started(spawn(join(folder, 'tapward'), ['run', 'reader', formatSettings(defaultSettings)], { env, stdio: ['pipe', 'ignore', 'ignore', 'pipe'] }));
  await Promise.all([once(plain.stdout as Readable, 'data'), once(reader.stdio[3] as Readable, 'data')]);
  assert.ok(await debuggable(plain), 'a plain Node does');
  assert.ok(!(await debuggable(reader)));
});

test('it is the reader program, and says that no PC/SC service runs', { skip }, async () => {
  const { folder } = await laidOut('linux-x64');
  const child = spawn(join(folder, 'tapward'), ['run', 'reader', formatSettings(defaultSettings)], {
    env: { PCSCLITE_CSOCK_NAME: join(place, 'no-pcscd') },
    stdio: ['pipe', 'ignore', 'inherit', 'pipe'],
  });
  const heard: Report[] = [];
  (child.stdio[3] as Readable).on(
    'data',
    reportDecoder((report) => report !== null && heard.push(report)),
  );
  for (const end = performance.now() + 10_000; !heard.some(({ kind }) => kind === 'service'); await sleep(20)) assert.ok(performance.now() < end, JSON.stringify(heard));
  child.stdin?.end();
  assert.deepEqual(await once(child, 'exit'), [null, 'SIGKILL'], 'it ends with its parent');
});

test('it is the agent: ready with all its addons and a reader program of its own kind, and gone when it is told to', { skip }, async () => {
  const { folder } = await laidOut('linux-x64');
  const at = (name: string): string => (mkdirSync(join(place, name), { mode: 0o700 }), join(place, name));
  const [state, run, etc, notify] = [at('state'), at('run'), at('etc'), join(place, 'notify')];
  writeFileSync(join(etc, 'policy.json'), '{"sessions": "none"}');
  const manager = spawn('/usr/bin/python3', ['-c', listener, notify], { stdio: ['ignore', 'pipe', 'inherit'] });
  let told = '';
  manager.stdout.on('data', (text: Buffer) => (told += text.toString()));
  await once(manager.stdout, 'data');
  const env = {
    PATH: '/usr/bin',
    STATE_DIRECTORY: state,
    RUNTIME_DIRECTORY: run,
    CONFIGURATION_DIRECTORY: etc,
    NOTIFY_SOCKET: notify,
    PCSCLITE_CSOCK_NAME: join(place, 'no-pcscd'),
  };
  const agent = spawn(join(folder, 'tapward'), ['run', 'agent'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [agent.stdout, agent.stderr]) stream.on('data', (text: Buffer) => (said += text.toString()));
  try {
    for (const end = performance.now() + 20_000; !told.includes('READY=1'); await sleep(20)) assert.ok(performance.now() < end && agent.exitCode === null, said);
    // Where a library does not load, another does its work: each of them has.
    const mapped = readFileSync(`/proc/${agent.pid}/maps`, 'utf8');
    for (const library of ['better-sqlite3/prebuilds/linux-x64.node', '@node-rs/argon2-linux-x64-gnu/argon2.linux-x64-gnu.node', '@koromix/koffi-linux-x64/linux_x64/koffi.node'])
      assert.ok(mapped.includes(join(folder, 'node_modules', library)), library);
    const children = (): readonly string[] =>
      readFileSync(`/proc/${agent.pid}/task/${agent.pid}/children`, 'utf8')
        .trim()
        .split(' ')
        .filter((pid) => pid !== '');
    for (const end = performance.now() + 10_000; children().length === 0; await sleep(20)) assert.ok(performance.now() < end);
    assert.equal(readFileSync(`/proc/${children()[0]}/cmdline`, 'utf8').split('\0').slice(0, 3).join(' '), `${join(folder, 'tapward')} run reader`);
    const status = await tapward(['status', '--dir', state, '--json']);
    assert.equal(status.code, 0, status.out + status.err);
    assert.ok(status.out.includes(version));
    agent.kill('SIGTERM');
    assert.deepEqual(await once(agent, 'exit'), [0, null], said);
    assert.match(told, /STOPPING=1/);
  } finally {
    agent.kill('SIGKILL');
    manager.kill();
  }
});

const listener = `
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("listening", flush=True)
while True: print(s.recv(4096).decode(), flush=True)
`;
