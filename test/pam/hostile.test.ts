/** Thousands of peers that are no module of ours come in at both doors; that nothing opens, who is entitled is served, and no descriptor is left behind, is tested. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { need } from '../needs.ts';
import { uids } from './namespace.ts';
import { grantFor, openStand, pinOf } from './stand.ts';

const skip = need('linux', 'root', 'pamStack');
const promptOfSix = 'SAY Another way: press Enter, then type your password. Or call IT on 4321.\nPIN 6 Enter your 6-digit PIN:\n';
/** To who asks for somebody that has not tapped. */
const untapped = 'ASK Tap your badge, then press Enter. Or type your password:\n';
const descriptors = (): number => readdirSync('/proc/self/fd').length;
const auth = 'TAPWARD 1 AUTH alice lightdm :0 seat0 -\n';

/** Each says this, and is done when it says so or has been put out. */
const speeches: readonly ((socket: Socket, i: number) => void)[] = [
  (socket) => socket.end(),
  (socket) => socket.destroy(),
  (socket) => socket.end(Buffer.alloc(4_096, 0xff)),
  (socket) => socket.end('TAPWARD 1 AUTH alice '),
  (socket) => socket.end('TAPWARD 1 AUTH bob lightdm :0 seat0 -\n'),
  (socket) => socket.end('TAPWARD 1 AUTH alice sudo :0 seat0 -\n'),
  (socket) => socket.end('TAPWARD 1 AUTH alice lightdm ward:0 seat0 -\n'),
  (socket) => socket.end('TAPWARD 1 AUTH alice lightdm :0 seat9 -\n'),
  (socket) => socket.end(`TAPWARD 1 WATCH alice lightdm :0 seat0 -\n${auth}`),
  (socket) => socket.end('OK\n'),
  (socket, i) => socket.end(`${'A'.repeat(500 + (i % 30))}\n${auth}`),
  (socket, i) => socket.end(auth.slice(0, i % (auth.length - 1))),
  (socket, i) => socket.end(auth.replace('1', String.fromCharCode(32 + (i % 90)).replace('1', '2'))),
];

async function knock(path: string, speak: (socket: Socket) => void): Promise<string> {
  const socket = connect(path);
  let said = '';
  socket.setEncoding('latin1').on('data', (text: string) => (said += text));
  socket.on('error', () => undefined);
  socket.once('connect', () => speak(socket));
  const late = setTimeout(() => socket.destroy(), 5_000);
  await new Promise((resolve) => socket.once('close', resolve));
  clearTimeout(late);
  return said;
}

test('thousands at root’s door, as root: a live grant is taken by none of them, and by the greeter behind them', { skip, timeout: 60_000 }, async () => {
  await using stand = await openStand();
  const path = join(stand.run, 'pam.sock');
  const held = stand.offers.offer(grantFor('s-alice', stand.clock, 30_000), { account: 'alice', session: null });
  const before = descriptors();
  const said = new Set<string>();
  for (let i = 0; i < 3_000; i += 6) {
    const heard = await Promise.all([0, 1, 2, 3, 4, 5].map((k) => knock(path, (socket) => speeches[(i + k) % speeches.length]?.(socket, i))));
    for (const word of heard) said.add(word);
  }
  assert.deepEqual(
    [...said].filter((word) => !['', 'NO\n', untapped].includes(word)),
    [],
  );
  assert.equal(await Promise.race([held.then(({ kind }) => kind), Promise.resolve('held')]), 'held');
  await sleep(50);
  assert.ok(descriptors() <= before + 2, `${descriptors()} descriptors, ${before} before`);
  assert.equal((await stand.pamtester('lightdm', 'alice')).code, 0);
  assert.ok(stand.noted.length <= 30, `${stand.noted.length} notes`);
});

/** Another account's process that knocks `times` times and says what it heard. */
async function asAccount(uid: number, path: string, times: number, line = auth): Promise<string> {
  const words = `use IO::Socket::UNIX; $SIG{PIPE} = 'IGNORE'; my %heard; for (1..${times}) {
    my $s = IO::Socket::UNIX->new(Peer => "${path}") or do { $heard{refused}++; next };
    print $s "${line.trim()}\\n"; $s->flush; my $said = <$s>;
    $heard{defined $said ? $said =~ s/\\s//gr : "nothing"}++; close $s }
    print join ",", map { "$_ $heard{$_}" } sort keys %heard`;
  const child = spawn('perl', ['-e', words], { uid, gid: uid, stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  await once(child, 'close');
  return said;
}

test('other accounts: root’s door cannot be reached, and another’s locker door says nothing', { skip }, async () => {
  await using stand = await openStand();
  void stand.offers.offer(grantFor('s-alice', stand.clock, 30_000), { account: 'alice', session: '2' });
  assert.equal(statSync(join(stand.run, 'pam.sock')).mode & 0o777, 0o600);
  assert.equal(await asAccount(uids.bob, join(stand.run, 'pam.sock'), 200), 'refused 200');
  const alices = join(stand.run, 'locker', `${uids.alice}.sock`);
  assert.equal(await asAccount(uids.bob, alices, 1_000), 'nothing 1000');
  assert.equal(await asAccount(0, alices, 10), 'nothing 10', 'not even root');
  assert.equal(await asAccount(uids.bob, join(stand.run, 'locker', `${uids.bob}.sock`), 20), 'NO 20', 'hers is not his');
  assert.equal(await asAccount(uids.alice, alices, 1), 'OK 1', 'the control: her own');
  assert.ok(stand.noted.length <= 25, `${stand.noted.length} notes`);
});

test('a sign-in or another session’s unlock is nothing to a locker; a replayed grant is nothing to anybody', { skip }, async () => {
  await using stand = await openStand();
  const door = join(stand.run, 'locker', `${uids.alice}.sock`);
  for (const session of [null, '3']) {
    void stand.offers.offer(grantFor('s-alice', stand.clock), { account: 'alice', session });
    assert.equal(await asAccount(uids.alice, door, 10), 'NO 10');
  }
  const grant = grantFor('s-alice', stand.clock);
  void stand.offers.offer(grant, { account: 'alice', session: '2' });
  assert.equal(await asAccount(uids.alice, door, 10), 'NO 9,OK 1');
  assert.deepEqual(await stand.offers.offer(grant, { account: 'alice', session: '2' }), { kind: 'revoked' });
  assert.equal(await asAccount(uids.alice, door, 5), 'NO 5');
});

test('an account’s own programs in a flood keep neither the agent nor the greeter busy', { skip }, async () => {
  await using stand = await openStand();
  const door = join(stand.run, 'locker', `${uids.alice}.sock`);
  const before = descriptors();
  const flood = asAccount(uids.alice, door, 3_000);
  void stand.offers.offer(grantFor('s-bob', stand.clock, 30_000), { account: 'bob', session: null });
  assert.equal((await stand.pamtester('lightdm', 'bob')).code, 0);
  const heard = await flood;
  assert.match(heard, /^NO \d+,nothing \d+$/);
  assert.ok(Number(/NO (\d+)/.exec(heard)?.[1]) < 400, heard);
  await sleep(50);
  assert.ok(descriptors() <= before + 2);
});

test('those who hang are let go, and keep no place meanwhile from who comes later', { skip }, async () => {
  await using stand = await openStand({ limits: { line: 300, whole: 600, connections: 4 } });
  const path = join(stand.run, 'pam.sock');
  const began = performance.now();
  const hanging = Array.from({ length: 12 }, () => knock(path, (socket) => socket.write('TAPWARD 1 AUTH')));
  stand.asks(pinOf('alice'));
  await sleep(350);
  const asked = knock(path, (socket) => socket.write(auth));
  const heard = await Promise.all(hanging);
  assert.deepEqual(heard.toSorted(), [...Array.from({ length: 8 }, () => ''), ...Array.from({ length: 4 }, () => 'NO\n')]);
  assert.equal(await asked, `${promptOfSix}NO\n`, 'a PIN that is never typed ends with the visit');
  assert.ok(performance.now() - began < 4_000);
  assert.deepEqual(stand.gestures, []);
});

test('whoever may be asked for a PIN and sends bytes of any kind types digits at most', { skip }, async () => {
  await using stand = await openStand();
  stand.asks(pinOf('alice'));
  const said = await knock(join(stand.run, 'pam.sock'), (socket) => socket.write(`${auth}12\u00ff${auth}345`));
  assert.equal(said, `${promptOfSix}NO\n`);
  assert.deepEqual(
    stand.gestures.map(({ kind }) => kind),
    ['clear', 'digit', 'digit', 'cancel'],
  );
});
