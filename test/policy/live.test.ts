/** Sources that change come in, good and bad ones; the policy in force, what is said of it and what is kept for the next start go out. */
import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { readInstalledPolicy } from '../../agent/places.ts';
import { lastGoodIn } from '../../agent/policy/last-good.ts';
import { createLivePolicy, type LivePolicy } from '../../agent/policy/live.ts';
import type { Source } from '../../agent/policy/sources.ts';
import type { Entry } from '../../core/entry.ts';
import { start } from '../../core/step.ts';
import type { State } from '../../core/types.ts';
import { ana, session } from '../core/world.ts';

const key = createSecretKey(Buffer.alloc(32, 5));
const site = { mode: 'installed', stationName: 'pc-7', computer: 'pc-7' } as const;
const folder = (t: TestContext): string => {
  const dir = mkdtempSync(join(tmpdir(), 'tapward-live-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
};
const file = (settings: object): readonly Source[] => [{ kind: 'file', name: 'policy.json', text: JSON.stringify(settings) }];

type Rig = { readonly live: LivePolicy; readonly entries: Entry[]; readonly said: string[]; readonly write: (settings: object) => void; changes: number };
function open(dir: string, settings: object): Rig {
  let sources = file(settings);
  const said: string[] = [];
  const entries: Entry[] = [];
  const live = createLivePolicy({ read: () => sources, site, lastGood: lastGoodIn(dir, key), diagnose: (id, text) => said.push(`${id} ${text}`) });
  const rig: Rig = { live, entries, said, changes: 0, write: (next) => (sources = file(next)) };
  live.begin({ record: (entry) => entries.push(entry), changed: () => rig.changes++ });
  return rig;
}
const kinds = (entries: readonly Entry[]): readonly unknown[] =>
  entries.map((entry) => (entry.kind === 'policyChanged' ? entry.keys : entry.kind === 'policyRefused' ? [entry.faults, entry.kept] : entry.kind));

/** A station's states as they follow each other. */
const locked: State = { ...start(0).state, desk: { kind: 'locked' } };
const openDesk: State = {
  ...locked,
  desk: {
    kind: 'open',
    subscriber: ana,
    session: session('s2').key,
    openedAt: 1_000,
    by: { kind: 'verdict', subscriber: ana.id, attempt: 1, factors: ['badge', 'pin'], reached: 'none', badge: 'b', grade: 'uid', tag: null, provedAt: 1_000 } as never,
    lifted: null,
    lastActivity: 1_000,
    lastKey: null,
    kept: null,
  },
};
const typing: State = { ...locked, claim: { kind: 'verifying', tap: {} as never, since: 0, ask: null, digits: 6 } as never };

test('a change counts at once where nobody is in the middle of anything, and after it where somebody is', (t) => {
  const rig = open(folder(t), { inactivity: '5 min' });
  rig.live.seen(locked);
  rig.write({ inactivity: '3 min' });
  assert.deepEqual(rig.live.reload(), { kind: 'changed', keys: ['inactivity'], restart: [] });
  assert.deepEqual([rig.live.policy().inactivity, rig.changes], [180_000, 1]);
  rig.live.seen(typing);
  rig.write({ inactivity: '3 min', pinLength: 8 });
  rig.live.reload();
  assert.equal(rig.live.policy().pinLength, 6, 'a PIN that is being checked is checked by the rules it was typed under');
  rig.live.seen(locked);
  assert.equal(rig.live.policy().pinLength, 8);
  assert.deepEqual(kinds(rig.entries), [['inactivity'], ['pinLength']]);
  assert.deepEqual(rig.live.reload(), { kind: 'unchanged' });
});

test('somebody who is always in the middle of something holds a change up for two minutes, no longer', (t) => {
  t.mock.method(performance, 'now', () => now);
  let now = 0;
  const rig = open(folder(t), {});
  rig.live.seen(typing);
  rig.write({ pinLength: 8 });
  rig.live.reload();
  now = 119_000;
  rig.live.seen(typing);
  assert.equal(rig.live.policy().pinLength, 6);
  now = 121_000;
  rig.live.seen(typing);
  assert.equal(rig.live.policy().pinLength, 8);
});

test('under open work a limit becomes shorter at once and longer once it has closed', (t) => {
  const rig = open(folder(t), { inactivity: '5 min', openOverall: '8 h' });
  rig.live.seen(openDesk);
  rig.write({ inactivity: '10 min', openOverall: '4 h', stationName: 'Ward 3' });
  rig.live.reload();
  const during = rig.live.policy();
  assert.deepEqual([during.inactivity, during.openOverall, during.stationName], [300_000, 4 * 3_600_000, 'Ward 3']);
  // A second change under the same work cannot undo that.
  rig.write({ inactivity: '20 min', openOverall: '12 h', stationName: 'Ward 3' });
  rig.live.reload();
  assert.deepEqual([rig.live.policy().inactivity, rig.live.policy().openOverall], [300_000, 4 * 3_600_000]);
  rig.live.seen({ ...openDesk, desk: { ...openDesk.desk, openedAt: 2_000 } as State['desk'] });
  assert.deepEqual([rig.live.policy().inactivity, rig.live.policy().openOverall], [1_200_000, 12 * 3_600_000], 'the next work goes by the new policy');
});

test('what is read once waits for the next start, and the rest does not', (t) => {
  const dir = folder(t);
  const rig = open(dir, { sessions: 'none' });
  rig.write({ sessions: 'logind', undo: '3 s' });
  assert.deepEqual(rig.live.reload(), { kind: 'changed', keys: ['undo', 'sessions'], restart: ['sessions'] });
  assert.deepEqual([rig.live.policy().sessions, rig.live.policy().undo, rig.live.resolved().policy.sessions], ['none', 3_000, 'logind']);
  assert.equal(open(dir, { sessions: 'logind', undo: '3 s' }).live.policy().sessions, 'logind');
});

test('sources with faults change nothing: the running policy goes on, then the last good one at the next start, and both are said', (t) => {
  const dir = folder(t);
  const rig = open(dir, { inactivity: '3 min' });
  rig.write({ inactivity: '3 days', colour: 'red' });
  const refused = rig.live.reload();
  assert.equal(refused.kind === 'refused' && refused.faults.length, 2);
  rig.live.reload();
  assert.deepEqual([rig.live.policy().inactivity, rig.live.standing().kind, kinds(rig.entries)], [180_000, 'kept', [[2, 'running']]], 'the same faults stand in the ledger once');
  assert.deepEqual(rig.said, [
    'TW1401 2 faults; the policy in force goes on',
    'TW1401 line 1: "inactivity" must be a time from 10 s to 1 h.',
    'TW1401 line 1: "colour" is not a setting: take it out.',
  ]);
  const anew = open(dir, { inactivity: '3 days' });
  assert.deepEqual([anew.live.policy().inactivity, anew.live.standing().kind, kinds(anew.entries)], [180_000, 'kept', [[1, 'lastGood']]]);
  anew.write({ inactivity: '3 min' });
  anew.live.reload();
  assert.deepEqual([anew.live.standing().kind, kinds(anew.entries).at(-1)], ['current', []], 'that they hold again is said, too');
});

test('with no last good one the defaults hold, and that is said; what changed while no agent ran is said at its start', (t) => {
  const first = open(folder(t), { inactivity: 1 });
  assert.deepEqual(
    [first.live.policy().inactivity, first.live.policy().stationName, first.live.standing().kind, kinds(first.entries)],
    [300_000, 'pc-7', 'defaults', [[1, 'defaults']]],
  );
  const dir = folder(t);
  assert.deepEqual(open(dir, { undo: '3 s' }).entries, []);
  assert.deepEqual(kinds(open(dir, { undo: '4 s', rules: [{ roles: ['nurse'], set: { undo: '1 s' } }] }).entries), [['undo', 'roles']]);
});

test('what a Windows agent would not start with is refused while it runs, and its next start goes by the last good one', (t) => {
  const dir = folder(t);
  let sources = file({ sessions: 'kiosk', kioskAccount: 'ward' });
  const begin = (): LivePolicy => {
    const live = createLivePolicy({ read: () => sources, site: { ...site, platform: 'win32' }, lastGood: lastGoodIn(dir, key), diagnose: () => undefined });
    live.begin({ record: () => undefined, changed: () => undefined });
    return live;
  };
  const running = begin();
  const refused: readonly (readonly [settings: object, fault: RegExp])[] = [
    [{ sessions: 'none' }, /"sessions" must not be "none" on Windows/],
    [{}, /"sessions" must not be "none" on Windows/],
    [{ sessions: 'logind' }, /"sessions" must not be "logind" on Windows/],
  ];
  for (const [settings, fault] of refused) {
    sources = file(settings);
    const now = running.reload();
    assert.deepEqual([now.kind, now.kind === 'refused' && now.faults.map(({ sentence }) => fault.test(sentence))], ['refused', [true]], JSON.stringify(settings));
    const { sessions, kioskAccount } = begin().policy();
    assert.deepEqual([sessions, kioskAccount], ['kiosk', 'ward']);
  }
  sources = file({ sessions: 'windows' });
  assert.equal(running.reload().kind, 'changed');
});

test('once the agent has ended, what it went by is what its sessions are locked by', (t) => {
  const dir = folder(t);
  const places = { state: dir, run: dir, policy: join(dir, 'policy.json') };
  const sessions = (): string => readInstalledPolicy(places, 'pc-7').policy.sessions;
  assert.equal(sessions(), 'none');
  open(dir, { sessions: 'logind' });
  writeFileSync(places.policy, '{"sessions": "logind"');
  assert.equal(sessions(), 'logind', 'the last good one, where the file is wrong by now');
  writeFileSync(places.policy, '{"sessions": "windows"}');
  assert.deepEqual(
    readInstalledPolicy(places, 'pc-7').faults.map(({ sentence }) => sentence),
    process.platform === 'linux' ? ['"sessions" must not be "windows" on Linux: set "logind", "kiosk" or "none".'] : [],
  );
  writeFileSync(places.policy, '{"sessions": "kiosk"}');
  assert.equal(sessions(), 'kiosk');
});

test('a policy is kept once an agent has started with it, not before', (t) => {
  const dir = folder(t);
  const sources = file({ sessions: 'kiosk', kioskAccount: 'nobody-here' });
  createLivePolicy({ read: () => sources, site, lastGood: lastGoodIn(dir, key), diagnose: () => undefined });
  assert.equal(lastGoodIn(dir, key).load(), null);
});

test('the last good policy is for this account’s eyes, whole or not at all, and counts only as the station wrote it', (t) => {
  const dir = folder(t);
  open(dir, { inactivity: '3 min' });
  const path = join(dir, 'policy-last-good');
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const written = readFileSync(path);
  const held = (): number => open(dir, { inactivity: 'never' }).live.policy().inactivity;
  assert.equal(held(), 180_000);
  const forged = Buffer.from(written.toString('latin1').replace('3 min', '1 h  '), 'latin1');
  assert.notDeepEqual(forged, written);
  for (const other of [forged, written.subarray(0, -1), Buffer.alloc(0), Buffer.from('{}')]) {
    writeFileSync(path, other);
    assert.equal(held(), 300_000, 'the defaults, not what somebody else wrote');
  }
  writeFileSync(path, written);
  assert.equal(lastGoodIn(dir, createSecretKey(Buffer.alloc(32, 6))).load(), null, 'another station’s');
  assert.equal(lastGoodIn(dir, null).load()?.length, 1, 'without a key the folder’s rights speak for it');
});
