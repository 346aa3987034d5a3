/** Faces and hostile neighbours knock on the face's door: the ones are served, the others put out, and the agent is told nothing it should not hear. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sampleFrame } from '../../build/screens.ts';
import { encodeFromFace, framed, longestFromFace } from '../../core/face-link.ts';
import { need } from '../needs.ts';
import { idle, openKnock, until, visit } from './visitor.ts';

const skip = need('linux');
const beat = (covers = true) => ({ kind: 'beat', covers }) as const;
const digit = (value: number) => ({ kind: 'gesture', gesture: { kind: 'digit', digit: value } }) as const;
const cancel = { kind: 'gesture', gesture: { kind: 'cancel' } } as const;

test('a face is shown the screen at once and at each change, and its hands are heard in order', { skip }, async () => {
  await using door = await openKnock();
  assert.equal(statSync(door.path).mode & 0o777, 0o600);
  const face = await door.visit();
  assert.deepEqual(face.heard, [idle]);
  const pin = { kind: 'frame', frame: sampleFrame('pin', 'night') } as const;
  door.say(pin);
  door.say({ kind: 'cue', tone: 'accepted' });
  for (const value of [4, 7, 0]) face.send(digit(value));
  face.send(cancel);
  face.send({ kind: 'refused', what: 'inspect' });
  await until('all is heard', () => door.refused.length === 1 && face.heard.length === 3);
  assert.deepEqual(face.heard, [idle, pin, { kind: 'cue', tone: 'accepted' }]);
  assert.deepEqual(door.gestures, [{ kind: 'digit', digit: 4 }, { kind: 'digit', digit: 7 }, { kind: 'digit', digit: 0 }, { kind: 'cancel' }]);
  assert.deepEqual([door.refused, door.noted], [['inspect'], []]);
  face.socket.destroy();
  await until('it is gone', () => door.faces.size === 0);
});

test('messages in pieces of every size are the same messages', { skip }, async () => {
  await using door = await openKnock();
  const face = await door.visit();
  face.socket.setNoDelay(true);
  const bytes = Buffer.concat([encodeFromFace(digit(3)), encodeFromFace(cancel), encodeFromFace(digit(9))]);
  for (const size of [1, 2, 3, 5]) {
    for (let from = 0; from < bytes.length; from += size) {
      face.raw(Uint8Array.from(bytes.subarray(from, from + size)));
      await sleep(1);
    }
  }
  await until('all is heard', () => door.gestures.length === 12);
  assert.deepEqual(door.gestures.slice(9), [{ kind: 'digit', digit: 3 }, { kind: 'cancel' }, { kind: 'digit', digit: 9 }]);
});

test('a face is present while it says that it covers; silence, a lost connection and a hung process end that', { skip }, async () => {
  await using door = await openKnock({ limits: { silence: 300, patience: 1_200 } });
  const first = await door.visit();
  first.send(beat(false));
  await until('it beats', () => door.beats.length === 1);
  assert.deepEqual([door.presence, door.beats], [[], [process.pid]], 'it does not cover yet');
  first.send(beat());
  await until('it is present', () => door.presence.length === 1);
  const second = await door.visit();
  second.send(beat());
  await until('both cover', () => door.beats.length === 3);
  first.socket.destroy();
  await until('the first is gone', () => door.faces.size === 1);
  assert.deepEqual(door.presence, [true], 'the other still covers');
  second.socket.destroy();
  await until('none is left', () => door.presence.length === 2);
  const third = await door.visit();
  third.send(beat());
  await until('it is back', () => door.presence.length === 3);
  // It beats on, but no longer covers.
  for (let i = 0; i < 10; i++) {
    third.send(beat(false));
    await sleep(60);
  }
  await until('it does not cover', () => door.presence.length === 4);
  assert.deepEqual(door.presence, [true, false, true, false]);
  await third.closed;
  assert.deepEqual(door.noted, ['A face was put out: it fell silent.']);
});

test('the agent stood still: beats that lie in the socket are read before a face is missed', { skip }, async () => {
  await using door = await openKnock({ limits: { silence: 200 } });
  const beating = spawn(
    process.execPath,
    [
      '-e',
      `const s = require('net').connect(process.argv[1]); const b = Buffer.from(process.argv[2], 'hex'); s.on('connect', () => setInterval(() => s.write(b), 40)); s.resume()`,
      door.path,
      Buffer.from(encodeFromFace(beat())).toString('hex'),
    ],
    { stdio: 'ignore' },
  );
  try {
    await until('it is present', () => door.presence.length === 1);
    // Nothing of this process runs, timers included, for three silences.
    for (let i = 0; i < 3; i++) {
      // Behind the loop's reading and before its timers.
      await new Promise((resolve) => setImmediate(resolve));
      const end = performance.now() + 600;
      while (performance.now() < end);
      await sleep(60);
    }
    assert.deepEqual(door.presence, [true]);
  } finally {
    beating.kill('SIGKILL');
  }
  await until('it is missed', () => door.presence.length === 2);
});

for (const [what, bytes] of [
  ['random bytes', randomBytes(4_096)],
  ['a web request', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
  ['an empty body', framed(new Uint8Array(0))],
  ['a body that is too long', framed(new Uint8Array(longestFromFace + 1))],
  ['a gesture that is none', framed(Buffer.from('gopenSesame'))],
  ['two digits in one', framed(Buffer.from('g12'))],
  ['a kind that is none', framed(Buffer.from('x1'))],
  ['a beat of neither kind', framed(Uint8Array.of(0x62, 2))],
  ['a refusal of nothing', framed(Uint8Array.of(0x72, 9))],
] as const) {
  test(`${what}: put out, and nothing is told of it`, { skip }, async () => {
    await using door = await openKnock();
    const stranger = await door.visit();
    stranger.raw(Buffer.concat([bytes, encodeFromFace(cancel)]));
    await stranger.closed;
    assert.deepEqual([door.gestures, door.presence, door.refused, door.noted.length], [[], [], [], 1]);
    const face = await door.visit();
    face.send(cancel);
    await until('the next one is heard', () => door.gestures.length === 1);
  });
}

test('half a message is waited for, but not without end', { skip }, async () => {
  await using door = await openKnock({ limits: { patience: 200 } });
  const half = await door.visit();
  half.raw(encodeFromFace(cancel).subarray(0, 6));
  await half.closed;
  assert.deepEqual(door.gestures, []);
});

test('another account is refused by the kernel’s word, even where the permissions were loosened', { skip: skip || need('root') }, async () => {
  await using door = await openKnock();
  chmodSync(dirname(door.path), 0o755);
  chmodSync(door.path, 0o666);
  const stranger = spawn(
    '/usr/bin/perl',
    ['-MIO::Socket::UNIX', '-e', 'my $s = IO::Socket::UNIX->new(Peer => shift) or die $!; print $s pack("V", 7), "gcancel"; $s->flush; print <$s>', door.path],
    { uid: 65_534, gid: 65_534 },
  );
  let told = '';
  let complaint = '';
  stranger.stdout.on('data', (bytes: Buffer) => (told += bytes.toString()));
  stranger.stderr.on('data', (bytes: Buffer) => (complaint += bytes.toString()));
  await new Promise((resolve) => stranger.once('close', resolve));
  assert.deepEqual([told, complaint, door.gestures], ['', '', []]);
  assert.match(door.noted.join(), /account 65534 may not/);
});

test('who cannot be seen is refused', { skip }, async () => {
  await using door = await openKnock({ peerOf: () => null, accepts: () => true });
  assert.deepEqual((await door.visit()).heard, []);
});

test('what a killed agent left in the way is cleared away, and a closed door leaves nothing', { skip }, async () => {
  await using first = await openKnock();
  const path = `${first.path}.2`;
  writeFileSync(path, '');
  {
    await using door = await openKnock({ path });
    const face = await visit(path);
    assert.deepEqual(face.heard, [idle]);
    assert.equal(door.faces.size, 1);
  }
  assert.equal(existsSync(path), false);
});

test('a face in a session that is not shown is shown the screen, and its hands do nothing', { skip }, async () => {
  let shown = true;
  await using door = await openKnock({ mayAct: (peer) => peer !== null && shown });
  const face = await door.visit();
  face.send(digit(1));
  await until('a hand is heard', () => door.gestures.length === 1);
  shown = false;
  for (let i = 0; i < 5; i++) face.send(digit(2));
  face.send({ kind: 'key', answer: { id: 1, json: null } });
  face.send(beat());
  await until('the rest is read', () => door.beats.length === 1);
  assert.deepEqual([door.gestures.length, door.answers.length, door.faces.size], [1, 0, 1]);
  shown = true;
  face.send(cancel);
  await until('and heard again', () => door.gestures.length === 2);
});
