/** A running agent and its folder come in; the doors that every station has are opened, for administrators and for applications that ask for a fresh proof. */
import { join } from 'node:path';
import type { Policy } from '../core/policy.ts';
import { type DoorParts, openDoor } from './admin/door.ts';
import type { rememberNotes } from './admin/notes.ts';
import { administer } from './admin/station.ts';
import type { Agent } from './agent.ts';
import type { Diagnose } from './diagnostics.ts';
import type { Asks } from './effects.ts';
import type { LivePolicy } from './policy/live.ts';
import { openStepUpDoor, type StepUpParts } from './step-up/door.ts';

export type StationDoors = {
  /** Where applications get their answers: an agent wants it before there is a door. */
  readonly asks: Asks;
  /** Once. A door that cannot be opened is told to IT, and the station serves taps without it. */
  readonly open: (parts: StationDoorsParts) => Promise<void>;
  readonly close: () => Promise<void>;
};
export type StationDoorsParts = {
  readonly agent: Agent;
  readonly notes: ReturnType<typeof rememberNotes>['notes'];
  /** Left out: the policy was read once. */
  readonly live?: LivePolicy;
  /** The station's own, in which the administrators' door is. */
  readonly dir: string;
  readonly stepUp: { readonly path: string; readonly mode?: number; readonly accepts: StepUpParts['accepts'] };
  readonly policy: () => Policy;
  readonly peerOf: DoorParts['peerOf'] & StepUpParts['peerOf'];
  readonly programOf: StepUpParts['programOf'];
  readonly ownAccount: string;
  readonly diagnose: Diagnose;
};

const words = (why: unknown): string => (why instanceof Error ? why.message : String(why));

export function createDoors(): StationDoors {
  let answering: Asks | null = null;
  const opened: (() => Promise<void>)[] = [];
  return {
    asks: {
      confirm: (...answer) => answering?.confirm(...answer),
      decline: (...answer) => answering?.decline(...answer),
    },
    open: async ({ agent, notes, live, dir, stepUp, policy, peerOf, programOf, ownAccount, diagnose }) => {
      try {
        opened.push((await openDoor({ dir, station: administer(agent, notes, live ?? null), peerOf, ownAccount, noted: (text) => diagnose('TW1501', text) })).close);
      } catch (why) {
        diagnose('TW1502', words(why));
      }
      const { store, degraded } = agent.durable;
      // On a station that is degraded nobody can prove anything.
      if (store === null || degraded !== null || process.platform !== 'linux') return;
      const signedIn = (): string | null => {
        const { desk } = agent.queue.state();
        return desk.kind === 'open' ? desk.subscriber.id : null;
      };
      const noted = (text: string): void => diagnose('TW1503', text);
      try {
        const door = await openStepUpDoor({ ...stepUp, key: store.statementKey, policy, peerOf, programOf, signedIn, stepUp: agent.stepUp, noted });
        answering = door.asks;
        opened.push(door.close);
      } catch (why) {
        noted(words(why));
      }
    },
    close: async () => {
      await Promise.all(opened.splice(0).map((close) => close()));
    },
  };
}

export const stepUpIn = (dir: string): string => join(dir, 'step-up.sock');
