/** A folder to put it in, and perhaps an Electron, come in; the Debian package of this version goes out, the same bytes from wherever it is made. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { description, type LinuxOptions, layTree, maintainerScript, nameOf, settle, sourceDate, summary } from './linux-package.ts';
import { bytesOf, type Entry, linuxTree, type Staged } from './linux-tree.ts';
import { stagePayload } from './payload.ts';

const run = promisify(execFile);
/** Where Debian's libpam looks, on amd64. */
export const pamModules = '/usr/lib/x86_64-linux-gnu/security';

const depends = [
  'pcscd',
  'libpcsclite1',
  'polkitd | policykit-1',
  'systemd',
  'default-dbus-system-bus | dbus-system-bus',
  'init-system-helpers (>= 1.52)',
  'passwd',
  'libpam0g',
  'libc6 (>= 2.34)',
  'libstdc++6',
  'libgcc-s1',
  'libx11-6',
  'libxi6',
  'libxtst6',
];
/** What a kiosk's people are kept apart by. */
const recommends = ['xserver-xephyr', 'bubblewrap', 'xauth', 'openbox', 'dbus-daemon', 'util-linux', 'x11-utils'];
const suggests = ['tpm2-tools', 'freerdp2-x11'];
/** What Electron is linked to. */
const faceDepends = [
  'libgtk-3-0t64 | libgtk-3-0',
  'libnss3',
  'libasound2t64 | libasound2',
  'libatk-bridge2.0-0t64 | libatk-bridge2.0-0',
  'libcups2t64 | libcups2',
  'libgbm1',
  'libdrm2',
  'libxkbcommon0',
  'libxcomposite1',
  'libxdamage1',
  'libxrandr2',
];

export type DebOptions = { readonly staged: Staged; readonly version: string; readonly out: string /** zstd's, 1 to 22. */; readonly level?: number };

/** The path of the package in `out`. Throws one sentence where a tool is missing or a step fails. */
export async function makeDeb({ out, electron }: LinuxOptions): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'tapward-payload-'));
  try {
    const staged = await stagePayload({ platform: 'linux-x64', to: folder, face: electron === null ? 'none' : { electron } });
    return await packDeb({ staged: { ...staged, folder }, version: staged.version, out });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The same from a folder that is to become /usr/lib/tapward, and perhaps another version's number. */
export async function packDeb({ staged, version, out, level = 12 }: DebOptions): Promise<string> {
  const work = mkdtempSync(join(tmpdir(), 'tapward-deb-'));
  try {
    const date = sourceDate();
    const entries = await linuxTree(staged, pamModules);
    const [tree, name] = [join(work, 'tree'), nameOf(staged.noface)];
    const control = join(tree, 'DEBIAN');
    mkdirSync(control, { recursive: true });
    layTree(entries, tree, date);
    for (const [file, text] of controlFiles(entries, { name, version, noface: staged.noface })) {
      writeFileSync(join(control, file), text);
      chmodSync(join(control, file), /^(pre|post)/.test(file) ? 0o755 : 0o644);
    }
    for (const folder of ['.', 'DEBIAN']) chmodSync(join(tree, folder), 0o755);
    settle(tree, date);
    mkdirSync(out, { recursive: true });
    const path = join(out, `${name}_${version}_amd64.deb`);
    // One thread: several cut the stream elsewhere on other machines.
    await run('dpkg-deb', ['--root-owner-group', '--uniform-compression', '-Zzstd', `-z${level}`, '--threads-max=1', '--build', tree, path], {
      env: { ...process.env, SOURCE_DATE_EPOCH: String(date) },
    }).catch((why: unknown) => {
      throw new Error(`dpkg-deb made no package: ${why instanceof Error ? why.message : String(why)}`);
    });
    return path;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

type About = { readonly name: string; readonly version: string; readonly noface: boolean };
function controlFiles(entries: readonly Entry[], { name, version, noface }: About): ReadonlyMap<string, string> {
  const files = entries.filter((entry) => entry.kind === 'file' || entry.kind === 'text');
  const other = nameOf(!noface);
  const size = files.reduce((sum, entry) => sum + Math.ceil(bytesOf(entry).length / 1024), 0);
  const control = [
    `Package: ${name}`,
    `Version: ${version}`,
    'Architecture: amd64',
    'Section: admin',
    'Priority: optional',
    'Maintainer: Tapward <root@localhost>',
    `Installed-Size: ${size}`,
    `Depends: ${[...depends, ...(noface ? [] : faceDepends)].join(', ')}`,
    `Recommends: ${recommends.join(', ')}`,
    `Suggests: ${suggests.join(', ')}`,
    `Conflicts: ${other}`,
    `Replaces: ${other}`,
    ...(noface ? ['Provides: tapward'] : []),
    `Description: ${summary}`,
    ...description(noface).map((line) => ` ${line}`),
    '',
  ].join('\n');
  const scripts = ['preinst', 'postinst', 'prerm', 'postrm'].map((file) => [file, `#!/bin/sh\n${maintainerScript(file, { name, version })}`] as const);
  const sums = files.map((entry) => `${createHash('md5').update(bytesOf(entry)).digest('hex')}  ${entry.path.slice(1)}\n`);
  return new Map([
    ['control', control],
    [
      'conffiles',
      entries
        .filter(({ site }) => site)
        .map(({ path }) => `${path}\n`)
        .join(''),
    ],
    ['md5sums', sums.join('')],
    ...scripts,
  ]);
}
