/** State and station time in, one View out: what the screen shows, without words. */
import { pinDigits } from './moves.ts';
import type { Policy } from './policy.ts';
import type { Desk, DegradedCause, Language, Millis, Notice, ReaderServiceCause, Remark, State, Subscriber, TapReason } from './types.ts';

export type PersonView = { readonly given: string; readonly initial: string };
/** All moments (`since`, `until`) are station time, so that a face can count down by itself. */
export type Screen =
  | { readonly kind: 'idle' }
  | { readonly kind: 'readerMissing'; readonly cause: ReaderServiceCause | 'noReader' }
  | { readonly kind: 'reading'; readonly since: Millis }
  | { readonly kind: 'choose'; readonly to: PersonView; readonly from: PersonView }
  | {
      readonly kind: 'pin'; readonly person: PersonView; readonly length: number; readonly digits: number;
      readonly remark: Remark | null;
      /** Set while the PIN is being checked: the pad is still. */
      readonly checkingSince: Millis | null;
    }
  /** The security key's own PIN, which it checks itself: it has to lie on the reader. */
  | { readonly kind: 'keyPin'; readonly person: PersonView; readonly length: number; readonly digits: number; readonly remark: Remark | null; readonly checkingSince: Millis | null }
  /** An application asks her to prove herself anew: who asks, and for what. */
  | {
      readonly kind: 'confirm'; readonly person: PersonView; readonly app: string; readonly act: string; readonly length: number; readonly digits: number;
      readonly remark: Remark | null;
      readonly checkingSince: Millis | null;
    }
  /** `key`: a security key is offered. */
  | { readonly kind: 'otherWay'; readonly key: boolean }
  /** The face asks for a security key; `pin`: she may go back to her PIN. */
  | { readonly kind: 'key'; readonly since: Millis; readonly pin: boolean }
  /** One more key for her: it is asked for, or was stored. */
  | { readonly kind: 'enrolKey'; readonly person: PersonView; readonly step: 'touch' | 'done' }
  | { readonly kind: 'welcome'; readonly person: PersonView }
  /** Nothing of ours covers the work but a strip, if any. `session` tells two people of one name apart. */
  | { readonly kind: 'open'; readonly person: PersonView; readonly session: string; readonly strip: 'who' | 'kept' | null }
  | { readonly kind: 'away'; readonly person: PersonView; readonly until: Millis }
  | { readonly kind: 'wait'; readonly until: Millis }
  | { readonly kind: 'unknown'; readonly add: 'off' | 'demo' }
  | { readonly kind: Exclude<Notice, 'unknown'> }
  | { readonly kind: 'callIt'; readonly cause: DegradedCause };

export type HelpView = {
  readonly lastTap: { readonly at: Millis; readonly reason: TapReason; readonly reference: string } | null;
  readonly reader: 'ready' | 'missing';
  readonly test: 'off' | 'waiting' | 'seen';
};
export type View = {
  readonly screen: Screen;
  /** The help screen, which lies over `screen` while it is open. */
  readonly help: HelpView | null;
  /** The person's language once the badge is read; null: the station's. */
  readonly language: Language | null;
};

/** The four digits a nurse reads to IT; `why` finds the tap by them. */
export const reference = (presentation: number): string => String(presentation % 10_000).padStart(4, '0');

const person = (s: Subscriber): PersonView => ({ given: s.given, initial: s.initial });

export function view(state: State, now: Millis, policy: Policy): View {
  return { screen: screen(state, now, policy), help: help(state), language: language(state) };
}

function screen(state: State, now: Millis, policy: Policy): Screen {
  const { health, claim, desk } = state;
  if (health.kind === 'degraded') return { kind: 'callIt', cause: health.cause };
  switch (claim.kind) {
    case 'reading':
      return desk.kind === 'open' ? openScreen(desk, now, policy) : { kind: 'reading', since: claim.since };
    case 'choose':
      // A question about somebody's open session has no answer once that session is gone.
      return desk.kind === 'open' ? { kind: 'choose', to: person(claim.tap.subscriber), from: person(desk.subscriber) } : { kind: 'idle' };
    case 'pin':
      return pad(claim, { length: pinDigits(claim.tap, policy), digits: claim.digits, remark: claim.remark, checkingSince: null });
    case 'verifying':
      return pad(claim, { length: pinDigits(claim.tap, policy), digits: pinDigits(claim.tap, policy), remark: null, checkingSince: claim.since });
    case 'other':
      return { kind: 'otherWay', key: policy.securityKeys === 'on' };
    case 'key':
      return { kind: 'key', since: claim.since, pin: claim.beside !== null };
    case 'enrolKey':
      return { kind: 'enrolKey', person: person(claim.subscriber), step: claim.step };
    case 'ready':
      return { kind: 'reading', since: claim.since };
    case 'wait':
      return { kind: 'wait', until: claim.until };
    case 'notice':
      return claim.notice === 'unknown' ? { kind: 'unknown', add: policy.addBadge } : { kind: claim.notice };
    case 'none':
      break;
    default:
      return claim satisfies never;
  }
  switch (desk.kind) {
    case 'open':
      return openScreen(desk, now, policy);
    case 'opening':
      return { kind: 'welcome', person: person(desk.tap.subscriber) };
    case 'locked':
    case 'locking':
      // A service that is away takes its readers with it; a reader that is left works without it.
      return state.readers.length === 0 ? { kind: 'readerMissing', cause: state.readerService ?? 'noReader' } : { kind: 'idle' };
    default:
      return desk satisfies never;
  }
}

type Pad = Pick<Extract<Screen, { kind: 'pin' }>, 'length' | 'digits' | 'remark' | 'checkingSince'>;

function pad({ tap, ask }: Extract<State['claim'], { kind: 'pin' | 'verifying' }>, shown: Pad): Screen {
  return ask === null ? { kind: tap.keyPin === null ? 'pin' : 'keyPin', person: person(tap.subscriber), ...shown } : { kind: 'confirm', person: person(tap.subscriber), app: ask.app, act: ask.act, ...shown };
}

function openScreen(desk: Extract<Desk, { kind: 'open' }>, now: Millis, policy: Policy): Screen {
  const idle = now - desk.lastActivity;
  if (idle >= policy.inactivity - policy.warning) return { kind: 'away', person: person(desk.subscriber), until: desk.lastActivity + policy.inactivity };
  const strip = desk.kept !== null && now < desk.kept.until ? 'kept' : idle >= policy.whoAfter ? 'who' : null;
  return { kind: 'open', person: person(desk.subscriber), session: desk.session.id, strip };
}

function help(state: State): HelpView | null {
  if (state.help === null) return null;
  const last = state.lastTap;
  return {
    lastTap: last && { at: last.at, reason: last.reason, reference: reference(last.presentation) },
    reader: state.readers.length > 0 ? 'ready' : 'missing',
    test: state.help.test,
  };
}

function language({ claim, desk }: State): Language | null {
  switch (claim.kind) {
    case 'choose':
    case 'pin':
    case 'verifying':
    case 'ready':
    case 'wait':
      return claim.tap.subscriber.language;
    case 'enrolKey':
      return claim.subscriber.language;
    case 'other':
    case 'key':
      if (claim.beside !== null) return claim.beside.subscriber.language;
      break;
    case 'none':
    case 'reading':
    case 'notice':
      break;
    default:
      return claim satisfies never;
  }
  if (desk.kind === 'open') return desk.subscriber.language;
  return desk.kind === 'opening' ? desk.tap.subscriber.language : null;
}
