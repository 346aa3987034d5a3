/** Emergency access is set up, its emergencies are listed, and each is reviewed by somebody else: the station's folder and an administrator's words come in, answers go out. */
import { setUpEmergency } from '../emergency/code.ts';
import { casesIn, type EmergencyCase } from '../emergency/review.ts';
import { readEntries } from '../ledger/reading.ts';
import { loadKeys } from '../store/keys.ts';
import { count, localTime, plain, sorry, span, table } from './answer.ts';
import type { Command } from './command.ts';
import { findLedger } from './ledger.ts';
import { atStation, unexpected } from './people.ts';
import { isStation, modeOf, noStation } from './place.ts';

export const setUp: Command = {
  name: 'emergency setup',
  summary: 'make the station’s sealed emergency code, shown once',
  words: { least: 0, most: 0, named: '' },
  options: [],
  notes: [
    'Write the code down, seal it in an envelope, and keep it where the ward finds it. Run this again after it was opened: the code before is worth nothing then.',
    'The button shows once "emergency" is on in the policy and the station has a session for it; the code itself counts only with "emergencyClaims".',
  ],
  run: async ({ dir, tools }) => {
    if (!isStation(dir)) return sorry({ because: 'unavailable', why: noStation(dir) });
    const loaded = loadKeys(tools.keys(dir, modeOf(dir)).holder);
    if (loaded.kind !== 'keys')
      return sorry({ because: 'unavailable', why: loaded.kind === 'degraded' ? loaded.detail : 'The station has no machine key yet: start the agent once, then run this again.' });
    const code = await setUpEmergency({ dir, key: loaded.keys.emergency });
    const shown = code.replace(/\d{4}(?=\d)/g, '$& ');
    return {
      code: 0,
      text: [
        `Emergency code of this station: ${shown}`,
        'It is shown this once: write it down, seal it in an envelope, and keep it where the ward finds it.',
        'A code that was made here before is worth nothing now.',
      ],
      json: { kind: 'emergencyCode', code },
    };
  },
};

export const list: Command = {
  name: 'emergency list',
  summary: 'every emergency, the ones nobody has reviewed first',
  words: { least: 0, most: 0, named: '' },
  options: [],
  notes: ['Exits 1 while one waits for its review. Reads the ledger alone: it works on a copy, and on a station that is degraded.'],
  run: ({ dir }) => {
    const ledger = findLedger(dir);
    if (ledger.kind === 'none') return Promise.resolve(sorry({ because: 'unavailable', why: ledger.why }));
    const all = casesIn(readEntries(ledger.dir));
    const open = all.filter(({ review }) => review === null);
    const rows = [...open, ...all.filter(({ review }) => review !== null)].map(rowOf);
    const waiting =
      open.length === 0 ? 'Every emergency was reviewed.' : `${count(open.length, 'emergency', 'emergencies')} to review: tapward emergency review NUMBER --statement "…"`;
    return Promise.resolve({
      code: open.length === 0 ? 0 : 1,
      text: all.length === 0 ? ['There was no emergency.'] : [...table([['NUMBER', 'OPENED', 'WHO', 'WHY', 'FOR', 'REVIEW'], ...rows]), '', waiting],
      json: {
        kind: 'emergencies',
        open: open.length,
        emergencies: all.map(({ entry, wall, ...rest }) => ({
          ...rest,
          time: new Date(wall).toISOString(),
          claimant: entry.claimant,
          reason: entry.reason,
          minutes: entry.minutes,
        })),
      },
    });
  },
};

export const review: Command = {
  name: 'emergency review',
  summary: 'say what you found about an emergency that somebody else opened',
  words: { least: 1, most: 1, named: 'NUMBER' },
  options: [['statement', '"TEXT"', 'what you found, in one line; it stands in the ledger with your account and the date']],
  notes: [
    'NUMBER is the one that `tapward emergency list` shows. Your account is compared with the one IT noted for whoever opened it: nobody reviews herself. Where none is noted (`tapward people set … --account`), the review stands as NOT compared.',
  ],
  run: async (given) => {
    const { options, words } = given;
    const number = /^\d{1,9}$/.test(words[0] ?? '') ? Number(words[0]) : null;
    if (number === null) return sorry({ because: 'wrong', why: 'Name the emergency by its number: `tapward emergency list` shows it.' });
    const { statement } = options;
    if (statement === undefined) return sorry({ because: 'wrong', why: 'Say what you found: --statement "…".' });
    return atStation(given, async (ask) => {
      const reply = await ask({ ask: 'reviewEmergency', emergency: number, statement });
      return reply.kind === 'reviewed' ? { code: 0, text: [`Emergency ${number} is reviewed: entry ${reply.entry} of the ledger.`], json: reply } : unexpected(reply);
    });
  },
};

const reasonWords: Readonly<Record<EmergencyCase['entry']['reason'], string>> = {
  life: 'life in danger',
  treatment: 'treatment cannot wait',
  signIn: 'no way to sign in',
  other: 'something else',
};

function rowOf({ number, wall, entry, unproved, review: by }: EmergencyCase): readonly string[] {
  const { claimant, reason, minutes } = entry;
  const who = claimant.kind === 'proved' ? claimant.subscriber : `staff number ${plain(claimant.number)}, claimed`;
  const state =
    by === null ? `open for ${span(Math.max(0, Date.now() - wall))}` : `${localTime(by.wall)} by ${plain(by.actor)}${by.compared ? '' : ', NOT compared'}: ${plain(by.statement)}`;
  return [String(number), localTime(wall), unproved ? `${who}, NOT proved` : who, reasonWords[reason], `${minutes} min`, state];
}
