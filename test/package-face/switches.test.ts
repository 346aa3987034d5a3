/** The packaged face is started as somebody would who wants to be inside it: with arguments, with an environment, from a copy with files laid beside it. Each trap is shown to work on the bare Electron. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { findElectron } from '../../build/electron.ts';
import { programName } from '../../build/face-package.ts';
import { faceExits } from '../../core/face-link.ts';
import { until } from '../face/screen.ts';
import { startInstalledAgent } from './agent.ts';
import { electronName, packagedFace } from './packaged.ts';
import { type Ended, type FaceStation, listening, type Started, skipStation as skip, startFaceStation } from './station.ts';

/** A start that is refused ends within this, on the slowest machine. */
const atOnce = 8_000;

describe(`switches of the packaged face on ${electronName}`, () => {
  let station: FaceStation;
  /** Whatever runs of the intruder's writes this file. */
  let mark = '';
  let script = '';
  let program = '';
  before(async () => {
    if (skip !== false) return;
    station = await startFaceStation();
    mark = join(station.home, 'mark');
    script = join(station.home, 'evil.js');
    program = join(station.home, 'evil.sh');
    writeFileSync(script, `require('fs').writeFileSync(${JSON.stringify(mark)}, 'x');\n`);
    writeFileSync(program, `#!/bin/sh\necho x > '${mark}'\n`);
    chmodSync(program, 0o755);
  });
  after(() => station?.[Symbol.asyncDispose]());
  const marked = (): boolean => {
    const was = existsSync(mark);
    rmSync(mark, { force: true });
    return was;
  };

  /** Runs it to its end, and looks all the while at what listens. */
  async function watched(started: Started, over: Promise<unknown> = started.ended): Promise<readonly number[]> {
    const open = new Set<number>();
    const looking = setInterval(() => {
      for (const port of listening(started.pid)) open.add(port);
    }, 3);
    await over.finally(() => clearInterval(looking));
    return [...open];
  }

  test('the traps work: the bare Electron runs the intruder’s script, loads it, runs a folder beside it, and opens its ports', { skip }, async () => {
    const dist = dirname(findElectron()?.executable ?? '');
    const bare = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Started => station.startOther(dist, 'electron', args, env);
    assert.equal((await bare(['-e', '0'], { ELECTRON_RUN_AS_NODE: '1', NODE_OPTIONS: `--require ${script}` }).ended).code, 0);
    assert.ok(marked(), 'NODE_OPTIONS');
    const app = join(station.home, 'app');
    mkdirSync(app, { recursive: true });
    writeFileSync(join(app, 'package.json'), '{ "name": "evil", "main": "main.js" }');
    writeFileSync(join(app, 'main.js'), `require(${JSON.stringify(script)}); setInterval(() => {}, 1000);`);
    const open = bare(['--no-sandbox', '--remote-debugging-port=9222', '--inspect=9229', app]);
    await until('its ports are open', () => [9222, 9229].every((port) => listening(open.pid).includes(port)), 20_000);
    open.child.kill('SIGKILL');
    assert.ok(marked(), 'an app by its path');
  });

  test('each switch that would open it ends it at once, no port is ever open, and the ledger says so', { skip }, async () => {
    await using agent = await startInstalledAgent(station.run);
    const starts = [
      ['--remote-debugging-port=9222', 'remote-debugging-port'],
      ['--remote-debugging-pipe', 'remote-debugging-pipe'],
      ['--inspect=9229', 'inspect'],
      ['--inspect-brk=9229', 'inspect'],
      ['--no-sandbox', 'argument'],
    ] as const;
    for (const [argument] of starts) {
      const started = station.start([argument]);
      const ports = await watched(started);
      const { code, signal, ms } = await started.ended;
      assert.deepEqual([code, signal, ports], [faceExits.refused, null, []], argument);
      assert.ok(ms < atOnce, `${argument}: ${ms} ms`);
    }
    await until('the ledger has each of them', () => agent.ledger().filter(({ kind }) => kind === 'faceRefused').length === starts.length);
    assert.deepEqual(
      agent.ledger().flatMap((entry) => (entry.kind === 'faceRefused' ? [entry.what] : [])),
      starts.map(([, what]) => what),
    );
    assert.deepEqual(agent.presence, [], 'none of them ever covered');
    assert.equal(await station.seen(), 1, 'nor showed anything');
  });

  test('no other argument is taken either: nothing of the intruder’s runs, and nothing opens', { skip }, async () => {
    const arguments_ = [
      ['--renderer-cmd-prefix=' + program],
      ['--utility-cmd-prefix=' + program],
      ['--gpu-launcher=' + program],
      ['--browser-subprocess-path=' + program],
      ['--js-flags=--allow-natives-syntax'],
      ['--load-extension=' + station.home],
      ['--disable-web-security'],
      ['--single-process'],
      ['--user-data-dir=' + station.home],
      ['--door=' + join(station.home, 'face.sock')],
      ['--require', script],
      ['-e', `require(${JSON.stringify(script)})`],
      [script],
      ['-remote-debugging-port=9222'],
      ['--inspect-port=9229'],
      ['--enable-logging=file', '--log-file=' + join(station.home, 'log')],
    ];
    const ends: (readonly [string, Ended, readonly number[]])[] = [];
    const queue = arguments_.values();
    // On two cores more of them at once are no faster.
    await Promise.all(
      Array.from({ length: 3 }, async () => {
        for (const args of queue) {
          const started = station.start(args);
          const ports = await watched(started);
          ends.push([args.join(' '), await started.ended, ports]);
        }
      }),
    );
    assert.equal(ends.length, arguments_.length);
    assert.deepEqual(
      ends.filter(([, { code }, ports]) => code !== faceExits.refused || ports.length > 0).map(([args, { code, signal }, ports]) => [args, code, signal, ports]),
      [],
    );
    assert.equal(marked(), false);
    assert.equal(await station.seen(), 1);
  });

  test('an environment changes nothing: the face covers, nothing is loaded, no signal opens its inspector', { skip }, async () => {
    const face = station.start([], {
      ELECTRON_RUN_AS_NODE: '1',
      NODE_OPTIONS: `--require ${script} --inspect=9229`,
      NODE_EXTRA_CA_CERTS: script,
      NODE_PATH: station.home,
      NODE_REPL_EXTERNAL_MODULE: script,
      ELECTRON_FORCE_IS_PACKAGED: 'false',
      ELECTRON_ENABLE_LOGGING: '1',
      ELECTRON_DEFAULT_ERROR_MODE: '1',
      ELECTRON_OVERRIDE_DIST_PATH: station.home,
      ELECTRON_NO_ASAR: '1',
      CHROME_DEVEL_SANDBOX: program,
      GOOGLE_API_KEY: 'x',
      NODE_ENV: 'development',
    });
    const covered = until('it covers', async () => (await station.seen()) === 0, 20_000);
    assert.deepEqual(await watched(face, covered), []);
    await covered;
    face.child.kill('SIGUSR1');
    assert.deepEqual(await watched(face, sleep(600)), []);
    assert.equal(marked(), false);
    face.child.kill('SIGKILL');
    await face.ended;
  });

  test('a copy of it named electron is still the installed face, and an app laid beside or in place of the archive never runs', { skip }, async () => {
    const { folder } = await packagedFace();
    const copy = join(dirname(station.home), 'copy');
    await cp(folder, copy, { recursive: true });
    renameSync(join(copy, programName), join(copy, 'electron'));
    mkdirSync(join(copy, 'resources/app'));
    writeFileSync(join(copy, 'resources/app/package.json'), '{ "name": "evil", "main": "main.js" }');
    writeFileSync(join(copy, 'resources/app/main.js'), `require(${JSON.stringify(script)});`);
    const refused = await station.startOther(copy, 'electron', [`--door=${join(station.home, 'face.sock')}`]).ended;
    assert.equal(refused.code, faceExits.refused);
    const face = station.startOther(copy, 'electron', []);
    await until('it covers', async () => (await station.seen()) === 0, 20_000);
    face.child.kill('SIGKILL');
    await face.ended;
    rmSync(join(copy, 'resources/app.asar'));
    const without = station.startOther(copy, 'electron', []);
    const { code } = await Promise.race([without.ended, sleep(20_000, null, { ref: false }).then(() => Promise.reject(new Error('it runs without its archive')))]);
    assert.notEqual(code, 0);
    assert.equal(marked(), false);
    // What the fuse is for: the bare Electron runs that folder.
    await cp(findElectron()?.executable ?? '', join(copy, 'electron'), { force: true });
    const bare = station.startOther(copy, 'electron', ['--no-sandbox']);
    await until('the bare Electron runs the folder in place of the archive', () => existsSync(mark), 20_000);
    bare.child.kill('SIGKILL');
  });
});
