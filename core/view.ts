/** State and station time in, one View out: what the screen shows, without words. */
import { emergencyEnds, emergencyOffered } from './emergency.ts';
import { partOf, stepDigits } from './form-steps.ts';
import { pinDigits } from './moves.ts';
import { isEnding } from './parked.ts';
import { forRole, type Policy } from './policy.ts';
import { lessons, practiceDigits } from './practice.ts';
import type { DegradedCause, Desk, FormKind, FormRemark, FormStep, Language, Lesson, Millis, Notice, ReaderServiceCause, Remark, State, Subscriber, TapReason } from './types.ts';
import { leaving } from './walk-away.ts';
import { liveWindow, tapSuffices } from './window.ts';

export type PersonView = { readonly given: string; readonly initial: string };
/** All moments (`since`, `until`) are station time, so that a face can count down by itself. */
export type Screen =
  | { readonly kind: 'idle' }
  | { readonly kind: 'readerMissing'; readonly cause: ReaderServiceCause | 'noReader' }
  | { readonly kind: 'reading'; readonly since: Millis }
  | { readonly kind: 'choose'; readonly to: PersonView; readonly from: PersonView }
  | {
      readonly kind: 'pin';
      readonly person: PersonView;
      readonly length: number;
      readonly digits: number;
      readonly remark: Remark | null;
      /** Set while the PIN is being checked: the pad is still. */
      readonly checkingSince: Millis | null;
    }
  /** The security key's own PIN, which it checks itself: it has to lie on the reader. */
  | {
      readonly kind: 'keyPin';
      readonly person: PersonView;
      readonly length: number;
      readonly digits: number;
      readonly remark: Remark | null;
      readonly checkingSince: Millis | null;
    }
  /** An application asks her to prove herself anew: who asks, and for what. */
  | {
      readonly kind: 'confirm';
      readonly person: PersonView;
      readonly app: string;
      readonly act: string;
      /** Her PIN alone does not reach what the application asks for. */
      readonly wantsBadge: boolean;
      readonly length: number;
      readonly digits: number;
      readonly remark: Remark | null;
      readonly checkingSince: Millis | null;
    }
  /** What is offered: a security key, a code of the help desk's. */
  | { readonly kind: 'otherWay'; readonly key: boolean; readonly code: boolean }
  /** The face asks for a security key; `pin`: she may go back to her PIN. */
  | { readonly kind: 'key'; readonly since: Millis; readonly pin: boolean }
  /** One more key for her: it is asked for, asked once more as at each sign-in, or was stored. */
  | { readonly kind: 'enrolKey'; readonly person: PersonView; readonly step: 'touch' | 'again' | 'done' }
  /** Something is typed step by step, or her badge, a colleague's or a reason is waited for. `part` of `parts`, from 1. `length` 0: nothing is typed now. */
  | {
      readonly kind: 'form';
      readonly form: FormKind;
      readonly step: FormStep;
      readonly person: PersonView | null;
      readonly length: number;
      readonly digits: number;
      readonly remark: FormRemark | null;
      readonly checkingSince: Millis | null;
      readonly part: number;
      readonly parts: number;
    }
  /** Nothing on the touch screen counts. */
  | { readonly kind: 'cleaning'; readonly until: Millis }
  | { readonly kind: 'practice'; readonly lesson: Lesson; readonly length: number; readonly digits: number; readonly wrong: boolean; readonly part: number; readonly parts: number }
  /** `tapUntil`: until then her tap alone suffices. `weak`: what is shown was less than a badge of her own. */
  | { readonly kind: 'welcome'; readonly person: PersonView; readonly tapUntil: Millis | null; readonly weak: 'code' | 'vouch' | null }
  /** Nothing of ours covers the work but a strip, if any. `session` tells two people of one name apart. */
  | {
      readonly kind: 'open';
      readonly person: PersonView;
      readonly session: string;
      readonly strip: 'who' | 'kept' | 'parked' | null /** A button that locks lies over the work. */;
      readonly lockButton: boolean;
    }
  /** `overall`: she was busy, and has to prove herself anew all the same. */
  | { readonly kind: 'away'; readonly person: PersonView; readonly until: Millis; readonly why: 'idle' | 'overall' | 'lifted' }
  | { readonly kind: 'wait'; readonly until: Millis }
  | { readonly kind: 'unknown'; readonly add: 'off' | 'demo' | 'code'; readonly vouch: boolean }
  | { readonly kind: Exclude<Notice, 'unknown' | 'inUse'> }
  | { readonly kind: 'inUse'; readonly person: PersonView }
  | { readonly kind: 'callIt'; readonly cause: DegradedCause };

export type HelpView = {
  readonly lastTap: { readonly at: Millis; readonly reason: TapReason; readonly reference: string } | null;
  readonly reader: 'ready' | 'missing';
  readonly test: 'off' | 'waiting' | 'seen';
  /** Somebody is signed in who may change her PIN. */
  readonly changePin: boolean;
};
export type View = {
  readonly screen: Screen;
  /** The help screen, which lies over `screen` while it is open. */
  readonly help: HelpView | null;
  /** The person's language once the badge is read; null: the station's. */
  readonly language: Language | null;
  /** `offered`: the way in for a patient in need. `until`: an emergency session is open, which every display says all the time. */
  readonly emergency: { readonly offered: boolean; readonly until: Millis | null };
};

/** The four digits a nurse reads to IT; `why` finds the tap by them. */
export const reference = (presentation: number): string => String(presentation % 10_000).padStart(4, '0');

const person = (s: Subscriber): PersonView => ({ given: s.given, initial: s.initial });

export function view(state: State, now: Millis, policy: Policy): View {
  return {
    screen: screen(state, now, policy),
    help: help(state),
    language: language(state),
    emergency: { offered: emergencyOffered(state, policy), until: emergencyEnds(state, policy) },
  };
}

function screen(state: State, now: Millis, policy: Policy): Screen {
  const { health, claim, desk } = state;
  // A patient in need comes before what is broken; nothing else does.
  const emergency =
    (claim.kind === 'form' && claim.form === 'emergency') ||
    (claim.kind === 'notice' && claim.notice === 'noEmergency') ||
    (desk.kind === 'opening' && desk.by.kind === 'emergency') ||
    (desk.kind === 'open' && desk.by.kind === 'emergency');
  if (health.kind === 'degraded' && !emergency) return { kind: 'callIt', cause: health.cause };
  switch (claim.kind) {
    case 'reading':
      return desk.kind === 'open' ? openScreen(state, desk, now, policy) : { kind: 'reading', since: claim.since };
    case 'choose':
      // A question about somebody's open session has no answer once that session is gone.
      return desk.kind === 'open' ? { kind: 'choose', to: person(claim.tap.subscriber), from: person(desk.subscriber) } : { kind: 'idle' };
    case 'pin':
      return pad(claim, { length: pinDigits(claim.tap, policy), digits: claim.digits, remark: claim.remark, checkingSince: null });
    case 'verifying':
      return pad(claim, { length: pinDigits(claim.tap, policy), digits: pinDigits(claim.tap, policy), remark: null, checkingSince: claim.since });
    case 'other':
      return { kind: 'otherWay', key: policy.securityKeys === 'on', code: policy.shiftCodes === 'on' && desk.kind !== 'open' };
    case 'key':
      return { kind: 'key', since: claim.since, pin: claim.beside !== null };
    case 'enrolKey':
      return { kind: 'enrolKey', person: person(claim.subscriber), step: claim.step };
    case 'ready':
      return { kind: 'reading', since: claim.since };
    case 'wait':
      return { kind: 'wait', until: claim.until };
    case 'form':
      return formScreen(claim, policy);
    case 'cleaning':
      return { kind: 'cleaning', until: claim.until };
    case 'practice': {
      const { lesson, digits, wrong } = claim;
      return {
        kind: 'practice',
        lesson,
        length: lesson === 'pin' || lesson === 'wrongPin' ? practiceDigits : 0,
        digits,
        wrong,
        part: lessons.indexOf(lesson) + 1,
        parts: lessons.length,
      };
    }
    case 'notice':
      return noticeScreen(claim.notice, desk, policy);
    case 'none':
      break;
    default:
      return claim satisfies never;
  }
  switch (desk.kind) {
    case 'open':
      return openScreen(state, desk, now, policy);
    case 'opening':
      return welcome(state, desk, now, policy);
    case 'locked':
    case 'locking':
      // A service that is away takes its readers with it; a reader that is left works without it.
      return state.readers.length === 0 ? { kind: 'readerMissing', cause: state.readerService ?? 'noReader' } : { kind: 'idle' };
    default:
      return desk satisfies never;
  }
}

/** Over somebody's open work nothing is typed that takes long. */
function noticeScreen(notice: Notice, desk: Desk, policy: Policy): Screen {
  const free = desk.kind !== 'open';
  if (notice === 'unknown') return { kind: 'unknown', add: policy.addBadge === 'code' && !free ? 'off' : policy.addBadge, vouch: policy.vouching === 'on' && free };
  if (notice === 'inUse') return desk.kind === 'open' ? { kind: 'inUse', person: person(desk.subscriber) } : { kind: 'idle' };
  return { kind: notice };
}

function welcome(state: State, desk: Extract<Desk, { kind: 'opening' }>, now: Millis, policy: Policy): Screen {
  const { tap, by } = desk;
  const window = tap.spareUntil !== null || by.badge === '' ? null : liveWindow(state, by.badge, by.grade, now, policy);
  const weak = by.kind === 'code' || by.kind === 'vouch' ? by.kind : null;
  return { kind: 'welcome', person: person(tap.subscriber), tapUntil: window === null ? null : tapSuffices(window, policy), weak };
}

function formScreen(claim: Extract<State['claim'], { kind: 'form' }>, policy: Policy): Screen {
  const { form, step, digits, remark, checking } = claim;
  const length = stepDigits(form, step, policy);
  const who = step === 'colleaguePin' || claim.subject === null ? claim.tap?.subscriber : claim.subject;
  return {
    kind: 'form',
    form,
    step,
    person: who === undefined ? null : person(who),
    length,
    digits: checking === null ? digits : length,
    remark,
    checkingSince: checking,
    ...partOf(form, step),
  };
}

type Pad = Pick<Extract<Screen, { kind: 'pin' }>, 'length' | 'digits' | 'remark' | 'checkingSince'>;

function pad({ tap, ask }: Extract<State['claim'], { kind: 'pin' | 'verifying' }>, shown: Pad): Screen {
  return ask === null
    ? { kind: tap.keyPin === null ? 'pin' : 'keyPin', person: person(tap.subscriber), ...shown }
    : { kind: 'confirm', person: person(tap.subscriber), app: ask.app, act: ask.act, wantsBadge: ask.least !== undefined && tap.badge === '', ...shown };
}

function openScreen(state: State, desk: Extract<Desk, { kind: 'open' }>, now: Millis, policy: Policy): Screen {
  const idle = now - desk.lastActivity;
  const { why, warns, at } = leaving(desk, policy);
  if (now >= warns) return { kind: 'away', person: person(desk.subscriber), until: at, why: why === 'walkAway' ? 'idle' : why };
  const strip = desk.kept !== null && now < desk.kept.until ? 'kept' : idle >= forRole(policy, desk.subscriber.role).whoAfter ? 'who' : isEnding(state) ? 'parked' : null;
  return { kind: 'open', person: person(desk.subscriber), session: desk.session.id, strip, lockButton: policy.lockButton === 'on' };
}

function help(state: State): HelpView | null {
  if (state.help === null) return null;
  const last = state.lastTap;
  return {
    lastTap: last && { at: last.at, reason: last.reason, reference: reference(last.presentation) },
    reader: state.readers.length > 0 ? 'ready' : 'missing',
    test: state.help.test,
    changePin: state.desk.kind === 'open' && state.desk.by.kind !== 'emergency' && state.desk.by.kind !== 'elsewhere',
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
    case 'form':
      return (claim.tap?.subscriber ?? claim.subject)?.language ?? null;
    case 'other':
    case 'key':
      if (claim.beside !== null) return claim.beside.subscriber.language;
      break;
    case 'none':
    case 'reading':
    case 'notice':
    case 'cleaning':
    case 'practice':
      break;
    default:
      return claim satisfies never;
  }
  if (desk.kind === 'open') return desk.subscriber.language;
  return desk.kind === 'opening' ? desk.tap.subscriber.language : null;
}
