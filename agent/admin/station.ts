/** A running agent comes in; what an administrator's commands act on goes out. */
import { hostname } from 'node:os';
import { tapOf } from '../../core/moves.ts';
import type { Policy } from '../../core/policy.ts';
import type { BadgeId, ReaderServiceCause, State, SubscriberId } from '../../core/types.ts';
import { reference } from '../../core/view.ts';
import { windowLeft } from '../../core/window.ts';
import type { Agent } from '../agent.ts';
import { recordReview } from '../emergency/review.ts';
import { createStationGroup } from '../group/group.ts';
import type { Captured } from '../intake.ts';
import { effective } from '../policy/effective.ts';
import { faultWords } from '../policy/fault.ts';
import type { LivePolicy } from '../policy/live.ts';
import { policySha256 } from '../start-record.ts';
import { publicJwk } from '../step-up/statement.ts';
import { tapNow } from '../tap-now.ts';
import { serviceWords } from './causes.ts';
import type { News, Note, Rules, Status } from './contract.ts';
import type { Administered } from './conversation.ts';
import type { Waiting } from './holding.ts';

/** `live`: null where the policy is read once. */
export function administer(agent: Agent, notes: () => readonly Note[], live: LivePolicy | null = null): Administered {
  const { clock, durable, queue } = agent;
  const started = { wall: Date.now(), at: clock.now() };
  let taken = false;
  return {
    enrolment: agent.enrolment,
    appraiser: agent.appraiser,
    binder: agent.binder,
    codes: agent.codes,
    group: agent.enrolment === null || durable.store === null || durable.ledger === null ? null : createStationGroup({ store: durable.store, ledger: durable.ledger }),
    degraded: () => {
      const { health } = queue.state();
      return health.kind === 'ok' ? null : 'The station is degraded and changes nothing: `tapward doctor` says why and how to mend it.';
    },
    rules: () => rulesOf(agent.policy()),
    holderOf: (uid) => {
      const holder = durable.store?.findByBadge(uid) ?? null;
      return holder === null || holder.revoked ? null : holder.subscriber.id;
    },
    capture: (captured, hear, own) => {
      if (taken) return null;
      taken = true;
      const waiting = capture(agent, captured, hear, own);
      return {
        ...waiting,
        stop: () => {
          taken = false;
          waiting.stop();
        },
      };
    },
    stepUpKey: () => durable.store && publicJwk(durable.store.statementKey),
    registerKey: agent.registerKey,
    checkpoint: () => durable.ledger?.checkpoint() ?? null,
    review: (review) => recordReview(review, durable),
    outlook: (subscriber) => {
      const now = clock.now();
      const state = queue.state();
      const windows = state.windows
        .filter((w) => w.subscriber === subscriber)
        .map((w) => {
          const { tap, left } = windowLeft(w, state, now, agent.policy());
          return { badge: w.badge, tap: Math.round(tap), left: Math.round(left) };
        });
      const taps = (durable.store?.subscriber(subscriber)?.badges ?? []).flatMap((badge) => {
        const reason = tapNow(agent, badge);
        return reason === null ? [] : [{ badge, reason }];
      });
      return { kind: 'outlook', windows, taps };
    },
    policy: live && policyDoor(live),
    status: () => ({ ...status(agent, started, notes()), policy: live && standingOf(live) }),
    pinReset: (subscriber) => queue.dispatch({ kind: 'pinReset', subscriber }),
    revoked: (subscriber, badge) => {
      if (badge === null || restsOn(queue.state(), badge)) queue.dispatch({ kind: 'revoked', subscriber });
    },
    roleChanged: (subscriber) => queue.dispatch({ kind: 'roleChanged', subscriber }),
    broken: queue.crash,
  };
}

function standingOf(live: LivePolicy): NonNullable<Status['policy']> {
  const standing = live.standing();
  const waiting = effective(live.resolved(), live.policy(), null).flatMap(({ key, waits }) => (waits?.until === 'restart' ? [key] : []));
  return { standing: standing.kind, faults: standing.kind === 'current' ? [] : standing.faults.slice(0, mostFaults).map((fault) => faultWords(fault, true)), waiting };
}

const policyDoor = (live: LivePolicy): NonNullable<Administered['policy']> => ({
  show: (role) => {
    const { standing, faults } = standingOf(live);
    return { kind: 'policy', computer: hostname(), standing, faults, rows: effective(live.resolved(), live.policy(), role) };
  },
  reload: () => {
    const outcome = live.reload();
    return { kind: 'reloaded', outcome: outcome.kind === 'refused' ? { ...outcome, faults: outcome.faults.slice(0, mostFaults) } : outcome };
  },
});
/** Of a line to an administrator; `policy check` says all of them. */
const mostFaults = 50;

/** Whether somebody's open work, or what she is doing in front of the station, began with this badge. */
const restsOn = ({ desk, claim }: State, badge: BadgeId): boolean =>
  (claim.kind === 'form' ? claim.tap : tapOf(claim))?.badge === badge || (desk.kind === 'open' && desk.by.badge === badge) || (desk.kind === 'opening' && desk.tap.badge === badge);

export const rulesOf = ({ pinLength, leastGrade, desfireAid, staleAfter, staleBadges }: Policy): Rules => ({ pinLength, leastGrade, desfireAid, staleAfter, staleBadges });

function capture({ intake, queue }: Agent, captured: (card: Captured) => void, hear: (news: News) => void, own: SubscriberId | undefined): Waiting {
  const stop = intake.capture(captured, (because) => hear({ kind: 'noBadge', because }), own);
  const { readers, readerService } = queue.state();
  return { ready: Promise.resolve(readers.length > 0 ? null : noReader(readerService)), stop };
}

/** One sentence for somebody who wants to hold a badge somewhere. */
export const noReader = (cause: ReaderServiceCause | null): string =>
  cause === null ? 'No badge reader is connected: plug one in, then run the command again.' : `${serviceWords[cause].what}: ${serviceWords[cause].mend}`;

function status(agent: Agent, started: Status['started'], notes: readonly Note[]): Omit<Status, 'policy'> {
  const { version, mode, durable, queue, clock, policy } = agent;
  const { health, desk, readers, readerService, lastTap } = queue.state();
  const now = clock.now();
  return {
    kind: 'status',
    version,
    mode,
    pid: process.pid,
    started,
    readers,
    readerService,
    keyboard: agent.keyboard.now(),
    notes,
    health: health.kind === 'ok' ? health : { kind: 'degraded', cause: health.cause, detail: durable.degraded?.cause === health.cause ? durable.degraded.detail : null },
    desk: { kind: desk.kind, subscriber: desk.kind === 'open' ? desk.subscriber.id : desk.kind === 'opening' ? desk.tap.subscriber.id : null },
    policySha256: policySha256(policy()),
    lastTap: lastTap && { wall: Math.round(Date.now() - (now - lastTap.at)), reason: lastTap.reason, reference: reference(lastTap.presentation) },
    ledger: durable.ledger && { id: durable.ledger.id, entries: durable.ledger.count },
  };
}
