/** Applications that misbehave come in at a door of its own; what they are answered, and what is asked of the person, goes out. */
import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { openStepUpDoor } from '../../agent/step-up/door.ts';
import { defaultPolicy } from '../../core/policy.ts';
import type { Ask } from '../../core/types.ts';
import { need } from '../needs.ts';

const skip = need('linux');
type Answer = { readonly result?: string; readonly because?: string; readonly why?: string };
type Stand = AsyncDisposable & {
  readonly asked: Ask[];
  readonly noted: string[];
  readonly knock: (options?: { readonly allowHalfOpen?: boolean }) => Socket;
  readonly say: (line: string) => Promise<Answer>;
};

/** `decides`: at once, in the person's place. */
async function stand(decides: 'declined' | 'nothing', program = '/app'): Promise<Stand> {
  const dir = mkdtempSync(join(tmpdir(), 'tapward-asks-'));
  const path = join(dir, 'door.sock');
  const [asked, noted]: [Ask[], string[]] = [[], []];
  const door = await openStepUpDoor({
    path,
    key: generateKeyPairSync('ed25519').privateKey,
    policy: () => ({ ...defaultPolicy, stepUpApps: [{ program: '/app', name: 'Records' }] }),
    peerOf: () => ({ uid: 1, pid: 1 }),
    programOf: () => program,
    accepts: () => true,
    signedIn: () => 's1',
    noted: (note) => noted.push(note),
    stepUp: (ask) => {
      asked.push(ask);
      if (decides === 'declined') door.asks.decline(ask, 'declined');
    },
  });
  const sockets: Socket[] = [];
  const knock: Stand['knock'] = (options = {}) => {
    const socket = connect({ path, ...options });
    socket.on('error', () => undefined);
    sockets.push(socket);
    return socket;
  };
  return {
    asked,
    noted,
    knock,
    say: async (line) => {
      const socket = knock();
      socket.write(line);
      const said = await text(socket);
      return said === '' ? {} : (JSON.parse(said) as Answer);
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await door.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
const request = (act = 'Export records'): string => `${JSON.stringify({ v: 1, act, nonce: randomBytes(18).toString('base64url') })}\n`;

test('whoever was answered and does not hang up takes nobody’s place', { skip }, async () => {
  await using door = await stand('declined');
  const stayers = Array.from({ length: 16 }, () => door.knock({ allowHalfOpen: true }));
  await Promise.all(stayers.map((socket) => (socket.write('junk\n'), text(socket))));
  assert.equal((await door.say(request())).because, 'declined');
});

for (const [what, act] of [
  ['letters that nobody sees', '\u3164\u115f\uffa0'],
  ['an invisible letter among others', 'Export\u3164records'],
  ['a pile of marks', `E${'\u0335'.repeat(40)}`],
] as const) {
  test(`${what}: not shown`, { skip }, async () => {
    await using door = await stand('nothing');
    assert.match((await door.say(request(act))).why ?? '', /plain punctuation/);
    assert.deepEqual(door.asked, []);
  });
}
test('names and acts of many languages are', { skip }, async () => {
  await using door = await stand('declined');
  const acts = ['Export records', 'Rezept unterschreiben (2/3)', 'Ký đơn thuốc', 'Підписати рецепт', '処方箋に署名', 'दवा पर हस्ताक्षर'];
  for (const act of acts) assert.equal((await door.say(request(act))).because, 'declined', act);
  assert.deepEqual(
    door.asked.map(({ act }) => act),
    acts,
  );
});

test('an application that asks again and again is not shown again and again', { skip }, async () => {
  await using door = await stand('declined');
  const said = [];
  for (let i = 0; i < 40; i++) said.push((await door.say(request())).because);
  assert.ok(door.asked.length <= 25, `${door.asked.length} questions`);
  assert.deepEqual([said[0], said.at(-1)], ['declined', 'busy']);
});

test('IT is told which program was refused, on one line, and not without end', { skip }, async () => {
  await using door = await stand('declined', '/opt/records\nTW1001 forged');
  for (let i = 0; i < 40; i++) assert.match((await door.say(request())).why ?? '', /may not ask here/);
  assert.equal(door.noted[0], 'A program that the policy does not name asked: "/opt/records\\nTW1001 forged".');
  assert.ok(door.noted.length <= 15, `${door.noted.length} notes`);
});
