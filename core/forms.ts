/** Something typed step by step comes in, begun, answered and ended; notices, one permit or the next question go out. The agent judges each answer; nothing here knows a digit. */
import { beginEmergency } from './emergency.ts';
import type { Form, FormKind, FormRefusal } from './form.ts';
import { hasStep, stepDigits } from './form-steps.ts';
import { also, endClaim, endTap, type FormStart, formEntry, notify, openForm, stay } from './moves.ts';
import { permitOpen } from './opening.ts';
import type { Policy } from './policy.ts';
import type { AttemptId, Effect, Event, Millis, Notice, Presentation, State, Step, Tap } from './types.ts';
import { endWindows } from './window.ts';

type Begun = { readonly kind: 'enterCode' | 'newPin' | 'changePin' | 'vouch' | 'emergency'; readonly attempt: AttemptId; readonly at: Millis };
type Answered = Extract<Event, { kind: 'stepAnswered' }>;

/** A form gives up after this long without a key: codes are read from paper. */
const formGivesUpAfter: Millis = 60_000;
/** Its digits are forgotten after this long. */
const formWipedAfter: Millis = 30_000;
/** An answer that has not come by then is not waited for. */
const formAnswers: Millis = 10_000;

const refused: Effect = { kind: 'cue', tone: 'refused' };
const noticeOf: { readonly [K in FormRefusal]: Notice } = {
  wait: 'codeWait',
  blocked: 'blocked',
  notAllowed: 'notAllowed',
  limit: 'limit',
  taken: 'badgeTaken',
  unreachable: 'unreachable',
};

/** Each form where it belongs: a PIN is changed over one's own open work, all else at a station nobody's work is open on. */
export function beginForm(state: State, { kind, attempt, at }: Begun, policy: Policy): Step {
  const { claim, desk, health, face } = state;
  if (claim.kind === 'verifying' || claim.kind === 'cleaning' || desk.kind === 'opening' || face.kind === 'missing') return stay(state);
  // It comes before whatever else is being typed.
  if (kind === 'emergency') return claim.kind === 'form' && claim.form === 'emergency' ? stay({ ...state, help: null }) : beginEmergency(state, attempt, at, policy);
  if (claim.kind === 'form') return stay(state);
  if (health.kind === 'degraded') return stay(state);
  const begin = (form: FormKind, more: FormStart = {}): Step => also(endClaim(state, 'cancelled', at), (s) => stay(openForm(s, form, attempt, at, more)));
  if (kind === 'changePin') {
    const free = claim.kind === 'none' || claim.kind === 'notice';
    if (!free || desk.kind !== 'open' || desk.by.kind === 'emergency' || desk.by.kind === 'elsewhere') return stay(state);
    return begin('changePin', { subject: desk.subscriber });
  }
  if (desk.kind === 'open') return stay(state);
  switch (kind) {
    case 'enterCode':
      return policy.shiftCodes === 'on' ? begin('code') : stay(state);
    case 'newPin':
      return begin('newPin');
    case 'vouch':
      return claim.kind === 'notice' && claim.notice === 'unknown' && claim.presentation !== null && policy.vouching === 'on'
        ? begin('vouch', { presentation: claim.presentation })
        : stay(state);
    default:
      return kind satisfies never;
  }
}

/** An unknown badge is to become somebody's, by a code from IT. */
export const beginEnrolment = (state: State, presentation: Presentation, at: Millis): Step =>
  state.desk.kind === 'open' || state.desk.kind === 'opening'
    ? stay(state)
    : also(endClaim(state, 'cancelled', at), (s) => stay(openForm(s, 'enrol', presentation, at, { presentation })));

/** One more digit; the last one asks for the answer. */
export function formDigit(state: State, form: Form, at: Millis, policy: Policy): Step {
  const length = stepDigits(form.form, form.step, policy);
  if (form.checking !== null || length === 0) return stay(state);
  const digits = form.digits + 1;
  const typed: Form = { ...form, digits, lastKey: at, remark: null };
  if (digits < length) return stay({ ...state, claim: typed }, { kind: 'takeDigit' });
  const { attempt, step, tap, subject } = form;
  return stay({ ...state, claim: { ...typed, checking: at } }, { kind: 'takeDigit' }, { kind: 'answerStep', attempt, form: form.form, step, tap, subject: subject?.id ?? null });
}

/** What was tried in vain is told to the ledger whatever has become of the form, and a PIN that was wrong ends what earlier ones had begun. */
export function stepAnswered(before: State, answered: Answered): Step {
  const {
    attempt,
    step,
    answer: { tried },
  } = answered;
  if (tried === undefined) return goOn(before, answered);
  const { subscriber } = tried;
  const state = subscriber === null || step === 'code' ? before : endWindows(before, subscriber);
  return also(stay(state, { kind: 'record', entry: { kind: 'tried', attempt, step, ...tried } }), (s) => goOn(s, answered));
}

function goOn(state: State, { attempt, step, answer, at }: Answered): Step {
  const { claim } = state;
  // For a form that is over, or a step that is: dropped (invariant 2).
  if (claim.kind !== 'form' || claim.attempt !== attempt || claim.step !== step || claim.checking === null) return stay(state);
  switch (answer.kind) {
    case 'next': {
      if (!hasStep(claim.form, answer.step)) return endClaim(state, 'unreachable', at);
      const { subject = claim.subject, claimant = claim.claimant } = answer;
      return stay({ ...state, claim: { ...claim, step: answer.step, digits: 0, subject, claimant, remark: null, checking: null, lastKey: at } });
    }
    case 'again': {
      if (!hasStep(claim.form, answer.step)) return endClaim(state, 'unreachable', at);
      return stay({ ...state, claim: { ...claim, step: answer.step, digits: 0, remark: answer.remark, checking: null, lastKey: at } }, refused);
    }
    case 'refused':
      return also(over(state, claim, answer.because), (s) => also(notify(s, noticeOf[answer.because], at), (t) => stay(t, refused)));
    case 'done':
      return done(state, claim, answer, at);
    default:
      return answer satisfies never;
  }
}

const over = (state: State, claim: Form, result: FormRefusal | 'done'): Step =>
  stay({ ...state, claim: { kind: 'none' } }, { kind: 'wipePin' }, { kind: 'endForm', attempt: claim.attempt }, formEntry(claim, result));

function done(state: State, claim: Form, { subscriber, factors, reached, until }: Extract<Answered['answer'], { kind: 'done' }>, at: Millis): Step {
  const told =
    (notice: Notice) =>
    (s: State): Step =>
      also(notify(s, notice, at), (t) => stay(t, { kind: 'cue', tone: 'accepted' }));
  const ended = over(state, { ...claim, subject: subscriber }, 'done');
  switch (claim.form) {
    case 'enrol':
      return also(ended, told('added'));
    case 'vouch':
      return also(ended, told('spareReady'));
    case 'newPin':
    case 'changePin':
      // What the old PIN began is over; her open work stays.
      return also(
        also(ended, (s) => stay(endWindows(s, subscriber.id))),
        told('pinChanged'),
      );
    case 'code': {
      const { attempt, shown } = claim;
      const tap: Tap = { attempt, subscriber, badge: '', grade: 'uid', keyPin: null, tag: null, spareUntil: null, hint: null, arrivedAt: shown, readAt: shown };
      return also(ended, (s) => {
        // A desk that is still closing must be confirmed closed before anything opens.
        if (s.desk.kind !== 'locked' || (until !== null && at >= until))
          return also(endTap(s, tap, 'notOpened', at), (t) => also(notify(t, 'notOpened', at), (u) => stay(u, refused)));
        return permitOpen(s, tap, { kind: 'code', attempt, subscriber: subscriber.id, factors, reached, until }, { pin: at - shown }, at);
      });
    }
    // An emergency is opened by its reason alone.
    case 'emergency':
      return endClaim(state, 'unreachable', at);
    default:
      return claim.form satisfies never;
  }
}

/** An enrolled badge while something is typed: the one that was waited for, or null: somebody else's business. */
export function badgeForForm(state: State, form: Form, tap: Tap, at: Millis): Step | null {
  if (form.checking !== null) return null;
  const wiped: Effect = { kind: 'wipePin' };
  if (form.form === 'emergency' && form.step === 'number') return stay({ ...state, claim: { ...form, tap, step: 'pin', digits: 0, remark: null, lastKey: at } }, wiped);
  if (form.form === 'vouch' && form.step === 'colleague') {
    // Not by a spare, and not for herself.
    if (tap.spareUntil !== null || tap.subscriber.id === form.subject?.id) return stay({ ...state, claim: { ...form, lastKey: at } }, refused);
    return stay({ ...state, claim: { ...form, tap, step: 'colleaguePin', digits: 0, remark: null, lastKey: at } }, wiped);
  }
  return null;
}

/** When a form, left alone, loses its digits, and when it ends. */
export const formWipes = ({ digits, checking, lastKey }: Form): Millis | null => (digits > 0 && checking === null ? lastKey + formWipedAfter : null);
export const formEnds = ({ checking, lastKey }: Form): Millis => (checking === null ? lastKey + formGivesUpAfter : checking + formAnswers);

/** Run by `settle`. `hides`: it lies over a warning that must be seen. */
export function settleForm(state: State, form: Form, at: Millis, hides: boolean): Step {
  if (hides || at >= formEnds(form)) return form.checking === null ? endClaim(state, 'timedOut', at) : also(over(state, form, 'unreachable'), (s) => notify(s, 'unreachable', at));
  const wipes = formWipes(form);
  return wipes !== null && at >= wipes ? stay({ ...state, claim: { ...form, digits: 0, remark: { kind: 'wiped' } } }, { kind: 'wipePin' }) : stay(state);
}
