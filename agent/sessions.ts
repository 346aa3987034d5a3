/** What a root on Linux gives whatever holds its sessions (logind, a shared kiosk, nothing) comes in; what the agent, its doors and its face need of it goes out. */
import type { Policy } from '../core/policy.ts';
import type { Accounts, Clock, SessionController } from '../core/ports.ts';
import type { Agent } from './agent.ts';
import type { Diagnose } from './diagnostics.ts';
import type { CoverWatch } from './helper/cover.ts';
import type { Places } from './places.ts';
import type { Durable } from './store/durable.ts';

export type Sessions = {
  readonly controller: SessionController;
  /** Whether programs of this account are in front of this station: its face, and applications that ask for a proof. */
  readonly isHere: (uid: number) => boolean;
  /** And in the session that is shown at this moment: no other's hands count, and none of its applications ask. */
  readonly isShown: (uid: number) => boolean;
  /** Of a process of another account: its session's helper looks, for the agent may not. */
  readonly programOf: (application: { readonly uid: number; readonly pid: number }) => Promise<string | null>;
  /** Whether there is a session of the site's own for emergencies. */
  readonly hasEmergency: boolean;
  /** Where the face itself is the lock. */
  readonly cover: CoverWatch | null;
  /** What only a running agent can have beside it, and is let go before it. */
  readonly beside: (agent: Agent) => Promise<AsyncDisposable | null>;
  /** What the controller itself needs, and is let go after it. */
  readonly beneath: AsyncDisposable | null;
};
/** `policy`: of the start, which what is made once goes by; `now`: in force. */
export type SessionParts = {
  readonly policy: Policy;
  readonly now: () => Policy;
  readonly clock: Clock;
  readonly durable: Durable;
  readonly accounts: Accounts;
  readonly places: Places;
  readonly diagnose: Diagnose;
};
