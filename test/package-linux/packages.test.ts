/** The deb and the rpm of one tree come in; that they hold the same files with the same modes, are the same bytes from wherever they are made, ask for what they use, and come off a machine where things went wrong without locking anybody out, is tested. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pamModules as debianModules, packDeb } from '../../build/package/deb.ts';
import { packRpm, pamModules as redHatModules } from '../../build/package/rpm.ts';
import { need } from '../needs.ts';
import { type Packages, stagePackages } from './packages.ts';
import { openRoot, type Root } from './root.ts';

const skip = need('linux', 'root', 'dpkg', 'compiler', 'pamStack');
const skipRpm = need('linux', 'root', 'dpkg', 'rpm', 'compiler', 'pamStack');
const read = (program: string, ...args: readonly string[]): string => execFileSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 26 });
const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

// Not the last commit's, which may change while this runs.
process.env['SOURCE_DATE_EPOCH'] ??= '1795000000';

let packages: Packages;
let deb = '';
let made: Promise<string> | null = null;
const theRpm = (): Promise<string> => (made ??= packRpm({ staged: packages.staged, version: packages.staged.version, out: packages.dir, level: 1 }));
if (skip === false) {
  before(async () => {
    packages = await stagePackages();
    deb = await packages.deb(packages.staged.version);
  });
  after(() => packages[Symbol.dispose]());
}

/** `drwxr-xr-x root/root size date time ./path -> target`, as tar lists them; folders that other packages have as well left out. */
const ownPath = /^\/(usr\/lib\/tapward-packaged|usr\/share\/doc\/tapward|etc\/tapward)(\/|$)/;
function filesOfDeb(path: string): readonly string[] {
  return read('dpkg-deb', '-c', path)
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [mode = '', owner = '', , , , ...name] = line.split(/\s+/);
      const file = name
        .join(' ')
        .replace(/^\.\/?/, '/')
        .replace(/\/$/, '');
      return mode.startsWith('d') && !ownPath.test(file) ? [] : [`${mode} ${owner} ${file}`];
    })
    .toSorted((a, b) => a.localeCompare(b));
}
const filesOfRpm = (path: string): readonly string[] =>
  read('rpm', '-qp', '--qf', '[%{FILEMODES:perms} %{FILEUSERNAME}/%{FILEGROUPNAME} %{FILENAMES} -> %{FILELINKTOS}\n]', path)
    .trim()
    .split('\n')
    .map((line) => line.replace(/ ->\s*$/, ''))
    .toSorted((a, b) => a.localeCompare(b));

test('the rpm holds what the deb holds, with the same modes, owners and files of the site', { skip: skipRpm }, async () => {
  const rpm = await theRpm();
  const there = filesOfRpm(rpm)
    .map((line) => line.replace(redHatModules, debianModules))
    .toSorted((a, b) => a.localeCompare(b));
  assert.deepEqual(there, filesOfDeb(deb));
  assert.ok(there.length > 60, `${there.length} files`);
  for (const name of ['copyright', 'THIRD-PARTY.txt', 'sbom.cdx.json']) assert.ok(there.includes(`-rw-r--r-- root/root /usr/share/doc/tapward/${name}`), name);
  const conffiles = read('dpkg-deb', '-I', deb, 'conffiles').trim().split('\n').toSorted();
  assert.deepEqual(read('rpm', '-qpc', rpm).trim().split('\n').toSorted(), conffiles);
  assert.ok(conffiles.includes('/etc/tapward/kiosk.d/open/20-desktop'));
  // The site's own from the first, which no package manager asks about or takes away (site.test.ts).
  for (const path of ['/etc/tapward/policy.json', '/etc/tapward/programs', '/etc/pam.d/tapward'])
    assert.deepEqual([there.some((line) => line.endsWith(` ${path}`)), there.includes(`-rw-r--r-- root/root /usr/lib/tapward-packaged/site${path}`)], [false, true], path);
  const scripts = read('rpm', '-qp', '--scripts', rpm);
  for (const words of ['postinstall scriptlet', 'systemd-sysusers /usr/lib/sysusers.d/tapward.conf', 'preuninstall scriptlet', 'pam disable --all', '%post'])
    assert.equal(scripts.includes(words), words !== '%post', words);
  const needed = read('rpm', '-qp', '--requires', rpm);
  for (const name of ['pcsc-lite', 'polkit', 'pam', 'systemd']) assert.match(needed, new RegExp(`^${name}$`, 'm'));
  // Into a root of its own, by rpm itself: the same bytes lie there.
  const into = join(packages.dir, 'rpm-root');
  mkdirSync(into);
  execFileSync('rpm', ['--root', into, '--nodeps', '--noscripts', '--notriggers', '-i', rpm], { stdio: 'ignore' });
  assert.equal(sha256(join(into, 'usr/lib/tapward-packaged/tapward')), sha256(join(packages.staged.folder, 'tapward')));
  assert.match(read('rpm', '--root', into, '-V', '--nodeps', '--noscripts', 'tapward-noface'), /^$/);
  rmSync(into, { recursive: true });
});

test('made in another folder, at another time, under another umask, the deb is the same bytes; so is the rpm', { skip: skipRpm }, async () => {
  const folder = join(packages.dir, 'elsewhere');
  cpSync(packages.staged.folder, folder, { recursive: true });
  utimesSync(join(folder, 'tapward'), 1, 1);
  const umask = process.umask(0o077);
  try {
    const again = { staged: { ...packages.staged, folder }, version: packages.staged.version, out: join(packages.dir, 'again'), level: 1 };
    assert.equal(sha256(await packDeb(again)), sha256(deb));
    assert.equal(sha256(await packRpm(again)), sha256(await theRpm()));
  } finally {
    process.umask(umask);
    for (const name of ['elsewhere', 'again']) rmSync(join(packages.dir, name), { recursive: true, force: true });
  }
});

test('a package without a face is named so, is no release, and stands in for the whole one', { skip }, () => {
  assert.match(deb, /\/tapward-noface_[\d.]+_amd64\.deb$/);
  const about = read('dpkg-deb', '-f', deb);
  assert.match(about, /^Provides: tapward$/m);
  assert.match(about, /^Conflicts: tapward$/m);
  assert.match(about, /it is not a release/);
  assert.match(about, /^Depends: .*pcscd, .*polkitd \| policykit-1, .*libpam0g/m);
});

/** Installed, with LightDM asking us. */
async function installed(): Promise<Root> {
  await using stack = new AsyncDisposableStack();
  const root = stack.use(await openRoot());
  writeFileSync(join(root.path, 'etc/pam.d/lightdm'), lightdm, { mode: 0o644 });
  await root.must(['dpkg', '--install', deb]);
  await root.must(['/usr/bin/tapward', 'pam', 'enable', 'lightdm']);
  const kept = stack.move();
  return { ...root, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
const lightdm = readFileSync(join(import.meta.dirname, 'pam.d/lightdm'), 'utf8');
const stateOf = async (root: Root): Promise<string> => (await root.exec(['dpkg-query', '-W', '-f', '${db:Status-Status}', 'tapward-noface'])).out;

test('an executable that does not run any more keeps nobody out: removal takes its lines out without it', { skip }, async () => {
  await using root = await installed();
  writeFileSync(join(root.path, 'usr/lib/tapward/tapward'), 'broken');
  appendFileSync(join(root.path, 'etc/pam.d/lightdm'), '@include tapward\n-auth  sufficient  /lib/security/pam_tapward.so\n# auth include tapward\n');
  await root.must(['dpkg', '--remove', 'tapward-noface']);
  assert.equal(readFileSync(join(root.path, 'etc/pam.d/lightdm'), 'utf8'), `${lightdm}# auth include tapward\n`);
  assert.equal(existsSync(join(root.path, 'etc/pam.d/.lightdm.before-tapward')), false);
});

test('where a line of ours cannot be taken out, nothing is removed, and the sentence says which file', { skip }, async () => {
  await using root = await installed();
  // A file that leads out of the folder is nobody's to rewrite but the administrator's.
  const file = join(root.path, 'etc/pam.d/lightdm');
  cpSync(file, join(root.path, 'etc/lightdm-stack'));
  rmSync(file);
  await root.must(['ln', '-s', '/etc/lightdm-stack', '/etc/pam.d/lightdm']);
  const { code, err } = await root.exec(['dpkg', '--remove', 'tapward-noface']);
  assert.notEqual(code, 0);
  assert.match(err, /these still name it: \/etc\/pam\.d\/lightdm/);
  assert.equal(await stateOf(root), 'installed');
  assert.ok(existsSync(join(root.path, 'usr/lib/x86_64-linux-gnu/security/pam_tapward.so')));
});

test('removed and at once installed again it has its people’s folder, starts at boot and is asked where it was; a site that disabled the unit keeps it so', { skip }, async () => {
  await using root = await installed();
  writeFileSync(join(root.path, 'var/lib/tapward/kept'), '');
  await root.must(['dpkg', '--remove', 'tapward-noface']);
  await root.must(['dpkg', '--install', deb]);
  assert.ok(existsSync(join(root.path, 'var/lib/tapward/kept')));
  assert.equal(await root.must(['systemctl', 'is-enabled', 'tapward.service']), 'enabled\n');
  assert.equal(await root.must(['tapward', 'pam', 'status']), 'lightdm  tap or password\n');
  // Later than that, only somebody who says so lets a tap in.
  await root.must(['dpkg', '--remove', 'tapward-noface']);
  utimesSync(join(root.path, 'run/tapward.taps'), 1, 1);
  await root.must(['dpkg', '--install', deb]);
  assert.match(await root.must(['tapward', 'pam', 'status']), /^Nowhere/);
  await root.must(['systemctl', 'disable', 'tapward.service']);
  await root.must(['dpkg', '--install', deb]);
  assert.equal((await root.exec(['systemctl', 'is-enabled', 'tapward.service'])).out, 'disabled\n');
  // Nobody has a store here that an older version could not read.
  await root.must(['dpkg', '--install', await packages.deb('0.0.9')]);
});
