/** An agent's parts come in; what its ledger and its journal hold of a start goes out: the version, the policy in force, and openings that the last run did not live to record. */
import { createHash } from 'node:crypto';
import type { Policy } from '../core/policy.ts';
import type { AgentParts } from './agent.ts';
import type { Durable } from './store/durable.ts';

/** What the ledger names a policy by. */
export const policySha256 = (policy: Policy): string => createHash('sha256').update(JSON.stringify(policy)).digest('hex');

/** An exception as a diagnostic names it. */
export const inWords = (why: unknown): string => (why instanceof Error ? `${why.name}: ${why.message}` : String(why));

/** The start, the policy in force and every open whose outcome the last run did not live to record; a ledger that cannot take them degrades the station. */
export function recordStart({ durable, policy, version, mode, diagnose }: AgentParts, takeOver: () => void): Durable['degraded'] {
  const { ledger, unfinished, cut } = durable;
  try {
    ledger?.append({ kind: 'started', version, mode });
    ledger?.append({ kind: 'policy', sha256: policySha256(policy()) });
    takeOver();
    for (const { grant, subscriber } of unfinished) ledger?.append({ kind: 'outcomeUnknown', grant, subscriber });
    tellCheckpoint({ durable, diagnose });
    if (cut > 0) diagnose('TW1302', `${cut} bytes of an entry that was never acknowledged were cut off`);
    return null;
  } catch (why) {
    return { cause: 'ledgerUnwritable', detail: `The ledger cannot be written (${inWords(why)}): free the disk, then start the agent again.` };
  }
}

/** The journal is the nearest place off the ledger's own folder; a SIEM takes it from there. */
export function tellCheckpoint({ durable: { ledger }, diagnose }: Pick<AgentParts, 'durable' | 'diagnose'>): void {
  if (ledger !== null) diagnose('TW1303', JSON.stringify(ledger.checkpoint()));
}
