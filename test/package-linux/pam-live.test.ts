/** `tapward pam enable` and `disable` come in, run as root over Debian's own files in a namespace of its own; pamtester says what a tap and a password then open, at these services and at the others. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../build/setup.mjs';
import { need } from '../needs.ts';
import { password } from '../pam/namespace.ts';
import { grantFor, openStand, type Stand } from '../pam/stand.ts';

const skip = need('linux', 'root', 'pamStack');
const debians = (name: string): readonly string[] =>
  readFileSync(join(import.meta.dirname, 'pam.d', name), 'utf8')
    .split('\n')
    .filter((line) => !/pam_(gnome_keyring|kwallet5|selinux|keyinit|loginuid|limits|env)\.so/.test(line));

/** Debian's files, and our own with the module where it lies here. */
function prepare(stand: Stand): void {
  stand.stack('common-auth', ['auth [success=1 default=ignore] pam_unix.so nullok nodelay', 'auth requisite pam_deny.so', 'auth required pam_permit.so']);
  stand.stack('common-account', ['account [success=1 new_authtok_reqd=done default=ignore] pam_unix.so', 'account requisite pam_deny.so', 'account required pam_permit.so']);
  stand.stack('common-session', ['session required pam_permit.so']);
  stand.stack('common-password', ['password requisite pam_deny.so']);
  stand.stack('tapward', readFileSync(join(root, 'build/linux/pam-tapward'), 'utf8').replaceAll('pam_tapward.so', stand.module).split('\n'));
  for (const name of ['lightdm', 'gdm-password', 'sddm', 'swaylock']) stand.stack(name, debians(name));
  stand.stack('login', ['@include common-auth', '@include common-account', '@include common-session']);
  for (const name of ['su', 'su-l', 'sudo', 'polkit-1', 'sshd', 'other-dm', 'xsecurelock']) stand.stack(name, ['@include common-auth', '@include common-account']);
}

test('enabled a tap lets in, once, and the password as ever; disabled only the password; su and sudo never notice', { skip }, async () => {
  await using stand = await openStand({ services: ['lightdm', 'gdm-password', 'sddm', 'su', 'sudo'] });
  prepare(stand);
  const pamFolder = join(stand.dir, 'etc/pam.d');
  const all = (): Record<string, string> => Object.fromEntries(readdirSync(pamFolder).map((name) => [name, readFileSync(join(pamFolder, name), 'latin1')]));
  const before = all();
  const tapward = async (...args: readonly string[]): Promise<string> => {
    const { code, said } = await stand.exec([process.execPath, join(root, 'agent/cli/main.ts'), '--dir', stand.dir, ...args]);
    return `${code} ${said}`;
  };
  const signIn = async (service: string, input: string): Promise<boolean> => {
    const place = service === 'swaylock' ? { as: 'alice' as const } : { args: ['-I', 'tty=:0', '-E', 'XDG_SESSION_ID=c7'] };
    const operations = service === 'swaylock' ? ['authenticate'] : ['authenticate', 'acct_mgmt', 'open_session'];
    return (await stand.pamtester(service, 'alice', { ...place, operations: service === 'su' || service === 'sudo' ? ['authenticate'] : operations, input })).code === 0;
  };
  const tapped = async (service: string): Promise<boolean> => {
    void stand.offers.offer(grantFor('s-alice', stand.clock), { account: 'alice', session: service === 'swaylock' ? '2' : null });
    return signIn(service, '');
  };
  const screens = ['lightdm', 'gdm-password', 'sddm'];

  assert.equal(await tapped('lightdm'), false, 'not before it is enabled');
  assert.match(await tapward('pam', 'enable', ...screens, 'swaylock'), /^0 lightdm: done\.\ngdm-password: done\.\nsddm: done\.\nswaylock: done\.\n$/);
  assert.match(await tapward('pam', 'status'), /^0 .*gdm-password +tap or password\nlightdm +tap/);
  const refused = await tapward('pam', 'enable', 'lightdm', 'sudo', 'su');
  assert.match(refused, /^1 lightdm: was so already\.\nsudo: A tap never stands in/);
  assert.doesNotMatch(refused, /pamServices/, 'nobody is told to let the agent answer sudo');
  for (const service of [...screens, 'swaylock']) {
    assert.equal(await tapped(service), true, `${service}: a tap`);
    assert.equal(await signIn(service, ''), false, `${service}: and not again`);
    assert.equal(await signIn(service, `${password}\n`), true, `${service}: the password`);
    assert.equal(await signIn(service, 'wrong horse\n'), false, `${service}: a wrong one`);
  }
  assert.deepEqual(
    stand.opened,
    screens.map((service) => `alice c7 ${service}`),
    'the agent hears of sessions that the password opened',
  );
  for (const service of ['su', 'sudo']) {
    assert.equal(await tapped(service), false, service);
    assert.equal(await signIn(service, `${password}\n`), true, service);
    stand.offers.revoke();
  }
  await stand.closeDoors();
  for (const service of screens) assert.equal(await signIn(service, `${password}\n`), true, `${service}: the password without an agent`);

  assert.match(await tapward('pam', 'disable', '--all'), /^0 gdm-password: done\.\nlightdm: done\.\nsddm: done\.\nswaylock: done\.\n$/);
  assert.deepEqual(all(), before);
  for (const service of screens) {
    assert.equal(await tapped(service), false, `${service}: a tap opens nothing any more`);
    assert.equal(await signIn(service, `${password}\n`), true, `${service}: the password`);
  }
});

test('a package that is gone without a word locks nobody out: without the module the password goes on to work', { skip }, async () => {
  await using stand = await openStand({ services: ['lightdm'] });
  prepare(stand);
  stand.stack('tapward', readFileSync(join(root, 'build/linux/pam-tapward'), 'utf8').replaceAll('pam_tapward.so', '/nonexistent/pam_tapward.so').split('\n'));
  const { code } = await stand.exec([process.execPath, join(root, 'agent/cli/main.ts'), '--dir', stand.dir, 'pam', 'enable', 'lightdm']);
  assert.equal(code, 0);
  const signIn = async (input: string): Promise<number | null> =>
    (await stand.pamtester('lightdm', 'alice', { args: ['-I', 'tty=:0'], operations: ['authenticate', 'acct_mgmt', 'open_session'], input })).code;
  assert.equal(await signIn(`${password}\n`), 0);
  assert.equal(await signIn('wrong horse\n'), 1);
});
