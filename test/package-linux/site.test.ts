/** The deb and the rpm with a face, and without, come in; that what IT laid stays, that one takes the other's place with every login as it was, and that a refused one replaces nothing, is tested on the real dpkg and rpm. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { packDeb } from '../../build/package/deb.ts';
import { packRpm } from '../../build/package/rpm.ts';
import { need } from '../needs.ts';
import { type Packages, stagePackages } from './packages.ts';
import { openRoot, type Ran, type Root } from './root.ts';

const skip = need('linux', 'root', 'dpkg', 'rpm', 'compiler', 'pamStack', 'xServer');
process.env['SOURCE_DATE_EPOCH'] ??= '1795000000';

type Kind = {
  readonly made: { readonly release: string; readonly next: string; readonly trial: string };
  readonly install: (root: Root, path: string) => Promise<Ran>;
  readonly erase: (root: Root, name: string) => Promise<Ran>;
  /** The other of the two takes this one's place. */
  readonly swap: (root: Root, path: string, from: string) => Promise<Ran>;
};
let packages: Packages;
let deb: Kind;
let rpm: Kind;
if (skip === false) {
  before(async () => {
    packages = await stagePackages({ standIn: true });
    const { staged, dir } = packages;
    // As the order makes a release, but for what is in its face.
    const make = async (pack: typeof packDeb): Promise<Kind['made']> => ({
      release: await pack({ staged: { ...staged, noface: false }, version: '0.1.0', out: dir, level: 1 }),
      next: await pack({ staged: { ...staged, noface: false }, version: '0.2.0', out: dir, level: 1 }),
      trial: await pack({ staged, version: '0.1.0', out: dir, level: 1 }),
    });
    // From a machine's console nobody answers: standard input is closed.
    const with_ =
      (...words: readonly string[]) =>
      (root: Root, last: string): Promise<Ran> =>
        root.exec([...words, last]);
    // What is not on this machine, and what this machine's rpm does not know of, counts for nothing here.
    const erase = with_('rpm', '--nodeps', '-e');
    const upgrade = with_('rpm', '--nodeps', '-U');
    deb = {
      made: await make(packDeb),
      install: with_('dpkg', '--force-depends', '--install'),
      erase: with_('dpkg', '--force-depends', '--purge'),
      swap: with_('dpkg', '--force-depends', '--auto-deconfigure', '--install'),
    };
    rpm = {
      made: await make(packRpm),
      install: upgrade,
      erase,
      // In one transaction: first the one, then the other.
      swap: async (root, path, from) => {
        const ran = await upgrade(root, path);
        return ran.code === 0 ? erase(root, from) : ran;
      },
    };
  });
  after(() => packages[Symbol.dispose]());
}

const lightdm = readFileSync(join(import.meta.dirname, 'pam.d/lightdm'), 'utf8');
const ran = async (what: Promise<Ran>): Promise<Ran> => {
  const done = await what;
  assert.equal(done.code, 0, `${done.out}${done.err}`);
  return done;
};
const read = (root: Root, path: string): string => readFileSync(join(root.path, path), 'utf8');
const tapsAt = (root: Root): Promise<string> => root.must(['tapward', 'pam', 'status']);
const inode = (root: Root, path: string): number => statSync(join(root.path, path)).ino;

test('a release is named so, asks for what its face is linked to, and its sandbox is root’s and set-uid', { skip }, async () => {
  const about = execFileSync('dpkg-deb', ['-f', deb.made.release], { encoding: 'utf8' });
  assert.match(about, /^Package: tapward$/m);
  assert.match(about, /^Conflicts: tapward-noface\n(.*\n)*?Replaces: tapward-noface$|^Replaces: tapward-noface\n(.*\n)*?Conflicts: tapward-noface$/m);
  assert.match(about, /^Depends: .*libgtk-3-0t64 \| libgtk-3-0, libnss3, .*libgbm1/m);
  assert.doesNotMatch(about, /Provides|no release/);
  assert.match(
    execFileSync('dpkg-deb', ['-c', deb.made.release], { encoding: 'utf8', maxBuffer: 1 << 24 }),
    /^-rwsr-xr-x root\/root .* \.\/usr\/lib\/tapward-packaged\/face\/chrome-sandbox$/m,
  );
  const needed = execFileSync('rpm', ['-qp', '--requires', '--conflicts', rpm.made.release], { encoding: 'utf8' });
  for (const name of ['gtk3', 'nss', 'mesa-libgbm', 'tapward-noface']) assert.match(needed, new RegExp(`^${name}$`, 'm'));
});

for (const [what, kind] of [
  ['deb', () => deb],
  ['rpm', () => rpm],
] as const)
  test(`${what}: what IT laid first stays over install, upgrade and swap; who comes in the other’s place finds every login as it was`, { skip }, async () => {
    await using root = await openRoot();
    const { made, install, erase, swap } = kind();
    const laid = { policy: '{ "helpPhone": "77" }\n', programs: 'xterm\n' };
    writeFileSync(join(root.path, 'etc/pam.d/lightdm'), lightdm, { mode: 0o644 });
    mkdirSync(join(root.path, 'etc/tapward'));
    writeFileSync(join(root.path, 'etc/tapward/policy.json'), laid.policy);
    writeFileSync(join(root.path, 'etc/tapward/programs'), laid.programs);
    const stays = (): void => assert.deepEqual({ policy: read(root, 'etc/tapward/policy.json'), programs: read(root, 'etc/tapward/programs') }, laid);

    await ran(install(root, made.trial));
    stays();
    await root.must(['tapward', 'pam', 'enable', 'lightdm']);
    const enabled = read(root, 'etc/pam.d/lightdm');
    const module = (await root.must(['sh', '-c', 'ls -i /usr/lib*/security/pam_tapward.so /usr/lib/*/security/pam_tapward.so 2>/dev/null || true'])).trim();
    assert.notEqual(module, '');

    await ran(swap(root, made.release, 'tapward-noface'));
    stays();
    assert.equal(read(root, 'etc/pam.d/lightdm'), enabled);
    assert.equal(statSync(join(root.path, 'usr/lib/tapward/face/chrome-sandbox')).mode & 0o7777, 0o4755);
    assert.equal(await root.must(['systemctl', 'is-enabled', 'tapward.service']), 'enabled\n');
    // What is left of the trial goes, and takes nothing of the release's with it.
    if (what === 'deb') await ran(erase(root, 'tapward-noface'));
    stays();
    assert.equal(await tapsAt(root), 'lightdm  tap or password\n');
    for (const path of ['etc/pam.d/tapward', 'etc/tapward/kiosk.d/open/20-desktop', 'etc/xdg/autostart/tapward-helper.desktop']) assert.ok(existsSync(join(root.path, path)), path);

    // As long as IT leaves it as it was made, a newer version's own is put there.
    for (const path of ['usr/lib/tapward/site/etc/pam.d/tapward', 'etc/pam.d/tapward']) {
      rmSync(join(root.path, path));
      writeFileSync(join(root.path, path), '# the words of an older version\n');
    }
    const [old, sign] = [inode(root, 'usr/lib/tapward/tapward'), join(root.path, 'var/lib/tapward/store.db')];
    writeFileSync(sign, 'no store');
    const refused = await install(root, made.next);
    assert.match(refused.err, /the version of before runs on/);
    assert.deepEqual([inode(root, 'usr/lib/tapward/tapward') === old, inode(root, 'usr/lib/tapward-packaged/tapward') === old], [true, false]);
    assert.match(read(root, 'etc/pam.d/tapward'), /older version/);
    rmSync(sign);
    // Once it is mended, in the words that the refusal itself says.
    if (what === 'deb') await root.must(['dpkg', '--force-depends', '--configure', '-a']);
    else await root.must(['rpm', '--nodeps', '--reinstall', made.next]);
    assert.equal(inode(root, 'usr/lib/tapward/tapward'), inode(root, 'usr/lib/tapward-packaged/tapward'));
    assert.match(read(root, 'etc/pam.d/tapward'), /pam_tapward\.so/);
    stays();
    assert.equal(await tapsAt(root), 'lightdm  tap or password\n');

    await ran(erase(root, 'tapward'));
    assert.equal(read(root, 'etc/pam.d/lightdm'), lightdm);
    for (const path of ['usr/lib/tapward', 'usr/lib/tapward-packaged', 'etc/pam.d/tapward', ...(what === 'deb' ? ['etc/tapward', 'var/lib/tapward'] : [])])
      assert.equal(existsSync(join(root.path, path)), false, path);
  });

test('in the order of apt, which takes the one away before it unpacks the other, the logins are as they were too', { skip }, async () => {
  await using root = await openRoot();
  writeFileSync(join(root.path, 'etc/pam.d/lightdm'), lightdm, { mode: 0o644 });
  await ran(deb.install(root, deb.made.trial));
  await root.must(['tapward', 'pam', 'enable', 'lightdm']);
  const enabled = read(root, 'etc/pam.d/lightdm');
  await root.must(['dpkg', '--remove', 'tapward-noface']);
  assert.equal(read(root, 'etc/pam.d/lightdm'), lightdm);
  await ran(deb.install(root, deb.made.release));
  assert.equal(read(root, 'etc/pam.d/lightdm'), enabled);
  await root.must(['dpkg', '--purge', 'tapward-noface']);
  assert.deepEqual([read(root, 'etc/pam.d/lightdm'), await tapsAt(root), existsSync(join(root.path, 'etc/pam.d/tapward'))], [enabled, 'lightdm  tap or password\n', true]);
  assert.equal(await root.must(['systemctl', 'is-enabled', 'tapward.service']), 'enabled\n');
});
