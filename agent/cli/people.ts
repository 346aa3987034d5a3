/** Who is enrolled comes in from the station; lists of people, revocations and new PINs go out. */
import type { Ask } from '../admin/contract.ts';
import { type Person, refusalSentence } from '../enrolment.ts';
import { type Answer, plain, sorry, table } from './answer.ts';
import type { Command, Given } from './command.ts';
import { askPin, noTerminal } from './pin.ts';
import { reach } from './reach.ts';

export const people: Command = {
  name: 'people',
  summary: 'who is enrolled, with which badges',
  words: { least: 0, most: 0, named: '' },
  options: [],
  notes: [],
  run: (given) =>
    atStation(given, async (ask) => {
      const all = await listPeople(ask);
      if ('code' in all) return all;
      const rows = all.map((person) => [
        person.subscriber.id,
        nameOf(person),
        person.subscriber.language ?? '-',
        plain(person.subscriber.role ?? '-'),
        person.number ?? '-',
        plain(person.account ?? '-'),
        person.revoked ? 'revoked' : pinWords[person.pin],
        badgesOf(person),
      ]);
      return {
        code: 0,
        text: all.length === 0 ? ['Nobody is enrolled: run tapward enrol.'] : table([['PERSON', 'NAME', 'LANGUAGE', 'ROLE', 'NUMBER', 'ACCOUNT', 'PIN', 'BADGES'], ...rows]),
        json: { kind: 'people', people: all },
      };
    }),
};

export const revoke: Command = {
  name: 'revoke',
  summary: 'take a person’s access, or one badge’s, at once',
  words: { least: 0, most: 1, named: 'PERSON' },
  options: [['badge', 'ID', 'this badge only, instead of the person with all of theirs']],
  notes: [
    'PERSON and ID are the numbers that `tapward people` shows; their first letters do while they are clear.',
    'If the person is signed in, or her work was opened with this badge, the station locks at once.',
  ],
  run: (given) => {
    const [person] = given.words;
    const { badge } = given.options;
    if ((person === undefined) === (badge === undefined))
      return Promise.resolve(sorry({ because: 'wrong', why: 'Name one PERSON, or one badge with --badge: `tapward people` shows both.' }));
    return atStation(given, async (ask) => {
      const found = badge === undefined ? await findPerson(ask, person ?? '') : await findBadge(ask, badge);
      if (typeof found !== 'string') return found;
      const reply = await ask(badge === undefined ? { ask: 'revokePerson', person: found } : { ask: 'revokeBadge', badge: found });
      if (reply.kind !== 'done') return unexpected(reply);
      const what = badge === undefined ? `${reply.subscriber} is revoked` : `Badge ${found} of ${reply.subscriber} is revoked`;
      return { code: 0, text: [`${what}: it opens this station no more.`], json: reply };
    });
  },
};

export const resetPin: Command = {
  name: 'reset-pin',
  summary: 'set a new PIN and forget the wrong ones',
  words: { least: 1, most: 1, named: 'PERSON' },
  options: [['pin-stdin', '', 'standard input is no terminal: its line is the PIN']],
  notes: ['PERSON is the number that `tapward people` shows. The PIN is asked for twice, never given as an argument.'],
  run: async (given) => {
    const { terminal, options, words } = given;
    const mute = noTerminal(terminal, options['pin-stdin'], 'the PIN in one line');
    if (mute !== null) return mute;
    return atStation(given, async (ask) => {
      const person = await findPerson(ask, words[0] ?? '');
      if (typeof person !== 'string') return person;
      const rules = await ask({ ask: 'rules' });
      if (rules.kind !== 'rules') return unexpected(rules);
      const pin = await askPin(terminal, rules.pinLength);
      if (!(pin instanceof Uint8Array)) return pin;
      const reply = await ask({ ask: 'resetPin', person }, { pin });
      return reply.kind === 'done' ? { code: 0, text: [`${person} has a new PIN, and all tries again.`], json: reply } : unexpected(reply);
    });
  },
};

/** Runs `work` with a way to ask the station, and lets go of it whatever happens. */
export async function atStation({ dir, tools }: Given, work: (ask: Ask) => Promise<Answer>): Promise<Answer> {
  const station = await reach(dir, tools);
  if (station.kind === 'none') return sorry({ because: 'unavailable', why: station.why });
  try {
    return await work(station.ask);
  } finally {
    station.close();
  }
}

/** The answer for a reply that is not the one hoped for. */
export const unexpected = (reply: Awaited<ReturnType<Ask>>): Answer =>
  sorry(reply.kind === 'refused' ? reply : { because: 'unavailable', why: 'The agent gave another answer than the one asked for: restart it.' });

/** A person's number from its first letters. */
export const findPerson = (ask: Ask, start: string): Promise<string | Answer> => findNumber(ask, start, 'Nobody', 'person', (all) => all.map(({ subscriber }) => subscriber.id));
/** A badge's number from its first letters. */
export const findBadge = (ask: Ask, start: string): Promise<string | Answer> =>
  findNumber(ask, start, 'No badge', 'badge', (all) => all.flatMap(({ badges }) => badges.map(({ id }) => id)));

const wholeNumberLength = 16;

async function findNumber(ask: Ask, start: string, none: string, what: string, numbers: (all: readonly Person[]) => readonly string[]): Promise<string | Answer> {
  // What was typed is not repeated: it may be a name, or a PIN.
  if (!/^[0-9a-f]{4,16}$/.test(start)) return sorry({ because: 'wrong', why: `Name the ${what} by its number, or at least 4 letters of it: \`tapward people\` shows it.` });
  if (start.length === wholeNumberLength) return start;
  const all = await listPeople(ask);
  if ('code' in all) return all;
  const [found, another] = numbers(all).filter((number) => number.startsWith(start));
  if (found === undefined) return sorry({ because: 'refused', why: `${none} has a number that begins so: look it up with \`tapward people\`.` });
  return another === undefined ? found : sorry({ because: 'wrong', why: `More than one ${what} begins so: give more letters of the number.` });
}

/** Her number, once it is sure that she may be given a badge: before anything is done to one. */
export async function findWhoMay(ask: Ask, start: string): Promise<string | Answer> {
  const person = await findPerson(ask, start);
  if (typeof person !== 'string') return person;
  const all = await listPeople(ask);
  if ('code' in all) return all;
  const found = all.find(({ subscriber }) => subscriber.id === person);
  if (found !== undefined && !found.revoked) return person;
  return sorry({ because: 'refused', why: refusalSentence({ kind: found === undefined ? 'noPerson' : 'revokedPerson' }) });
}

/** Everybody who is enrolled. */
export async function listPeople(ask: Ask): Promise<readonly Person[] | Answer> {
  const all: Person[] = [];
  const reply = await ask(
    { ask: 'people' },
    {
      hear: (news) => {
        if (news.kind === 'people') all.push(...news.people);
      },
    },
  );
  return reply.kind === 'listed' ? all : unexpected(reply);
}

const pinWords: Readonly<Record<Person['pin'], string>> = { set: 'set', short: 'too short', blocked: 'blocked', none: 'none' };
const nameOf = ({ subscriber }: Person): string => plain(`${subscriber.given} ${subscriber.initial}.`);
const badgesOf = ({ badges }: Person): string =>
  badges.length === 0 ? 'none' : badges.map(({ id, revoked, spare }) => (revoked ? `${id} (revoked)` : spare ? `${id} (lent)` : id)).join(', ');
