/** A station's folder comes in as argv[2]; a busy mix of enrolments, PIN checks, permits and entries goes on in it until it is killed, one line for each thing acknowledged. */
import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { byUid } from '../../agent/enrolment.ts';
import type { SubscriberId } from '../../core/types.ts';
import { pinOf } from './pin-of.ts';
import { digits, placeIn, uidOf } from './place.ts';
import { random } from './random.ts';

const right = '482915';
const wrong = '917364';
const [, , dir = '', round = '0'] = process.argv;
const place = placeIn(dir);
const { enrolment, verifier, ledger, durable, store } = place.open();
const chance = random(Number(round) + 1);
/** Straight to the pipe: what was said before the kill is said. */
const say = (line: string): void => void writeSync(1, `${line}\n`);

for (const { grant, subscriber } of durable.unfinished) ledger.append({ kind: 'outcomeUnknown', grant, subscriber });
const people: SubscriberId[] = enrolment.people().map((p) => p.subscriber.id);

const moves = {
  enrol: async () => {
    const uid = `04${randomBytes(6).toString('hex')}`;
    const outcome = await enrolment.enrol({ given: 'Sam', initial: 'B', language: null }, byUid(uidOf(uid)), digits(right), 'test');
    if (outcome.kind !== 'enrolled') throw new Error(outcome.kind);
    people.push(outcome.subscriber.id);
    say(`enrolled ${outcome.subscriber.id} ${uid}`);
  },
  wrongPin: async () => {
    const id = chance.pick(people);
    const failures = store.pin(id)?.failures ?? 0;
    if (failures >= 8) return;
    say(`asksWrong ${id}`);
    const verdict = await verifier.verify(id, pinOf(digits(wrong)), 'uid');
    if (verdict.kind !== 'refused' && verdict.kind !== 'wait') throw new Error(verdict.kind);
    say(`failures ${id} ${failures + 1}`);
  },
  rightPin: async () => {
    const id = chance.pick(people);
    say(`asksRight ${id}`);
    const verdict = await verifier.verify(id, pinOf(digits(right)), 'uid');
    if (verdict.kind !== 'accepted') throw new Error(verdict.kind);
    say(`failures ${id} 0`);
  },
  open: () => {
    const grant = randomBytes(6).toString('hex');
    const subscriber = chance.pick(people);
    ledger.append({ kind: 'permit', grant, attempt: 1, subscriber, intent: 'unlock', grade: 'uid', factors: ['badge', 'pin'], reached: 'none', by: 'verdict', displaced: null });
    say(`open ${grant}`);
    if (chance.below(4) === 0) return;
    ledger.append({ kind: 'outcome', grant, subscriber, result: 'opened', ms: 1 });
    say(`outcome ${grant}`);
  },
  append: () => say(`entry ${ledger.append({ kind: 'reader', reader: 'R', change: 'found' })}`),
};

if (people.length === 0) await moves.enrol();
say('ready');
for (;;) {
  // Every wait is over by the next move.
  place.clock.at += 10_000_000;
  await moves[chance.pick(['append', 'append', 'open', 'wrongPin', 'rightPin', 'enrol'] as const)]();
}
