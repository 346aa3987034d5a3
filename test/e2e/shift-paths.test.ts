/** Hands come in on real readers and the real screen: a patient in need, a badge of her own, a practice, and what an evaluation's policy makes of a tap; touches, and what the ledger says, go out. */
import assert from 'node:assert/strict';
import { after, afterEach, before, mock, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { demoEmergencyCode, digitsOf, strangerUid } from '../../agent/evaluation/people.ts';
import { readEntries } from '../../agent/ledger/reading.ts';
import { FixedPinBuffer } from '../../agent/pin-buffer.ts';
import { ledgerDir } from '../../agent/store/durable.ts';
import type { Entry } from '../../core/entry.ts';
import type { State } from '../../core/types.ts';
import { en } from '../../renderer/words/en.ts';
import { need } from '../needs.ts';
import { virtualCard } from '../virtual-reader/card.ts';
import { ana, luz, mei, sam, startWardStation, type WardStation } from './station.ts';

const skip = need('linux', 'pcscd', 'compiler', 'namespaces', 'chromium');
let ward: WardStation;
before(async () => {
  if (skip !== false) return;
  const uidWindow = { owner: 'Head of IT', until: Date.now() + 86_400_000, lasts: 3_600_000 };
  ward = await startWardStation({
    sameBadgeAfter: 400,
    addBadge: 'code',
    emergency: 'on',
    emergencyClaims: 'on',
    triesBeforeWait: 2,
    waits: [3_600_000],
    cleaning: 1_500,
    roles: { nurse: { uidWindow }, physician: { badgeMode: 'stay', stayGrace: 1_500 } },
  });
});
afterEach(async () => {
  if (skip !== false) return;
  ward.stand.remove(1);
  for (const kind of ['back', 'cancel', 'back', 'lockNow'] as const) ward.evaluation.agent.gesture({ kind });
  await ward.shows('idle');
  await sleep(500);
});
after(async () => {
  if (skip === false) await ward[Symbol.asyncDispose]();
});

/** Touches of anything but the pad, and of the pad. */
const hands = { touches: 0, digits: 0 };
async function touch(deed: string): Promise<void> {
  hands.touches++;
  await ward.page.click(`[data-do="${deed}"]:visible`);
}
async function press(digits: string): Promise<void> {
  hands.digits += digits.length;
  await ward.press(digits);
}
const begin = (): void => {
  hands.touches = hands.digits = 0;
};
const state = (): State => ward.evaluation.agent.queue.state();
async function until(what: string, holds: (now: State) => boolean): Promise<void> {
  for (let i = 0; i < 500; i++) {
    if (holds(state())) return;
    await sleep(20);
  }
  assert.fail(`it never came to: ${what}, but ${JSON.stringify([state().claim, state().desk])}`);
}
const atStep = (step: string): Promise<void> => until(`the step ${step}`, ({ claim }) => claim.kind === 'form' && claim.step === step && claim.checking === null);
const entries = (): readonly Entry[] => readEntries(ledgerDir(`${ward.dir}/station`)).map(({ entry }) => entry);
const idOf = (given: string): string => ward.evaluation.agent.enrolment?.people().find(({ subscriber }) => subscriber.given === given)?.subscriber.id ?? assert.fail(given);
const band = (): Promise<string> => ward.page.locator('[data-out="bandWords"]').innerText();

async function ends(claimant: object, touches: number): Promise<void> {
  await ward.shows('open');
  assert.match(await band(), /^Emergency session: 30 minutes left$/);
  // A session of its own, made anew each time: nothing of hers, and nothing of the emergency before.
  const notes = ward.page.locator('#desktop textarea:visible');
  assert.equal(await ward.page.locator('#desktop .page h1:visible').innerText(), 'Notes of this emergency');
  assert.doesNotMatch(await notes.inputValue(), /adrenaline/);
  await notes.fill('adrenaline 1 mg');
  assert.ok(hands.touches <= 4 && hands.touches === touches, `${hands.touches} touches`);
  const entry = entries().findLast(({ kind }) => kind === 'emergency');
  assert.deepEqual(entry?.kind === 'emergency' && { claimant: entry.claimant, reason: entry.reason, minutes: entry.minutes }, { claimant, reason: 'life', minutes: 30 });
  await ward.page.click('[data-do="lockNow"]:visible');
  await ward.shows('idle');
}

test('a patient in need, by badge: from the locked screen in 2 touches, a tap and her PIN', { skip }, async () => {
  begin();
  await touch('emergency');
  await atStep('number');
  ward.stand.insert(1, virtualCard(sam.uid));
  await atStep('pin');
  ward.stand.remove(1);
  await press(sam.pin);
  await ward.shows('reason');
  assert.equal(await ward.page.locator('section[data-section="reason"] button:visible').count(), 4);
  await touch('reasonLife');
  await ends({ kind: 'proved', subscriber: idOf('Sam') }, 2);
});

test('she adds a badge of her own with a code from IT: three steps with a bar, and hands-on time far below 60 s', { skip }, async () => {
  const { agent } = ward.evaluation;
  const given = { given: 'Noor', initial: 'D', language: null, number: '826075', role: 'nurse' };
  const added = agent.enrolment?.addPerson(given, 'test');
  assert.ok(added?.kind === 'done');
  const [code, pin] = ['4816234208151', '184629'];
  assert.equal((await agent.codes?.issue({ subscriber: added.subscriber, purpose: 'enrol', checked: 'at the desk', hours: 1 }, digitsOf(code), 'test'))?.kind, 'done');
  begin();
  const uid = '04deadbeef1234';
  await ward.tap(uid, 'unknown');
  await touch('addBadge');
  const parts: string[] = [];
  for (const [step, digits] of [
    ['number', given.number],
    ['code', code],
    ['newPin', pin],
    ['again', pin],
  ] as const) {
    await atStep(step);
    await ward.page.waitForFunction((words) => document.querySelector('section[data-section="pin"] h1')?.textContent === words, en[`step.${step}`]);
    parts.push(await ward.page.locator('section[data-section="pin"] [data-out="part"]').innerText());
    if (step === 'newPin') assert.match(await ward.page.locator('section[data-section="pin"] [data-slot="line"]').innerText(), /\d/, 'the rules are shown before she chooses');
    await press(digits);
  }
  await ward.shows('added');
  // The badge itself was the first.
  assert.deepEqual(parts, ['Step 2 of 3', 'Step 2 of 3', 'Step 3 of 3', 'Step 3 of 3']);
  assert.deepEqual(hands, { touches: 1, digits: 31 });
  // A gloved finger's slow 1.2 s a touch, and 15 s to find the reader and read four lines.
  assert.ok((hands.touches + hands.digits) * 1.2 + 15 < 60);
  await sleep(500);
  await ward.tap(uid, 'pin');
  await ward.press(pin);
  await ward.shows('open');
  const hers = agent.enrolment?.people().find(({ subscriber }) => subscriber.id === added.subscriber)?.badges[0]?.id;
  assert.deepEqual(
    entries().filter((entry) => entry.kind === 'enrolled' && entry.subscriber === added.subscriber),
    [{ kind: 'enrolled', subscriber: added.subscriber, badge: hers, actor: 'screen', grade: 'uid' }],
  );
});

test('practice from the help screen: six lessons, no digit reaches the PIN buffer, and the ledger has that it was done', { skip }, async () => {
  const { page } = ward;
  const take = mock.method(FixedPinBuffer.prototype, 'take');
  const taken = (): number => take.mock.callCount();
  const earlier = entries().length;
  const lesson = (name: string): Promise<void> => until(`the lesson ${name}`, ({ claim }) => claim.kind === 'practice' && claim.lesson === name);
  await touch('help');
  await ward.shows('help');
  await touch('practise');
  await lesson('tap');
  await ward.shows('practice');
  assert.match(await band(), /^Practice: nothing here is real$/);
  ward.stand.insert(1, virtualCard(strangerUid));
  await lesson('pin');
  ward.stand.remove(1);
  await press('135790');
  await lesson('wrongPin');
  await press('135790');
  await page.waitForSelector('section[data-section="pin"] [data-out="remark"]:not([hidden])');
  await press('135790');
  await lesson('takeOver');
  await touch('switch');
  for (const [name, button] of [
    ['noBadge', 'next'],
    ['emergency', 'next'],
    ['done', 'finish'],
  ] as const) {
    await lesson(name);
    await page.click(`section[data-section="practice"] button[data-part="${button}"]`);
  }
  await ward.shows('idle');
  assert.equal(taken(), 0, 'what she typed to learn was counted and dropped');
  assert.deepEqual(
    entries()
      .slice(earlier)
      .map((entry) => (entry.kind === 'tap' ? `tap ${entry.reason} ${entry.subscriber}` : entry.kind)),
    ['practised'],
  );
  await ward.signIn(ana);
  assert.equal(taken(), ana.pin.length, 'as against a real PIN');
  take.mock.restore();
});

test('taken over, and straight back: her notes, without a question and without a PIN', { skip }, async () => {
  const { page } = ward;
  await ward.signIn(sam);
  await page.locator('#desktop textarea:visible').click();
  await page.keyboard.type('bed 7 asked for water. ');
  await ward.tap(luz.uid, 'choose');
  await touch('switch');
  await ward.shows('pin');
  await ward.press(luz.pin);
  await until('Luz’s desk', ({ desk }) => desk.kind === 'open' && desk.subscriber.given === 'Luz');
  ward.stand.insert(1, virtualCard(sam.uid));
  await until('Sam’s desk', ({ desk }) => desk.kind === 'open' && desk.subscriber.given === 'Sam');
  ward.stand.remove(1);
  await ward.shows('open');
  assert.match(await page.locator('#desktop textarea:visible').inputValue(), /bed 7 asked for water/);
  const permit = entries().findLast((entry) => entry.kind === 'permit');
  assert.deepEqual([permit?.by, permit?.factors, permit?.reached], ['undo', ['badge'], 'none'], 'a badge that proves nothing reaches no AAL by it');
});

test('her badge rests on the reader: lifted for a moment it keeps, lifted for longer it locks', { skip }, async () => {
  ward.stand.insert(1, virtualCard(mei.uid));
  await ward.shows('pin');
  await ward.press(mei.pin);
  await ward.shows('open');
  ward.stand.remove(1);
  await ward.shows('away');
  assert.equal(await ward.page.locator('section[data-section="away"] h1').innerText(), en['away.lifted']);
  ward.stand.insert(1, virtualCard(mei.uid));
  await ward.shows('open');
  ward.stand.remove(1);
  await ward.shows('idle');
  assert.equal(entries().findLast((entry) => entry.kind === 'locked')?.why, 'lifted');
});

test('the screen is wiped: nothing pressed counts until the time is over', { skip }, async () => {
  const { page } = ward;
  await touch('help');
  await touch('clean');
  await ward.shows('cleaning');
  assert.equal(await page.locator('#face button:visible').count(), 0, 'nothing to press by accident');
  for (const kind of ['help', 'otherWay'] as const) ward.evaluation.agent.gesture({ kind });
  assert.equal(state().claim.kind, 'cleaning');
  await ward.shows('idle');
});

// The last one here: its wrong PINs make this station wait for an hour.
test('by staff number and PIN: in 2 touches; once her PIN must wait, with the sealed code, and then only claimed', { skip }, async () => {
  begin();
  await touch('emergency');
  await atStep('number');
  await press(ana.number);
  await atStep('pin');
  await press(ana.pin);
  await ward.shows('reason');
  await touch('reasonLife');
  await ends({ kind: 'proved', subscriber: idOf('Ana') }, 2);
  // Two wrong ones, and no PIN of hers is looked at for an hour: a patient does not wait for that.
  begin();
  await touch('emergency');
  await atStep('number');
  await press(ana.number);
  await atStep('pin');
  await press('190357');
  await atStep('pin');
  await press('190357');
  await atStep('code');
  await press(demoEmergencyCode);
  await ward.shows('reason');
  await touch('reasonLife');
  await ends({ kind: 'claimed', number: ana.number }, 2);
});
