/** Stations that answer wrongly, and a real one with a badge that proves itself on a real pcscd, come in; what the example client believes, by the way it exits, goes out. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { stepUpIn } from '../../agent/doors.ts';
import { storedAes } from '../../agent/proofs/record.ts';
import { type Claims, makeStatement, publicJwk } from '../../agent/step-up/statement.ts';
import { personalise } from '../../native/desfire/personalisation.ts';
import { badgeOf, newCard, options } from '../desfire/rig.ts';
import { need } from '../needs.ts';
import { nurse, startWard, skip as wardSkip } from '../proofs/ward.ts';

const skip = need('linux');
const example = fileURLToPath(new URL('../../docs/examples/step-up.mjs', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'tapward-level-'));
after(() => rmSync(dir, { recursive: true, force: true }));
const station = generateKeyPairSync('ed25519').privateKey;
const keyFile = (key: KeyObject, name: string): string => {
  writeFileSync(join(dir, name), JSON.stringify(publicJwk(key)));
  return join(dir, name);
};

async function run(socket: string, key: string, ...more: readonly string[]) {
  const child = spawn(process.execPath, [example, socket, key, 'Records', 'Export records', ...more], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err, exit] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { out, err, code: exit[0] as number };
}

type Asked = { readonly act: string; readonly nonce: string; readonly least: string };
/** A door that asks nobody and says what the test makes of the request. */
async function answered(statement: (asked: Asked, right: Claims) => string, ...more: readonly string[]) {
  const path = join(dir, 'door.sock');
  const server = createServer((socket) =>
    socket.once('data', (line) => {
      const asked = JSON.parse(String(line)) as Asked;
      const right: Claims = { subscriber: 's1', station: 'Ward 4', app: 'Records', act: asked.act, nonce: asked.nonce, factors: ['badge', 'pin'], reached: 'AAL2' };
      socket.end(`${JSON.stringify({ v: 1, result: 'confirmed', statement: statement(asked, right) })}\n`);
    }),
  );
  await once(server.listen(path), 'listening');
  try {
    return await run(path, keyFile(station, 'door.jwk'), ...more);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}
const signed =
  (more: Partial<Claims> = {}, wall = Date.now(), key = station) =>
  (_: Asked, right: Claims): string =>
    makeStatement(key, { ...right, ...more }, wall);

test('a fresh statement of the level that was asked for: believed, exit 0', { skip }, async () => {
  const asks: string[] = [];
  const { out, code } = await answered((asked, right) => {
    asks.push(asked.least);
    return makeStatement(station, right, Date.now());
  });
  assert.deepEqual([code, out, asks], [0, 's1 confirmed "Export records" with badge and pin (AAL2).\n', ['AAL2']]);
  assert.equal((await answered(signed({ reached: 'AAL1' }), 'AAL1')).code, 0);
  assert.equal((await answered(signed(), 'AAL1')).code, 0, 'more than was asked for');
});

for (const [what, statement, why] of [
  ['for another application', signed({ app: 'Orders' }), /another application/],
  ['of a level below', signed({ reached: 'AAL1' }), /reaches AAL1, not AAL2/],
  ['of no level', signed({ reached: 'none' }), /reaches none/],
  ['of a level nobody knows', signed({ reached: 'AAL3' as 'AAL2' }), /reaches AAL3/],
  ['that has run out', signed({}, Date.now() - 61_000), /not of this minute/],
  ['from the future', signed({}, Date.now() + 60_000), /not of this minute/],
  ['to another request', signed({ nonce: 'B'.repeat(32) }), /another request/],
  ['for another act', signed({ act: 'Delete records' }), /another request/],
  ['by another station', signed({}, Date.now(), generateKeyPairSync('ed25519').privateKey), /not signed by this station/],
  [
    'changed after it was signed',
    (asked, right) => signed()(asked, right).replace(/\.[^.]+\./, `.${Buffer.from(JSON.stringify({ aud: 'Records' })).toString('base64url')}.`),
    /not signed/,
  ],
  ['without a signature', (asked, right) => signed()(asked, right).replace(/[^.]+$/, ''), /not signed/],
  ['with a part too many', (asked, right) => `${signed()(asked, right)}.x`, /not signed/],
] as const satisfies readonly (readonly [string, (asked: Asked, right: Claims) => string, RegExp])[]) {
  test(`a statement ${what}: nothing is done on it, exit 1`, { skip }, async () => {
    const { out, err, code } = await answered(statement);
    assert.deepEqual([code, out], [1, '']);
    assert.match(err, why);
  });
}

test('a word too many, or a level that is none, is a mistake in its use: exit 2', { skip }, async () => {
  for (const more of [['none'], ['AAL2', 'x']]) assert.equal((await run(join(dir, 'nowhere.sock'), join(dir, 'no.jwk'), ...more)).code, 2);
});

test('at a real station: the PIN alone is not answered, her DESFire badge and her PIN are, with AAL2', { skip: skip || wardSkip }, async () => {
  await using ward = await startWard({ leastGrade: 'aes', stepUpApps: [{ program: process.execPath, name: 'Records' }] });
  const { agent } = ward.evaluation;
  const card = newCard('EV3', '04A1B2C3D4E5A1');
  const badge = badgeOf(await ward.open(card, ({ transmit }) => personalise(transmit, options())));
  assert.equal(ward.addBadge({ number: Uint8Array.from(badge.uid), proof: storedAes(badge) }), null);
  assert.equal(await ward.tap(card), 'asked');
  await ward.pin();
  const key = agent.durable.store?.statementKey;
  assert.ok(key);
  const running = run(stepUpIn(agent.durable.dir), keyFile(key, 'station.jwk'));
  await ward.until('the question', (s) => s.claim.kind === 'pin' && s.claim.ask?.least === 'AAL2');
  ward.type(nurse.pin);
  const checked = () => ward.entries().filter(({ kind }) => kind === 'verdict').length;
  await ward.until('asked for more', (s) => s.claim.kind === 'pin' && s.claim.digits === 0 && checked() === 2);
  assert.equal(await ward.tap(card), 'keptOwner');
  ward.type(nurse.pin);
  const { out, err, code } = await running;
  assert.equal(code, 0, err);
  assert.match(out, /confirmed "Export records" with badge and pin \(AAL2\)\.\n$/);
  const stepUp = ward.entries().findLast(({ kind }) => kind === 'stepUp');
  assert.deepEqual(stepUp?.kind === 'stepUp' && [stepUp.result, stepUp.reached, stepUp.factors], ['confirmed', 'AAL2', ['badge', 'pin']]);
});
