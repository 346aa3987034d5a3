/** Emergencies of a real station come in; `tapward` lists them, lets somebody else review each once, makes new codes, and explains whose tap would come to what. */
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { emergencyFindings } from '../../agent/cli/doctor/emergency.ts';
import { codePath, createEmergencyCode } from '../../agent/emergency/code.ts';
import { reservePath } from '../../agent/emergency/reserve.ts';
import { writeTries } from '../../agent/emergency/tries.ts';
import { demoPeople } from '../../agent/evaluation/people.ts';
import { FixedPinBuffer } from '../../agent/pin-buffer.ts';
import { loadKeys } from '../../agent/store/keys.ts';
import { defaultPolicy, type Policy } from '../../core/policy.ts';
import { createClock } from '../../native/clock/clock.ts';
import { chooseKeys } from '../../native/keys/choice.ts';
import { ownAccount } from '../../native/peer/peer.ts';
import { folder as cliFolder, startAgentProcess, tapward, tapwardJson } from '../cli/running.ts';
import { folder } from '../store/place.ts';
import { claimEmergency, entriesIn, isLocked, isOpen, pin, settled, setUp, start, stationIn } from './rig.ts';

/** Opened, locked again, and the agent stopped; `account`: the opener's own, as IT noted it. */
async function emergencyBy(dir: string, account: string | null): Promise<number> {
  await using station = await start(dir);
  const { store } = station.agent.durable;
  const [record] = store?.subscribers() ?? [];
  assert.ok(store !== null && record !== undefined);
  store.write([{ ...record, account }], 'counted');
  await claimEmergency(station, pin);
  await settled('open', () => isOpen(station));
  station.face.do('lockNow');
  await settled('locked', () => isLocked(station));
  return entriesIn(dir).findLast(({ entry }) => entry.kind === 'emergency')?.seq ?? -1;
}

test('list, review by somebody else, and no review by oneself, twice, of nothing or without a word', async (t) => {
  const dir = stationIn(folder(t));
  const sam = await setUp(dir);
  assert.deepEqual((await tapwardJson(dir, ['emergency', 'list'])).json, { kind: 'emergencies', open: 0, emergencies: [] });
  const first = await emergencyBy(dir, 'sam');
  const listed = await tapward(dir, ['emergency', 'list']);
  assert.equal(listed.code, 1);
  assert.match(listed.out, new RegExp(`^${first}  .+ ${sam} +life in danger +30 min +open for \\d+ s$`, 'm'));
  const review = (number: number, statement: string): ReturnType<typeof tapward> => tapward(dir, ['emergency', 'review', String(number), '--statement', statement]);
  for (const [number, statement, why] of [
    [first, 'ok', /in one line of 10 to 500 characters/],
    [first, 'line one\nline two', /in one line/],
    [first + 1, 'Chart of bed 4 was opened', /No emergency has this number/],
  ] as const)
    assert.match((await review(number, statement)).err, why);
  const done = await tapwardJson(dir, ['emergency', 'review', String(first), '--statement', 'Chart of bed 4 was opened, as it had to be']);
  assert.equal(done.code, 0);
  const entry = entriesIn(dir).at(-1)?.entry;
  assert.deepEqual(entry, { kind: 'emergencyReviewed', emergency: first, actor: ownAccount(), statement: 'Chart of bed 4 was opened, as it had to be' });
  assert.match((await review(first, 'Chart of bed 4, again')).err, /reviewed already/);
  assert.equal((await tapward(dir, ['emergency', 'list'])).code, 0);
  // The same person at both ends, by her account.
  const second = await emergencyBy(dir, ownAccount().split(' as ')[0] ?? '');
  assert.match((await review(second, 'I found nothing wrong with it')).err, /yourself: somebody else/);
  assert.equal(entriesIn(dir).at(-1)?.entry.kind, 'stopped');
  // Nobody noted whose account is hers: nobody can say that it is somebody else's.
  const third = await emergencyBy(dir, null);
  assert.equal((await review(third, 'I found nothing wrong with it')).code, 0);
  const unsure = entriesIn(dir).findLast(({ entry: { kind } }) => kind === 'emergencyReviewed')?.entry;
  assert.ok(unsure?.kind === 'emergencyReviewed' && unsure.compared === false);
  assert.match((await tapward(dir, ['emergency', 'list'])).out, /NOT compared: I found nothing/);
});

test('a code is made, shown once, and the one before is worth nothing', async (t) => {
  const dir = stationIn(folder(t));
  await setUp(dir);
  const made = await tapward(dir, ['emergency', 'setup']);
  const [, shown = ''] = /^Emergency code of this station: ((?:\d{4} ){2}\d{4})$/m.exec(made.out) ?? [];
  const loaded = loadKeys(chooseKeys(dir, 'evaluation').holder);
  assert.ok(loaded.kind === 'keys');
  const code = createEmergencyCode({ dir, key: loaded.keys.emergency, clock: createClock(), diagnose: () => undefined });
  const typed = (digits: string): FixedPinBuffer => {
    const buffer = new FixedPinBuffer();
    for (const digit of digits) {
      buffer.offer(Number(digit));
      buffer.take();
    }
    return buffer;
  };
  assert.equal((await code.check(typed('481623420815'))).kind, 'refused');
  assert.equal((await code.check(typed(shown.replaceAll(' ', '')))).kind, 'accepted');
  const none = await tapward(join(dir, 'none'), ['emergency', 'setup']);
  assert.equal(none.code, 3);
  assert.match(none.err, /There is no station/);
});

test('what a tap would come to: the live window the agent knows, the rule of each setting, another station’s, and AAL2 in a sentence', async () => {
  using place = cliFolder();
  const dir = join(place.path, 'station');
  mkdirSync(dir);
  const uidWindow = { owner: 'Head of IT', until: Date.now() + 86_400_000, lasts: 3_600_000 };
  const day = new Date(uidWindow.until).toISOString().slice(0, 10);
  writeFileSync(
    join(dir, 'policy.json'),
    `{
  "uidWindow": {"owner": "Head of IT", "until": "${day}", "lasts": "1 h"},
  "rules": [
    {"stations": ["icu-*"],
     "set": {"leastGrade": "aes", "inactivity": "3 min"}}
  ]
}`,
  );
  await using agent = await startAgentProcess(dir, { policy: { uidWindow } });
  const [sam] = demoPeople;
  assert.ok(sam !== undefined);
  const { people } = (await tapwardJson(dir, ['people'])).json as { readonly people: readonly { readonly subscriber: { readonly id: string; readonly given: string } }[] };
  const id = people.find(({ subscriber }) => subscriber.given === sam.given)?.subscriber.id ?? '';
  const explain = async (...more: readonly string[]): Promise<string> => (await tapward(dir, ['policy', 'explain', '--person', id, ...more])).out;
  assert.match(await explain(), /uid +asks for the PIN of 6 digits, no AAL, because the badge proves nothing; then taps alone for at most 60 min, no AAL$/m);
  const rule = async (): Promise<string | undefined> => /^The rule that a tap here would meet at this moment:\nbadge \S+ +(.*)$/m.exec(await explain())?.[1];
  assert.match((await rule()) ?? '', /is enrolled here, so a PIN was asked/);
  await agent.signIn(sam);
  assert.match((await rule()) ?? '', /only a moment before|away from every reader|so the tap locked/);
  const live = await explain();
  assert.match(live, /uid +opens by the tap alone for (44|45) min more, no AAL$/m, 'a quarter of it before its end the PIN is asked');
  assert.match(
    live,
    /^Here the policy goes below AAL2 of SP 800-63B-4 with badges that prove nothing, taps alone inside a window, codes of the help desk, spare badges on a colleague’s word and emergency access\.$/m,
  );
  const icu = await explain('--station', 'icu-3');
  assert.doesNotMatch(icu, /at this moment/, 'of another computer nobody here knows');
  assert.match(icu, /uid +opens nothing: "leastGrade" asks for more$/m);
  assert.match(icu, /inactivity +3 min +instead of 5 min +rule 1, .*policy\.json:5$/m);
  assert.match(icu, /uidWindow .+policy\.json:2$/m);
  assert.match((await tapward(dir, ['policy', 'explain', '--person', 'ffffffffffffffff'])).err, /Nobody has this number/);
});

test('the doctor says what would keep an emergency from opening, or anybody from hearing of it', async (t) => {
  const dir = stationIn(folder(t));
  await setUp(dir);
  const found = (policy: Partial<Policy>): readonly string[] => emergencyFindings(dir, { ...defaultPolicy, ...policy }).map(({ id, grade }) => `${id} ${grade}`);
  const on = { emergency: 'on', emergencyClaims: 'on' } as const;
  assert.deepEqual(found({}), []);
  assert.deepEqual(found(on), ['hook warn', 'emergency ok']);
  assert.deepEqual(found({ notifyHook: join(dir, 'none') }), ['hook bad']);
  await emergencyBy(dir, null);
  writeTries(dir, 6);
  rmSync(reservePath(dir));
  assert.deepEqual(found(on), ['hook warn', 'emergency warn', 'emergency bad', 'review warn']);
  rmSync(codePath(dir));
  assert.deepEqual(found(on), ['hook warn', 'emergency warn', 'review warn']);
});

test('every fault of a file at once, each with its line', async () => {
  using place = cliFolder();
  const file = join(place.path, 'policy.json');
  writeFileSync(file, '{\n  "pinLength": 5,\n  "rules": [\n    {"roles": ["nurse"], "set": {"pinLength": 8}}\n  ],\n  "colour": "red"\n}\n');
  const checked = await tapward(place.path, ['policy', 'check', file]);
  assert.equal(checked.code, 1);
  assert.deepEqual(checked.out.split('\n').slice(0, 3), [
    'line 2: "pinLength" must be a whole number from 6 to 12.',
    'line 4: Rule 1: "pinLength" cannot be set for a role: take "roles" out of the rule, and it holds for the station.',
    'line 6: "colour" is not a setting: take it out.',
  ]);
  writeFileSync(file, '{"pinLength": 8}');
  assert.equal((await tapward(place.path, ['policy', 'check', file])).code, 0);
});
