/** Stations with one thing wrong come in; the doctor's line about it, its mend and its exit code go out, and nothing is changed by looking. */
import assert from 'node:assert/strict';
import { chmodSync, cpSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Tools } from '../../agent/cli/command.ts';
import { clockFindings } from '../../agent/cli/doctor/clock.ts';
import type { Finding } from '../../agent/cli/doctor/finding.ts';
import { keyFindings } from '../../agent/cli/doctor/keys.ts';
import { readerFindings } from '../../agent/cli/doctor/readers.ts';
import { chooseKeys, mendWeakKey } from '../../native/keys/choice.ts';
import { machineMarks } from '../../native/machine/marks.ts';
import { need } from '../needs.ts';
import { startStand } from '../virtual-reader/stand.ts';
import { folder, startAgentProcess, tapward, tapwardJson } from './running.ts';

const place = folder();
after(() => place[Symbol.dispose]());
const pcsc = need('linux', 'pcscd', 'compiler', 'namespaces');

/** A station that was set up and ended in good order. */
const sound = join(place.path, 'sound');
await (await startAgentProcess(sound))[Symbol.asyncDispose]();
let copies = 0;
function copy(): string {
  const path = join(place.path, `copy-${++copies}`);
  cpSync(sound, path, { recursive: true });
  // A copied folder gets the usual rights, not those of the one it was copied from.
  for (const folderIn of [path, join(path, 'ledger')]) chmodSync(folderIn, 0o700);
  return path;
}

type Report = { readonly code: number | null; readonly findings: readonly Finding[]; readonly about: (id: string) => readonly Finding[] };
async function examine(dir: string, env: Readonly<Record<string, string>> = {}): Promise<Report> {
  const { code, json } = await tapwardJson(dir, ['doctor'], { env });
  const { findings } = json as { readonly findings: readonly Finding[] };
  for (const { grade, what, mend } of findings) {
    assert.match(what, /^\S.*[^.]$/);
    assert.equal(mend === null, grade === 'ok', what);
    if (mend !== null) assert.match(mend, /^[A-Z].*\S$/);
  }
  assert.equal(code, findings.some(({ grade }) => grade === 'bad') ? 1 : 0);
  return { code, findings, about: (id) => findings.filter((finding) => finding.id === id) };
}
const line = ({ grade, what }: Finding): string => `${grade} ${what}`;

test('a running evaluation on its tray: nothing is bad, and every line stands there', async () => {
  await using agent = await startAgentProcess(copy());
  const { code, findings, about } = await examine(agent.dir);
  assert.equal(code, 0);
  assert.deepEqual(
    findings.map(({ id }) => id),
    ['agent', 'pcsc', 'readers', 'permissions', 'key', 'counter', 'store', 'policy', 'badges', 'ledger', 'disk', 'clock', 'time-sync'],
  );
  assert.deepEqual(about('agent').map(line), [`ok The agent runs: version 0.0.0, evaluation, process ${agent.pid}`]);
  assert.deepEqual(about('readers').map(line), ['ok One badge reader: Virtual reader']);
  assert.deepEqual(about('store').map(line), ['ok The agent has the store open and its seal holds']);
  assert.deepEqual(about('key').map(line), ['warn The machine key lies in a plain file: who copies the folder has it']);
  const { out } = await tapward(agent.dir, ['doctor']);
  assert.match(
    out,
    new RegExp(
      `^Station in ${agent.dir}\nok    The agent runs: .*\\.\nwarn  The PC/SC service does not run\\.\n      → Start it \\(Debian: systemctl enable --now pcscd\\.socket\\)\\.\n`,
    ),
  );
});

test('no agent and no PC/SC service: both said, the store looked at without it', async () => {
  const dir = copy();
  const before = statSync(join(dir, 'store.db'));
  const { about } = await examine(dir);
  assert.deepEqual([...about('agent'), ...about('pcsc'), ...about('readers')].map(line), [
    'warn No agent runs for this station',
    'bad The PC/SC service does not run',
    'bad No badge reader is connected',
  ]);
  assert.deepEqual(about('store').map(line), ['ok The store opens, its seal holds and it is the newest']);
  assert.deepEqual([statSync(join(dir, 'store.db')).mtimeMs, statSync(join(dir, 'store.db')).size], [before.mtimeMs, before.size]);
});

test('PC/SC answers and no reader is there', { skip: pcsc }, async () => {
  await using stand = await startStand({ readers: [] });
  const { about } = await examine(copy(), stand.env);
  assert.deepEqual([...about('pcsc'), ...about('readers')].map(line), ['ok The PC/SC service answers', 'bad No badge reader is connected']);
  assert.match(about('readers')[0]?.mend ?? '', /^Plug one in;/);
});

test('a reader and a slot that is none, seen alike with an agent and without', { skip: pcsc }, async () => {
  await using stand = await startStand({ readers: [1, 2], names: { 1: 'Ward Reader PICC', 2: 'Ward Reader SAM' } });
  const dir = copy();
  const alone = await examine(dir, stand.env);
  await using agent = await startAgentProcess(dir, { tray: false, pcscEnv: stand.env });
  const beside = await examine(agent.dir, { PCSCLITE_CSOCK_NAME: '/nonexistent' });
  for (const { about } of [alone, beside]) {
    assert.match(about('readers').map(line).join(), /^ok One badge reader: Ward Reader PICC/);
    assert.match(about('slot').map(line).join(), /^warn Ward Reader SAM.*: it is a slot for a key store inside the reader \(SAM\)$/);
  }
});

test('a key that others may read: permissions and store both say what to do', async () => {
  const dir = copy();
  const path = join(dir, 'machine.key');
  chmodSync(path, 0o644);
  const { about } = await examine(dir);
  assert.deepEqual(about('permissions'), [{ id: 'permissions', grade: 'bad', what: `Others may reach ${path} (mode 644)`, mend: `Run chmod 600 ${path}.` }]);
  assert.deepEqual(about('store'), [{ id: 'store', grade: 'bad', what: 'The machine key does not open the store', mend: `Others may read ${path}: run chmod 600 on it.` }]);
  chmodSync(path, 0o600);
  assert.deepEqual((await examine(dir)).about('permissions').map(line), ['ok The folder and its files are the owner’s alone']);
});

test('a folder that others may enter', async () => {
  const dir = copy();
  chmodSync(join(dir, 'ledger'), 0o755);
  assert.deepEqual(
    (await examine(dir)).about('permissions').map(({ mend }) => mend),
    [`Run chmod 700 ${join(dir, 'ledger')}.`],
  );
});

test('a damaged store: said without an agent, and by the agent that is degraded on it', async () => {
  const dir = copy();
  const bytes = readFileSync(join(dir, 'store.db'));
  bytes.fill(0x55, bytes.length - 6_000, bytes.length - 2_000);
  writeFileSync(join(dir, 'store.db'), bytes);
  const alone = (await examine(dir)).about('store');
  assert.deepEqual(alone.map(line), ['bad The store is damaged or cannot be written']);
  await using agent = await startAgentProcess(dir);
  const beside = (await examine(agent.dir)).about('store');
  assert.deepEqual(beside.map(line), ['bad The station is degraded and opens nobody: the store is damaged or cannot be written']);
  assert.equal(beside[0]?.mend, alone[0]?.mend);
  assert.match(beside[0]?.mend ?? '', /restore it from its copy/);
});

test('an older store beside a newer counter, and a store without its key', async () => {
  const older = copy();
  writeFileSync(join(older, 'counter'), '00000000000000000999\n'.repeat(2));
  assert.deepEqual((await examine(older)).about('store').map(line), ['bad The store is an older copy of itself']);
  const keyless = copy();
  rmSync(join(keyless, 'machine.key'));
  assert.deepEqual((await examine(keyless)).about('store'), [
    { id: 'store', grade: 'bad', what: 'The machine key is missing', mend: 'Bring it back, or set the station up anew.' },
  ]);
});

test('a ledger with one byte changed', async () => {
  const dir = copy();
  const path = join(dir, 'ledger', 'ledger-000001.jsonl');
  writeFileSync(path, readFileSync(path, 'latin1').replace('"seq":3,"wall":1', '"seq":3,"wall":2'), 'latin1');
  const [finding, ...more] = (await examine(dir)).about('ledger');
  assert.deepEqual(more, []);
  assert.match(finding?.what ?? '', /^The ledger does not hold from entry 4 on: it does not follow from the line before$/);
  assert.equal(finding?.grade, 'bad');
});

test('a disk that is almost full', { skip: need('linux', 'namespaces') }, async () => {
  const dir = join(place.path, 'full');
  const script = `mkdir -p "$0" && mount -t tmpfs -o size=4m,mode=700 tmpfs "$0" && cp -a "${sound}/." "$0/" && exec "$@"`;
  const { out } = await tapward(dir, ['doctor'], { through: ['unshare', '--mount', ...(process.getuid?.() === 0 ? [] : ['--map-root-user']), 'sh', '-c', script, dir] });
  assert.match(out, /\nbad {3}\d MB are free where the ledger is written\.\n {6}→ Free some: once the ledger cannot grow, the station stays locked\.\n/);
});

test('an installed station on a file key: bad, with the command that seals it', () => {
  const tools = { keys: chooseKeys, mendWeakKey, machine: machineMarks } as unknown as Tools;
  const [key] = keyFindings(sound, 'installed', null, tools);
  assert.equal(key?.grade, 'bad');
  assert.match(key?.mend ?? '', /^As root run: systemd-creds encrypt .*machine\.key.* && shred -u .*machine\.key'?$/);
});

for (const [cause, what, mend] of [
  ['noLibrary', 'The PC/SC library is missing', /apt-get install pcscd/],
  ['noService', 'The PC/SC service does not run', /systemctl enable --now pcscd\.socket/],
  ['refused', 'The PC/SC service refuses this account (polkit)', /access_pcsc and access_card .* \/etc\/polkit-1\/rules\.d/],
  ['hung', 'The PC/SC service does not answer', /systemctl restart pcscd/],
] as const) {
  test(`PC/SC: ${cause} is bad where no reader is left, and says its mend`, async () => {
    const tools = { probe: () => Promise.resolve({ cause, readers: [], skipped: [] }) } as unknown as Tools;
    const [service, readers] = await readerFindings(null, tools);
    assert.deepEqual([service?.grade, service?.what, readers?.grade], ['bad', what, 'bad']);
    assert.match(service?.mend ?? '', mend);
  });
}

const now = { wall: Date.UTC(2026, 10, 21, 12), at: 1_000_000 };
const status = (moved: number) => ({ started: { wall: now.wall - 60_000 + moved, at: now.at - 60_000 } }) as unknown as Parameters<typeof clockFindings>[1];
const last = (wall: number): Parameters<typeof clockFindings>[2] => ({ seq: 1, wall, at: 0, entry: { kind: 'stopped', why: 'x' } });
for (const [what, finding, expected] of [
  ['right', clockFindings(now, status(0), last(now.wall - 5)), /^ok The clock says 2026-11-21 /],
  ['in the past', clockFindings({ wall: 86_400_000, at: 5 }, null, null), /^bad The clock says 1970-01-02 .*, which cannot be$/],
  ['behind its own ledger', clockFindings(now, null, last(now.wall + 7_200_000)), /^bad .*the ledger’s last entry is 2 h ahead of it$/],
  ['set back under a running agent', clockFindings(now, status(3_600_000), null), /^warn The clock was set back by 60 min since the agent started$/],
  ['set forward under a running agent', clockFindings(now, status(-60_000), null), /^warn The clock was set forward by 60 s since/],
] as const) {
  test(`a clock that is ${what}`, () => assert.match(line(finding[0] as Finding), expected));
}

test('what the agent met since its start is told with a mend', async () => {
  await using agent = await startAgentProcess(copy());
  await agent.do({ do: 'break' });
  const { code, about } = await examine(agent.dir);
  assert.equal(code, 1);
  assert.match(about('note').map(line).join(), /^warn \d{4}-\d\d-\d\d \d\d:\d\d:\d\d TW1101 Error: broken by the test$/);
});

test('no station in the folder: said, and PC/SC looked at all the same', async () => {
  const { code, findings } = await examine(join(place.path, 'nowhere'));
  assert.equal(code, 1);
  assert.deepEqual(
    findings.map(({ id }) => id),
    ['station', 'pcsc', 'readers'],
  );
});
