/** A path comes in; a new site key in a file for its owner alone goes out. Nothing of it is printed. */
import { resolve } from 'node:path';
import { type Answer, plain, sorry } from './answer.ts';
import type { Command } from './command.ts';

export const createSiteKey: Command = {
  name: 'site-key create',
  summary: 'make the key that all provable badges of a site follow from',
  words: { least: 1, most: 1, named: 'FILE' },
  options: [],
  notes: ['Needs no station: make it where badges are personalised, and keep a copy under lock. Who has it can make every badge of the site.'],
  run: ({ tools, words }) => {
    const path = resolve(words[0] ?? '');
    const made = tools.badges.createSiteKey(path);
    if (made.kind === 'held') made.key.fill(0);
    const answer: Answer =
      made.kind === 'held'
        ? { code: 0, text: [`The site key lies in ${plain(path)}, for this account alone. Keep a copy under lock: it is nowhere else.`], json: { kind: 'siteKey', path } }
        : sorry({ because: 'refused', why: made.why });
    return Promise.resolve(answer);
  },
};
