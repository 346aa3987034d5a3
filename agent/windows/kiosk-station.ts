/** Windows' host and the generic account come in; a shared kiosk goes out: an agent whose work is shown and parked by that session's helper, and locked by its face. */
import type { ContextId } from '../../core/helper-link.ts';
import type { SessionController } from '../../core/ports.ts';
import type { Millis, SubscriberId } from '../../core/types.ts';
import type { Contexts } from '../../native/session/contexts.ts';
import type { Host } from '../../native/session/windows/host.ts';
import { type AgentParts, startAgent } from '../agent.ts';
import { createHelperDesk } from '../helper/door.ts';
import { watchSessionLines } from './session-lines.ts';
import type { WindowsStation } from './station.ts';

export type KioskPorts = {
  readonly contexts: Contexts;
  readonly contextOf: (subscriber: SubscriberId) => ContextId;
  readonly hookTimeout: () => Millis;
  readonly noted: (text: string) => void;
};
export type KioskStationParts = Omit<AgentParts, 'sessions'> & {
  /** Ended by the controller. */
  readonly host: Host;
  /** Whether this is the generic account's session: no other one's helper shows anything. */
  readonly isKiosk: (session: number) => boolean;
  readonly contextOf: KioskPorts['contextOf'];
  readonly hookTimeout: KioskPorts['hookTimeout'];
  /** `createWindowsKiosk` of native/session/windows/kiosk.ts, from the composition root. */
  readonly create: (ports: KioskPorts) => SessionController;
};

/** As startAgent, whose promise this is. */
export async function startKioskStation({ host, isKiosk, contextOf, hookTimeout, create, ...parts }: KioskStationParts): Promise<WindowsStation> {
  const { diagnose } = parts;
  const desk = createHelperDesk({ noted: (text) => diagnose('TW1801', text) });
  const lines = watchSessionLines(host, 'helper', (session, line) => (isKiosk(session) ? desk.take(line) : null));
  const sessions = create({ contexts: desk.contexts, contextOf, hookTimeout, noted: (text) => diagnose('TW1803', text) });
  const agent = await startAgent({ ...parts, sessions });
  return {
    agent,
    stop: async (why) => {
      await agent.stop(why);
      lines[Symbol.dispose]();
    },
  };
}
