/** The documented stacks come in, beside Debian's own common ones; that each lets in by a tap and by the password as ever, and by neither for an expired account, is tested. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../build/setup.mjs';
import { need } from '../needs.ts';
import { expired, password } from './namespace.ts';
import { grantFor, openStand, type Stand } from './stand.ts';

const skip = need('linux', 'root', 'pamStack');
const folder = join(root, 'build/linux/pam');
const names = readdirSync(folder);
const linesOf = (name: string): readonly string[] => readFileSync(join(folder, name), 'utf8').split('\n');

test('each documented stack puts our line before the password, as one that suffices and is never required', () => {
  assert.deepEqual(names, ['gdm-password', 'lightdm', 'swaylock', 'xsecurelock']);
  for (const name of names) {
    const lines = linesOf(name).filter((line) => line !== '' && !line.startsWith('#'));
    const ours = lines.filter((line) => line.includes('tapward'));
    const sessions = name === 'lightdm' || name === 'gdm-password' ? [['session', 'optional', 'pam_tapward.so']] : [];
    assert.deepEqual(
      ours.map((line) => line.split(/\s+/)),
      name === 'xsecurelock' ? [] : [['auth', 'sufficient', 'pam_tapward.so', ...(sessions.length > 0 ? ['ask'] : [])], ...sessions],
      name,
    );
    const auth = lines.findIndex((line) => /^auth.*tapward/.test(line));
    assert.ok(auth < lines.indexOf('@include common-auth'), name);
    if (sessions.length > 0) assert.ok(lines.findIndex((line) => /^session.*tapward/.test(line)) > lines.indexOf('@include common-session'), name);
    assert.ok(lines.includes('@include common-account'), `${name}: an account may have expired`);
  }
});

/** As pam-auth-update writes them on a plain Debian, but for the modules that are not there and the delay. */
function prepare(stand: Stand): void {
  stand.stack('common-auth', ['auth [success=1 default=ignore] pam_unix.so nullok nodelay', 'auth requisite pam_deny.so', 'auth required pam_permit.so']);
  stand.stack('common-account', ['account [success=1 new_authtok_reqd=done default=ignore] pam_unix.so', 'account requisite pam_deny.so', 'account required pam_permit.so']);
  stand.stack('common-session', ['session required pam_permit.so']);
  stand.stack('common-password', ['password requisite pam_deny.so']);
  for (const name of names) {
    const there = linesOf(name).filter((line) => !/pam_(gnome_keyring|selinux|keyinit|loginuid|limits|env)\.so/.test(line));
    stand.stack(
      name,
      there.map((line) => line.replace('pam_tapward.so', stand.module)),
    );
  }
}

for (const name of names) {
  const atScreen = name === 'lightdm' || name === 'gdm-password';
  test(`${name}: a tap, the password, neither`, { skip }, async () => {
    await using stand = await openStand({ services: ['lightdm', 'gdm-password'] });
    prepare(stand);
    const to = { account: 'alice', session: atScreen ? null : '2' } as const;
    const place = atScreen ? { args: ['-I', 'tty=:0', '-E', 'XDG_SESSION_ID=c7'] } : { as: 'alice' as const };
    const options = { ...place, operations: ['authenticate', 'acct_mgmt', ...(atScreen ? ['open_session'] : [])] };
    const signIn = async (input: string): Promise<number | null> => (await stand.pamtester(name, 'alice', { ...options, input })).code;
    assert.equal(await signIn(`${password}\n`), 0, 'the password');
    assert.deepEqual(stand.opened, atScreen ? [`alice c7 ${name}`] : []);
    assert.equal(await signIn('wrong horse\n'), 1, 'a wrong one');
    if (name !== 'xsecurelock') {
      void stand.offers.offer(grantFor('s-alice', stand.clock), to);
      assert.equal(await signIn(''), 0, 'a tap');
      assert.equal(await signIn(''), 1, 'and not again');
    }
    assert.deepEqual(stand.opened, atScreen ? [`alice c7 ${name}`] : []);
    await stand.closeDoors();
    assert.equal(await signIn(`${password}\n`), 0, 'the password without an agent');
  });
}

test('a tap for an account that has expired: it proves who she is, and the account stays out', { skip }, async () => {
  await using stand = await openStand({ services: ['lightdm'] });
  prepare(stand);
  void stand.offers.offer(grantFor('s-dave', stand.clock), { account: expired.name, session: null });
  const ran = await stand.pamtester('lightdm', expired.name, { operations: ['authenticate', 'acct_mgmt'] });
  assert.match(ran.said, /successfully authenticated/);
  assert.match(ran.said, /expired/);
  assert.equal(ran.code, 1);
});
