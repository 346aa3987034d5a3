/** A folder comes in; an agent without PC/SC, with a tray and a headless face, goes out. */
import { type Agent, startAgent } from '../../agent/agent.ts';
import { createTrayReader, type TrayReader } from '../../agent/evaluation/tray-reader.ts';
import { openDurable } from '../../agent/store/durable.ts';
import { defaultPolicy, type Policy } from '../../core/policy.ts';
import type { Clock, SessionController } from '../../core/ports.ts';
import { createClock } from '../../native/clock/clock.ts';
import { chooseKeys } from '../../native/keys/choice.ts';
import { createEmbedded } from '../../native/session/embedded.ts';
import { type HeadlessFace, headlessFace } from '../e2e/headless.ts';

export type Rig = AsyncDisposable & { readonly agent: Agent; readonly face: HeadlessFace; readonly tap: (uid: Uint8Array) => void };

/** `sessions`: an embedded controller unless said. */
export async function startRig(dir: string, policy: Partial<Policy> = {}, sessions: (clock: Clock) => SessionController = createEmbedded): Promise<Rig> {
  const clock = createClock();
  const durable = openDurable({ dir, ...chooseKeys(dir, 'evaluation'), clock, mode: 'evaluation' });
  if (durable.kind === 'inUse') throw new Error('the store is in use');
  let tray: TrayReader | null = null;
  const agent = await startAgent({
    mode: 'evaluation',
    version: '0.0.0',
    clock,
    durable,
    diagnose: () => undefined,
    policy: () => ({ ...defaultPolicy, sameBadgeAfter: 0, ...policy }),
    sessions: sessions(clock),
    readers: (next) => [(tray = createTrayReader(clock, next, () => undefined))],
  });
  const face = headlessFace(agent);
  return {
    agent,
    face,
    tap: (uid) => {
      tray?.place({ id: 'badge', label: 'badge', uid: () => Uint8Array.from(uid) }, false);
      tray?.lift();
    },
    [Symbol.asyncDispose]: async () => {
      face[Symbol.dispose]();
      await agent.stop('test over').catch(() => undefined);
    },
  };
}
