/** Real PAM transactions come in; that our module lets in whoever the agent holds a grant for, and nobody else, whatever listens at its socket, is tested. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { need } from '../needs.ts';
import { password, sanitized } from './namespace.ts';
import { grantFor, openStand, type Stand } from './stand.ts';

const skip = need('linux', 'root', 'pamStack');
const local = { args: ['-I', 'tty=:0', '-E', 'XDG_SEAT=seat0'] } as const;
const anna = { account: 'alice', session: null } as const;

test('a grant lets its own person in, once; nobody else, and not again', { skip }, async () => {
  await using stand = await openStand({ build: 'pam-checked' });
  const { offers, clock, pamtester } = stand;
  const env = sanitized();
  assert.equal((await pamtester('lightdm', 'alice', { ...local, env })).code, 1);
  const held = offers.offer(grantFor('s-alice', clock), anna);
  assert.equal((await pamtester('lightdm', 'bob', { ...local, env })).code, 1);
  assert.equal((await pamtester('lightdm', 'nobody', { ...local, env })).code, 1);
  const in_ = await pamtester('lightdm', 'alice', { ...local, env });
  assert.equal(in_.code, 0, in_.said);
  assert.deepEqual(await held, { kind: 'redeemed' });
  assert.equal((await pamtester('lightdm', 'alice', { ...local, env })).code, 1);
  assert.deepEqual(stand.noted, []);
});

for (const [what, args] of [
  ['a remote host', ['-I', 'rhost=10.0.0.7']],
  ['a remote host that calls itself this one', ['-I', 'rhost=127.0.0.1']],
  ['a pseudo-terminal', ['-I', 'tty=/dev/pts/3']],
  ['a display of another computer', ['-I', 'tty=ward-7:0']],
  ['another seat', ['-I', 'tty=:0', '-E', 'XDG_SEAT=seat1']],
] as const) {
  test(`${what}: the grant is not redeemed, and stays for who stands here`, { skip }, async () => {
    await using stand = await openStand();
    const held = stand.offers.offer(grantFor('s-alice', stand.clock), anna);
    assert.equal((await stand.pamtester('lightdm', 'alice', { args })).code, 1);
    assert.equal((await stand.pamtester('lightdm', 'alice', { args: ['-I', 'tty=/dev/tty7', '-I', 'rhost=localhost'] })).code, 0);
    assert.deepEqual(await held, { kind: 'redeemed' });
  });
}

test('a grant for root, or for nobody’s account, lets nobody in', { skip }, async () => {
  await using stand = await openStand();
  for (const account of ['root', 'missing']) {
    void stand.offers.offer(grantFor('s-alice', stand.clock), { account, session: null });
    assert.equal((await stand.pamtester('lightdm', account)).code, 1, account);
    assert.equal(stand.offers.holds({ door: 'root', account, seat: '', tty: '' }), true, 'the agent was not even asked');
  }
});

test('a session that a password opened is told with its session; one that a tap opened is not', { skip }, async () => {
  await using stand = await openStand();
  const { module } = stand;
  stand.stack('lightdm', [
    `auth sufficient ${module}`,
    'auth required pam_unix.so nodelay',
    'account required pam_permit.so',
    `session optional ${module}`,
    'session required pam_permit.so',
  ]);
  const env = { args: ['-I', 'tty=:0', '-E', 'XDG_SEAT=seat0', '-E', 'XDG_SESSION_ID=c7'], operations: ['authenticate', 'open_session', 'close_session'] } as const;
  const byPassword = await stand.pamtester('lightdm', 'alice', { ...env, input: `${password}\n` });
  assert.equal(byPassword.code, 0, byPassword.said);
  assert.deepEqual(stand.opened, ['alice c7 lightdm']);
  void stand.offers.offer(grantFor('s-alice', stand.clock), anna);
  const byTap = await stand.pamtester('lightdm', 'alice', { ...env, input: '' });
  assert.equal(byTap.code, 0, byTap.said);
  assert.deepEqual(stand.opened, ['alice c7 lightdm']);
  stand.stack('sshd', ['auth required pam_permit.so', 'account required pam_permit.so', `session optional ${module}`, 'session required pam_permit.so']);
  assert.equal((await stand.pamtester('sshd', 'alice', { operations: ['open_session'] })).code, 0);
  assert.deepEqual(stand.opened, ['alice c7 lightdm'], 'no service of the network is believed to be at the screen');
});

/** What listens at the agent's socket: each must end in "not by us", and the password must still work. */
const strangers: readonly (readonly [string, (socket: Socket) => void])[] = [
  ['hangs', () => undefined],
  ['hangs up', (socket) => socket.destroy()],
  ['hears and hangs up', (socket) => void socket.once('data', () => socket.destroy())],
  ['answers half a line', (socket) => socket.end('O')],
  ['answers OK without a newline', (socket) => socket.end('OK')],
  ['says OK and more', (socket) => socket.end('OK now\n')],
  ['says it in small letters', (socket) => socket.end('ok\n')],
  ['says it after a NUL', (socket) => socket.end('\0OK\n')],
  ['says NO before OK', (socket) => socket.end('NO\nOK\n')],
  ['says junk before OK', (socket) => socket.end('junk\nOK\n')],
  ['says 1 MB', (socket) => socket.end('x'.repeat(1 << 20))],
  ['says OK behind 32 bytes', (socket) => socket.end(`${'x'.repeat(32)}OK\n`)],
  ['asks for a PIN of 99', (socket) => socket.end('PIN 99\n')],
  ['asks for a PIN of -1', (socket) => socket.end('PIN -1\n')],
  ['asks for a PIN without end', (socket) => void (socket.write('PIN 6\n'), socket.on('data', () => socket.write('WRONG 5\nPIN 6\n')))],
  [
    'drips',
    (socket) => {
      const timer = setInterval(() => socket.write('x'), 50);
      socket.once('close', () => clearInterval(timer));
    },
  ],
];

/** In the place of the agent. */
async function listen(stand: Stand, speak: (socket: Socket) => void): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    speak(socket);
  });
  await new Promise<void>((resolve) => server.listen(join(stand.run, 'pam.sock'), resolve));
  // A test that fails must still end.
  return server.unref();
}

test('whatever answers in the agent’s place: only a whole OK lets in, in bounded time', { skip, timeout: 90_000 }, async () => {
  await using stand = await openStand({ build: 'pam-checked' });
  await stand.closeDoors();
  const { module } = stand;
  stand.stack('lightdm', [`auth sufficient ${module} timeout=400`, 'auth required pam_deny.so']);
  const env = sanitized();
  const away = await stand.pamtester('lightdm', 'alice', { env });
  assert.equal(away.code, 1, 'nobody listens');
  for (const [what, speak] of strangers) {
    const server = await listen(stand, speak);
    const ran = await stand.pamtester('lightdm', 'alice', { env, input: '123456\n'.repeat(12) });
    assert.equal(ran.code, 1, `${what}: ${ran.said}`);
    assert.doesNotMatch(ran.said, /runtime error|AddressSanitizer/, what);
    assert.ok(ran.ms < 5_000, `${what}: ${ran.ms} ms`);
    server.close();
  }
  const server = await listen(stand, (socket) => socket.end('OK\n'));
  assert.equal((await stand.pamtester('lightdm', 'alice', { env })).code, 0, 'the control: a whole OK does let in');
  server.close();
});

test('whatever the agent does, the password goes on to work', { skip }, async () => {
  await using stand = await openStand();
  stand.stack('lightdm', [`auth sufficient ${stand.module} timeout=400`, 'auth required pam_unix.so nodelay', 'account required pam_permit.so']);
  const asked = async (): Promise<readonly (number | null)[]> => {
    const [right, wrong] = [await stand.pamtester('lightdm', 'alice', { input: `${password}\n` }), await stand.pamtester('lightdm', 'alice', { input: 'wrong horse\n' })];
    return [right.code, wrong.code];
  };
  assert.deepEqual(await asked(), [0, 1], 'nobody has tapped');
  await stand.closeDoors();
  assert.deepEqual(await asked(), [0, 1], 'the agent is away');
  const server = await listen(stand, () => undefined);
  assert.deepEqual(await asked(), [0, 1], 'the agent hangs');
  server.close();
});

test('another account than the agent’s at its socket is not believed; nor is any where others may write', { skip }, async () => {
  await using stand = await openStand();
  const { module, run } = stand;
  await stand.closeDoors();
  const server = await listen(stand, (socket) => socket.end('OK\n'));
  const asked = async (word = ''): Promise<number | null> => {
    stand.stack('lightdm', [`auth sufficient ${module} ${word}`, 'auth required pam_deny.so']);
    return (await stand.pamtester('lightdm', 'alice')).code;
  };
  assert.equal(await asked(), 0, 'the folder’s owner listens');
  assert.equal(await asked('agent=root'), 0);
  assert.equal(await asked('agent=0'), 0);
  assert.equal(await asked('agent=nobody'), 1);
  assert.equal(await asked('agent=65534'), 1);
  assert.equal(await asked('agent=missing'), 1);
  assert.equal(await asked('agnet=root'), 1, 'a word that is none of ours');
  assert.equal(await asked('timeout=soon'), 1);
  chownSync(run, 65534, 65534);
  assert.equal(await asked(), 1, 'the folder is another’s');
  chownSync(run, 0, 0);
  chmodSync(run, 0o777);
  assert.equal(await asked(), 1, 'anybody could have put the socket there');
  chmodSync(run, 0o755);
  server.close();
  rmSync(join(run, 'pam.sock'), { force: true });

  // An impostor that runs as nobody, in a folder that anybody may write to for as long as it takes to listen there.
  chmodSync(run, 0o1777);
  const words = `use IO::Socket::UNIX; $SIG{PIPE} = 'IGNORE'; $| = 1;
    my $s = IO::Socket::UNIX->new(Local => "${join(run, 'pam.sock')}", Listen => 5) or die;
    print "ready\n"; while (my $c = $s->accept) { my $asked = <$c>; print $c "OK\n" }`;
  const impostor = spawn('perl', ['-e', words], { uid: 65534, gid: 65534, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await once(impostor.stdout, 'data');
    chmodSync(run, 0o755);
    assert.equal(await asked(), 1, 'nobody is not root');
    assert.equal(await asked('agent=nobody'), 0, 'the control: it is nobody');
  } finally {
    impostor.kill('SIGKILL');
  }
});
