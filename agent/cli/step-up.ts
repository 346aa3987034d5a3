/** The running station comes in; the public key by which applications verify its statements goes out. */
import { sorry } from './answer.ts';
import type { Command } from './command.ts';
import { atStation, unexpected } from './people.ts';

export const stepUpKey: Command = {
  name: 'step-up key',
  summary: 'the public key by which an application verifies a fresh proof',
  words: { least: 0, most: 0, named: '' },
  options: [],
  notes: ['One line, a JSON Web Key (RFC 8037): give it to each application that "stepUpApps" names. It stays the same as long as the machine key does.'],
  run: (given) =>
    atStation(given, async (ask) => {
      const reply = await ask({ ask: 'stepUpKey' });
      if (reply.kind === 'stepUpKey') return { code: 0, text: [JSON.stringify(reply.key)], json: reply };
      return reply.kind === 'refused' ? sorry(reply) : unexpected(reply);
    }),
};
