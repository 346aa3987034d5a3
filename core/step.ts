/** The heart: a State, one Event and the Policy come in; the next State and what the world is asked to do go out. Pure; every path ends locked unless an Entitlement says otherwise. */
import { broke, lockedCame, openedCame, openedElsewhere, personRevoked, redeemed, sessionsCame, verdictCame } from './desk.ts';
import { faceCame } from './face.ts';
import { cardArrived, cardGone, readerFound, readerLost } from './field.ts';
import { beginForm, stepAnswered } from './forms.ts';
import { gesture } from './gestures.ts';
import { enrolKey, keyCame, useKey } from './key.ts';
import { also, closeDesk, endClaim, lockDesk, notify, stay } from './moves.ts';
import { resume } from './opening.ts';
import { settleParked } from './parked.ts';
import type { Policy } from './policy.ts';
import { practise } from './practice.ts';
import { settleLifted } from './stay.ts';
import { stepUpAsked } from './step-up.ts';
import { cardRead } from './taps.ts';
import { settle } from './time.ts';
import type { Event, Millis, Snapshot, State, Step } from './types.ts';
import { endWindows } from './window.ts';

const noSessions: Snapshot = { seq: 0, active: null, sessions: [], healthy: true };

/** A station that has just started: it knows nothing, so it asks for the lock first. */
export function start(at: Millis): Step {
  const state: State = {
    health: { kind: 'ok' },
    desk: { kind: 'locked' },
    claim: { kind: 'none' },
    field: [],
    left: [],
    readers: [],
    readerService: null,
    snapshot: noSessions,
    face: { kind: 'unseen' },
    windows: [],
    displaced: null,
    emergency: null,
    parked: [],
    help: null,
    lastTap: null,
  };
  return lockDesk(state, 'start', at);
}

/** One event, taken after everything the clock had already brought about. Never throws for an event of the right shape. */
export function step(state: State, event: Event, policy: Policy): Step {
  return also(
    also(
      also(settle(state, event.at, policy), (s) => take(s, event, policy)),
      (s) => resume(s, event.at, policy),
    ),
    (s) => settleParked(s, event.at, policy),
  );
}

function take(state: State, event: Event, policy: Policy): Step {
  const { at } = event;
  switch (event.kind) {
    case 'cardArrived':
      return cardArrived(state, event);
    case 'cardRead':
      return also(cardRead(state, event, policy), (s) => stay(settleLifted(s, at, policy)));
    case 'cardGone':
      return also(cardGone(state, event.presentation, at, policy), (s) => stay(settleLifted(s, at, policy)));
    case 'readerFound':
      return readerFound(state, event.reader);
    case 'readerLost':
      return also(readerLost(state, event.reader, at, policy), (s) => stay(settleLifted(s, at, policy)));
    case 'readerService':
      if (event.cause === state.readerService) return stay(state);
      return stay({ ...state, readerService: event.cause }, { kind: 'record', entry: { kind: 'readerService', cause: event.cause } });
    case 'verdict':
      return verdictCame(state, event, policy);
    case 'useKey':
      return useKey(state, event.attempt, at, policy);
    case 'keyCame':
      return keyCame(state, event, policy);
    case 'enrolKey':
      return enrolKey(state, event, policy);
    case 'stepUp':
      return stepUpAsked(state, event);
    case 'enterCode':
    case 'newPin':
    case 'changePin':
    case 'vouch':
    case 'emergency':
      return beginForm(state, { kind: event.kind, attempt: event.attempt, at }, policy);
    case 'stepAnswered':
      return stepAnswered(state, event);
    case 'practise':
      return practise(state, event.attempt, at);
    case 'opened':
      return openedCame(state, event, policy);
    case 'locked':
      return lockedCame(state, event.outcome, at);
    case 'sessions':
      return sessionsCame(state, event.snapshot, at);
    case 'redeemed':
      return redeemed(state, event.grant);
    case 'openedElsewhere':
      return openedElsewhere(state, event);
    case 'sleep':
      return state.desk.kind === 'open' || state.desk.kind === 'opening' ? also(endClaim(state, 'displaced', at), (s) => closeDesk(s, 'sleep', at)) : stay(state);
    case 'lockAsked':
      return state.desk.kind === 'open' ? lockDesk(state, 'asked', at) : stay(state);
    case 'badgeAdded':
      return state.claim.kind === 'notice' && state.claim.notice === 'adding' && state.claim.presentation === event.presentation
        ? also(notify(state, 'addedDemo', at), (s) => stay({ ...s, lastTap: { presentation: event.presentation, at, reason: 'added' } }, { kind: 'cue', tone: 'accepted' }))
        : stay(state);
    case 'pinReset':
    case 'roleChanged':
      return stay(endWindows(state, event.subscriber));
    case 'revoked':
      return personRevoked(state, event.subscriber, at);
    case 'face':
      return faceCame(state, event.present, at);
    case 'broken':
      return broke(state, event.cause, at);
    case 'tick':
      return stay(state);
    default:
      return gesture(state, event, policy);
  }
}
