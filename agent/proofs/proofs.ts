/** A store, a policy and the ways to speak to cards come in; who proves and who appraises them go out, wired to one book of challenges and one of trust. */
import type { Policy } from '../../core/policy.ts';
import type { Clock } from '../../core/ports.ts';
import type { Diagnose } from '../diagnostics.ts';
import type { Store } from '../store/store.ts';
import { type Challenges, createChallenges } from '../webauthn/challenges.ts';
import { type Appraiser, createAppraiser } from './appraisal.ts';
import { type Binder, createBinder } from './binding.ts';
import type { Natives } from './natives.ts';
import { createProver, type Prover } from './prover.ts';
import { createTrustBook, type TrustBook } from './trust.ts';

export type Proofs = {
  readonly prover: Prover;
  readonly appraiser: Appraiser;
  readonly binder: Binder;
  readonly challenges: Challenges;
  readonly trust: TrustBook;
  readonly natives: Natives;
};

export function createProofs({
  store,
  clock,
  policy,
  natives,
  wall,
  diagnose,
}: {
  readonly store: Store;
  readonly clock: Clock;
  readonly policy: () => Policy;
  readonly natives: Natives;
  /** Unix milliseconds, for certificates. */
  readonly wall: () => number;
  readonly diagnose: Diagnose;
}): Proofs {
  const challenges = createChallenges(clock);
  const trust = createTrustBook({
    policy,
    readTrust: natives.readTrust,
    now: () => clock.now(),
    complain: (complaints) => diagnose('TW1404', complaints.length === 0 ? 'The files for PIV cards can be used again.' : complaints.join(' ')),
  });
  // Off the way of the first tap, and so that IT hears of a bad file before anybody taps.
  setImmediate(() => void trust.current());
  const prover = createProver({ store, policy, natives, trust, challenges, wall });
  return {
    challenges,
    natives,
    trust,
    prover,
    binder: createBinder({ store, natives, challenges }),
    appraiser: createAppraiser({ store, policy, natives, trust, challenges, prover }),
  };
}
