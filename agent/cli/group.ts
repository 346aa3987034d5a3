/** A wish about the station group comes in: which it is, make one, invite, join. The invitation is a file, its code goes another way, and is never an argument. */
import { readFileSync } from 'node:fs';
import { codeDigits, type May, newCode } from '../group/invitation.ts';
import type { GroupState } from '../group/membership.ts';
import { fixedBytes } from '../pin-buffer.ts';
import { type Answer, count, localTime, plain, sorry, table } from './answer.ts';
import { type Command, type Given, wholeNumber } from './command.ts';
import { atStation, unexpected } from './people.ts';
import { newPrivateFile } from './private-file.ts';

const mayWords: Readonly<Record<May, string>> = { export: 'may export people and invite stations', import: 'only imports people' };

export const group: Command = {
  name: 'group',
  summary: 'which station group this one is in, and whose people it has taken',
  words: { least: 0, most: 0, named: '' },
  options: [],
  notes: ['Stations of a group know each other’s people: `tapward people export` at one, `tapward people import` at the others.'],
  run: (given) => {
    return atStation(given, async (ask) => {
      const reply = await ask({ ask: 'group' });
      if (reply.kind !== 'groupState') return unexpected(reply);
      const { state } = reply;
      return state === null
        ? { code: 0, text: ['This station is in no group: make one with tapward group create, or join one with tapward group join.'], json: { kind: 'group', group: null } }
        : { code: 0, text: stateWords(state), json: state };
    });
  },
};

export const createGroup: Command = {
  name: 'group create',
  summary: 'make this station the first of a new group',
  words: { least: 0, most: 0, named: '' },
  options: [],
  notes: ['Who is enrolled here already can be carried from then on. Everywhere else the group’s stations must be new.'],
  run: (given) =>
    atStation(given, async (ask) => {
      const reply = await ask({ ask: 'createGroup' });
      return reply.kind === 'groupState' && reply.state !== null
        ? { code: 0, text: [`Group ${reply.state.group} is made.`, 'Next: tapward group invite, once for each further station.'], json: reply.state }
        : unexpected(reply);
    }),
};

export const invite: Command = {
  name: 'group invite',
  summary: 'an invitation and its one-time code for one new station',
  words: { least: 0, most: 0, named: '' },
  options: [
    ['out', 'FILE', 'where the invitation goes; a new file for this account alone'],
    ['code-out', 'FILE', 'the code into this new file instead of onto the screen'],
    ['may', 'import|export', 'what the new station may do: import people only, or export and invite too (import)'],
    ['hours', 'HOURS', 'how long the invitation lasts (24, at most 336)'],
  ],
  notes: [
    'Send file and code on two ways, and destroy both once the station has joined: until they have run out a second one could join with them, as its ledger would say (`invitation`).',
    'Whoever comes to have both, however late, has the group’s keys, and can look up badges and check PINs like any of its stations.',
    'Give export only to stations where people are enrolled: what those sign, all believe.',
  ],
  run: (given) => {
    const { options } = given;
    const hours = wholeNumber('hours', options.hours, 24, 336);
    if (typeof hours === 'string') return Promise.resolve(sorry({ because: 'wrong', why: hours }));
    const { may = 'import' } = options;
    if (may !== 'import' && may !== 'export') return Promise.resolve(sorry({ because: 'wrong', why: '--may takes import or export.' }));
    if (options.out === undefined) return Promise.resolve(sorry({ because: 'wrong', why: 'Say with --out which file the invitation goes into.' }));
    return inviting(given, { out: options.out, codeOut: options['code-out'], may, hours });
  },
};

async function inviting(
  given: Given,
  { out, codeOut, may, hours }: { readonly out: string; readonly codeOut: string | undefined; readonly may: May; readonly hours: number },
): Promise<Answer> {
  const file = newPrivateFile(out);
  if ('kind' in file) return sorry({ because: 'refused', why: file.why });
  const codeFile = codeOut === undefined ? null : newPrivateFile(codeOut);
  try {
    if (codeFile !== null && 'kind' in codeFile) return sorry({ because: 'refused', why: codeFile.why });
    return await atStation(given, async (ask) => {
      const code = newCode();
      const sent = fixedBytes(code.length);
      sent.set(code);
      try {
        const reply = await ask({ ask: 'invite', may, hours }, { pin: sent });
        if (reply.kind !== 'invited') return unexpected(reply);
        file.write(Buffer.from(reply.invitation));
        codeFile?.write(Buffer.from([...code.map((digit) => digit + 0x30), 0x0a]));
        const { id, until } = reply;
        const said = codeFile === null ? { code: code.join('') } : {};
        const text = [
          ...(codeFile === null ? [`Code: ${inGroups(code)}`] : []),
          `Invitation ${id} lies in ${plain(file.path)}, until ${localTime(until)}; the station ${mayWords[may]}.`,
          codeFile === null ? 'The code is shown this once. Send file and code on two ways.' : `Its code lies in ${plain(codeFile.path)}: send the two files on two ways.`,
        ];
        return { code: 0, text, json: { kind: 'invited', id, may, until, invitation: file.path, ...said } };
      } finally {
        code.fill(0);
      }
    });
  } finally {
    file.drop();
    if (codeFile !== null && 'drop' in codeFile) codeFile.drop();
  }
}

export const joinGroup: Command = {
  name: 'group join',
  summary: 'join a group with an invitation and its one-time code',
  words: { least: 1, most: 1, named: 'FILE' },
  options: [['code-file', 'FILE', 'the code is in this file; -: on standard input. Without it you are asked']],
  notes: ['FILE is what `tapward group invite` wrote. Only a station where nobody was enrolled yet can join. Take both files away afterwards.'],
  run: async (given) => {
    const invitation = readShort(given.words[0] ?? '', 12_000);
    if (invitation === null) return sorry({ because: 'wrong', why: 'The invitation cannot be read: name the file that `tapward group invite` wrote.' });
    const code = await codeFrom(given);
    if (!(code instanceof Uint8Array)) return code;
    return atStation(given, async (ask) => {
      const reply = await ask({ ask: 'joinGroup', invitation: invitation.toString('utf8') }, { pin: code });
      if (reply.kind !== 'groupState' || reply.state === null) return unexpected(reply);
      return {
        code: 0,
        text: [`This station is ${reply.state.station} of group ${reply.state.group} and ${mayWords[reply.state.may]}.`, 'Next: tapward people import.'],
        json: reply.state,
      };
    }).finally(() => code.fill(0));
  },
};

/** To be overwritten by the request that takes it. */
async function codeFrom({ terminal, options }: Given): Promise<Uint8Array | Answer> {
  const from = options['code-file'];
  const wrong = (why: string): Answer => sorry({ because: 'wrong', why });
  if (from === undefined && !terminal.isPerson) return wrong('Standard input is no terminal: name a file with the code by --code-file, or - for standard input.');
  if (from !== undefined && from !== '-') {
    const bytes = readShort(from, 400);
    const digits = bytes === null ? null : digitsIn(bytes);
    return digits ?? wrong(`No code can be read there: name a file that holds its ${codeDigits} digits and nothing else.`);
  }
  const typed = await terminal.digits(`The invitation’s code, ${codeDigits} digits: `, 'spaced');
  return typed instanceof Uint8Array ? typed : wrong(`A code is ${codeDigits} digits and nothing else.`);
}

/** null: something else than digits, spaces and dashes. `bytes` is overwritten. */
function digitsIn(bytes: Buffer): Uint8Array | null {
  const digits = bytes.filter((b) => b >= 0x30 && b <= 0x39);
  const isClean = bytes.every((b) => (b >= 0x30 && b <= 0x39) || b === 0x20 || b === 0x2d || b === 0x0a || b === 0x0d);
  const code = fixedBytes(digits.length);
  digits.forEach((b, i) => (code[i] = b - 0x30));
  bytes.fill(0);
  digits.fill(0);
  // A longer list than a code would not fit beside a request.
  return isClean && code.length === codeDigits ? code : null;
}

/** null: not there, or longer than any such file. */
function readShort(path: string, most: number): Buffer | null {
  try {
    const bytes = readFileSync(path);
    return bytes.length <= most ? bytes : null;
  } catch {
    return null;
  }
}

const inGroups = (code: Uint8Array): string => code.join('').match(/\d{4}/g)?.join(' ') ?? '';

function stateWords({ station, group: name, may, exported, heard }: GroupState): readonly string[] {
  const others = Object.entries(heard);
  return [
    `Group ${name}; this is station ${station}, which ${mayWords[may]}.`,
    exported === null ? 'It has exported nobody yet.' : `Its last bundle was number ${exported.sequence}, ${localTime(exported.wall)}.`,
    ...(others.length === 0
      ? ['It has imported nobody yet.']
      : [`It has imported from ${count(others.length, 'station')}:`, ...table(others.map(([id, { sequence, wall }]) => [`  ${id}`, `bundle ${sequence}`, localTime(wall)]))]),
  ];
}
