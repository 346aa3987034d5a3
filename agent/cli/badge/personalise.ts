/** A badge held to the station's reader and the site's key come in; a badge that proves itself, enrolled for one person, goes out. The site's key stays in this process. */
import { randomBytes } from 'node:crypto';
import { isAtLeast } from '../../../core/assurance.ts';
import type { Ask, Rules } from '../../admin/contract.ts';
import { refusalSentence } from '../../enrolment.ts';
import { type Answer, plain, sorry } from '../answer.ts';
import { gradeWords } from '../badge-words.ts';
import { type Command, type Given, wholeNumber } from '../command.ts';
import { askName, languageIn } from '../enrol.ts';
import { atStation, findWhoMay, unexpected } from '../people.ts';
import { askPin, noTerminal } from '../pin.ts';
import { keepMade, keptOf, openCard, tellProgress } from './card.ts';
import { cardKeyIn, keyVersionIn, siteIn, wrongOptions } from './site.ts';

export const personaliseBadge: Command = {
  name: 'badge personalise',
  summary: 'make a DESFire card a badge that proves itself, and enrol it',
  words: { least: 0, most: 0, named: '' },
  options: [
    ['site-key', 'FILE', 'the site key; never an argument, never at a station for good'],
    ['for', 'PERSON', 'whose badge it becomes; without it a new person is enrolled, as by `tapward enrol`'],
    ['system', 'NAME', 'the site’s name in every key, the same at every station (Tapward)'],
    ['key-version', 'N', 'which version of the badge’s keys, 1 to 255 (1)'],
    ['random-uid', '', 'the card shows another UID at each tap from now on, for ever'],
    ['beside-others', '', 'the card may carry applications of others'],
    ['card-key', 'FILE', 'the card’s own master key, where it is not as delivered'],
    ['leave-card-key', '', 'the card’s own master key is unknown: leave it as it is'],
    ['language', 'en|es', 'what the screen speaks to a new person; the station’s own otherwise'],
    ['wait', 'SECONDS', 'how long to wait for the badge (30)'],
    ['pin-stdin', '', 'standard input is no terminal: its lines are first name, last initial and PIN'],
  ],
  notes: [
    'Pulled away too early, the badge is finished by the same command. On a finished badge it changes nothing:',
    'so a badge that another station made, or rotated (--key-version), is enrolled at this one.',
  ],
  run: async (given) => {
    const { terminal, options } = given;
    const wrong = wrongOptions(options);
    if (wrong !== null) return wrong;
    const seconds = wholeNumber('wait', options.wait, 30, 300);
    if (typeof seconds === 'string') return sorry({ because: 'wrong', why: seconds });
    const language = languageIn(options);
    if (typeof language === 'object' && language !== null) return language;
    if (options.for !== undefined && language !== null) return sorry({ because: 'wrong', why: '--language goes with a new person, not with --for.' });
    const mute = options.for === undefined ? noTerminal(terminal, options['pin-stdin'], 'first name, last initial and PIN, one a line') : null;
    return mute ?? atStation(given, (ask) => (options.for === undefined ? newPerson(ask, given, language, seconds) : oneMore(ask, given, options.for, seconds)));
  },
};

type Made = { readonly keyVersion: number; readonly told: { readonly apdus: number; readonly took: number } };

async function oneMore(ask: Ask, given: Given, start: string, seconds: number): Promise<Answer> {
  const person = await findWhoMay(ask, start);
  if (typeof person !== 'string') return person;
  const made = await make(ask, given, person, seconds);
  if ('code' in made) return made;
  const reply = await ask({ ask: 'addBadge', person });
  if (reply.kind !== 'enrolled') return unexpected(reply);
  return { code: 0, text: [`Badge ${reply.badge} is now one of ${person}’s: ${gradeWords.aes}.`, ...inAll(made)], json: { ...reply, ...jsonOf(made) } };
}

async function newPerson(ask: Ask, given: Given, language: 'en' | 'es' | null, seconds: number): Promise<Answer> {
  const rules = await ask({ ask: 'rules' });
  if (rules.kind !== 'rules') return unexpected(rules);
  const person = await askName(given.terminal);
  if ('code' in person) return person;
  const made = await make(ask, given, null, seconds);
  if ('code' in made) return made;
  const pin = await askPin(given.terminal, rules.pinLength);
  if (!(pin instanceof Uint8Array)) return pin;
  const reply = await ask({ ask: 'enrol', ...person, language }, { pin });
  if (reply.kind !== 'enrolled') return unexpected(reply);
  const { given: first, initial, id } = reply.subscriber;
  return {
    code: 0,
    text: [`${plain(first)} ${plain(initial)}. is enrolled as ${id} with badge ${reply.badge}: ${gradeWords.aes}.`, ...inAll(made)],
    json: { ...reply, ...jsonOf(made) },
  };
}

const inAll = ({ told: { apdus, took } }: Made): readonly string[] => [`The badge was on the reader for ${(took / 1000).toFixed(1)} s, ${apdus} command APDUs.`];
const jsonOf = ({ keyVersion, told }: Made): object => ({ keyVersion, apdus: told.apdus, ms: Math.round(told.took) });

/** Refused before the card is touched where the station would not take it afterwards. */
async function make(ask: Ask, { terminal, options, tools }: Given, person: string | null, seconds: number): Promise<Made | Answer> {
  const rules = await ask({ ask: 'rules' });
  if (rules.kind !== 'rules') return unexpected(rules);
  if (!isAtLeast('aes', rules.leastGrade)) return sorry({ because: 'refused', why: refusalSentence({ kind: 'tooWeak', least: rules.leastGrade }) });
  const cardMasterKey = cardKeyIn(options, tools);
  if ('code' in cardMasterKey) return cardMasterKey;
  try {
    return await makeWith(ask, { terminal, options, tools, rules, person, seconds }, cardMasterKey);
  } finally {
    if (cardMasterKey.kind === 'aes') cardMasterKey.key.fill(0);
  }
}

type Making = Pick<Given, 'terminal' | 'options' | 'tools'> & { readonly rules: Rules; readonly person: string | null; readonly seconds: number };

async function makeWith(
  ask: Ask,
  { terminal, options, tools, rules, person, seconds }: Making,
  cardMasterKey: Parameters<typeof tools.badges.personalise>[1]['cardMasterKey'],
): Promise<Made | Answer> {
  const site = siteIn(options['site-key'], options, tools, rules);
  if ('code' in site) return site;
  try {
    const card = await openCard(ask, terminal, person, seconds);
    if ('code' in card) return card;
    const randomUid = options['random-uid'] === true;
    const outcome = await tools.badges.personalise(card.transmit, {
      site,
      cardMasterKey,
      randomUid,
      keyVersion: keyVersionIn(options['key-version']) ?? 1,
      besideOthers: options['beside-others'] === true,
      random: (length) => new Uint8Array(randomBytes(length)),
      progress: tellProgress(terminal),
    });
    if (outcome.kind !== 'personalised') return sorry({ because: 'refused', why: outcome.why });
    const { badge } = outcome;
    const aes = keptOf(badge, randomUid || card.hidden);
    badge.key.fill(0);
    const unkept = await keepMade(ask, terminal, aes);
    return unkept ?? { keyVersion: aes.keyVersion, told: card.told() };
  } finally {
    site.masterKey.fill(0);
  }
}
