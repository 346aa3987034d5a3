/** Taps that end in each way come in, from a real agent and from entries made for it; `why` says of each what happened, the rule, and one next step. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { entryInWords } from '../../agent/cli/entry-words.ts';
import { outcomeWords, tapWords, tell, type Words } from '../../agent/cli/tap-words.ts';
import { accountFor, type TapAccount } from '../../agent/cli/taps.ts';
import { demoPeople, strangerUid } from '../../agent/evaluation/people.ts';
import type { Recorded } from '../../agent/ledger/reading.ts';
import type { Entry } from '../../core/entry.ts';
import type { OutcomeCode, TapReason } from '../../core/types.ts';
import { folder, startAgentProcess, startTapward, tapward, tapwardJson } from './running.ts';

const [sam, ana, luz, omar, mei] = demoPeople as [Demo, Demo, Demo, Demo, Demo];
type Demo = (typeof demoPeople)[number];

// The tables name every rule, or this file does not compile.
tapWords satisfies Readonly<Record<TapReason, unknown>>;
outcomeWords satisfies Readonly<Record<OutcomeCode, unknown>>;
// @ts-expect-error One rule too few is seen by the compiler.
({ opened: tapWords.opened }) satisfies Readonly<Record<TapReason, unknown>>;

const recorded = (entries: readonly Entry[]): readonly Recorded[] => entries.map((entry, seq) => ({ seq, wall: 1_800_000_000_000 + seq * 1000, at: seq * 1000, entry }));
const tapOf = (reason: TapReason, tap = 7): Entry => ({ kind: 'tap', tap, reader: 'Reader', subscriber: '0123456789abcdef', reason, stages: { read: 2 } });
const only = (entries: readonly Entry[]): TapAccount => {
  const [tap, ...more] = accountFor(recorded(entries));
  assert.deepEqual(more, []);
  assert.ok(tap !== undefined);
  return tap;
};
function holdsToTheRules({ outcome, rule, next }: Words): void {
  assert.match(outcome, /^\S+( \S+)?$/);
  for (const sentence of [rule, next]) {
    assert.match(sentence, /^[A-Z].*\.$/);
    assert.ok(sentence.length <= 140, sentence);
    assert.ok(!/\b(undefined|null|error|invalid|failed|please|sorry)\b/i.test(sentence), sentence);
  }
}

for (const reason of Object.keys(tapWords) as TapReason[]) {
  test(`${reason}: an outcome in two words, one rule, one next step`, () => {
    const words = tell(only([tapOf(reason)]));
    holdsToTheRules(words);
    assert.deepEqual(tell(only([tapOf('asked'), { kind: 'tapEnded', tap: 7, subscriber: '0123456789abcdef', reason, stages: { read: 2, pin: 5 } }])).rule, words.rule);
  });
}
for (const code of Object.keys(outcomeWords) as OutcomeCode[]) {
  test(`an open that ended in ${code} says so`, () => {
    const tap = only([
      tapOf('asked'),
      {
        kind: 'permit',
        grant: 'g7',
        attempt: 7,
        subscriber: '0123456789abcdef',
        intent: 'unlock',
        grade: 'uid',
        factors: ['badge', 'pin'],
        reached: 'AAL1',
        by: 'verdict',
        displaced: null,
      },
      { kind: 'outcome', grant: 'g7', subscriber: '0123456789abcdef', result: code, ms: 5 },
      { kind: 'tapEnded', tap: 7, subscriber: '0123456789abcdef', reason: 'notOpened', stages: { read: 2, pin: 5, check: 60, open: 5 } },
    ]);
    holdsToTheRules(tell(tap));
    assert.deepEqual([tap.outcome, tell(tap).rule, tap.stages], [code, outcomeWords[code].rule, { read: 2, pin: 5, check: 60, open: 5 }]);
  });
}
test('the sentences are different ones', () => {
  const rules = (Object.keys(tapWords) as TapReason[]).map((reason) => tell(only([tapOf(reason)])).rule);
  assert.deepEqual(
    rules.filter((rule, i) => rules.indexOf(rule) !== i),
    [],
  );
});

test('a permit without outcome, then a start: unknown, and said so', () => {
  const permit: Entry = {
    kind: 'permit',
    grant: 'g7',
    attempt: 7,
    subscriber: '0123456789abcdef',
    intent: 'unlock',
    grade: 'uid',
    factors: ['badge', 'pin'],
    reached: 'AAL1',
    by: 'verdict',
    displaced: null,
  };
  const tap = only([tapOf('asked'), permit, { kind: 'started', version: '1', mode: 'installed' }, { kind: 'outcomeUnknown', grant: 'g7', subscriber: '0123456789abcdef' }]);
  assert.equal(tap.loose, 'outcomeUnknown');
  assert.match(tell(tap).rule, /stopped while the station was opening/);
});

test('what a badge proved stands with its tap, and a security key at the screen is an attempt of its own', () => {
  const her = '0123456789abcdef';
  const permit: Entry = {
    kind: 'permit',
    grant: 'g7',
    attempt: 7,
    subscriber: her,
    intent: 'unlock',
    grade: 'aes',
    factors: ['badge'],
    reached: 'AAL1',
    by: 'window',
    displaced: null,
  };
  const tap = only([{ kind: 'proof', tap: 7, subscriber: her, result: 'aes' }, tapOf('inWindow'), permit]);
  assert.deepEqual([tap.proof, tap.permit], ['aes', { factors: ['badge'], reached: 'AAL1', by: 'window' }]);
  const copy = only([{ kind: 'proof', tap: 7, subscriber: her, result: 'wrong' }, tapOf('unproved')]);
  assert.deepEqual([copy.proof, copy.permit], ['wrong', null]);
  const nobodys = only([{ ...tapOf('unusable'), subscriber: null } as Entry, { kind: 'proof', tap: 7, subscriber: null, result: 'malformed' }]);
  assert.deepEqual([nobodys.proof, nobodys.subscriber], ['malformed', null]);
  assert.equal(entryInWords({ kind: 'proof', tap: 7, subscriber: null, result: 'malformed' }), 'badge of tap 7: NOT proved, malformed: it did not answer as such a badge does');
  const key = only([
    { kind: 'key', attempt: 8, subscriber: her, result: 'verified' },
    { ...permit, attempt: 8, grade: 'fido', factors: ['key'], reached: 'AAL2', by: 'verdict' },
    { kind: 'tapEnded', tap: 8, subscriber: her, reason: 'opened', stages: {} },
  ]);
  assert.deepEqual([key.proof, key.reason, key.loose, key.permit?.reached, key.reader], ['fido', 'opened', null, 'AAL2', 'security key at the screen']);
  assert.deepEqual(
    [only([{ kind: 'key', attempt: 9, subscriber: null, result: 'cloned' }])].map(({ proof, reason }) => [proof, reason]),
    [['cloned', 'unproved']],
  );
});

test('a rule that no version knows is no crash', () => {
  holdsToTheRules(tell(only([tapOf('bribed' as TapReason)])));
});

const policy = { sameBadgeAfter: 0, keepAfterOpen: 0, typingGuard: 0, triesBeforeWait: 2, blockAfter: 3, waits: [1], pinGivesUpAfter: 3_000, addBadge: 'demo' as const };
type Told = {
  readonly reason: string;
  readonly ended: string;
  readonly outcome: string;
  readonly rule: string;
  readonly next: string;
  readonly wrongPins: number;
  readonly stages: object;
  readonly reference: string;
};

test('a real agent’s taps, each told as it went', async () => {
  using place = folder();
  const dir = join(place.path, 'station');
  {
    await using agent = await startAgentProcess(dir, { policy });
    const gesture = async (kind: 'cancel' | 'back' | 'switch' | 'notNow' | 'lockNow' | 'help' | 'testReader' | 'addBadge'): Promise<void> =>
      void (await agent.do({ do: 'gesture', kind }));
    const type = async (pin: string): Promise<void> => void (await agent.do({ do: 'type', pin }));
    const shows = async (screen: 'idle' | 'open' | 'pin' | 'blocked' | 'wait' | 'choose' | 'addedDemo'): Promise<void> => void (await agent.do({ do: 'until', screen }));

    await agent.signIn(sam);
    await agent.tap(ana.uid, 'choose');
    await gesture('notNow');
    await shows('open');
    await agent.tap(ana.uid, 'choose');
    await gesture('switch');
    await shows('pin');
    await type(ana.pin);
    await shows('open');
    await agent.tap(sam.uid, 'choose');
    await gesture('switch');
    await shows('pin');
    await type(sam.pin);
    await shows('open');
    await agent.tap(sam.uid, 'idle');
    await agent.tap(luz.uid, 'pin');
    await type('000000');
    await agent.do({ do: 'untilWrong', left: 1 });
    await gesture('cancel');
    await agent.tap(omar.uid, 'pin');
    await shows('idle');
    await agent.tap(luz.uid, 'pin');
    await type('000000');
    await shows('wait');
    await gesture('back');
    await shows('idle');
    await agent.tap(luz.uid, 'pin');
    await type('000000');
    await shows('blocked');
    await gesture('back');
    await agent.tap(luz.uid, 'blocked');
    await gesture('back');
    await agent.tap('08aabbcc', 'unusable');
    await gesture('back');
    await gesture('help');
    await gesture('testReader');
    await agent.do({ do: 'place', uid: sam.uid });
    await agent.do({ do: 'lift' });
    await gesture('back');
    await agent.tap(strangerUid, 'unknown');
    const enrolling = startTapward(dir, ['enrol', '--pin-stdin'], { input: 'Kim\nP\n184629\n' });
    await enrolling.says('Hold the badge');
    await agent.do({ do: 'place', uid: strangerUid });
    assert.equal((await enrolling.ended).code, 0);
    await agent.do({ do: 'lift' });

    const { json } = await tapwardJson(dir, ['why', '--last', '40']);
    const { taps, degraded } = json as { readonly taps: readonly Told[]; readonly degraded: null };
    assert.equal(degraded, null);
    assert.deepEqual(
      taps.map(({ reason, outcome, wrongPins }) => `${reason}: ${outcome}, ${wrongPins} wrong`),
      [
        'opened: opened, 0 wrong',
        'declined: ended, 0 wrong',
        'switched: switched, 0 wrong',
        'switched: switched, 0 wrong',
        'tappedOut: locked, 0 wrong',
        'cancelled: ended, 1 wrong',
        'timedOut: ended, 0 wrong',
        'waiting: refused, 0 wrong',
        'blocked: refused, 0 wrong',
        'blocked: refused, 0 wrong',
        'unusable: refused, 0 wrong',
        'readerTest: test, 0 wrong',
        'unknown: refused, 0 wrong',
        'taken: taken, 0 wrong',
      ],
    );
    assert.deepEqual(Object.keys(taps[0]?.stages ?? {}), ['read', 'pin', 'check', 'open']);
    assert.match(taps[5]?.rule ?? '', /, after one wrong PIN\.$/);
    assert.match(taps[5]?.next ?? '', /^Tap again, or set a new PIN: tapward reset-pin [0-9a-f]{16}\.$/);
    assert.match(taps[9]?.next ?? '', /^Set a new one: tapward reset-pin [0-9a-f]{16}\.$/);

    const [, , , switched] = taps;
    const found = await tapward(dir, ['why', '--ref', switched?.reference ?? '']);
    assert.match(
      found.out,
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}ref \d{4} {2}switched {2}\(Virtual reader\)\n {2}badge read [\d.]+ ms · PIN typed [\d.]+ ms · PIN checked [\d.]+ ms · opened [\d.]+ ms\n {2}Badge and PIN were right, and the system confirmed the change of session\.\n {2}Proof: opened with badge and PIN: no AAL\.\n {2}Next: Nothing to do\.\n$/,
    );
    const last = await tapward(dir, ['why', '--last', '2']);
    assert.equal(last.out.split('\n\n').length, 2);
    assert.match(last.out, /Nobody is enrolled here with this badge\.[\s\S]*took this one\./);
    for (const { given } of demoPeople) assert.ok(!JSON.stringify(taps).includes(given), 'no name');
    for (const { uid } of demoPeople) assert.ok(!JSON.stringify(taps).toLowerCase().includes(uid), 'no UID');

    await agent.tap(mei.uid, 'pin');
    assert.match((await tapward(dir, ['why', '--last', '1'])).out, /PIN asked[\s\S]*Next: Enter the PIN\.\n$/);
    await agent.kill();
  }
  // No agent: the ledger is read all the same; the next start tells what became of the tap.
  assert.match((await tapward(dir, ['why', '--last', '1'])).out, /PIN asked/);
  await using again = await startAgentProcess(dir, { policy });
  assert.match((await tapward(dir, ['why', '--last', '1'])).out, /cut off[\s\S]*The agent stopped before this tap was through\.\n {2}Next: Tap again\.\n$/);
  assert.equal((await tapward(dir, ['why', '--ref', '9999'])).code, 1);
  await again.tap(mei.uid, 'pin');
});

test('no tap yet: said so', async () => {
  using place = folder();
  await using agent = await startAgentProcess(join(place.path, 'station'));
  assert.deepEqual(await tapward(agent.dir, ['why']), { code: 0, out: 'No tap is in the ledger yet: hold a badge to the reader.\n', err: '' });
});
