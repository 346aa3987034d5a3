/** A provable badge held to the station's reader comes in; the same badge with the next version of its keys, or with keys of a new site key, goes out, and the station's record of it follows. */
import { randomBytes } from 'node:crypto';
import type { Site } from '../../../native/desfire/diversification.ts';
import type { Ask } from '../../admin/contract.ts';
import { type Answer, sorry } from '../answer.ts';
import { type Command, type Given, wholeNumber } from '../command.ts';
import { atStation, findWhoMay, unexpected } from '../people.ts';
import { keepMade, keptOf, openCard, tellProgress } from './card.ts';
import { keyVersionIn, siteIn, wrongOptions } from './site.ts';

export const rotateBadge: Command = {
  name: 'badge rotate',
  summary: 'give a provable badge new keys; what stations kept of it before is worth nothing then',
  words: { least: 0, most: 0, named: '' },
  options: [
    ['for', 'PERSON', 'whose badge it is'],
    ['site-key', 'FILE', 'the site key that its keys follow from now'],
    ['new-site-key', 'FILE', 'the site key that they follow from afterwards; the same one otherwise'],
    ['system', 'NAME', 'the site’s name in every key (Tapward)'],
    ['key-version', 'N', 'the version it has now; else what this station knows of it'],
    ['wait', 'SECONDS', 'how long to wait for the badge (30)'],
  ],
  notes: [
    'The next version follows each: 2 after 1, and 1 after 255. Pulled away too early, the badge is finished by the same command.',
    'At every other station that has this badge, run `tapward badge personalise` with its new --key-version: the card stays as it is.',
  ],
  run: (given) => {
    const { options } = given;
    const wrong = wrongOptions(options);
    if (wrong !== null) return Promise.resolve(wrong);
    if (options.for === undefined) return Promise.resolve(sorry({ because: 'wrong', why: 'Say whose badge it is with --for: `tapward people` shows the numbers.' }));
    const seconds = wholeNumber('wait', options.wait, 30, 300);
    if (typeof seconds === 'string') return Promise.resolve(sorry({ because: 'wrong', why: seconds }));
    return atStation(given, (ask) => turn(ask, given, seconds));
  },
};

async function turn(ask: Ask, given: Given, seconds: number): Promise<Answer> {
  const { options, tools } = given;
  const person = await findWhoMay(ask, options.for ?? '');
  if (typeof person !== 'string') return person;
  const rules = await ask({ ask: 'rules' });
  if (rules.kind !== 'rules') return unexpected(rules);
  const from = siteIn(options['site-key'], options, tools, rules);
  if ('code' in from) return from;
  const to = siteIn(options['new-site-key'] ?? options['site-key'], options, tools, rules);
  try {
    return 'code' in to ? to : await turnWith(ask, given, { from, to }, person, seconds);
  } finally {
    from.masterKey.fill(0);
    if (!('code' in to)) to.masterKey.fill(0);
  }
}

type Sites = { readonly from: Site; readonly to: Site };

async function turnWith(ask: Ask, { terminal, options, tools }: Given, { from, to }: Sites, person: string, seconds: number): Promise<Answer> {
  const card = await openCard(ask, terminal, person, seconds);
  if ('code' in card) return card;
  const known = card.known?.proves.kind === 'aes' ? card.known.proves.keyVersion : null;
  const before = keyVersionIn(options['key-version']) ?? known ?? 1;
  const after = (before % 255) + 1;
  const outcome = await tools.badges.rotate(card.transmit, {
    from: { site: from, keyVersion: before },
    to: { site: to, keyVersion: after },
    random: (length) => new Uint8Array(randomBytes(length)),
    progress: tellProgress(terminal),
  });
  if (outcome.kind !== 'personalised') return sorry({ because: 'refused', why: outcome.why });
  const aes = keptOf(outcome.badge, card.hidden);
  outcome.badge.key.fill(0);
  const { apdus, took } = card.told();
  const unkept = await keepMade(ask, terminal, aes);
  if (unkept !== null) return unkept;
  const reply = await ask({ ask: 'addBadge', person });
  if (reply.kind !== 'enrolled') return unexpected(reply);
  return {
    code: 0,
    text: [`Badge ${reply.badge} of ${person} has version ${after} of its keys; what any station kept of version ${before} is worth nothing now.`],
    json: { ...reply, keyVersion: after, apdus, ms: Math.round(took) },
  };
}
