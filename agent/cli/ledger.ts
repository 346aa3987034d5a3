/** A station's ledger comes in; whether it holds, what it says, and a checkpoint to carry away go out. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Entry } from '../../core/entry.ts';
import { connectDoor } from '../admin/client.ts';
import type { Checkpoint } from '../ledger/proofs.ts';
import { readEntries } from '../ledger/reading.ts';
import { segmentsIn } from '../ledger/segments.ts';
import { type Expected, verifyLedger } from '../ledger/verification.ts';
import { ledgerDir } from '../store/durable.ts';
import { type Answer, count, localTime, sorry, table } from './answer.ts';
import { type Command, type Given, wholeNumber } from './command.ts';
import { entryInWords } from './entry-words.ts';
import { noStation } from './place.ts';
import { reach } from './reach.ts';

/** The ledger of a station, or a folder that is a copy of one alone. */
export function findLedger(dir: string): { readonly kind: 'found'; readonly dir: string } | { readonly kind: 'none'; readonly why: string } {
  try {
    for (const folder of [ledgerDir(dir), dir]) if (existsSync(folder) && segmentsIn(folder).length > 0) return { kind: 'found', dir: folder };
  } catch (e) {
    return { kind: 'none', why: `The ledger cannot be read (${(e as NodeJS.ErrnoException).code ?? 'unknown'}): run the command as root or as the agent’s account.` };
  }
  return { kind: 'none', why: noStation(dir) };
}

export const verify: Command = {
  name: 'ledger verify',
  summary: 'whether the ledger is whole, or the first entry that is not',
  words: { least: 0, most: 0, named: '' },
  options: [
    ['key', 'FILE', 'the start key that left the station at set-up, or - for standard input: proves every MAC'],
    ['public-key', 'KEY', 'the public key noted at set-up; without it the ledger’s own is believed'],
    ['checkpoint', 'FILE', 'a checkpoint that left the station: finds a ledger that was cut short'],
  ],
  notes: ['Works on a copy as well: name the folder with --dir. Needs no agent and no secret.'],
  run: verifyCommand,
};

export const show: Command = {
  name: 'ledger show',
  summary: 'what the ledger says, one line an entry',
  words: { least: 0, most: 0, named: '' },
  options: [['last', 'N', 'so many entries, the newest last (20)']],
  notes: ['Proves nothing: that is `ledger verify`.'],
  run: async ({ dir, options }) => {
    const last = wholeNumber('last', options.last, 20, 100_000_000);
    if (typeof last === 'string') return sorry({ because: 'wrong', why: last });
    const ledger = findLedger(dir);
    if (ledger.kind === 'none') return sorry({ because: 'unavailable', why: ledger.why });
    const entries = readEntries(ledger.dir, { last });
    return {
      code: 0,
      text: table(entries.map(({ seq, wall, entry }) => [String(seq), localTime(wall), lineOf(entry)])),
      json: { kind: 'entries', entries: entries.map(({ seq, wall, at, entry }) => ({ seq, time: new Date(wall).toISOString(), at, entry })) },
    };
  },
};

export const checkpoint: Command = {
  name: 'ledger checkpoint',
  summary: 'a signed statement of how long the ledger is, to carry off the station',
  words: { least: 0, most: 0, named: '' },
  options: [['out', 'FILE', 'write it to a new file instead of printing it']],
  notes: ['Only against a checkpoint kept elsewhere is a ledger found that was cut short.'],
  run: async ({ dir, tools, options }) => {
    const station = await reach(dir, tools);
    if (station.kind === 'none') return sorry({ because: 'unavailable', why: station.why });
    try {
      const reply = await station.ask({ ask: 'checkpoint' });
      if (reply.kind !== 'checkpoint') return sorry(reply.kind === 'refused' ? reply : { because: 'unavailable', why: 'The agent gave no checkpoint: restart it.' });
      const written = JSON.stringify(reply.checkpoint);
      if (options.out === undefined) return { code: 0, text: [written], json: reply.checkpoint };
      writeFileSync(options.out, `${written}\n`, { flag: 'wx' });
      return {
        code: 0,
        text: [`Checkpoint of ${count(reply.checkpoint.count, 'entry', 'entries')} written to ${options.out}: carry it off this computer.`],
        json: reply.checkpoint,
      };
    } catch (e) {
      return sorry({ because: 'refused', why: cannotWrite(options.out ?? '', e) });
    } finally {
      station.close();
    }
  },
};

/** A line that was changed may lack what its kind says it has. */
function lineOf(entry: Entry): string {
  try {
    return entryInWords(entry);
  } catch {
    return 'an entry that cannot be read: run tapward ledger verify';
  }
}

function cannotWrite(path: string, e: unknown): string {
  const { code } = e as NodeJS.ErrnoException;
  if (code === undefined) throw e;
  return code === 'EEXIST' ? `${path} is there already and was left as it is: name another file.` : `${path} cannot be written (${code}): name another file.`;
}

async function verifyCommand({ dir, terminal, options }: Given): Promise<Answer> {
  const ledger = findLedger(dir);
  if (ledger.kind === 'none') return sorry({ because: 'unavailable', why: ledger.why });
  const startKey = options.key === undefined ? undefined : await startKeyFrom(options.key, terminal.line);
  if (typeof startKey === 'string') return sorry({ because: 'wrong', why: startKey });
  const given = options.checkpoint === undefined ? undefined : checkpointFrom(options.checkpoint);
  if (typeof given === 'string') return sorry({ because: 'wrong', why: given });
  try {
    return verdict(await verifyBesideAgent(dir, { dir: ledger.dir, startKey, publicKey: options['public-key'], checkpoint: given }), given !== undefined);
  } finally {
    startKey?.fill(0);
  }
}

/** While the agent writes, an entry behind the ones it had acknowledged may be seen half: then it is looked at again. */
export async function verifyBesideAgent(dir: string, expected: Expected): Promise<ReturnType<typeof verifyLedger>> {
  for (let tries = 0; ; tries++) {
    const acknowledged = await acknowledgedBy(dir);
    const found = verifyLedger(acknowledged === null || expected.checkpoint !== undefined ? expected : { ...expected, checkpoint: acknowledged });
    const isBehind = acknowledged !== null && found.kind === 'bad' && found.seq !== null && found.seq >= acknowledged.count;
    if (!isBehind || tries === 4) return found;
  }
}

/** How long the ledger was a moment ago by the word of the agent that writes it; null: no agent runs. */
async function acknowledgedBy(dir: string): Promise<Checkpoint | null> {
  const door = await connectDoor(dir);
  if (door.kind !== 'connected') return null;
  try {
    const reply = await door.ask({ ask: 'checkpoint' });
    return reply.kind === 'checkpoint' ? reply.checkpoint : null;
  } finally {
    door.close();
  }
}

function verdict(found: ReturnType<typeof verifyLedger>, fromElsewhere: boolean): Answer {
  if (found.kind === 'bad') {
    const where = found.file === null ? '' : ` (${found.file})`;
    const text =
      found.seq === null ? `The ledger does not hold${where}: ${found.why}.` : `The ledger does not hold: entry ${found.seq} is the first bad one${where}: ${found.why}.`;
    return { code: 1, text: [text], json: found };
  }
  return {
    code: 0,
    text: [
      `The ledger holds: ${count(found.entries, 'entry', 'entries')}, ${count(found.signatures, 'signature')}.`,
      found.macs ? 'Every MAC was proved with the start key.' : 'MACs were not proved: that takes the start key (--key).',
      fromElsewhere ? 'It has all that the checkpoint counts.' : 'Whether it was cut short is seen only against a checkpoint kept elsewhere (--checkpoint).',
      `public key ${found.publicKey}`,
    ],
    json: { ...found, checkpoint: fromElsewhere },
  };
}

/** 32 bytes in base64url, as they are shown at set-up; or one sentence. */
async function startKeyFrom(file: string, ask: (question: string) => Promise<string | null>): Promise<Buffer | string> {
  let text: string;
  try {
    text = file === '-' ? ((await ask('Start key: ')) ?? '') : readFileSync(file, 'utf8').trim();
  } catch (e) {
    return `${file} cannot be read (${(e as NodeJS.ErrnoException).code ?? 'unknown'}): name the file with the start key.`;
  }
  const bytes = Buffer.from(text, 'base64url');
  return bytes.length === 32 && /^[\w-]{43}$/.test(text) ? bytes : 'The start key must be the 43 letters and digits shown when the station was set up.';
}

function checkpointFrom(file: string): Checkpoint | string {
  try {
    const { ledger, count: entries, head, wall, signature } = JSON.parse(readFileSync(file, 'utf8')) as Checkpoint;
    if ([ledger, head, signature].every((text) => typeof text === 'string') && Number.isSafeInteger(entries) && Number.isSafeInteger(wall))
      return { ledger, count: entries, head, wall, signature };
  } catch (e) {
    const { code } = e as NodeJS.ErrnoException;
    if (code !== undefined) return `${file} cannot be read (${code}): name the file with the checkpoint.`;
  }
  return `${file} is no checkpoint: give the file that \`tapward ledger checkpoint --out\` wrote.`;
}
