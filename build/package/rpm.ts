/** A folder to put it in, and perhaps an Electron, come in; the rpm of this version goes out, made by rpmbuild from the tree that the deb is made from. */
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { description, type LinuxOptions, layTree, maintainerScript, nameOf, sourceDate, summary } from './linux-package.ts';
import { type Entry, linuxTree, type Staged } from './linux-tree.ts';
import { stagePayload } from './payload.ts';

const run = promisify(execFile);
/** Where libpam looks on Fedora, RHEL and openSUSE, on x86_64. */
export const pamModules = '/usr/lib64/security';

const depends = [
  'pcsc-lite',
  'pcsc-lite-libs',
  'polkit',
  'systemd',
  'dbus',
  'pam',
  'shadow-utils',
  'glibc',
  'libstdc++',
  'libgcc',
  'libX11',
  'libXi',
  'libXtst',
  'grep',
  'sed',
  'coreutils',
  'diffutils',
  'findutils',
];
const recommends = ['xorg-x11-server-Xephyr', 'bubblewrap', 'xauth', 'openbox', 'dbus-daemon', 'xwininfo', 'xprop'];
const faceDepends = ['gtk3', 'nss', 'alsa-lib', 'at-spi2-atk', 'cups-libs', 'mesa-libgbm', 'libdrm', 'libxkbcommon', 'libXcomposite', 'libXdamage', 'libXrandr'];

export type RpmOptions = { readonly staged: Staged; readonly version: string; readonly out: string /** zstd's, 1 to 19. */; readonly level?: number };

/** The path of the package in `out`. Throws one sentence where rpmbuild is missing or fails. */
export async function makeRpm({ out, electron }: LinuxOptions): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'tapward-payload-'));
  try {
    const staged = await stagePayload({ platform: 'linux-x64', to: folder, face: electron === null ? 'none' : { electron } });
    return await packRpm({ staged: { ...staged, folder }, version: staged.version, out });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The same from a folder that is to become /usr/lib/tapward. */
export async function packRpm({ staged, version, out, level = 12 }: RpmOptions): Promise<string> {
  const work = mkdtempSync(join(tmpdir(), 'tapward-rpm-'));
  try {
    const date = sourceDate();
    const entries = await linuxTree(staged, pamModules);
    const [tree, spec] = [join(work, 'tree'), join(work, 'tapward.spec')];
    layTree(entries, tree, date);
    writeFileSync(spec, specOf(entries, { name: nameOf(staged.noface), version, noface: staged.noface, tree, level }));
    const defined = Object.entries({ _topdir: join(work, 'rpm'), _rpmdir: join(work, 'made'), _dbpath: join(work, 'db'), _tmppath: work }).flatMap(([key, value]) => [
      '--define',
      `${key} ${value}`,
    ]);
    await run('rpmbuild', [...defined, '--target', 'x86_64-linux', '-bb', spec], {
      env: { ...process.env, HOME: work, LC_ALL: 'C', SOURCE_DATE_EPOCH: String(date) },
      maxBuffer: 1 << 26,
    }).catch((why: unknown) => {
      const { code, stderr } = why as NodeJS.ErrnoException & { readonly stderr?: string };
      throw new Error(
        code === 'ENOENT'
          ? 'The rpm needs rpmbuild: apt-get install -y --no-install-recommends rpm'
          : `rpmbuild made no package: ${(stderr ?? String(why)).trim().split('\n').slice(-3).join(' ')}`,
      );
    });
    const made = readdirSync(join(work, 'made'), { recursive: true, encoding: 'utf8' }).find((name) => name.endsWith('.rpm')) ?? '';
    mkdirSync(out, { recursive: true });
    copyFileSync(join(work, 'made', made), join(out, basename(made)));
    return join(out, basename(made));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

type About = { readonly name: string; readonly version: string; readonly noface: boolean; readonly tree: string; readonly level: number };
function specOf(entries: readonly Entry[], { name, version, noface, tree, level }: About): string {
  const other = nameOf(!noface);
  return [
    // Nothing is stripped, compressed or looked into: what was staged is what is installed.
    '%global debug_package %{nil}',
    '%global __os_install_post %{nil}',
    '%global _build_id_links none',
    `%global _binary_payload w${level}.zstdio`,
    '%global __brp_mangle_shebangs %{nil}',
    // The same bytes from every machine.
    '%global _buildhost localhost',
    '%global use_source_date_epoch_as_buildtime 1',
    '%global clamp_mtime_to_source_date_epoch 1',
    `Name: ${name}`,
    `Version: ${version}`,
    'Release: 1',
    `Summary: ${summary}`,
    'License: Proprietary',
    'AutoReqProv: no',
    ...[...depends, ...(noface ? [] : faceDepends)].map((one) => `Requires: ${one}`),
    ...recommends.map((one) => `Recommends: ${one}`),
    `Conflicts: ${other}`,
    ...(noface ? [`Provides: tapward = ${version}`] : []),
    '%description',
    ...description(noface),
    '%install',
    `mkdir -p %{buildroot}`,
    `cp -a '${tree}/.' %{buildroot}/`,
    ...(['post', 'preun', 'postun'] as const).flatMap((script) => [`%${script}`, maintainerScript(`rpm-${script}`, { name, version }).replaceAll('%', '%%')]),
    '%files',
    '%defattr(-,root,root,-)',
    ...entries.map(listed),
    '',
  ].join('\n');
}

function listed(entry: Entry): string {
  const mode = entry.kind === 'link' ? '' : `%attr(${entry.mode.toString(8).padStart(4, '0')},root,root) `;
  const what = entry.kind === 'folder' ? '%dir ' : entry.site === true ? '%config(noreplace) ' : '';
  return `${mode}${what}"${entry.path}"`;
}
