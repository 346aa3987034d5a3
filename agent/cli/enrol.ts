/** A name, a badge held to a reader and a PIN come in from a person at a terminal; an enrolled person, or one more badge of one, goes out. */
import type { Grade, Language } from '../../core/types.ts';
import type { Ask, News, Reply } from '../admin/contract.ts';
import { nameRefusal, refusalSentence } from '../enrolment.ts';
import { fixedBytes } from '../pin-buffer.ts';
import { type Answer, plain, sorry } from './answer.ts';
import { gradeWords } from './badge-words.ts';
import { stepInWords } from './binding-words.ts';
import { type Command, type Given, type Options, wholeNumber } from './command.ts';
import { detailOptions, detailsIn } from './detail-options.ts';
import { atStation, findWhoMay, unexpected } from './people.ts';
import { askKeyPin, askPin, noTerminal } from './pin.ts';
import type { Terminal } from './terminal.ts';

export const enrol: Command = {
  name: 'enrol',
  summary: 'enrol a person with a badge and a PIN, or one more badge of somebody',
  words: { least: 0, most: 0, named: '' },
  options: [
    ['for', 'PERSON', 'one more badge of this person, instead of a new person'],
    ['as', 'WHAT', 'best (as it is), uid, piv, piv-pinned or fido: what the badge has to prove from now on'],
    ['key-pin', '', 'with fido: the key has a PIN of its own, which is asked for here'],
    ['share', '', 'with fido: the key unlocks her record too, by its hmac-secret; it is held there three times'],
    ['language', 'en|es', 'what the screen speaks to this person; the station’s own otherwise'],
    ...detailOptions,
    ['wait', 'SECONDS', 'how long to wait for the badge (30)'],
    ['pin-stdin', '', 'standard input is no terminal: its lines are first name, last initial and PIN'],
  ],
  notes: [
    'Asks for first name, initial of the last name, the badge and, twice, the PIN; none of them is ever an argument.',
    'best: PIV where the policy names roots and the card has a path to one, else its UID. uid: its UID alone, which proves nothing.',
    'piv: a path to a root is needed. piv-pinned: this very key, by the policy’s leave. fido: a security key, registered for --for.',
    'A DESFire card proves itself once `tapward badge personalise` has made it a badge of the site.',
  ],
  run: async (given) => {
    const { terminal, options } = given;
    const seconds = wholeNumber('wait', options.wait, 30, 300);
    if (typeof seconds === 'string') return sorry({ because: 'wrong', why: seconds });
    const language = languageIn(options);
    if (typeof language === 'object' && language !== null) return language;
    const as = wantedIn(options);
    if (typeof as === 'object') return as;
    if ((options['key-pin'] === true || options.share === true) && as !== 'fido') return sorry({ because: 'wrong', why: '--key-pin and --share go with --as fido.' });
    if (options.for !== undefined) {
      const isNew = language !== null || Object.keys(detailsIn(options)).length > 0;
      return isNew
        ? sorry({ because: 'wrong', why: '--language, --role, --number and --account go with a new person, not with --for: see `tapward people set`.' })
        : atStation(given, (ask) => addBadge(ask, given, as, seconds));
    }
    if (as === 'fido') return sorry({ because: 'wrong', why: 'A security key is registered for somebody who is enrolled: name the person with --for.' });
    return (
      noTerminal(terminal, options['pin-stdin'], 'first name, last initial and PIN, one a line') ??
      (await atStation(given, (ask) => newPerson(ask, given, { as, language, seconds })))
    );
  },
};

/** As the station is asked. */
export type As = 'best' | 'uid' | 'piv' | 'pivPinned' | 'fido';
const asked: Readonly<Record<string, As>> = { best: 'best', uid: 'uid', piv: 'piv', 'piv-pinned': 'pivPinned', fido: 'fido' };

export const wantedIn = ({ as = 'best' }: Options): As | Answer =>
  (Object.hasOwn(asked, as) ? asked[as] : undefined) ??
  sorry({ because: 'wrong', why: '--as takes best, uid, piv, piv-pinned or fido; a DESFire card is made to prove itself with `tapward badge personalise`.' });

/** null: the station's own. */
export const languageIn = ({ language }: Options): Language | null | Answer =>
  language === undefined ? null : language === 'en' || language === 'es' ? language : sorry({ because: 'wrong', why: 'The screen speaks en and es: give --language one of them.' });

type Wish = { readonly as: As; readonly language: Language | null; readonly seconds: number };

async function newPerson(ask: Ask, { terminal, options }: Given, { as, language, seconds }: Wish): Promise<Answer> {
  // Asked first of all: a station that will say no need not be told anybody's name.
  const rules = await ask({ ask: 'rules' });
  if (rules.kind !== 'rules') return unexpected(rules);
  const person = await askName(terminal);
  if ('code' in person) return person;
  const grade = await holdBadge(ask, terminal, { as, seconds, person: null, pin: new Uint8Array() });
  if (typeof grade !== 'string') return grade;
  const pin = await askPin(terminal, rules.pinLength);
  if (!(pin instanceof Uint8Array)) return pin;
  const reply = await ask({ ask: 'enrol', ...person, language, ...detailsIn(options) }, { pin });
  if (reply.kind !== 'enrolled') return unexpected(reply);
  const { given, initial, id } = reply.subscriber;
  return { code: 0, text: [`${plain(given)} ${plain(initial)}. is enrolled as ${id} with badge ${reply.badge}: ${gradeWords[grade]}.`], json: { ...reply, grade } };
}

async function addBadge(ask: Ask, { terminal, options }: Given, as: As, seconds: number): Promise<Answer> {
  const person = await findWhoMay(ask, options.for ?? '');
  if (typeof person !== 'string') return person;
  const pin = options['key-pin'] === true ? await askKeyPin(terminal) : new Uint8Array();
  if (!(pin instanceof Uint8Array)) return pin;
  try {
    const grade = await holdBadge(ask, terminal, { as, seconds, person, pin });
    if (typeof grade !== 'string') return grade;
    const reply = await ask({ ask: 'addBadge', person });
    if (reply.kind !== 'enrolled') return unexpected(reply);
    const shared = options.share === true ? await bindKey(ask, terminal, { seconds, person, badge: reply.badge, pin }) : null;
    const told =
      shared === null
        ? []
        : [shared.kind === 'done' ? 'It unlocks her record too.' : `It does not unlock her record: ${shared.kind === 'refused' ? shared.why : 'run the command again.'}`];
    return {
      code: 0,
      text: [`Badge ${reply.badge} is now one of ${person}’s: ${gradeWords[grade]}.`, ...told],
      json: { ...reply, grade, ...(shared !== null && { shares: shared.kind === 'done' }) },
    };
  } finally {
    pin.fill(0);
  }
}

/** A key answers once in a stay, so it comes once more; enrolled it is by now, whatever comes of this. */
async function bindKey(
  ask: Ask,
  terminal: Terminal,
  { pin, ...request }: { readonly seconds: number; readonly person: string; readonly badge: string; readonly pin: Uint8Array },
): Promise<Reply> {
  terminal.say('Lift the key, wait a second, then hold it there once more.');
  return ask({ ask: 'bindKey', ...request }, { ...beside(pin), hear: (news) => (news.kind === 'noBadge' ? tellBadgeNews(terminal)(news) : undefined) });
}

/** A request overwrites the PIN it takes along, so it gets a copy. */
function beside(pin: Uint8Array): { readonly pin?: Uint8Array } {
  if (pin.length === 0) return {};
  const copy = fixedBytes(pin.length);
  copy.set(pin);
  return { pin: copy };
}

const badgeWords: Readonly<Record<'waiting' | 'again' | Extract<News, { kind: 'noBadge' }>['because'], string>> = {
  waiting: 'Hold the badge to the reader.',
  again: 'Lift it, then hold it there once more: it is checked as a tap is.',
  unusable: 'Phone or bank card? Hold the badge there alone.',
  unreadable: 'It could not be read. Hold the badge still for a second.',
};

/** What a person at the reader should know while the station waits. */
export const tellBadgeNews =
  (terminal: Terminal) =>
  (news: News): void => {
    if (news.kind === 'bindingStep') terminal.say(stepInWords(news.step));
    else if (news.kind === 'waiting' || news.kind === 'again' || news.kind === 'noBadge') terminal.say(badgeWords[news.kind === 'noBadge' ? news.because : news.kind]);
  };

/** `pin`: of a security key, empty otherwise. */
type Holding = { readonly as: As; readonly seconds: number; readonly person: string | null; readonly pin: Uint8Array };

/** The grade that came of it: the station has the badge and keeps it for the rest of this conversation. */
export async function holdBadge(ask: Ask, terminal: Terminal, { as, seconds, person, pin }: Holding): Promise<Grade | Answer> {
  const reply = await ask({ ask: 'badge', seconds, as, ...(as === 'fido' && person !== null ? { person } : {}) }, { ...beside(pin), hear: tellBadgeNews(terminal) });
  if (reply.kind !== 'badge') return unexpected(reply);
  terminal.say('Got it. The badge may go.');
  return reply.grade;
}

const rounds = 3;

export async function askName(terminal: Terminal): Promise<{ readonly given: string; readonly initial: string } | Answer> {
  for (let round = 1; ; round++) {
    const given = await terminal.line('First name: ');
    const initial = given === null ? null : await terminal.line('Initial of the last name: ');
    if (given === null || initial === null) return sorry({ because: 'wrong', why: 'First name or last initial is missing: send each in a line of its own.' });
    const refusal = nameRefusal({ given, initial });
    if (refusal === null) return { given, initial };
    if (!terminal.isPerson || round === rounds) return sorry({ because: 'wrong', why: refusalSentence(refusal) });
    terminal.say(refusalSentence(refusal));
  }
}
