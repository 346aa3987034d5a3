/** Entries and hook programs of every kind come in; the sound one is told exactly what it may know, the doubtful one is not run, the failing one runs twice, and nothing waits. */
import assert from 'node:assert/strict';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { DiagnosticId } from '../../agent/diagnostics.ts';
import { createNotifier, type Notification, type Notifier, notifying } from '../../agent/notify.ts';
import type { Entry } from '../../core/entry.ts';
import { need } from '../needs.ts';
import { type Cleanup, folder } from '../store/place.ts';
import { settled } from './rig.ts';

const skip = need('linux') || (process.getuid?.() !== 0 && 'needs root: only root’s programs are run');
const emergency: Entry = { kind: 'emergency', grant: 'g1', attempt: 1, claimant: { kind: 'proved', subscriber: 'a1' }, reason: 'life', minutes: 30 };
const enrolled = (subscriber: string): Entry => ({ kind: 'enrolled', subscriber, actor: 'anna as root', grade: 'aes' });

type Rig = {
  readonly notifier: Notifier;
  readonly dir: string;
  readonly program: string;
  readonly complaints: (readonly [DiagnosticId, string])[];
  readonly heard: () => readonly Notification[];
};

/** A hook that keeps what it reads, then does `more`. */
function rig(t: Cleanup, more = 'exit 0', patience = 5_000): Rig {
  const dir = folder(t);
  const program = join(dir, 'hook');
  const out = join(dir, 'heard');
  writeFileSync(program, `#!/bin/sh\ncat >> ${out}\nenv > ${join(dir, 'env')}\n${more}\n`, { mode: 0o755 });
  const complaints: (readonly [DiagnosticId, string])[] = [];
  const notifier = createNotifier({
    policy: () => ({ notifyHook: program, stationName: 'Ward 4' }),
    diagnose: (...said) => complaints.push(said),
    isEnrolled: (id) => id === 'old',
    patience,
    pause: 10,
  });
  const heard = (): readonly Notification[] =>
    existsSync(out)
      ? readFileSync(out, 'utf8')
          .split('\n')
          .slice(0, -1)
          .map((line) => JSON.parse(line) as Notification)
      : [];
  return { notifier, dir, program, complaints, heard };
}

test('the hook hears who, what, where and which entry, in an environment without anything of ours', { skip }, async (t) => {
  const { notifier, dir, heard, complaints } = rig(t);
  process.env['TAPWARD_SECRET'] = 'x';
  notifier.told(emergency, 17, 'ledger');
  await settled('heard', () => heard().length === 1);
  delete process.env['TAPWARD_SECRET'];
  const [{ time, ...rest } = { time: '' }] = heard();
  assert.ok(Math.abs(Date.parse(time) - Date.now()) < 60_000);
  assert.deepEqual(rest, { version: 1, kind: 'emergency', subscriber: 'a1', station: 'Ward 4', entry: 17, in: 'ledger' });
  await notifier[Symbol.asyncDispose]();
  const names = readFileSync(join(dir, 'env'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split('=')[0] ?? '');
  assert.deepEqual(
    names.filter((name) => !['PATH', 'LANG', 'PWD', 'OLDPWD', 'SHLVL', '_'].includes(name)),
    [],
  );
  assert.deepEqual(complaints, []);
});

test('told of each kind that matters, once its entry is durable; a first badge and daily taps are nobody’s business', { skip }, async (t) => {
  const { notifier, heard } = rig(t);
  let fails = false;
  const ledger = notifying({ append: () => (fails ? assert.fail('disk full') : 5), [Symbol.dispose]: () => undefined }, notifier);
  const entries: readonly Entry[] = [
    { ...emergency, claimant: { kind: 'claimed', number: '123456' } },
    enrolled('old'),
    enrolled('new'),
    { kind: 'codeIssued', subscriber: 'a', actor: 'it', purpose: 'shift', checked: 'photo id' },
    { kind: 'vouched', subscriber: 'a', voucher: 'b', until: 1 },
    { kind: 'pinReset', subscriber: 'a', actor: 'it' },
    { kind: 'pinChanged', subscriber: 'a' },
    { kind: 'practised' },
    { kind: 'tap', tap: 1, reader: 'R', subscriber: 'a', reason: 'asked', stages: {} },
  ];
  for (const entry of entries) ledger.append(entry);
  fails = true;
  assert.throws(() => ledger.append(emergency), /disk full/);
  await settled('all heard', () => heard().length >= 6);
  await notifier[Symbol.asyncDispose]();
  assert.deepEqual(
    heard()
      .map(({ kind }) => kind)
      .toSorted(),
    ['codeIssued', 'emergency', 'enrolled', 'pinChanged', 'pinReset', 'vouched'],
  );
  const text = JSON.stringify(heard());
  for (const unsaid of ['123456', 'photo id', 'anna', 'new']) assert.ok(!text.includes(unsaid), unsaid);
});

for (const [what, spoil] of [
  ['the group may write it', ({ program }: Rig) => chmodSync(program, 0o775)],
  ['others may write it', ({ program }: Rig) => chmodSync(program, 0o757)],
  ['somebody else owns it', ({ program }: Rig) => chownSync(program, 65_534, 0)],
  ['others may write its folder', ({ dir }: Rig) => chmodSync(dir, 0o777)],
  ['somebody else owns its folder', ({ dir }: Rig) => chownSync(dir, 65_534, 0)],
] as const) {
  test(`${what}: it is not run`, { skip }, async (t) => {
    const made = rig(t);
    spoil(made);
    made.notifier.told(emergency, 1, 'ledger');
    await settled('complained', () => made.complaints.length > 0);
    assert.deepEqual(
      made.complaints.map(([id]) => id),
      ['TW2101'],
    );
    assert.deepEqual(made.heard(), []);
    await made.notifier[Symbol.asyncDispose]();
  });
}

test('a folder, or nothing at all, is no program', { skip }, async (t) => {
  const { dir } = rig(t);
  mkdirSync(join(dir, 'sub'));
  const complaints: string[] = [];
  for (const notifyHook of [join(dir, 'sub'), join(dir, 'none')]) {
    const notifier = createNotifier({ policy: () => ({ notifyHook, stationName: 's' }), diagnose: (id) => complaints.push(id), isEnrolled: () => true });
    notifier.told(emergency, 1, 'ledger');
    await settled('complained', () => complaints.length > 0);
    await notifier[Symbol.asyncDispose]();
  }
  assert.deepEqual(complaints, ['TW2101', 'TW2101']);
});

test('it fails: once more, then a word to IT', { skip }, async (t) => {
  const { notifier, heard, complaints } = rig(t, 'exit 3');
  notifier.told(emergency, 4, 'reserve');
  await settled('complained', () => complaints.length > 0);
  assert.deepEqual(complaints, [['TW2102', 'emergency, entry 4: exit code 3']]);
  assert.equal(heard().length, 2);
  await notifier[Symbol.asyncDispose]();
});

test('it hangs, with a child of its own: both are ended, and nobody waited', { skip }, async (t) => {
  const { notifier, dir, complaints } = rig(t, 'sleep 120 & echo $! >> "$(dirname "$0")/children"; wait', 300);
  const before = performance.now();
  notifier.told(emergency, 1, 'ledger');
  assert.ok(performance.now() - before < 100);
  await settled('complained', () => complaints.length > 0);
  assert.deepEqual(
    complaints.map(([id]) => id),
    ['TW2102'],
  );
  const children = readFileSync(join(dir, 'children'), 'utf8').trim().split('\n');
  assert.equal(children.length, 2);
  await settled('no child is left', () => children.every((pid) => !existsSync(`/proc/${pid}`) || / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))));
  await notifier[Symbol.asyncDispose]();
});
