/** The ledger comes in; people and readers that struggle, and what IT can do for each before they call, go out. No name and no UID is in any of it. */
import { noTrouble, noteTrouble, type Struggling, struggling } from '../../core/trouble.ts';
import { readEntries } from '../ledger/reading.ts';
import { count, localTime, plain, sorry } from './answer.ts';
import { type Command, wholeNumber } from './command.ts';
import { findLedger } from './ledger.ts';

const dayMs = 86_400_000;

export const trouble: Command = {
  name: 'trouble',
  summary: 'people and readers that struggle, for IT to help before they call',
  words: { least: 0, most: 0, named: '' },
  options: [['days', 'N', 'so many days back, at most 14 (7)']],
  notes: ['Reads the ledger; needs no agent. `tapward people` says who a PERSON is.'],
  run: async ({ dir, options }) => {
    const days = wholeNumber('days', options.days, 7, 14);
    if (typeof days === 'string') return sorry({ because: 'wrong', why: days });
    const ledger = findLedger(dir);
    if (ledger.kind === 'none') return sorry({ because: 'unavailable', why: ledger.why });
    const since = Date.now() - days * dayMs;
    const found = struggling(
      readEntries(ledger.dir).reduce((known, { entry, wall }) => noteTrouble(known, entry, wall), noTrouble),
      since,
    );
    return { code: 0, text: lines(found, days), json: { kind: 'trouble', days, ...found } };
  },
};

type Person = Struggling['people'][number];

function lines({ people, readers }: Struggling, days: number): readonly string[] {
  if (people.length + readers.length === 0) return [`Nobody and no reader struggled in the last ${count(days, 'day')}.`];
  return [
    ...people.flatMap((p) => [`${p.subscriber}  ${troublesOf(p).join(', ')}; last ${localTime(p.last)}`, `  Next: ${helpFor(p)}`]),
    ...readers.flatMap((r) => [
      `${plain(r.reader)}  ${r.failed} of ${count(r.taps, 'tap')} not read; last ${localTime(r.last)}`,
      '  Next: Try a known good badge there; clean the reader, or swap it.',
    ]),
  ];
}

const troublesOf = ({ tooShort, wrongSide, wrongPins, oldPin }: Person): readonly string[] => [
  ...(oldPin ? ['typed the old PIN after a change'] : []),
  ...(wrongPins > 0 ? [`${count(wrongPins, 'sign-in')} in a row began with a wrong PIN`] : []),
  ...(wrongSide > 0 ? [`${count(wrongSide, 'time')} the badge could not be read`] : []),
  ...(tooShort > 0 ? [`${count(tooShort, 'tap')} cut short`] : []),
];

function helpFor({ subscriber, tooShort, wrongSide, wrongPins, oldPin }: Person): string {
  if (oldPin) return 'Remind her that her PIN was changed; if she did not ask for that, find out who did.';
  if (wrongPins >= Math.max(tooShort, wrongSide)) return `Offer a new PIN: tapward code issue --for new-pin ${subscriber}`;
  return wrongSide >= tooShort
    ? `Look at her badge, and how she holds it; a worn one is replaced with tapward replace.`
    : 'Show her to hold the badge on the reader for a second; the station says so too.';
}
