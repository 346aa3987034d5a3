/** Windows' host, a way to make its controller and an agent's parts come in; one station on Windows' own sessions goes out: the agent, what the tile shows and is told, and what a PIN opens there. */
import type { Accounts, SessionController } from '../../core/ports.ts';
import type { Grant } from '../../core/types.ts';
import type { Host } from '../../native/session/windows/host.ts';
import { type Agent, type AgentParts, startAgent } from '../agent.ts';
import { type KeptParts, keepWindows } from './kept.ts';
import { type LogonScreen, showLogonScreen } from './logon-screen.ts';
import { createShares } from './shares.ts';

export type WindowsStationParts = Omit<AgentParts, 'sessions' | 'proved' | 'accounts'> & {
  /** Ended by the controller. */
  readonly host: Host;
  readonly accounts: Accounts;
  readonly partsOf: KeptParts['partsOf'];
  /** `createWindows` of native/session/windows/controller.ts, from the composition root. */
  readonly create: (shareOf: (grant: Grant) => Uint8Array | null) => Promise<SessionController>;
};
export type WindowsStation = { readonly agent: Agent; readonly stop: (why: string) => Promise<void> };

/** As startAgent, whose promise this is. */
export async function startWindowsStation({ host, partsOf, create, seen, ...parts }: WindowsStationParts): Promise<WindowsStation> {
  const shares = createShares((why) => parts.diagnose('TW2000', `a right PIN gave no share: ${why instanceof Error ? why.name : 'no reason'}`));
  const controller = await create(shares.of);
  let screen: LogonScreen | null = null;
  const sessions: SessionController = {
    ...controller,
    open: async (grant) => {
      const outcome = await controller.open(grant);
      screen?.opened(grant.subscriber, outcome);
      return outcome;
    },
  };
  const keep = keepWindows({ host, accounts: parts.accounts, policy: parts.policy, partsOf });
  const agent = await startAgent({
    ...parts,
    sessions,
    proved: shares.proved,
    seen: (state, at) => {
      seen?.(state, at);
      keep(state, at);
    },
  });
  screen = showLogonScreen({ agent, host });
  return {
    agent,
    stop: async (why) => {
      screen[Symbol.dispose]();
      shares[Symbol.dispose]();
      await agent.stop(why);
    },
  };
}
