/** The same sources in another folder, at another hour and with another umask, come in; every file of the payload they make is compared with ours, byte by byte. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { filesBelow } from '../../build/package/contents.ts';
import type { Platform } from '../../build/package/executable.ts';
import { root } from '../../build/setup.mjs';
import { need } from '../needs.ts';
import { laidOut } from './laid-out.ts';

/** Nothing that is made differs. A tool that begins to must be named here, with its reason. */
const differs: Readonly<Record<string, string>> = {};
const sources = ['agent', 'build', 'core', 'electron', 'native', 'renderer', 'package.json', 'package-lock.json', 'tsconfig.json'];
/** Two builds of these from two folders are compared in test/windows, and take a minute. */
const builtElsewhere = /^tapward-(cp\.dll|host\.exe)-/;
const hash = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

const cases: readonly (readonly [Platform, string | false])[] = [
  ['linux-x64', need('linux', 'root', 'namespaces', 'xServer', 'compiler')],
  ['win32-x64', need('linux', 'root', 'namespaces', 'mingw')],
];
for (const [platform, skip] of cases) {
  test(`${platform}: two builds from two folders are the same bytes`, { skip, timeout: 300_000 }, async (t) => {
    const place = mkdtempSync(join(tmpdir(), 'tapward-reproducible-'));
    try {
      const { folder, documents } = await laidOut(platform);
      const clone = join(place, 'a clone of another name');
      for (const name of sources) cpSync(join(root, name), join(clone, name), { recursive: true });
      for (const name of ['laid-out.ts', 'staging.ts']) cpSync(join(root, 'test/package', name), join(clone, 'test/package', name));
      for (const [name, only] of [
        ['npm', /./],
        ['native', builtElsewhere],
      ] as const) {
        const from = join(root, '.cache', name);
        if (existsSync(from))
          for (const one of readdirSync(from).filter((file) => only.test(file))) cpSync(join(from, one), join(clone, '.cache', name, basename(one)), { recursive: true });
      }
      mkdirSync(join(clone, 'node_modules'));
      const to = join(place, 'staged');
      const command = `umask 077; mount --bind '${join(root, 'node_modules')}' '${join(clone, 'node_modules')}' && cd / && exec '${process.execPath}' '${join(clone, 'test/package/staging.ts')}' ${platform} '${to}'`;
      await promisify(execFile)('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', command], {
        env: { ...process.env, TZ: 'Pacific/Kiritimati', LC_ALL: 'C' },
        maxBuffer: 1 << 26,
      });
      const paths = filesBelow(folder);
      assert.deepEqual(filesBelow(to), paths);
      const other = paths.filter((path) => hash(join(folder, path)) !== hash(join(to, path)));
      t.diagnostic(`${paths.length} files, ${other.length} differ`);
      assert.deepEqual(
        other.filter((path) => differs[path] === undefined),
        [],
      );
      assert.ok(documents.size >= 2);
      assert.ok(!paths.some((path) => readFileSync(join(to, path)).includes(place)), 'no path of this computer');
    } finally {
      rmSync(place, { recursive: true, force: true });
    }
  });
}
