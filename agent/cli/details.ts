/** A person's role, staff number and account come in as options, or a name at the terminal; she has them, or is added with them, and a line that says so goes out. */
import { refusalSentence } from '../enrolment.ts';
import { type Answer, sorry } from './answer.ts';
import type { Command } from './command.ts';
import { detailOptions, detailsIn } from './detail-options.ts';
import { askName, languageIn } from './enrol.ts';
import { atStation, findPerson, unexpected } from './people.ts';
import { noTerminal } from './pin.ts';

export const setPerson: Command = {
  name: 'people set',
  summary: 'a person’s role, staff number or account',
  words: { least: 1, most: 1, named: 'PERSON' },
  options: detailOptions,
  notes: ['PERSON is the number that `tapward people` shows. With another role, the PIN is asked at her next tap.'],
  run: (given) => {
    const details = detailsIn(given.options);
    if (Object.keys(details).length === 0) return Promise.resolve(sorry({ because: 'wrong', why: 'Say what to set: --role, --number or --account.' }));
    return atStation(given, async (ask) => {
      const person = await findPerson(ask, given.words[0] ?? '');
      if (typeof person !== 'string') return person;
      const reply = await ask({ ask: 'setPerson', person, ...details });
      return reply.kind === 'done' ? { code: 0, text: [`${person} is changed: \`tapward people\` shows her.`], json: reply } : unexpected(reply);
    });
  },
};

export const addPerson: Command = {
  name: 'people add',
  summary: 'a person without badge and PIN, who gets both herself at a station',
  words: { least: 0, most: 0, named: '' },
  options: [
    ['language', 'en|es', 'what the screen speaks to this person; the station’s own otherwise'],
    ...detailOptions,
    ['pin-stdin', '', 'standard input is no terminal: its lines are first name and last initial'],
  ],
  notes: ['Asks for first name and initial of the last name; neither is ever an argument.', 'Then `tapward code issue --for enrol` gives her the code she adds her badge with.'],
  run: async (given) => {
    const { terminal, options } = given;
    const language = languageIn(options);
    if (typeof language === 'object' && language !== null) return language;
    if (typeof options.number !== 'string' || options.number === 'none') return sorry({ because: 'wrong', why: refusalSentence({ kind: 'noNumber' }) });
    const mute = noTerminal(terminal, options['pin-stdin'], 'first name and last initial, one a line');
    if (mute !== null) return mute;
    return atStation(given, async (ask): Promise<Answer> => {
      const person = await askName(terminal);
      if ('code' in person) return person;
      const reply = await ask({ ask: 'addPerson', ...person, language, ...detailsIn(options) });
      return reply.kind === 'done' ? { code: 0, text: [`She is ${reply.subscriber}: give her a code with \`tapward code issue --for enrol\`.`], json: reply } : unexpected(reply);
    });
  },
};
