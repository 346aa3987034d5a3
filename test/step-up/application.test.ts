/** A real application asks over the station's socket; the person's PIN, the ledger and the application's own check of the answer go out. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Evaluation, startEvaluation } from '../../agent/evaluation/evaluation.ts';
import { demoPeople, digitsOf } from '../../agent/evaluation/people.ts';
import { readEntries } from '../../agent/ledger/reading.ts';
import { publicJwk } from '../../agent/step-up/statement.ts';
import { ledgerDir } from '../../agent/store/durable.ts';
import type { Entry } from '../../core/entry.ts';
import { defaultPolicy } from '../../core/policy.ts';
import type { State } from '../../core/types.ts';
import { need } from '../needs.ts';

const skip = need('linux', 'openssl', 'perl');
const example = fileURLToPath(new URL('../../docs/examples/step-up.mjs', import.meta.url));
let dir: string;
let evaluation: Evaluation;
let sam: (typeof demoPeople)[number];

before(async () => {
  if (skip !== false) return;
  dir = mkdtempSync(join(tmpdir(), 'tapward-step-up-'));
  const policy = { ...defaultPolicy, stationName: 'Ward 4', sameBadgeAfter: 0, stepUpApps: [{ program: process.execPath, name: 'Records' }] };
  evaluation = await startEvaluation({ dir, version: '0.0.0', policy, fresh: false, tray: true, say: () => undefined });
  const key = evaluation.agent.durable.store?.statementKey;
  assert.ok(key);
  writeFileSync(join(dir, 'key.jwk'), JSON.stringify(publicJwk(key)));
  sam = demoPeople[0] as (typeof demoPeople)[number];
});
after(async () => {
  if (skip !== false) return;
  await evaluation.stop('test over');
  rmSync(dir, { recursive: true, force: true });
});

const until = async (what: string, when: (state: State) => boolean): Promise<void> => {
  for (let i = 0; i < 500 && !when(evaluation.agent.queue.state()); i++) await sleep(10);
  assert.ok(when(evaluation.agent.queue.state()), what);
};
const type = (pin: string): void => {
  for (const digit of digitsOf(pin)) evaluation.agent.gesture({ kind: 'digit', digit });
};
const tapSam = (): void => evaluation.tray().place({ id: sam.uid, label: '', uid: () => Uint8Array.from(Buffer.from(sam.uid, 'hex')) }, true);
const signIn = async (): Promise<void> => {
  tapSam();
  await until('asked', (s) => s.claim.kind === 'pin');
  type(sam.pin);
  await until('open', (s) => s.desk.kind === 'open');
};
const runExample = (act: string): ChildProcess =>
  spawn(process.execPath, [example, join(dir, 'step-up.sock'), join(dir, 'key.jwk'), 'Records', act], { stdio: ['ignore', 'pipe', 'pipe'] });
const ended = async (child: ChildProcess) => {
  const [out, err, exit] = await Promise.all([text(child.stdout as NodeJS.ReadableStream), text(child.stderr as NodeJS.ReadableStream), once(child, 'exit')]);
  const [code] = exit as [number];
  return { out, err, code };
};
/** Says one line and reads the answer. */
type Answer = { readonly result?: string; readonly because?: string; readonly why?: string; readonly statement?: string };
const raw = async (line: string): Promise<Answer> => {
  const socket = connect(join(dir, 'step-up.sock'));
  socket.write(line);
  const said = await text(socket);
  return said === '' ? {} : (JSON.parse(said) as Answer);
};
const request = (nonce: string, act = 'Sign prescription'): string => `${JSON.stringify({ v: 1, act, nonce })}\n`;
const entries = (): readonly Entry[] => [...readEntries(ledgerDir(dir))].map(({ entry }) => entry);
const steps = () => entries().filter((e) => e.kind === 'stepUp');

test('locked: nobody can be asked', { skip }, async () => {
  const { err, code } = await ended(runExample('Export records'));
  assert.equal(code, 1);
  assert.match(err, /^locked: Nobody/);
});

test('a badge that anybody can copy, and a PIN of six digits, reach no level: the example, which asks for AAL2, gets no answer and exits 1', { skip }, async () => {
  await signIn();
  const child = runExample('Export records');
  await until('asked', (s) => s.claim.kind === 'pin' && s.claim.ask?.app === 'Records' && s.claim.ask.act === 'Export records');
  type(sam.pin);
  await until(
    'her PIN is right, and too little: asked again',
    (s) => s.claim.kind === 'pin' && s.claim.digits === 0 && entries().filter(({ kind }) => kind === 'verdict').length === 2,
  );
  tapSam();
  await until('her badge beside it', (s) => s.claim.kind === 'pin' && s.claim.tap.badge !== '');
  type(sam.pin);
  const { out, err, code } = await ended(child);
  assert.deepEqual([code, out], [1, '']);
  assert.match(err, /^tooWeak: .*a badge that proves itself/);
  assert.deepEqual(
    steps().map((e) => [e.app, e.act, e.result, e.reached]),
    [['Records', 'Export records', 'tooWeak', 'none']],
  );
  assert.equal(evaluation.agent.queue.state().desk.kind, 'open');
});

test('OpenSSL finds the statement signed by the station, and no changed one', { skip }, async () => {
  const asked = raw(request('A'.repeat(24)));
  await until('asked', (s) => s.claim.kind === 'pin');
  type(sam.pin);
  const [header = '', payload = '', signature = ''] = ((await asked).statement ?? '').split('.');
  const key = evaluation.agent.durable.store?.statementKey;
  const { createPublicKey } = await import('node:crypto');
  writeFileSync(join(dir, 'pub.pem'), createPublicKey(key as Parameters<typeof createPublicKey>[0]).export({ format: 'pem', type: 'spki' }));
  writeFileSync(join(dir, 'sig'), Buffer.from(signature, 'base64url'));
  const verify = (signed: string): string => {
    writeFileSync(join(dir, 'signed'), signed);
    try {
      return execFileSync('openssl', ['pkeyutl', '-verify', '-pubin', '-inkey', join(dir, 'pub.pem'), '-rawin', '-in', join(dir, 'signed'), '-sigfile', join(dir, 'sig')], {
        encoding: 'utf8',
        stdio: 'pipe',
      });
    } catch (why) {
      return String((why as { readonly stdout?: string }).stdout);
    }
  };
  assert.match(verify(`${header}.${payload}`), /Verified Successfully/);
  const other = Buffer.from(Buffer.from(payload, 'base64url').toString().replace('Sign', 'Burn')).toString('base64url');
  assert.match(verify(`${header}.${other}`), /Failure/);
  const { exp, iat, nonce } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { readonly exp: number; readonly iat: number; readonly nonce: string };
  assert.equal(exp - iat, 60);
  assert.equal(nonce, 'A'.repeat(24));
});

test('a nonce is answered once; junk gets one sentence; a line without end ends', { skip }, async () => {
  assert.match((await raw(request('A'.repeat(24)))).why ?? '', /used before/);
  assert.match((await raw('hello\n')).why ?? '', /one line of JSON/);
  assert.match((await raw(request('short'))).why ?? '', /16 to 64 random bytes/);
  assert.match((await raw(request('B'.repeat(24), 'tap\u202ehere'))).why ?? '', /plain punctuation/);
  assert.match((await raw(`${JSON.stringify({ v: 1, act: 'x', nonce: 'C'.repeat(24), sub: 'me' })}\n`)).why ?? '', /exactly/);
  assert.match((await raw('x'.repeat(5_000))).why ?? '', /at most 1,024/);
  await until('nobody is asked', (s) => s.claim.kind === 'none');
});

test('a thousand connections of junk leave the station as it was', { skip }, async () => {
  for (let round = 0; round < 100; round++) {
    await Promise.all(Array.from({ length: 10 }, (_, i) => raw(`${'{"v":1,'.repeat(i)}${'\u0000'.repeat(round)}\n`).catch(() => null)));
  }
  assert.equal(evaluation.agent.queue.state().desk.kind, 'open');
  assert.equal(steps().length, 2);
});

test('Cancel declines; a program that the policy does not name is not even shown', { skip }, async () => {
  const declined = raw(request('D'.repeat(24)));
  await until('asked', (s) => s.claim.kind === 'pin');
  evaluation.agent.gesture({ kind: 'cancel' });
  assert.equal((await declined).because, 'declined');
  // A program of its own, by another file; not waited for in this process, which is the station.
  const script = 'use IO::Socket::UNIX; my $s=IO::Socket::UNIX->new(Peer=>$ARGV[0]); $s->autoflush(1); print $s "$ARGV[1]\n"; print <$s>;';
  const stranger = spawn('perl', ['-e', script, join(dir, 'step-up.sock'), request('E'.repeat(24)).trim()], { stdio: ['ignore', 'pipe', 'inherit'] });
  const said = await text(stranger.stdout);
  assert.match(said, /This program may not ask here/);
  assert.equal(evaluation.agent.queue.state().claim.kind, 'none');
});
