/** A running agent comes in, and the switch that a face was refused for; the ledger has it, or the station is degraded. */
import type { RefusedSwitch } from '../../core/face-link.ts';
import type { Agent } from '../agent.ts';
import { Broken } from '../queue.ts';

/** For the `refused` of a face's door. A ledger that cannot take it locks the station, as with any other entry (45 CFR 164.312(b)). */
export function recordRefusal({ durable, queue }: Pick<Agent, 'durable' | 'queue'>, what: RefusedSwitch): void {
  try {
    durable.ledger?.append({ kind: 'faceRefused', what });
  } catch (why) {
    queue.crash(new Broken('ledgerUnwritable', why));
  }
}
