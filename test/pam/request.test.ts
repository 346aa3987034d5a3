/** Lines come in, of our module, of others and of nobody; that each is read as exactly what it says, or not at all, is tested. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { longestRequest, readRequest } from '../../agent/pam/request.ts';
import { mayAsk, mayEverAsk } from '../../agent/pam/services.ts';
import { inGroup } from '../../native/peer/session.ts';

const read = (line: string): ReturnType<typeof readRequest> => readRequest(Buffer.from(line, 'latin1'));

test('a line of the module is read word by word', () => {
  assert.deepEqual(read('TAPWARD 1 AUTH anna lightdm :0 seat0 c7'), { verb: 'AUTH', account: 'anna', service: 'lightdm', tty: ':0', seat: 'seat0', session: 'c7' });
  assert.deepEqual(read('TAPWARD 1 OPENED WARD%5CJos%C3%A9%20M gdm-password /dev/tty2 - -'), {
    verb: 'OPENED',
    account: 'WARD\\José M',
    service: 'gdm-password',
    tty: '/dev/tty2',
    seat: '',
    session: '',
  });
  assert.equal(read('TAPWARD 1 WATCH anna %2D - - -')?.service, '-');
});

for (const line of [
  '',
  'OK',
  'TAPWARD 1 AUTH anna lightdm :0 seat0',
  'TAPWARD 1 AUTH anna lightdm :0 seat0 - -',
  'TAPWARD 2 AUTH anna lightdm :0 seat0 -',
  'tapward 1 AUTH anna lightdm :0 seat0 -',
  'TAPWARD 1 STEAL anna lightdm :0 seat0 -',
  'TAPWARD 1 AUTH - lightdm :0 seat0 -',
  'TAPWARD 1 AUTH  lightdm :0 seat0 -',
  ' TAPWARD 1 AUTH anna lightdm :0 seat0 -',
  'TAPWARD 1 AUTH anna lightdm :0 seat0 - ',
  'TAPWARD 1 AUTH an%na lightdm :0 seat0 -',
  'TAPWARD 1 AUTH an%0Ana lightdm :0 seat0 -',
  'TAPWARD 1 AUTH an%00na lightdm :0 seat0 -',
  'TAPWARD 1 AUTH an%FFna lightdm :0 seat0 -',
  'TAPWARD 1 AUTH an%e9na lightdm :0 seat0 -',
  'TAPWARD 1 AUTH anna lightdm :0 seat0 -\r',
  'TAPWARD 1 AUTH an\xe9 lightdm :0 seat0 -',
]) {
  test(`${JSON.stringify(line)} is no request`, () => assert.equal(read(line), null));
}

test('no bytes throw, and what is read is what was written', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: longestRequest }), (bytes) => void readRequest(bytes)),
    { numRuns: 2_000 },
  );
  const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter((text) => !/\p{C}/u.test(text));
  const hex = (letter: string): string => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`;
  const escaped = (text: string): string => (text === '-' ? '%2D' : encodeURIComponent(text).replaceAll(/[!'()*~]/g, hex));
  fc.assert(
    fc.property(word, word, (account, service) => {
      const request = read(`TAPWARD 1 AUTH ${escaped(account)} ${escaped(service)} - - -`);
      assert.deepEqual([request?.account, request?.service, request?.tty], [account, service, '']);
    }),
    { numRuns: 500 },
  );
});

test('services that give rights, come from afar or serve all others never ask, named or not', () => {
  for (const service of [
    'su',
    'su-l',
    'sudo',
    'sudo-i',
    'SUDO',
    'sshd',
    'polkit-1',
    'systemd-run0',
    'cron',
    'atd',
    'login',
    'xrdp-sesman',
    'common-auth',
    'other',
    'lightdm-autologin',
  ]) {
    assert.equal(mayEverAsk(service), false, service);
    assert.equal(mayAsk(service, [service]), false, service);
  }
  assert.equal(mayAsk('lightdm', ['lightdm']), true);
  assert.equal(mayAsk('lightdm', []), false);
  assert.equal(mayAsk('', ['']), true, 'the policy’s own pattern names no empty one');
});

for (const [text, session] of [
  ['0::/user.slice/user-4001.slice/session-2.scope\n', '2'],
  ['0::/user.slice/user-4001.slice/session-c7.scope/app\n', 'c7'],
  ['12:pids:/x\n1:name=systemd:/user.slice/user-1.slice/session-9.scope\n', '9'],
  ['0::/user.slice/user-4001.slice/user@4001.service/app.slice/swayidle.service\n', null],
  // What a program of the session made up below its own group.
  ['0::/user.slice/user-4001.slice/session-2.scope/session-3.scope\n', '2'],
  ['0::/\n', null],
  ['', null],
] as const) {
  test(`a process of ${JSON.stringify(text)} runs in session ${session ?? 'none'}`, () => assert.equal(inGroup(text), session));
}
