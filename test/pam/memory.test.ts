/** PAM transactions of every ending come in under valgrind; that the C parts read nothing they may not and lose no byte is tested. */
import assert from 'node:assert/strict';
import { chmodSync, copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { nativeProgram } from '../../build/native.ts';
import { need } from '../needs.ts';
import { password } from './namespace.ts';
import { grantFor, nobody, openStand, pinOf } from './stand.ts';

const skip = need('linux', 'root', 'pamStack', 'valgrind');
/** Its own exit status where it found anything; the program's otherwise. */
const found = 99;
const kinds = 'definite,indirect';
const valgrind = ['valgrind', '--quiet', `--error-exitcode=${found}`, '--leak-check=full', `--errors-for-leak-kinds=${kinds}`, `--show-leak-kinds=${kinds}`];

test('the module, in every ending: clean', { skip, timeout: 90_000 }, async () => {
  await using stand = await openStand({
    build: 'pam-plain',
    core: ({ kind }, at) => {
      if (kind !== 'digit' || at.gestures.length % 7 !== 0) return;
      at.asks({ ...pinOf('alice'), kind: 'verifying', since: 0 } as ReturnType<typeof pinOf>);
      setTimeout(() => at.asks(pinOf('alice', { remark: { kind: 'wrong', left: 3 } })), 5);
    },
  });
  const { offers, clock } = stand;
  stand.stack('other-dm', [`auth sufficient ${stand.module} timeout=soon`, 'auth required pam_deny.so']);
  const asked = (service: string, input = ''): Promise<{ readonly code: number | null; readonly said: string }> =>
    stand.exec([...valgrind, 'pamtester', service, 'alice', 'authenticate', 'open_session', 'close_session'], { input });
  const ends = async (what: string, code: number, ran: Promise<{ readonly code: number | null; readonly said: string }>): Promise<void> => {
    const { code: was, said } = await ran;
    assert.equal(was, code, `${what}: ${said}`);
  };
  await ends('no grant', 1, asked('lightdm'));
  await ends('a word that is none of ours', 1, asked('other-dm'));
  void offers.offer(grantFor('s-alice', clock), { account: 'alice', session: null });
  await ends('a grant', 0, asked('lightdm'));
  stand.asks(pinOf('alice'));
  await ends('wrong PINs, then a password', 1, asked('lightdm', `111111\n222222\n${password}\n`));
  stand.asks(nobody);
  stand.stack('lightdm', [`auth sufficient ${stand.module} ask`, 'auth required pam_deny.so', 'session required pam_permit.so']);
  await ends('a prompt that stands: Return, then a password', 1, asked('lightdm', `\n${password}\n`));
  await stand.closeDoors();
  await ends('no agent', 1, asked('lightdm'));
});

test('xsecurelock’s helper: clean', { skip: skip || need('xsecurelock'), timeout: 60_000 }, async () => {
  await using stand = await openStand();
  const helper = join(stand.dir, 'authproto_tapward');
  copyFileSync(await nativeProgram('authproto-plain'), helper);
  chmodSync(helper, 0o755);
  void stand.offers.offer(grantFor('s-alice', stand.clock), { account: 'alice', session: '2' });
  const redeemed = await stand.exec([...valgrind, helper], { as: 'alice' });
  assert.equal(redeemed.code, 0, redeemed.said);
  stand.stack('xsecurelock', ['auth required pam_deny.so']);
  const refused = await stand.exec([...valgrind, helper], { as: 'alice', env: { XSECURELOCK_PAM_SERVICE: 'xsecurelock' } });
  assert.equal(refused.code, 1, refused.said);
});
