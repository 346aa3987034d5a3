/** A station's folder and what to do come in as arguments: `count` tries one wrong code and kills this process while its hash runs; `enrol` adds badges by codes until it is killed, one line for each thing acknowledged. */
import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { createAllotment } from '../../agent/enrolment/allotment.ts';
import { createConclusions } from '../../agent/forms/conclusions.ts';
import { Kept } from '../../agent/forms/kept.ts';
import { createTries } from '../../agent/forms/tries.ts';
import { FixedPinBuffer } from '../../agent/pin-buffer.ts';
import { createSelfHelp } from '../../agent/self-help.ts';
import { start } from '../../core/step.ts';
import { digits, placeIn, quick, uidOf } from '../store/place.ts';
import { policy, wrongCode } from './kill-place.ts';

const [, , dir = '', what = ''] = process.argv;
const { open, clock } = placeIn(dir, policy);
const { store, ledger, verifier, enrolment } = open();
const common = { store, ledger, policy: () => policy, clock, wall: Date.now, cost: quick };
const { codes } = createSelfHelp({
  ...common,
  verifier,
  tries: createTries(common),
  pin: new FixedPinBuffer(),
  state: () => start(0).state,
  lastUnknown: () => null,
  pinChanged: () => undefined,
  diagnose: () => undefined,
});
const say = (line: string): void => void writeSync(1, `${line}\n`);
const [person] = enrolment.people();
if (person?.number == null) throw new Error('Nobody has a number.');
const number = digits(person.number);
const { id } = person.subscriber;

if (what === 'count') {
  void codes.judge('shift', number, digits(wrongCode));
  // Counted by now; the hash runs on another thread, and its answer would come in a later turn.
  process.kill(process.pid, 'SIGKILL');
}
const conclusions = createConclusions({ ...common, codes, allotment: createAllotment({ ...common, isDue: () => false }), pinChanged: () => undefined });
const code = '4816234208151';
say('ready');
for (;;) {
  const uid = `04${randomBytes(6).toString('hex')}`;
  const issued = await codes.issue({ subscriber: id, purpose: 'enrol', checked: 'for a test', hours: 1 }, digits(code), 'test');
  if (issued.kind !== 'done') throw new Error(issued.kind);
  say(`issued ${uid}`);
  const judged = await codes.judge('enrol', number, digits(code));
  if (judged.kind !== 'right') throw new Error(judged.kind);
  const kept = new Kept();
  kept.subject = id;
  kept.code = judged.code;
  kept.takeCard({ uid: uidOf(uid), type: null, proof: { kind: 'uid' } });
  const { kind } = await conclusions.enrol(kept);
  kept.end();
  say(`${kind} ${uid}`);
}
