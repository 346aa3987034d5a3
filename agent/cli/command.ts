/** The shape of a command: what it is called, takes and does; and what every command is given. */
import type { CardReader, Clock, KeyHolder, RollbackCounter } from '../../core/ports.ts';
import type { Presentation } from '../../core/types.ts';
import type { personalise } from '../../native/desfire/personalisation.ts';
import type { rotate } from '../../native/desfire/rotation.ts';
import type { createSiteKey, loadSiteKey } from '../../native/desfire/site-key.ts';
import type { MachineMarks } from '../../native/machine/marks.ts';
import type { PcscProbe } from '../../native/pcsc/probe.ts';
import type { readTrust } from '../../native/piv/trust.ts';
import type { SystemLog } from '../events/system-log.ts';
import type { ReadRegistry } from '../policy/reading.ts';
import type { Answer } from './answer.ts';
import type { Terminal } from './terminal.ts';

export type Mode = 'evaluation' | 'installed';

/** The adapters of this computer, named by the composition root alone. */
export type Tools = {
  readonly version: string;
  readonly clock: Clock;
  readonly keys: (dir: string, mode: Mode) => { readonly holder: KeyHolder; readonly counter: RollbackCounter };
  /** This computer's. */
  readonly machine: () => MachineMarks;
  /** The machine key and the counter beside it are gone for good when it returns; or one sentence. */
  readonly forgetKeys: (dir: string) => string | null;
  /** The command that seals a file key. */
  readonly mendWeakKey: (dir: string) => string;
  readonly probe: () => Promise<PcscProbe>;
  readonly reader: (nextPresentation: () => Presentation) => CardReader;
  /** What is done to badges, and where keys of the site lie: neither the agent nor a station has any of it. */
  readonly badges: {
    readonly personalise: typeof personalise;
    readonly rotate: typeof rotate;
    readonly loadSiteKey: typeof loadSiteKey;
    readonly createSiteKey: typeof createSiteKey;
  };
  readonly readTrust: typeof readTrust;
  /** Group Policy's settings; null: there are none, or no registry. */
  readonly registry: ReadRegistry;
  /** To the system's own log, and to no file. */
  readonly tell: SystemLog;
  /** Who runs this command, as the ledger names them. */
  readonly account: () => string;
};

export type Given = {
  readonly dir: string;
  readonly tools: Tools;
  readonly terminal: Terminal;
  readonly options: Options;
  readonly words: readonly string[];
};

/** Every option of every command; parseArgs knows them all and each command says which are its own. */
export const optionTypes = {
  dir: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
  version: { type: 'boolean' },
  last: { type: 'string' },
  days: { type: 'string' },
  ref: { type: 'string' },
  key: { type: 'string' },
  'public-key': { type: 'string' },
  checkpoint: { type: 'string' },
  out: { type: 'string' },
  'code-out': { type: 'string' },
  'code-file': { type: 'string' },
  may: { type: 'string' },
  badge: { type: 'string' },
  for: { type: 'string' },
  language: { type: 'string' },
  role: { type: 'string' },
  number: { type: 'string' },
  account: { type: 'string' },
  checked: { type: 'string' },
  hours: { type: 'string' },
  stale: { type: 'boolean' },
  all: { type: 'boolean' },
  statement: { type: 'string' },
  person: { type: 'string' },
  station: { type: 'string' },
  wait: { type: 'string' },
  'pin-stdin': { type: 'boolean' },
  'key-pin': { type: 'boolean' },
  share: { type: 'boolean' },
  as: { type: 'string' },
  'site-key': { type: 'string' },
  'new-site-key': { type: 'string' },
  system: { type: 'string' },
  'key-version': { type: 'string' },
  'random-uid': { type: 'boolean' },
  'beside-others': { type: 'boolean' },
  'card-key': { type: 'string' },
  'leave-card-key': { type: 'boolean' },
  unattended: { type: 'boolean' },
  'start-key-out': { type: 'string' },
  'prepare-image': { type: 'boolean' },
  'forget-people': { type: 'boolean' },
  'new-identity': { type: 'boolean' },
  'same-station': { type: 'boolean' },
  check: { type: 'boolean' },
  report: { type: 'boolean' },
} as const;
export type Option = keyof typeof optionTypes;
export type Options = { readonly [K in Option]?: (typeof optionTypes)[K]['type'] extends 'string' ? string : boolean };

export type Command = {
  /** One or two words: `people`, `ledger verify`. */
  readonly name: string;
  /** What it does, in the list of commands. */
  readonly summary: string;
  /** How many words may follow its name. */
  readonly words: { readonly least: number; readonly most: number; readonly named: string };
  /** Its own options with their help, in order; `--dir`, `--json` and `--help` go with every command. */
  readonly options: readonly (readonly [option: Option, placeholder: string, help: string])[];
  /** Lines below the options. */
  readonly notes: readonly string[];
  readonly run: (given: Given) => Promise<Answer>;
};

/** A whole number from an option, or one sentence. */
export function wholeNumber(option: string, text: string | undefined, fallback: number, most: number): number | string {
  if (text === undefined) return fallback;
  const n = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  return n >= 1 && n <= most ? n : `--${option} takes a whole number from 1 to ${most}.`;
}
