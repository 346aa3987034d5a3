/** The installed agent's own program comes in with its policy in a folder; files that change, SIGHUP, `tapward policy`, a kill and a new start: what holds, and who says so, go out. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { connectDoor } from '../../agent/admin/client.ts';
import type { Status } from '../../agent/admin/contract.ts';
import { readEntries } from '../../agent/ledger/reading.ts';
import type { Row } from '../../agent/policy/effective.ts';
import { credentialName } from '../../native/keys/systemd-key.ts';
import { noPcsc, type Printed, tapward, tapwardJson } from '../cli/running.ts';
import { need } from '../needs.ts';

const skip = need('linux');
const root = join(import.meta.dirname, '../..');
const dir = mkdtempSync(join(tmpdir(), 'tapward-policy-'));
const at = (name: string): string => {
  mkdirSync(join(dir, name), { mode: 0o700 });
  return join(dir, name);
};
const [state, run, etc, credentials] = [at('state'), at('run'), at('etc'), at('credentials')];
mkdirSync(join(etc, 'policy.d'));
writeFileSync(join(credentials, credentialName), Buffer.alloc(32, 7), { mode: 0o600 });
const env = { STATE_DIRECTORY: state, RUNTIME_DIRECTORY: run, CONFIGURATION_DIRECTORY: etc, CREDENTIALS_DIRECTORY: credentials, ...noPcsc };
const policyFile = join(etc, 'policy.json');
const running: ChildProcess[] = [];
after(async () => {
  for (const child of running) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
});

const cli = (...args: readonly string[]): Promise<Printed> => tapward(state, args, { env });
const json = async (...args: readonly string[]): Promise<{ readonly code: number | null; readonly json: Record<string, unknown> }> =>
  (await tapwardJson(state, args, { env })) as never;
const until = async (what: string, holds: () => boolean | Promise<boolean>): Promise<void> => {
  for (let i = 0; i < 200; i++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.fail(`${what}: ${said}`);
};
let said = '';
/** null: no agent answers. */
async function status(): Promise<Status | null> {
  const door = await connectDoor(state);
  if (door.kind !== 'connected') return null;
  try {
    const reply = await door.ask({ ask: 'status' });
    return reply.kind === 'status' ? reply : null;
  } finally {
    door.close();
  }
}
async function start(): Promise<ChildProcess> {
  const child = spawn(process.execPath, [join(root, 'agent/main.ts')], { env: { PATH: process.env['PATH'] ?? '', ...env }, stdio: ['ignore', 'ignore', 'pipe'] });
  running.push(child);
  child.stderr?.on('data', (bytes: Buffer) => (said += bytes.toString()));
  await until('the agent answers', async () => (await status()) !== null);
  return child;
}
const stop = async (child: ChildProcess, signal: NodeJS.Signals): Promise<void> => {
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
};
const entries = (): readonly string[] =>
  readEntries(join(state, 'ledger')).flatMap(({ entry }) =>
    entry.kind === 'policyChanged' ? [`changed ${entry.keys.join(' ')}`] : entry.kind === 'policyRefused' ? [`refused ${entry.faults} ${entry.kept}`] : [],
  );
const row = (printed: string, key: string): string =>
  printed
    .split('\n')
    .find((line) => line.includes(` ${key} `))
    ?.replace(/ +/g, ' ')
    .trim() ?? 'none';

test('an installed agent takes a change without a restart, keeps what held when the next is wrong, and says so everywhere', { skip, timeout: 200_000 }, async () => {
  writeFileSync(policyFile, '{\n  "inactivity": "3 min",\n  "rules": [{"roles": ["nurse"], "set": {"takeOver": "switch"}}]\n}\n');
  writeFileSync(join(etc, 'policy.d', '10-screen.json'), '{"helpPhone": "99"}');
  const agent = await start();
  const shown = await cli('policy', 'show-effective', '--role', 'nurse');
  assert.equal(shown.code, 0);
  assert.match(shown.out, /^.+, for the role nurse; in force in the running agent; 4 settings other than the default\n/);
  assert.deepEqual(
    ['inactivity', 'helpPhone', 'takeOver', 'stationName', 'warning'].map((key) => row(shown.out, key)),
    [
      `* inactivity 3 min ${policyFile}:2`,
      `* helpPhone 99 ${join(etc, 'policy.d', '10-screen.json')}:1`,
      `* takeOver switch rule 1, ${policyFile}:3`,
      `* stationName ${hostname()} the station itself`,
      'warning 20 s default',
    ],
  );

  writeFileSync(policyFile, '{"inactivity": "2 min", "sessions": "logind"}');
  const reloaded = await cli('policy', 'reload');
  assert.deepEqual([reloaded.code, reloaded.out], [0, 'Changed: inactivity, roles, sessions.\nFrom the agent’s next start: sessions.\n']);
  assert.deepEqual((await status())?.policy, { standing: 'current', faults: [], waiting: ['sessions'] });
  assert.match((await cli('status')).out, /restart the agent for sessions/);
  const rows = (await json('policy', 'show-effective')).json['settings'] as readonly Row[];
  assert.deepEqual(
    rows.filter(({ waits }) => waits !== null).map(({ key, value, waits }) => [key, value, waits]),
    [['sessions', 'none', { value: 'logind', until: 'restart' }]],
  );

  // As systemctl reload does it.
  writeFileSync(policyFile, '{\n  "inactivity": "2 h",\n  "colour": 1\n}');
  agent.kill('SIGHUP');
  await until('it is refused', async () => (await status())?.policy?.standing === 'kept');
  assert.deepEqual((await status())?.policy?.faults, [
    `${policyFile}, line 2: "inactivity" must be a time from 10 s to 1 h.`,
    `${policyFile}, line 3: "colour" is not a setting: take it out.`,
  ]);
  assert.match((await cli('status')).out, /its sources have 2 faults, and the last policy that held goes on/);
  const kept = await cli('policy', 'show-effective');
  assert.equal(kept.code, 1);
  assert.match(kept.out, /The sources have 2 faults; the last policy that held goes on:\n {2}\S+policy\.json, line 2: /);
  assert.match(row(kept.out, 'inactivity'), /^\* inactivity 2 min /);
  chmodSync(policyFile, 0o646);
  const doctor = await json('doctor');
  const findings = doctor.json['findings'] as readonly { readonly id: string; readonly what: string; readonly mend: string }[];
  assert.deepEqual(
    findings.flatMap(({ id, what, mend }) => (id === 'policy' ? [`${what} → ${mend}`] : [])),
    [
      `Others than its owner may write ${policyFile} → Run chmod go-w ${policyFile}, and see that root owns it.`,
      `${policyFile}, line 2: "inactivity" must be a time from 10 s to 1 h → Mend the policy file; until then the last good policy stays in force.`,
      `${policyFile}, line 3: "colour" is not a setting → Take it out.`,
    ],
  );
  assert.equal((await cli('policy', 'check')).code, 1);
  assert.deepEqual(entries(), ['changed inactivity roles sessions', 'refused 2 running']);
  assert.match((await cli('ledger', 'show', '--last', '3')).out, /policy REFUSED with 2 faults: the one in force goes on/);

  // Killed, and started anew on the faulty file: the last good policy, its "logind" left out here for want of one.
  writeFileSync(policyFile, '{"inactivity": "1 min"}');
  assert.equal((await cli('policy', 'reload')).out, 'Changed: inactivity, sessions.\nFrom the agent’s next start: sessions.\n');
  writeFileSync(policyFile, '{"inactivity": "1 mni"}');
  await stop(agent, 'SIGKILL');
  // Where no agent runs, the sources are what can be shown, and what its next start would take.
  const alone = await cli('policy', 'show-effective');
  assert.match(alone.out, /by the sources on this computer/);
  assert.match(row(alone.out, 'inactivity'), /^\* inactivity 1 min /);
  assert.equal((await cli('policy', 'reload')).code, 3);
  const second = await start();
  assert.deepEqual([(await status())?.policy?.standing, entries().at(-1)], ['kept', 'refused 1 lastGood']);
  assert.match(row((await cli('policy', 'show-effective')).out, 'inactivity'), /^\* inactivity 1 min /);
  assert.match(readFileSync(join(state, 'agent.log'), 'utf8'), /TW1401 1 fault; the last policy that held goes on\n.*TW1401 \S+policy\.json, line 1: "inactivity"/);
  await stop(second, 'SIGTERM');
});

test('several files are judged together; other stations and roles are answered from the sources', { skip, timeout: 60_000 }, async () => {
  const [first, second] = [join(dir, 'a.json'), join(dir, 'b.json')];
  writeFileSync(first, '{"warning": "30 s",\n "undo": "x"}');
  writeFileSync(
    second,
    '{"inactivity": "20 s", "groups": {"icu": ["icu-*"]},\n "rules": [{"roles": ["nurse"], "stations": ["@icu"], "set": {"takeOver": "switch"}}, {"stations": ["er-*"], "set": {"openOverall": "1 min", "warning": "1 min"}}]}',
  );
  const checked = await cli('policy', 'check', first, second);
  assert.deepEqual(
    [checked.code, checked.out.trim().split('\n')],
    [
      1,
      [
        `${first}, line 2: "undo" must be a time from 0 ms to 1 min.`,
        '"warning" (30 s) must be shorter than "inactivity" (20 s).',
        'On a station named er-1: "warning" (1 min) must be shorter than "inactivity" (20 s).',
        'On a station named er-1: "warning" (1 min) must be shorter than "openOverall" (1 min): it would stand all the time.',
        '',
        '4 faults: a station keeps its last good policy.',
      ],
    ],
  );
  writeFileSync(policyFile, readFileSync(second, 'utf8').replace('"20 s"', '"40 s"').replace('"openOverall": "1 min", "warning": "1 min"', '"undo": "1 s"'));
  const on = async (...args: readonly string[]): Promise<string> => (await cli('policy', 'show-effective', ...args)).out;
  assert.match(await on('--station', 'ICU-4', '--role', 'nurse'), /^ICU-4, for the role nurse; by the sources on this computer; 4 settings other than the default\n/);
  assert.match(row(await on('--station', 'ICU-4', '--role', 'nurse'), 'takeOver'), /^\* takeOver switch rule 1, \S+policy\.json:2$/);
  assert.deepEqual(
    [row(await on('--station', 'ICU-4'), 'takeOver'), row(await on('--station', 'er-1', '--role', 'nurse'), 'takeOver')],
    ['takeOver ask default', 'takeOver ask default'],
  );
  assert.match(row(await on('--station', 'er-1'), 'undo'), /^\* undo 1 s rule 2, \S+policy\.json:2$/);
});
