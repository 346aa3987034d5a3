/** Key holders and counters are held to one body each, on the real thing: files, systemd-creds with the host's key, and a software TPM. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDurable } from '../../agent/store/durable.ts';
import { createKeys } from '../../agent/store/keys.ts';
import { createStore, openStore } from '../../agent/store/opening.ts';
import { noDetails } from '../../agent/store/records.ts';
import type { KeyGrade, KeyHolder, RollbackCounter } from '../../core/ports.ts';
import { chooseKeys, mendWeakKey } from '../../native/keys/choice.ts';
import { fileCounter } from '../../native/keys/file-counter.ts';
import { fileKeyHolder } from '../../native/keys/file-key.ts';
import { credentialName, systemdCredsWork, systemdKeyHolder } from '../../native/keys/systemd-key.ts';
import { forgetTpmCounter, tpmCounter, tpmCounts } from '../../native/keys/tpm-counter.ts';
import { need } from '../needs.ts';
import { folder } from './place.ts';
import { softwareTpm } from './software-tpm.ts';

function assertHolder(holder: KeyHolder, again: KeyHolder, grade: KeyGrade, between: () => void = () => undefined): void {
  assert.deepEqual(holder.load(), { kind: 'absent' });
  const made = holder.create();
  assert.ok(made.kind === 'held' && made.key.length === 32 && made.key.some((byte) => byte !== 0));
  assert.deepEqual(again.load(), made, 'another process finds the same key');
  assert.equal(again.grade(), grade);
  between();
  const twice = holder.create();
  assert.ok(twice.kind === 'unreadable');
  assert.match(twice.why, /left as it is/);
  assert.deepEqual(again.load(), made, 'and it is never replaced');
}

function assertCounter(counter: RollbackCounter, again: RollbackCounter): void {
  assert.deepEqual(counter.read(), { kind: 'absent' });
  const first = counter.create();
  assert.ok(first.kind === 'value');
  assert.deepEqual(again.read(), first);
  for (let i = 1; i <= 3; i++) {
    counter.advance();
    assert.deepEqual(again.read(), { kind: 'value', value: first.value + i });
  }
  assert.equal(counter.create().kind, 'unreadable', 'never begun anew');
  assert.deepEqual(again.read(), { kind: 'value', value: first.value + 3 });
}

test('a key in a file', (t) => {
  const dir = folder(t);
  assertHolder(fileKeyHolder(dir), fileKeyHolder(dir), 'file');
});

test('a key file that others may read, or of another length, is not used', { skip: process.platform === 'win32' && 'Windows protects the folder instead' }, (t) => {
  const dir = folder(t);
  const holder = fileKeyHolder(dir);
  holder.create();
  const path = join(dir, 'machine.key');
  chmodSync(path, 0o640);
  const open = holder.load();
  assert.ok(open.kind === 'unreadable' && /chmod 600/.test(open.why));
  chmodSync(path, 0o600);
  truncateSync(path, 31);
  const short = holder.load();
  assert.ok(short.kind === 'unreadable' && /31 bytes/.test(short.why));
});

test('a key sealed by systemd to the host', { skip: need('systemdCreds') }, (t) => {
  const dir = folder(t);
  assert.ok(systemdCredsWork());
  assertHolder(systemdKeyHolder(dir), systemdKeyHolder(dir), existsSync('/dev/tpmrm0') ? 'tpm' : 'host');
  const { kind } = systemdKeyHolder(dir).load();
  assert.equal(kind, 'held');
  const bytes = readFileSync(join(dir, 'machine.cred'));
  writeFileSync(
    join(dir, 'machine.cred'),
    Buffer.from(
      bytes.toString('latin1').replace(/.(?=.{40})/, (c) => (c === 'A' ? 'B' : 'A')),
      'latin1',
    ),
  );
  const changed = systemdKeyHolder(dir).load();
  assert.ok(changed.kind === 'unreadable' && /cannot be decrypted/.test(changed.why));
});

test('a key sealed by systemd to a TPM is useless with another one', { skip: need('systemdCreds', 'tpm') }, async (t) => {
  const dir = folder(t);
  const tpmDevice = await softwareTpm(t);
  assertHolder(systemdKeyHolder(dir, { tpmDevice }), systemdKeyHolder(dir, { tpmDevice }), 'tpm', () => {
    // What the kernel's resource manager does between two programs on a real TPM.
    for (const which of ['--loaded-session', '--transient-object']) execFileSync('tpm2_flushcontext', ['-T', tpmDevice, which], { stdio: 'ignore' });
  });
  const elsewhere = systemdKeyHolder(dir, { tpmDevice: await softwareTpm(t) }).load();
  assert.equal(elsewhere.kind, 'unreadable');
});

test('a key that systemd hands to the service', (t) => {
  const [dir, credentialsDirectory] = [folder(t), folder(t)];
  const key = Buffer.alloc(32, 7);
  writeFileSync(join(credentialsDirectory, credentialName), key);
  const holder = systemdKeyHolder(dir, { credentialsDirectory });
  assert.deepEqual(holder.load(), { kind: 'held', key });
  assert.equal(holder.grade(), 'host', 'no TPM is claimed for what cannot be looked at');
  writeFileSync(join(credentialsDirectory, credentialName), 'short');
  assert.equal(holder.load().kind, 'unreadable');
});

test('a counter in a file', (t) => {
  const dir = folder(t);
  assertCounter(fileCounter(dir), fileCounter(dir));
});

test('a counter torn by a power cut keeps the higher of its two copies', (t) => {
  const dir = folder(t);
  const counter = fileCounter(dir);
  counter.create();
  for (let i = 0; i < 41; i++) counter.advance();
  const whole = readFileSync(join(dir, 'counter'));
  for (let cut = 0; cut <= 21; cut++) {
    const torn = Buffer.from(whole);
    torn.fill(0, 0, cut);
    writeFileSync(join(dir, 'counter'), torn);
    assert.deepEqual(counter.read(), { kind: 'value', value: 41 });
  }
  const [before = '', after = ''] = [41, 42].map((n) => `${String(n).padStart(20, '0')}\n`);
  for (const halfWay of [after + before, before + after]) {
    writeFileSync(join(dir, 'counter'), halfWay);
    assert.deepEqual(counter.read(), { kind: 'value', value: 42 });
  }
});

test('a counter in a TPM', { skip: need('tpm') }, async (t) => {
  const tcti = await softwareTpm(t);
  assert.ok(tpmCounts(tcti));
  assertCounter(tpmCounter({ tcti }), tpmCounter({ tcti }));
});

test('a counter in a TPM cannot be set back by making it anew', { skip: need('tpm') }, async (t) => {
  const tcti = await softwareTpm(t);
  const counter = tpmCounter({ tcti });
  counter.create();
  counter.advance();
  counter.advance();
  const before = counter.read();
  assert.equal(forgetTpmCounter({ tcti }), null);
  assert.match(forgetTpmCounter({ tcti }) ?? '', /could not be removed/);
  assert.deepEqual(counter.read(), { kind: 'absent' });
  const after = counter.create();
  assert.ok(before.kind === 'value' && after.kind === 'value' && after.value > before.value);
});

test('with the counter in a TPM even the whole folder, put back, is found out', { skip: need('tpm') }, async (t) => {
  const [dir, copy] = [folder(t), folder(t)];
  const counter = tpmCounter({ tcti: await softwareTpm(t) });
  const outcome = createKeys(fileKeyHolder(dir));
  assert.ok(outcome.kind === 'keys');
  const place = { dir, keys: outcome.keys, counter };
  const made = createStore(place);
  assert.ok(made.kind === 'open');
  made.store[Symbol.dispose]();
  cpSync(dir, copy, { recursive: true });
  const opened = openStore(place);
  assert.ok(opened.kind === 'open');
  opened.store.write([{ kind: 'subscriber', id: 'a', given: 'Sam', initial: 'B', language: null, revoked: false, badges: [], ...noDetails }], 'counted');
  opened.store[Symbol.dispose]();
  const now = openStore(place);
  assert.equal(now.kind, 'open');
  if (now.kind === 'open') now.store[Symbol.dispose]();
  rmSync(dir, { recursive: true });
  cpSync(copy, dir, { recursive: true });
  const older = openStore(place);
  assert.equal(older.kind === 'degraded' && older.cause, 'storeOlder');
});

const openAs = (dir: string, mode: 'evaluation' | 'installed') => openDurable({ dir, ...chooseKeys(dir, mode), clock: { now: () => 0 }, mode });
function close(durable: ReturnType<typeof openDurable>): Exclude<ReturnType<typeof openDurable>, { kind: 'inUse' }> {
  assert.ok(durable.kind === 'durable');
  durable.ledger?.[Symbol.dispose]();
  durable.store?.[Symbol.dispose]();
  return durable;
}

test('an evaluation keeps its key in a file; the same folder installed is degraded until the key is sealed', { skip: need('systemdCreds') }, (t) => {
  const dir = join(folder(t), "ward 3’s 'station'");
  mkdirSync(dir);
  assert.equal(close(openAs(dir, 'evaluation')).degraded, null);
  const weak = close(openAs(dir, 'installed'));
  assert.equal(weak.degraded?.cause, 'keyHolderWeak');
  assert.equal(weak.keyGrade, 'file');
  // The command that `doctor` names, as root types it.
  execFileSync('sh', ['-c', mendWeakKey(dir)], { stdio: 'ignore' });
  assert.ok(!existsSync(join(dir, 'machine.key')));
  const mended = close(openAs(dir, 'installed'));
  assert.equal(mended.degraded, null);
  assert.notEqual(mended.keyGrade, 'file');
});
