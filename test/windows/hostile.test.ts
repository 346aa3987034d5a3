/** Thousands of peers that mean harm come to the real host's pipes; that none is given anything, the host neither ends nor leaks nor waits, and serves the next one, is tested. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { need } from '../needs.ts';
import { agentPipe, ask, facePipe, type HostRig, providerPipe, readerPipe, startHost, until, type Visitor, visit } from './host-rig.ts';

const skip = need('mingw', 'wine');
/** Peers of each kind: build/nightly.sh asks for ten times as many. */
const rounds = Number(process.env['TAPWARD_HOSTILE_ROUNDS'] ?? 50);
const share = randomBytes(32).toString('base64');
const secret = Buffer.from('Correct-Horse-42!', 'utf16le').toString('base64');

let rig: HostRig;
let agent: Visitor;
before(
  async () => {
    if (skip !== false) return;
    rig = await startHost();
    await rig.start();
    agent = visit(await rig.agent(), agentPipe);
    agent.say('HELLO', 1, 0, 'agent');
    await agent.next('READY');
    agent.say('KIOSK', 1);
    // A record and a live grant: what all of them are after.
    agent.say('OFFER', 'first', 0, 'WARD', 'ana', 30_000, share);
    await agent.next('REFUSED');
    const tile = visit(rig.stranger, providerPipe);
    tile.say('HELLO', 1, 1, 'logon');
    await tile.next('READY');
    tile.say('CAPTURE', 'ana', 'WARD', secret);
    await agent.next('SEALED');
    tile.socket.end();
    await tile.ended;
  },
  { timeout: 200_000 },
);
after(async () => {
  if (skip === false) await rig[Symbol.asyncDispose]();
});

const hello = 'HELLO\t1\t1\tlogon\n';
/** What one says and does at a pipe; each is sent away, or goes. */
const kinds: readonly (readonly [string, string, (visitor: Visitor) => Promise<void> | void])[] = [
  ['junk', providerPipe, (v) => void v.socket.end(randomBytes(500))],
  ['junk behind a greeting', providerPipe, (v) => void v.socket.end(Buffer.concat([Buffer.from(hello), randomBytes(500)]))],
  ['70 kB without an end', providerPipe, (v) => void v.socket.end('x'.repeat(70_000))],
  ['70 kB in one field', providerPipe, (v) => void v.socket.end(`${hello}CAPTURE\tana\tWARD\t${'A'.repeat(70_000)}\n`)],
  ['wrong arity', providerPipe, (v) => void v.socket.end(`${hello}REDEEM\n`)],
  ['cut in a line', providerPipe, (v) => void v.socket.end(`${hello}REDEE`)],
  ['cut at once', providerPipe, (v) => void v.socket.destroy()],
  ['guessed tickets', providerPipe, (v) => void v.socket.end(`${hello}${Array.from({ length: 20 }, (_, at) => `REDEEM\t${'0'.repeat(32)}.${at}\n`).join('')}`)],
  [
    'its nonce, guessed numbers',
    providerPipe,
    async (v) => {
      v.say('HELLO', 1, 1, 'logon');
      // Where no place came free within its patience, it has gone.
      await until('a greeting, or its end', () => v.heard.length > 0 || v.isOver());
      for (let at = 0; at < 20; at++) v.say('REDEEM', `${v.heard[0]?.[1]}.${100_000 + at}`);
      v.socket.end();
    },
  ],
  ['another session than its own', providerPipe, (v) => v.say('HELLO', 1, 2, 'logon')],
  ['another version', providerPipe, (v) => v.say('HELLO', 2, 1, 'logon')],
  ['an agent’s words', providerPipe, (v) => v.say('HELLO', 1, 0, 'agent')],
  ['a second greeting', providerPipe, (v) => void v.socket.write(hello + hello)],
  ['a PIN nobody asked for', providerPipe, (v) => void v.socket.write(`${hello}PIN\t123456\n`)],
  ['a flood', providerPipe, (v) => void v.socket.write(hello + 'CANCEL\n'.repeat(5_000))],
  ['an impostor at the agent’s pipe', agentPipe, (v) => v.say('HELLO', 1, 0, 'agent')],
  ['an impostor at the reader’s pipe', readerPipe, (v) => void v.socket.write('\u0000\u0000')],
  ['a face of another session', facePipe, (v) => v.say('HELLO', 1, 3, 'face')],
  ['a face that redeems', facePipe, (v) => void v.socket.write('HELLO\t1\t1\tface\nREDEEM\tx.1\n')],
  ['a face that floods', facePipe, (v) => void v.socket.end(`HELLO\t1\t1\tface\n${`SAY\t${'A'.repeat(60_000)}\n`.repeat(20)}`)],
  ['a face of another mind', facePipe, (v) => void v.socket.write('HELLO\t1\t1\tface\nBEAT\tmaybe\n')],
];
/** The agent's pipe has one place, which our agent holds, and an impostor waits for it for seconds; the reader's rests half a second after each. */
const few = new Set(['an impostor at the agent’s pipe', 'an impostor at the reader’s pipe']);

test('none of them is given a password, and the host is as it was', { skip, timeout: 240_000 + rounds * 2_000 }, async (t) => {
  const process = rig.process();
  const all: Visitor[] = [];
  const meet = async (kind: (typeof kinds)[number]): Promise<void> => {
    const visitor = visit(rig.stranger, kind[1]);
    all.push(visitor);
    await kind[2](visitor);
    await visitor.ended;
  };
  const wave = async (count: number): Promise<void> => {
    // As many at a time as there are places for tiles: twice as many as for faces.
    for (const kind of kinds) {
      const times = few.has(kind[0]) ? 1 : count;
      for (let at = 0; at < times; at += 4) await Promise.all(Array.from({ length: Math.min(4, times - at) }, () => meet(kind)));
    }
  };
  await wave(2);
  const handles = await ask(rig.stranger, `handles ${process}`);
  assert.ok(handles > 10, `handles can be counted: ${handles}`);
  const began = performance.now();
  agent.say('OFFER', 'live', 0, 'WARD', 'ana', 30_000, share);
  await wave(rounds);
  t.diagnostic(`${all.length} peers, ${Math.round((performance.now() - began) / all.length)} ms each`);
  assert.equal(all.flatMap(({ heard }) => heard).filter(([verb]) => verb === 'CREDENTIAL').length, 0);
  assert.equal(rig.process(), process, 'it was not started again');
  assert.ok(!agent.isOver(), 'no face’s flood ended the agent');
  agent.say('REVOKE', 'live');
  await until('the grant that nobody got is taken back', () => agent.heard.some(([verb, grant]) => verb === 'REFUSED' && grant === 'live'));
  const left = await ask(rig.stranger, `handles ${process}`);
  assert.ok(left <= handles + 3, `${handles} handles before, ${left} after`);
});

test('who greets and hangs, reads nothing, or says nothing at all is away within seconds, and others are served meanwhile', { skip, timeout: 60_000 }, async () => {
  const silent = [visit(rig.stranger, providerPipe), visit(rig.stranger, providerPipe)];
  const tile = visit(rig.stranger, providerPipe);
  tile.say('HELLO', 1, 1, 'unlock');
  await tile.next('READY');
  await agent.next('TILE');
  agent.say('OFFER', 'last', 0, 'WARD', 'ana', 30_000, share);
  const [, ticket = ''] = await tile.next('GRANT');
  tile.say('REDEEM', ticket);
  assert.equal((await tile.next('CREDENTIAL'))[2], secret);
  const began = performance.now();
  await Promise.all(silent.map(({ ended }) => ended));
  assert.ok(performance.now() - began < 15_000, 'the deadline is 5 s');
});
