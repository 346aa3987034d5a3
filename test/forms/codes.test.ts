/** Codes right and wrong come in on clocks of the test's own; whose they are, how often one may try, and what is durable at each moment, go out. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isOver } from '../../agent/enrolment/wall.ts';
import { type Codes, createCodes, type Judged } from '../../agent/forms/codes.ts';
import { createTries, type Tries } from '../../agent/forms/tries.ts';
import type { CodePurpose } from '../../agent/store/records.ts';
import { defaultPolicy, type Policy } from '../../core/policy.ts';
import type { SubscriberId } from '../../core/types.ts';
import { type Cleanup, digits, enrolled, newPlace, type Opened, type Place, quick } from '../store/place.ts';

const policy: Policy = { ...defaultPolicy, shiftCodes: 'on', addBadge: 'code' };
const numbers = { sam: '204817', ana: '730551' };
const right = '90314762';
const wrong = '00000000';

type Desk = {
  readonly codes: Codes;
  readonly tries: Tries;
  readonly opened: Opened;
  readonly judge: (number: string, code: string, purpose?: CodePurpose) => Promise<Judged['kind']>;
};
type Fixture = {
  readonly place: Place;
  readonly wall: { at: number };
  readonly open: () => Desk;
  readonly sam: SubscriberId;
  readonly ana: SubscriberId;
  readonly pass: (milliseconds: number) => void;
};

async function fixture(t: Cleanup): Promise<Fixture & Desk> {
  const place = newPlace(t);
  const wall = { at: Date.parse('2026-11-22T06:00:00Z') };
  const open = (): Desk => {
    const opened = place.open();
    t.after(() => opened.close());
    const { store, ledger } = opened;
    const tries = createTries({ store, clock: place.clock, policy: () => policy });
    const codes = createCodes({ store, ledger, tries, policy: () => policy, clock: place.clock, wall: () => wall.at, cost: quick });
    return { codes, tries, opened, judge: async (number, code, purpose = 'shift') => (await codes.judge(purpose, digits(number), digits(code))).kind };
  };
  const desk = open();
  const { enrolment } = desk.opened;
  const [sam, ana] = [await enrolled(enrolment, 'Sam', '04a1b2c3d4e501', '482915'), await enrolled(enrolment, 'Ana', '04a1b2c3d4e502', '730164')].map(
    ({ subscriber }) => subscriber.id,
  ) as [string, string];
  enrolment.setDetails(sam, { number: numbers.sam }, 'it');
  enrolment.setDetails(ana, { number: numbers.ana }, 'it');
  const pass = (milliseconds: number): void => {
    place.clock.at += milliseconds;
    wall.at += milliseconds;
  };
  return { ...desk, place, wall, open, sam, ana, pass };
}
const issue = (codes: Codes, subscriber: SubscriberId, purpose: CodePurpose = 'shift', code = right) =>
  codes.issue({ subscriber, purpose, checked: 'called back on the ward', hours: 12 }, digits(code), 'it');

test('a code is good beside its own number and for its own purpose only', async (t) => {
  const { codes, judge, sam, wall } = await fixture(t);
  assert.deepEqual(await issue(codes, sam), { kind: 'done', subscriber: sam, until: wall.at + 12 * 3_600_000 });
  assert.equal(await judge(numbers.sam, right), 'right');
  assert.equal(await judge(numbers.sam, right), 'right', 'a shift code is typed many times');
  assert.equal(await judge(numbers.ana, right), 'wrong');
  assert.equal(await judge('999999', right), 'wrong');
  assert.equal(await judge(numbers.sam, wrong), 'wrong');
  assert.equal(await judge(numbers.sam, right, 'newPin'), 'wrong');
});

test('a new code takes the place of the one before, and a revoked person has none', async (t) => {
  const { codes, judge, sam, opened } = await fixture(t);
  await issue(codes, sam);
  await issue(codes, sam, 'shift', '11223344');
  assert.equal(await judge(numbers.sam, right), 'wrong');
  assert.equal(await judge(numbers.sam, '11223344'), 'right');
  opened.enrolment.revokePerson(sam, 'it');
  assert.equal(await judge(numbers.sam, '11223344'), 'wrong');
  assert.deepEqual(await issue(codes, sam), { kind: 'revokedPerson' });
});

const wants: readonly (readonly [what: string, (f: Fixture & Desk) => ReturnType<Codes['issue']>, kind: string])[] = [
  ['somebody nobody knows', ({ codes }) => issue(codes, '0123456789abcdef'), 'noPerson'],
  ['a code of another length', ({ codes, sam }) => issue(codes, sam, 'enrol', right), 'codeLength'],
  ['no word of how she was identified', ({ codes, sam }) => codes.issue({ subscriber: sam, purpose: 'shift', checked: '  ', hours: 12 }, digits(right), 'it'), 'checked'],
  ['a word that drives a terminal', ({ codes, sam }) => codes.issue({ subscriber: sam, purpose: 'shift', checked: 'voice\u001b[2J', hours: 12 }, digits(right), 'it'), 'checked'],
  [
    'somebody without a number',
    ({ codes, sam, opened }) => {
      opened.enrolment.setDetails(sam, { number: null }, 'it');
      return issue(codes, sam);
    },
    'noNumber',
  ],
];
for (const [what, ask, kind] of wants) {
  test(`${what}: no code, and no entry`, async (t) => {
    const f = await fixture(t);
    const before = f.opened.ledger.count;
    assert.equal((await ask(f)).kind, kind);
    assert.ok(f.opened.ledger.count - before <= (kind === 'noNumber' ? 1 : 0));
  });
}

test('wrong codes wait longer and longer at the station, whoever’s number is tried, and are counted before they are looked at', async (t) => {
  const { codes, judge, tries, sam, opened, pass } = await fixture(t);
  await issue(codes, sam);
  const atStation = (): number => opened.store.tries('station').failures;
  for (const [i, number] of ['999999', numbers.ana, numbers.sam, '111111'].entries()) {
    const judged = judge(number, wrong);
    // The hash runs on another thread and cannot have answered before this turn of the loop is over.
    assert.equal(atStation(), i + 1);
    assert.equal(await judged, 'wrong');
  }
  for (const [count, ms] of [
    [5, 30_000],
    [6, 60_000],
    [7, 300_000],
    [8, 300_000],
    [9, 300_000],
    [10, 300_000],
    [11, 300_000],
  ] as const) {
    assert.equal(await judge('999999', wrong), 'wait');
    assert.equal(atStation(), count);
    pass(ms - 1);
    assert.equal(await judge(numbers.sam, right), 'wait', 'not even a right one is looked at');
    assert.equal(tries.waits(null), true);
    assert.equal(atStation(), count, 'and none is counted');
    pass(1);
    assert.equal(tries.waits(null), false);
  }
  assert.equal(await judge(numbers.sam, right), 'right', 'the station itself is never blocked');
  assert.equal(atStation(), 0);
  assert.equal(opened.store.tries(sam).failures, 0);
});

test('a wait that ran when the agent stopped starts again in full, and counts outlive it', async (t) => {
  const { codes, judge, sam, place, opened, open } = await fixture(t);
  await issue(codes, sam);
  for (let i = 0; i < 5; i++) await judge(numbers.sam, wrong);
  place.clock.at += 29_000;
  opened.close();
  const again = open();
  assert.equal(await again.judge(numbers.sam, right), 'wait');
  place.clock.at += 30_000;
  assert.equal(again.opened.store.tries(sam).failures, 5);
  assert.equal(await again.judge(numbers.sam, right), 'right');
});

test('after ten wrong ones against her number no code of hers is right, until IT issues another', async (t) => {
  const { codes, judge, sam, pass } = await fixture(t);
  await issue(codes, sam);
  for (let i = 0; i < 10; i++) {
    pass(300_000);
    await judge(numbers.sam, wrong);
  }
  pass(300_000);
  assert.equal(await judge(numbers.sam, right), 'wait', 'counted, and said as any other');
  pass(300_000);
  await issue(codes, sam, 'shift', '55512345');
  assert.equal(await judge(numbers.sam, '55512345'), 'right');
});

test('a hash that cannot be computed is no wrong code; a store that cannot be written looks at none', async (t) => {
  const { codes, judge, sam, opened } = await fixture(t);
  await issue(codes, sam);
  const record = opened.store.code(`${sam}.shift`) ?? assert.fail();
  opened.store.write([{ ...record, salt: 'c2FsdA==' }], 'counted');
  await assert.rejects(judge(numbers.sam, right));
  assert.equal(opened.store.tries('station').failures, 0);
  opened.store.write([record], 'counted');
  const full = t.mock.method(opened.store, 'write', () => assert.fail('database or disk is full'));
  await assert.rejects(judge(numbers.sam, right), /disk is full/);
  full.mock.restore();
  assert.equal(await judge(numbers.sam, right), 'right');
});

test('the code is nowhere in the station’s files, and two people’s equal codes have nothing in common there', async (t) => {
  const { codes, sam, ana, place, opened } = await fixture(t);
  await issue(codes, sam, 'enrol', '4816234208151');
  await issue(codes, ana, 'enrol', '4816234208151');
  const [one, other] = [sam, ana].map((id) => opened.store.code(`${id}.enrol`));
  assert.ok(one && other);
  assert.notEqual(one.hash, other.hash);
  assert.notEqual(one.salt, other.salt);
  const files = readdirSync(place.dir, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  assert.ok(files.some(({ name }) => name === 'store.db'));
  for (const file of files) {
    const bytes = readFileSync(join(file.parentPath, file.name));
    assert.ok(!bytes.includes('4816234208151') && !bytes.includes(Buffer.from(digits('4816234208151'))), file.name);
  }
});

const hour = 3_600_000;
/** Begun at 0 on both clocks, for 12 hours. */
const lives: readonly (readonly [what: string, wall: number, at: number, over: boolean])[] = [
  ['at once', 0, 0, false],
  ['just before its end', 12 * hour - 1, 12 * hour - 1, false],
  ['at its end', 12 * hour, 12 * hour, true],
  ['the wall clock set forward past its end', 13 * hour, hour, true],
  ['the wall clock set back before its beginning', -2 * hour, hour, true],
  ['the wall clock set back by an hour in the middle', 4 * hour, 5 * hour, true],
  ['the wall clock put right by half a minute', 5 * hour - 30_000, 5 * hour, false],
  ['the wall clock stopped: station time ends it', 12 * hour - 30_000, 12 * hour, true],
  ['restarted an hour ago', 5 * hour, hour - 10 * hour, false],
  ['restarted, and the end is past', 12 * hour, hour - 10 * hour, true],
  ['restarted, with the wall clock set back before its beginning', -hour, hour - 10 * hour, true],
];
for (const [what, wall, at, over] of lives) {
  test(`what lasts 12 hours, ${what}: ${over ? 'over' : 'good'}`, () => {
    assert.equal(isOver({ wall: 1e12, at: 1e9, lasts: 12 * hour }, { wall: 1e12 + wall, at: 1e9 + at }), over);
  });
}

test('ten minutes are ten minutes, whichever clock says so', async (t) => {
  const { codes, judge, sam, place, wall, pass } = await fixture(t);
  const code = '1357924680135';
  await issue(codes, sam, 'newPin', code);
  pass(599_999);
  const judged = await codes.judge('newPin', digits(numbers.sam), digits(code));
  assert.ok(judged.kind === 'right' && codes.goodUntil(judged.code) !== null);
  pass(1);
  assert.equal(codes.goodUntil(judged.code), null, 'nor does a form that is kept open make it last longer');
  assert.equal(await judge(numbers.sam, code, 'newPin'), 'wrong');
  await issue(codes, sam, 'newPin', code);
  wall.at -= 120_000;
  assert.equal(await judge(numbers.sam, code, 'newPin'), 'wrong', 'set back');
  await issue(codes, sam, 'newPin', code);
  place.clock.at += 600_000;
  assert.equal(await judge(numbers.sam, code, 'newPin'), 'wrong', 'the computer slept: station time counts that');
});
