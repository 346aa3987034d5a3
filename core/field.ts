/** Cards and readers that come and go come in; which cards lie there, and what is known of them, goes out. */
import { also, closeDesk, endClaim, notify, stay } from './moves.ts';
import type { Policy } from './policy.ts';
import type { CardInField, Event, Millis, Presentation, ReaderName, State, Step } from './types.ts';
import { isTyping } from './walk-away.ts';

type Arrived = Extract<Event, { kind: 'cardArrived' }>;

export function cardArrived(state: State, event: Arrived): Step {
  const test = state.help?.test === 'waiting';
  const inField: CardInField = { reader: event.reader, presentation: event.presentation, tag: null, enrolled: false, read: false, since: event.at, spent: test };
  const next: State = { ...state, field: [...state.field, inField] };
  if (test) return stay({ ...next, help: { until: event.at + 60_000, test: 'seen' } });
  const { claim } = state;
  // A tap leads on: whatever help was read until now gives way to it.
  const open: State = { ...next, help: null };
  // Over open work a notice stays until the card is read: the owner's own tap then means to get back to it.
  const free = claim.kind === 'none' || claim.kind === 'reading' || claim.kind === 'cleaning' || (claim.kind === 'notice' && state.desk.kind !== 'open');
  if (!free || state.health.kind === 'degraded') return stay(open);
  return stay({ ...open, claim: { kind: 'reading', presentation: event.presentation, since: event.at } });
}

export function cardGone(state: State, presentation: Presentation, at: Millis, policy: Policy): Step {
  const card = state.field.find((c) => c.presentation === presentation);
  if (card === undefined) return stay(state);
  const { tag } = card;
  const left = tag === null ? state.left : [...state.left.filter((b) => b.tag !== tag), { tag, at }];
  const next: State = { ...state, left, field: state.field.filter((c) => c !== card) };
  const { claim } = state;
  if (claim.kind !== 'reading' || claim.presentation !== presentation) return stay(next);
  return unread(next, card.reader, presentation, at, 'goneTooSoon', policy);
}

/** A card that left, or kept silent, before it was read: its tap is told and recorded like any other. */
export function unread(state: State, reader: ReaderName, presentation: Presentation, at: Millis, reason: 'goneTooSoon' | 'unreadable', policy: Policy): Step {
  const since = state.claim.kind === 'reading' ? state.claim.since : at;
  return also(
    stay(
      { ...state, lastTap: { presentation, at, reason } },
      {
        kind: 'record',
        entry: { kind: 'tap', tap: presentation, reader, subscriber: null, reason, stages: { read: at - since } },
      },
    ),
    (s) => {
      if (s.desk.kind === 'open' && isTyping(s.desk, at, policy)) return stay({ ...s, claim: { kind: 'none' } });
      return also(notify(s, 'unreadable', at), (t) => stay(t, { kind: 'cue', tone: 'refused' }));
    },
  );
}

export function readerFound(state: State, reader: ReaderName): Step {
  if (state.readers.includes(reader)) return stay(state);
  return stay({ ...state, readers: [...state.readers, reader] }, { kind: 'record', entry: { kind: 'reader', reader, change: 'found' } });
}

/** Cards on a lost reader have left; an open session stays or locks by policy, and walk-away still covers it. */
export function readerLost(state: State, reader: ReaderName, at: Millis, policy: Policy): Step {
  if (!state.readers.includes(reader)) return stay(state);
  const gone = state.field.filter((c) => c.reader === reader);
  const away = gone.reduce((step, c) => also(step, (s) => cardGone(s, c.presentation, at, policy)), stay(state));
  const lost = also(away, (s) => stay({ ...s, readers: s.readers.filter((r) => r !== reader) }, { kind: 'record', entry: { kind: 'reader', reader, change: 'lost' } }));
  return policy.readerLost === 'lock' && (state.desk.kind === 'open' || state.desk.kind === 'opening')
    ? also(lost, (s) => also(endClaim(s, 'readerLost', at), (t) => closeDesk(t, 'readerLost', at)))
    : lost;
}
