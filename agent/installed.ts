/** An installed station's folder and who keeps its key come in; its store and ledger go out, opened once, and which version of the agent opened them: what the roots of every system have in common. */
import { readFileSync } from 'node:fs';
import type { Accounts, Clock, KeyHolder, RollbackCounter } from '../core/ports.ts';
import { type Durable, openDurable } from './store/durable.ts';

/** Of a station whose store does not open. */
export const nobody: Accounts = { accountOf: () => null, subscriberOf: () => null };

/** Throws one sentence where another agent holds the folder. */
export function openInstalled(dir: string, keys: { readonly holder: KeyHolder; readonly counter: RollbackCounter }, clock: Clock): Durable {
  const durable = openDurable({ dir, ...keys, clock, mode: 'installed' });
  if (durable.kind === 'inUse') throw new Error(`An agent is already running on ${dir}: stop it first.`);
  durable.startKey?.fill(0);
  return durable;
}

/** The executable's own, which has no file beside it to ask: build/package/executable.ts writes it in. */
declare const INSTALLED_VERSION: string;

/** As package.json has it, the one place that says it. */
export const ownVersion = (): string => (typeof INSTALLED_VERSION === 'string' ? INSTALLED_VERSION : (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }).version);
