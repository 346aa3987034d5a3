/** A person who is signed in comes in from a terminal; a security key that she touched at the screen, one of her badges from now on, goes out. */
import type { Ask, News } from '../admin/contract.ts';
import { type Answer, sorry } from './answer.ts';
import type { Command, Given } from './command.ts';
import { atStation, findPerson, unexpected } from './people.ts';

export const registerKey: Command = {
  name: 'key register',
  summary: 'one more security key for a person, touched at the screen',
  words: { least: 0, most: 0, named: '' },
  options: [['for', 'PERSON', 'who gets it; she has to be signed in at this station']],
  notes: [
    'She confirms with her PIN, plugs the key in and touches it twice: nothing is stored that does not sign her in. A key that is tapped on the reader is enrolled like any other badge.',
  ],
  run: (given) =>
    given.options.for === undefined
      ? Promise.resolve(sorry({ because: 'wrong', why: 'Name the person with --for: `tapward people` shows everybody.' }))
      : atStation(given, (ask) => register(ask, given, given.options.for ?? '')),
};

const steps: Readonly<Record<Extract<News, { kind: 'keyStep' }>['step'], string>> = {
  pin: '1 of 3: Have her confirm with her PIN at the screen.',
  touch: '2 of 3: Plug the key in, then have her touch it.',
  again: '3 of 3: Have her touch it once more, as she will at each sign-in.',
};

async function register(ask: Ask, { terminal }: Given, whom: string): Promise<Answer> {
  const person = await findPerson(ask, whom);
  if (typeof person !== 'string') return person;
  const reply = await ask({ ask: 'registerKey', person }, { hear: (news) => news.kind === 'keyStep' && terminal.say(steps[news.step]) });
  return reply.kind === 'enrolled' ? { code: 0, text: [`Key ${reply.badge} is now one of ${person}’s.`], json: reply } : unexpected(reply);
}
