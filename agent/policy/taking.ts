/** Policies come in as they are accepted, states of the station as they follow each other; the policy that holds at each moment goes out: a change counts between two taps, and never loosens a limit under open work. */
import type { Policy } from '../../core/policy.ts';
import type { Millis, State } from '../../core/types.ts';
import { underOpenWork } from './transition.ts';

export type Taking = {
  readonly policy: () => Policy;
  readonly offer: (policy: Policy) => void /** Told of each state, before anything it asks for is done. */;
  readonly seen: (state: State) => void;
};

/** A station at which somebody is always in the middle of something takes a change all the same after this long. */
const longestWait: Millis = 120_000;

/** `changed`: another policy holds from now on. */
export function createTaking(first: Policy, changed: () => void): Taking {
  let state: State | null = null;
  let inForce = first;
  let pending: { readonly policy: Policy; readonly since: Millis } | null = null;
  /** Under the work that was open at a change. */
  let held: { readonly since: Millis; readonly policy: Policy } | null = null;
  const settle = (): void => {
    const before = held?.policy ?? inForce;
    const since = openSince(state);
    if (held !== null && since !== held.since) held = null;
    if (pending !== null && (isQuiet(state) || performance.now() - pending.since > longestWait)) {
      held = since === null ? null : { since, policy: underOpenWork(held?.policy ?? inForce, pending.policy) };
      inForce = pending.policy;
      pending = null;
    }
    if ((held?.policy ?? inForce) !== before) changed();
  };
  return {
    policy: () => held?.policy ?? inForce,
    offer: (policy) => {
      pending = { policy, since: performance.now() };
      settle();
    },
    seen: (next) => {
      state = next;
      settle();
    },
  };
}

/** Nobody is in the middle of anything that another policy would judge differently at its end than at its beginning. */
const isQuiet = (state: State | null): boolean =>
  state === null ||
  (state.desk.kind !== 'opening' && (state.claim.kind === 'none' || state.claim.kind === 'notice' || state.claim.kind === 'cleaning' || state.claim.kind === 'practice'));
const openSince = (state: State | null): Millis | null => (state?.desk.kind === 'open' ? state.desk.openedAt : null);
