/** An installed station's folder and who keeps its key come in; its store and ledger go out, opened once, and which version of the agent opened them: what the roots of every system have in common. */
import { readFileSync } from 'node:fs';
import type { Accounts, Clock, KeyHolder, RollbackCounter } from '../core/ports.ts';
import type { MachineMarks } from '../native/machine/marks.ts';
import type { Diagnose } from './diagnostics.ts';
import { type Durable, openDurable } from './store/durable.ts';

/** Of a station whose store does not open. */
export const nobody: Accounts = { accountOf: () => null, subscriberOf: () => null };

export type InstalledPlace = {
  readonly dir: string;
  readonly keys: { readonly holder: KeyHolder; readonly counter: RollbackCounter };
  readonly clock: Clock /** Of this computer. */;
  readonly marks: MachineMarks;
  readonly diagnose: Diagnose;
};

/** Throws one sentence where another agent holds the folder. */
export function openInstalled({ dir, keys, clock, marks, diagnose }: InstalledPlace): Durable {
  const durable = openDurable({ dir, ...keys, clock, mode: 'installed', machine: { marks, trusted: false } });
  if (durable.kind === 'inUse') throw new Error(`An agent is already running on ${dir}: stop it first.`);
  const { degraded, upgraded, startKey } = durable;
  if (degraded?.cause === 'cloned') diagnose('TW1004', degraded.detail);
  if (degraded?.cause === 'upgradeFailed') diagnose('TW1007', degraded.detail);
  if (upgraded !== null)
    diagnose(
      'TW1006',
      `from version ${upgraded.from} to ${upgraded.to}: ${upgraded.people} people, ${upgraded.badges} badges, nothing lost; the store of before is in ${upgraded.backup}`,
    );
  if (startKey !== null)
    diagnose('TW1005', 'nobody was given the ledger’s start key: where it is wanted, stop the agent before anybody is enrolled, and run `tapward setup --new-identity`');
  startKey?.fill(0);
  return durable;
}

/** The executable's own, which has no file beside it to ask: build/package/executable.ts writes it in. */
declare const INSTALLED_VERSION: string;

/** As package.json has it, the one place that says it. */
export const ownVersion = (): string =>
  typeof INSTALLED_VERSION === 'string' ? INSTALLED_VERSION : (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }).version;
