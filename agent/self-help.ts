/** Store, ledger, verifier and PIN buffer come in; all that staff do for themselves at the station goes out: forms, the codes they are begun with, and which badges still count. */
import type { Policy } from '../core/policy.ts';
import type { Clock, Ledger, Verifier } from '../core/ports.ts';
import type { AttemptId, Presentation, State, SubscriberId } from '../core/types.ts';
import { type BadgeLives, createBadgeLives } from './badge-lives.ts';
import type { Diagnose } from './diagnostics.ts';
import type { Forms } from './effects.ts';
import { createAllotment } from './enrolment/allotment.ts';
import { isOver } from './enrolment/wall.ts';
import { type Codes, createCodes } from './forms/codes.ts';
import { createConclusions } from './forms/conclusions.ts';
import { createForms } from './forms/forms.ts';
import type { Tries } from './forms/tries.ts';
import type { Intake } from './intake.ts';
import type { FixedPinBuffer } from './pin-buffer.ts';
import type { Cost } from './store/records.ts';
import type { Store } from './store/store.ts';

export type SelfHelp = { readonly forms: Forms; readonly codes: Codes; readonly lives: BadgeLives };
export type SelfHelpParts = {
  readonly store: Store;
  readonly ledger: Ledger;
  readonly verifier: Verifier;
  readonly tries: Tries;
  readonly pin: FixedPinBuffer;
  readonly policy: () => Policy;
  readonly clock: Clock;
  /** Unix milliseconds. */
  readonly wall: () => number;
  readonly state: () => State;
  readonly lastUnknown: Intake['lastUnknown'];
  /** What this person's old PIN began is over. */
  readonly pinChanged: (subscriber: SubscriberId) => void;
  readonly diagnose: Diagnose;
  readonly cost?: Cost;
};

/** The unknown badge that is being added just now. */
export function wantedIn({ claim }: State): Presentation | null {
  return claim.kind === 'form' ? claim.presentation : null;
}

export function createSelfHelp({ store, ledger, verifier, tries, pin, policy, clock, wall, state, lastUnknown, pinChanged, diagnose, cost }: SelfHelpParts): SelfHelp {
  const told =
    (id: 'TW1301' | 'TW1305') =>
    (why: unknown): void =>
      diagnose(id, why instanceof Error ? `${why.name}: ${why.message}` : String(why));
  const allotment = createAllotment({ store, policy, wall, cost, isDue: ({ spare }) => spare !== null && isOver(spare, { wall: wall(), at: clock.now() }) });
  const codes = createCodes({ store, ledger, tries, policy, clock, wall, cost });
  const conclusions = createConclusions({ store, ledger, codes, allotment, policy, clock, wall, pinChanged });
  const cardOf = (attempt: AttemptId): ReturnType<Intake['lastUnknown']> => {
    const { claim } = state();
    return claim.kind === 'form' && claim.attempt === attempt && claim.presentation !== null ? lastUnknown(claim.presentation) : null;
  };
  return {
    codes,
    forms: createForms({ store, pin, verifier, codes, tries, conclusions, policy, cardOf, diagnose: told('TW1301') }),
    lives: createBadgeLives({ store, ledger, policy, clock, wall, diagnose: told('TW1305') }),
  };
}
