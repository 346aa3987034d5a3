/** The ledger and the running agent come in; for each of the last taps, why it did or did not open the station goes out. No name and no UID is in any of it. */
import type { Factor } from '../../core/types.ts';
import { degradedWords } from '../admin/causes.ts';
import { connectDoor } from '../admin/client.ts';
import type { Status } from '../admin/contract.ts';
import { type Answer, localTime, lower, plain, sorry, stagesInWords } from './answer.ts';
import { byWords } from './by-words.ts';
import { type Command, type Given, wholeNumber } from './command.ts';
import { provedWords, reachedWords } from './entry-words.ts';
import { findLedger } from './ledger.ts';
import { tell } from './tap-words.ts';
import { lastTaps, type TapAccount, tapByReference } from './taps.ts';

export const why: Command = {
  name: 'why',
  summary: 'why the last taps did, or did not, open the station',
  words: { least: 0, most: 0, named: '' },
  options: [
    ['last', 'N', 'so many taps, the newest last (5)'],
    ['ref', '1234', 'the tap with the reference on the help screen'],
  ],
  notes: ['Of each tap: time, reference, reader, outcome; the time in each stage; the rule that decided;', 'the next step. Reads the ledger; needs no agent.'],
  run: explain,
};

async function explain({ dir, options }: Given): Promise<Answer> {
  const wanted = wholeNumber('last', options.last, 5, 10_000);
  if (typeof wanted === 'string') return sorry({ because: 'wrong', why: wanted });
  if (options.ref !== undefined && !/^\d{4}$/.test(options.ref)) return sorry({ because: 'wrong', why: '--ref takes the four digits from the help screen.' });
  const ledger = findLedger(dir);
  if (ledger.kind === 'none') return sorry({ because: 'unavailable', why: ledger.why });
  const status = await askStatus(dir);
  const taps = options.ref === undefined ? lastTaps(ledger.dir, wanted) : [tapByReference(ledger.dir, options.ref)].filter((tap) => tap !== null);
  if (options.ref !== undefined && taps.length === 0)
    return sorry({ because: 'refused', why: `No tap in the ledger has the reference ${options.ref}: list the last ones with \`tapward why\`.` });

  const health = status?.health;
  const degraded = health?.kind === 'degraded' ? `The station is degraded and opens nobody: ${lower(degradedWords[health.cause].what)}. Run tapward doctor.` : null;
  const json = taps.map((tap) => ({
    time: new Date(tap.wall).toISOString(),
    reference: tap.reference,
    reader: tap.reader,
    stages: tap.stages,
    reason: tap.reason,
    ended: tap.loose ?? 'decided',
    wrongPins: tap.wrongPins,
    code: tap.outcome,
    proof: tap.proof,
    permit: tap.permit,
    ...tell(tap),
  }));
  return {
    code: 0,
    text: [...(taps.length === 0 ? ['No tap is in the ledger yet: hold a badge to the reader.'] : taps.flatMap(lines)), ...(degraded === null ? [] : ['', degraded])],
    json: { kind: 'taps', taps: json, degraded: health?.kind === 'degraded' ? health.cause : null },
  };
}

function lines(tap: TapAccount, i: number): readonly string[] {
  const { outcome, rule, next } = tell(tap);
  return [
    ...(i === 0 ? [] : ['']),
    `${localTime(tap.wall)}  ref ${tap.reference}  ${outcome}  (${plain(tap.reader)})`,
    `  ${stagesInWords(tap.stages)}`,
    `  ${rule}`,
    ...proofLine(tap),
    `  Next: ${next}`,
  ];
}

const factorWords: Readonly<Record<Factor, string>> = { badge: 'badge', pin: 'PIN', key: 'a security key that verified her', code: 'a help-desk code' };

/** What the badge proved and what that reached, where either was asked. */
function proofLine({ proof, permit }: TapAccount): readonly string[] {
  const proved = proof === null ? [] : [provedWords(proof)];
  const opened = permit === null ? [] : [`opened with ${permit.factors.map((factor) => factorWords[factor]).join(' and ')}${byWords[permit.by]}: ${reachedWords(permit.reached)}`];
  return proved.length + opened.length === 0 ? [] : [`  Proof: ${[...proved, ...opened].join('; ')}.`];
}

async function askStatus(dir: string): Promise<Status | null> {
  const door = await connectDoor(dir);
  if (door.kind !== 'connected') return null;
  try {
    const reply = await door.ask({ ask: 'status' });
    return reply.kind === 'status' ? reply : null;
  } finally {
    door.close();
  }
}
