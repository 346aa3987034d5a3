/** What went wrong with one command of a proof comes in, the reason that the ledger and the screen know goes out. */
import type { ProofFault } from '../../core/types.ts';
import { type Fault, status } from './exchange.ts';

/** In the order in which they are sent. */
export type ProofStep = 'select' | 'number' | 'authenticate' | 'uid';

/** Never the lower grade: whatever is unclear is `malformed`. */
export function proofFault(step: ProofStep, fault: Fault): ProofFault {
  // A card that does not know DESFire's commands, or has forgotten them: the badge's application is not there.
  if (fault.kind === 'foreign') return step === 'uid' ? 'malformed' : 'missing';
  return fault.kind === 'status' ? ofStatus(step, fault.status) : fault.kind;
}

function ofStatus(step: ProofStep, claimed: number): ProofFault {
  if (claimed === status.authentication || claimed === status.integrity) return 'wrong';
  if (step === 'uid') return 'malformed';
  return absences.has(claimed) ? 'missing' : 'malformed';
}

const absences: ReadonlySet<number> = new Set([status.noApplication, status.noFile, status.noSuchKey, status.illegalCommand, status.denied]);
