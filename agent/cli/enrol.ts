/** A name, a badge held to a reader and a PIN come in from a person at a terminal; an enrolled person, or one more badge of one, goes out. */
import type { Language } from '../../core/types.ts';
import type { Ask, News } from '../admin/contract.ts';
import { nameRefusal, refusalSentence } from '../enrolment.ts';
import { type Answer, plain, sorry } from './answer.ts';
import { type Command, type Given, wholeNumber } from './command.ts';
import { atStation, findPerson, unexpected } from './people.ts';
import { askPin, noTerminal } from './pin.ts';
import type { Terminal } from './terminal.ts';

export const enrol: Command = {
  name: 'enrol',
  summary: 'enrol a person with a badge and a PIN, or one more badge of somebody',
  words: { least: 0, most: 0, named: '' },
  options: [
    ['for', 'PERSON', 'one more badge of this person, instead of a new person'],
    ['language', 'en|es', 'what the screen speaks to this person; the station’s own otherwise'],
    ['wait', 'SECONDS', 'how long to wait for the badge (30)'],
    ['pin-stdin', '', 'standard input is no terminal: its lines are first name, last initial and PIN'],
  ],
  notes: ['Asks for first name, initial of the last name, the badge and, twice, the PIN; none of them is ever an argument.'],
  run: async (given) => {
    const { terminal, options } = given;
    const seconds = wholeNumber('wait', options.wait, 30, 300);
    if (typeof seconds === 'string') return sorry({ because: 'wrong', why: seconds });
    const { language = null } = options;
    if (language !== null && language !== 'en' && language !== 'es') return sorry({ because: 'wrong', why: 'The screen speaks en and es: give --language one of them.' });
    if (options.for !== undefined)
      return language === null ? atStation(given, (ask) => addBadge(ask, given, seconds)) : sorry({ because: 'wrong', why: '--language goes with a new person, not with --for.' });
    return (
      noTerminal(terminal, options['pin-stdin'], 'first name, last initial and PIN, one a line') ?? (await atStation(given, (ask) => newPerson(ask, given, language, seconds)))
    );
  },
};

async function newPerson(ask: Ask, { terminal }: Given, language: Language | null, seconds: number): Promise<Answer> {
  // Asked first of all: a station that will say no need not be told anybody's name.
  const rules = await ask({ ask: 'rules' });
  if (rules.kind !== 'rules') return unexpected(rules);
  const person = await askName(terminal);
  if ('code' in person) return person;
  const badge = await holdBadge(ask, terminal, seconds);
  if (badge !== null) return badge;
  const pin = await askPin(terminal, rules.pinLength);
  if (!(pin instanceof Uint8Array)) return pin;
  const reply = await ask({ ask: 'enrol', ...person, language }, { pin });
  if (reply.kind !== 'enrolled') return unexpected(reply);
  const { given, initial, id } = reply.subscriber;
  return { code: 0, text: [`${plain(given)} ${plain(initial)}. is enrolled as ${id} with badge ${reply.badge}.`], json: reply };
}

async function addBadge(ask: Ask, { terminal, options }: Given, seconds: number): Promise<Answer> {
  const person = await findPerson(ask, options.for ?? '');
  if (typeof person !== 'string') return person;
  const badge = await holdBadge(ask, terminal, seconds);
  if (badge !== null) return badge;
  const reply = await ask({ ask: 'addBadge', person });
  return reply.kind === 'enrolled' ? { code: 0, text: [`Badge ${reply.badge} is now one of ${person}’s.`], json: reply } : unexpected(reply);
}

const badgeWords: Readonly<Record<Exclude<News['kind'], 'people' | 'keyStep' | 'noBadge'> | Extract<News, { kind: 'noBadge' }>['because'], string>> = {
  waiting: 'Hold the badge to the reader.',
  unusable: 'Phone or bank card? Hold the badge there alone.',
  unreadable: 'It could not be read. Hold the badge still for a second.',
};

/** null: the station has the badge and keeps it for the rest of this conversation. */
async function holdBadge(ask: Ask, terminal: Terminal, seconds: number): Promise<Answer | null> {
  const reply = await ask(
    { ask: 'badge', seconds },
    {
      hear: (news) => {
        if (news.kind !== 'people' && news.kind !== 'keyStep') terminal.say(badgeWords[news.kind === 'noBadge' ? news.because : news.kind]);
      },
    },
  );
  if (reply.kind !== 'badge') return unexpected(reply);
  terminal.say('Got it. The badge may go.');
  return null;
}

const rounds = 3;

async function askName(terminal: Terminal): Promise<{ readonly given: string; readonly initial: string } | Answer> {
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
