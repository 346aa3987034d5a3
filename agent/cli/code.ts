/** A person, what a code is for and how she was identified come in; the code goes out, once. It is drawn here, so that the agent never holds it but in bytes it overwrites. */
import { randomInt } from 'node:crypto';
import { digitsOfCode } from '../forms/codes.ts';
import { fixedBytes } from '../pin-buffer.ts';
import { localTime, sorry } from './answer.ts';
import { type Command, wholeNumber } from './command.ts';
import { atStation, findPerson, unexpected } from './people.ts';

type Purpose = keyof typeof digitsOfCode;
const purposes: Readonly<Record<string, Purpose>> = { shift: 'shift', enrol: 'enrol', 'new-pin': 'newPin' };
const steps: Readonly<Record<Purpose, string>> = {
  shift: 'She presses "Another way", then types her staff number, this code and her PIN, as often as she needs it.',
  enrol: 'She holds the new badge to the reader, presses "Add badge", then types her staff number and this code; it counts once.',
  newPin: 'She presses "I have a code", then types her staff number, this code and twice the new PIN; it counts once.',
};

export const issueCode: Command = {
  name: 'code issue',
  summary: 'a code for somebody without her badge or PIN, shown once',
  words: { least: 1, most: 1, named: 'PERSON' },
  options: [
    ['for', 'shift|enrol|new-pin', 'in without a badge for the rest of a shift; add a badge herself; choose a new PIN'],
    ['checked', 'TEXT', 'how you made sure that it is her: it stands in the ledger'],
    ['hours', 'HOURS', 'how long a shift code lasts (12, at most 24); the others last 10 minutes'],
  ],
  notes: [
    'PERSON is the number that `tapward people` shows; she needs a staff number (`tapward people set`).',
    'A new code takes the place of the one before, and forgets wrong ones. A shift code is weaker than a badge: it reaches no AAL, and screen and ledger say so.',
  ],
  run: (given) => {
    const { options, words } = given;
    const purpose = options.for === undefined || !Object.hasOwn(purposes, options.for) ? undefined : purposes[options.for];
    if (purpose === undefined) return Promise.resolve(sorry({ because: 'wrong', why: 'Say what the code is for: --for shift, enrol or new-pin.' }));
    const { checked } = options;
    if (checked === undefined) return Promise.resolve(sorry({ because: 'wrong', why: 'Say with --checked how you made sure that it is her.' }));
    const hours = wholeNumber('hours', options.hours, 12, 24);
    if (typeof hours === 'string') return Promise.resolve(sorry({ because: 'wrong', why: hours }));
    if (options.hours !== undefined && purpose !== 'shift')
      return Promise.resolve(sorry({ because: 'wrong', why: '--hours goes with --for shift: the other codes last 10 minutes.' }));
    return atStation(given, async (ask) => {
      const person = await findPerson(ask, words[0] ?? '');
      if (typeof person !== 'string') return person;
      const digits = fixedBytes(digitsOfCode[purpose]);
      for (let i = 0; i < digits.length; i++) digits[i] = randomInt(10);
      const code = digits.join('');
      const reply = await ask({ ask: 'issueCode', person, purpose, checked, hours }, { pin: digits });
      if (reply.kind !== 'issued') return unexpected(reply);
      const text = [`Code: ${inGroups(code)}`, `For ${person}, until ${localTime(reply.until)}. It is shown this once.`, steps[purpose]];
      return { code: 0, text, json: { ...reply, purpose, code } };
    });
  },
};

/** As it is read out: groups of three, the last of three or four; eight digits in two halves. */
const inGroups = (code: string): string => (code.length === 8 ? [code.slice(0, 4), code.slice(4)] : (code.match(/\d{3}(?=\d{3})|\d{3,4}$/g) ?? [code])).join(' ');
