/** One edge of the state space comes in; the first invariant it breaks goes out as a sentence, or null. */
import { isReached } from '../../core/assurance.ts';
import { forRole, type Policy } from '../../core/policy.ts';
import { nextDeadline, settle } from '../../core/time.ts';
import type { Ask, Event, State, Step } from '../../core/types.ts';
import { view } from '../../core/view.ts';

export function broken(before: State, event: Event, after: Step, policy: Policy): string | null {
  const { state, effects } = after;
  const settled = settle(before, event.at, policy);
  const opens = effects.filter((e) => e.kind === 'open');
  const [open] = opens;
  if (opens.length > 1) return 'one step opens twice';
  if (open !== undefined) {
    const wrong = notEntitled(settled.state, event, open, policy, effects);
    if (wrong !== null) return wrong;
    if (state.claim.kind !== 'none') return '1: the claim outlived its Entitlement';
    if (state.desk.kind === 'opening' && event.at >= state.desk.by.provedAt + forRole(policy, state.desk.tap.subscriber.role).openOverall)
      return '7: opened what must close at once';
    if (settled.state.face.kind === 'missing') return '3: opened where no face covers the screen';
    const closed = event.kind === 'locked' && event.outcome.kind === 'done';
    if ((settled.state.desk.kind === 'locking' && !closed && !isHersAlone(settled.state, open)) || settled.state.desk.kind === 'opening')
      return '3: opened before the desk was closed';
    const permit = effects.findIndex((e) => e.kind === 'record' && (e.entry.kind === 'permit' || e.entry.kind === 'emergency') && e.entry.grant === open.grant.id);
    if (permit === -1 || permit > effects.indexOf(open)) return '8: no permit before the open';
  }
  if (before.health.kind === 'degraded' && state.health.kind === 'ok') return '3: a degraded station mended itself';
  if (before.health.kind === 'degraded' && open !== undefined && open.by.kind !== 'emergency') return '3: a degraded station opened';
  if (state.health.kind === 'degraded' && state.desk.kind === 'open' && state.desk.by.kind !== 'emergency') return '3: a degraded station is open';
  if (state.desk.kind === 'open' && before.desk.kind !== 'open') {
    if (event.kind === 'openedElsewhere') {
      if (before.desk.kind !== 'locked' || state.desk.by.kind !== 'elsewhere' || !effects.some((e) => e.kind === 'record' && e.entry.kind === 'openedElsewhere'))
        return '3: opened elsewhere over something else, or untold';
    } else if (event.kind !== 'opened' || before.desk.kind !== 'opening' || before.desk.grant.id !== event.grant) return '3: open without the OS’s word for this grant';
    else if (state.desk.subscriber.id !== before.desk.tap.subscriber.id) return '1: open for somebody else';
  }
  if (state.desk.kind === 'open' && before.desk.kind === 'open' && state.desk.subscriber.id !== before.desk.subscriber.id) return '1: the desk changed hands without an opening';
  if (state.desk.kind === 'locked' && before.desk.kind !== 'locked' && !(event.kind === 'locked' && event.outcome.kind === 'done')) return '3: locked without confirmation';
  if (event.kind === 'cardRead' && event.card.kind === 'enrolled') {
    const { tag } = event.card;
    const { desk } = settled.state;
    // One that rests there for the open work is no second tap.
    const rests = desk.kind === 'open' && forRole(policy, desk.subscriber.role).badgeMode === 'stay' ? desk.by.tag : null;
    const rival = state.field.some((c) => c.enrolled && c.tag !== tag && c.tag !== rests);
    if (rival && state.claim.kind !== 'notice' && state.health.kind === 'ok' && state.face.kind !== 'missing' && !state.field.some((c) => c.spent))
      return '2: one of two badges won';
  }
  if (
    event.kind === 'cardRead' &&
    event.card.kind !== 'enrolled' &&
    'tap' in settled.state.claim &&
    settled.state.claim.kind !== 'ready' &&
    JSON.stringify(state.claim) !== JSON.stringify(settled.state.claim)
  )
    return '2: a card that is no badge disturbed an attempt';
  if (before.desk.kind === 'opening' && (state.desk.kind !== 'opening' || state.desk.grant.id !== before.desk.grant.id)) {
    const { grant } = before.desk;
    if (!effects.some((e) => e.kind === 'record' && e.entry.kind === 'outcome' && e.entry.grant === grant.id)) return '8: a permit without its outcome';
  }
  const mustClose = closing(before, settled.state, event, policy);
  if (mustClose !== null && state.desk.kind === 'open' && before.desk.kind === 'open') return `3: still open after ${mustClose}`;
  if (mustClose !== null && !effects.some((e) => e.kind === 'lock')) return `3: no lock was asked for after ${mustClose}`;
  const kept = keeping(settled.state, event, policy);
  if (kept !== null && state.desk.kind !== 'open') return `7: the owner was thrown out, though ${kept}`;
  if (
    event.kind === 'cardRead' &&
    event.card.kind === 'enrolled' &&
    !state.field.some((c) => c.enrolled && c.presentation !== event.presentation) &&
    tooSoon(settled.state, event, policy) &&
    settled.state.claim.kind !== 'ready' &&
    (state.desk.kind !== settled.state.desk.kind || 'tap' in state.claim !== 'tap' in settled.state.claim)
  ) {
    return '7: the same badge counted before it was out of the field for long enough';
  }
  if (event.kind === 'sessions' && event.snapshot.seq < before.snapshot.seq && state.snapshot !== before.snapshot) return 'an older snapshot replaced a newer one';
  const typed = settled.state.claim.kind === 'pin' && settled.state.claim.digits > 0;
  const stays = state.claim.kind === 'pin' && settled.state.claim.kind === 'pin' && state.claim.tap.attempt === settled.state.claim.tap.attempt && state.claim.digits > 0;
  if (typed && !stays && state.claim.kind !== 'verifying' && !effects.some((e) => e.kind === 'wipePin' || e.kind === 'eraseDigit')) return '6: digits outlived their claim';
  const form = settled.state.claim.kind === 'form' ? settled.state.claim : null;
  const formOver = form !== null && !(state.claim.kind === 'form' && state.claim.attempt === form.attempt);
  if (formOver && !(effects.some((e) => e.kind === 'endForm' && e.attempt === form.attempt) && effects.some((e) => e.kind === 'wipePin')))
    return '6: what was typed outlived its form';
  if (
    form !== null &&
    form.digits > 0 &&
    form.checking === null &&
    state.claim.kind === 'form' &&
    state.claim.digits === 0 &&
    !effects.some((e) => e.kind === 'wipePin' || e.kind === 'eraseDigit')
  )
    return '6: digits outlived their step';
  if (state.claim.kind === 'form' && state.desk.kind === 'open' && state.claim.form !== 'changePin') return 'a form lies over somebody’s work';
  if (state.claim.kind === 'form' && state.claim.form === 'changePin' && (state.desk.kind !== 'open' || state.desk.subscriber.id !== state.claim.subject?.id))
    return 'a PIN is changed for somebody whose work is not open';
  if (state.claim.kind === 'practice' && effects.some((e) => e.kind !== 'cue' && !(e.kind === 'record' && e.entry.kind === 'practised'))) return 'a practice did something real';
  if (state.claim.kind === 'choose' && state.desk.kind !== 'open') return 'a question about nobody’s session';
  if (state.claim.kind === 'enrolKey' && (state.desk.kind !== 'open' || state.desk.subscriber.id !== state.claim.subscriber.id))
    return 'a key is registered for somebody whose work is not open';
  const registering = settled.state.claim.kind === 'enrolKey' && settled.state.claim.step !== 'done' ? settled.state.claim.attempt : null;
  if (registering !== null && state.claim.kind !== 'enrolKey' && !effects.some((e) => e.kind === 'endKey' && e.attempt === registering))
    return 'a key is waited for after its registration ended';
  if (JSON.stringify(effects).includes('"uid":')) return '6: a UID in an effect';
  const shown = view(state, event.at, policy).screen.kind;
  if ((shown === 'open' || shown === 'away') && state.desk.kind !== 'open') return 'the screen uncovers a closed desk';
  const emergency = (state.claim.kind === 'form' && state.claim.form === 'emergency') || ('by' in state.desk && state.desk.by.kind === 'emergency') || shown === 'noEmergency';
  if (state.health.kind === 'degraded' && shown !== 'callIt' && !emergency) return 'a degraded station does not say so';
  for (const e of effects) {
    const tap = settled.state.claim.kind === 'pin' ? settled.state.claim.tap : null;
    if (e.kind === 'verify' && (tap === null || tap.keyPin !== null || e.attempt !== tap.attempt)) return '1: the station’s PIN was checked where none was asked';
    if (e.kind === 'verifyKey' && (tap === null || tap.keyPin === null || e.attempt !== tap.attempt || e.badge !== tap.badge))
      return '1: a key was asked for its PIN where none was typed for it';
  }
  const asked = openAsk(settled.state.claim);
  const answers = effects.filter((e) => (e.kind === 'confirm' || e.kind === 'decline') && e.ask === asked).length;
  if (asked !== null && openAsk(state.claim) !== asked && answers !== 1) return `an application got ${answers} answers`;
  for (const [i, e] of effects.entries()) {
    if (
      e.kind === 'confirm' &&
      !(event.kind === 'verdict' && event.verdict.kind === 'accepted' && e.ask === asked && state.desk.kind === 'open' && state.desk.subscriber.id === e.ask.subscriber)
    )
      return `1: confirmed by ${event.kind}`;
    if (e.kind === 'confirm' && !isReached(e.reached, e.ask.least)) return '1: an answer below what was asked for';
    if ((e.kind === 'confirm' || e.kind === 'decline') && !effects.slice(0, i).some((r) => r.kind === 'record' && r.entry.kind === 'stepUp' && r.entry.ask === e.ask.id))
      return '8: an answer before its entry';
  }
  if (
    settled.state.claim.kind === 'key' &&
    (state.claim.kind !== 'key' || state.claim.attempt !== settled.state.claim.attempt) &&
    event.kind !== 'keyCame' &&
    !effects.some((e) => e.kind === 'endKey')
  )
    return 'a ceremony outlived its claim';
  const proved = (event.kind === 'verdict' && event.verdict.kind === 'accepted') || (event.kind === 'keyCame' && event.answer.kind === 'proved' && event.answer.verified);
  const tried = event.kind === 'stepAnswered' ? event.answer.tried : undefined;
  if (tried !== undefined && !effects.some((e) => e.kind === 'record' && e.entry.kind === 'tried' && e.entry.subscriber === tried.subscriber))
    return '8: something was tried in vain, and the ledger does not know';
  if (tried !== undefined && event.kind === 'stepAnswered' && event.step !== 'code' && state.windows.some((w) => w.subscriber === tried.subscriber))
    return '5: a window outlived a wrong PIN';
  const grown = state.windows.find((w) => !proved && before.windows.find((b) => b.badge === w.badge)?.startedAt !== w.startedAt);
  if (grown !== undefined) return `5: a window began by ${event.kind}`;
  const due = nextDeadline(state, event.at, policy);
  if (due !== null && due <= event.at) return 'a deadline that has passed would be armed for ever';
  return null;
}

/** The OS has said that nobody's work is shown, and whatever would not lock is hers. */
const isHersAlone = ({ desk, snapshot }: State, { grant }: Open): boolean => {
  const open = snapshot.sessions.filter((s) => s.lock !== 'locked');
  return (
    desk.kind === 'locking' &&
    desk.screen === 'locked' &&
    snapshot.healthy &&
    snapshot.active?.lock !== 'unlocked' &&
    snapshot.active?.lock !== 'unknown' &&
    open.length > 0 &&
    open.every((s) => s.subscriber === grant.subscriber)
  );
};

const openAsk = (claim: State['claim']): Ask | null => (claim.kind === 'pin' || claim.kind === 'verifying' ? claim.ask : null);

type Open = Extract<Step['effects'][number], { kind: 'open' }>;

/** Each kind of Entitlement against what it must rest on. */
function notEntitled(state: State, event: Event, open: Open, policy: Policy, effects: Step['effects']): string | null {
  const { claim } = state;
  switch (open.by.kind) {
    case 'window':
      return notByWindow(state, event, open, policy);
    case 'undo':
      return notByUndo(state, event, open, policy);
    case 'code': {
      const done = event.kind === 'stepAnswered' && event.answer.kind === 'done' ? event.answer : null;
      if (done === null || claim.kind !== 'form' || claim.form !== 'code' || claim.checking === null || event.kind !== 'stepAnswered' || claim.attempt !== event.attempt)
        return `1: a code opened by ${event.kind}`;
      return open.by.subscriber === done.subscriber.id && open.grant.subscriber === done.subscriber.id ? null : '1: a code opened for somebody else';
    }
    case 'emergency': {
      if (!event.kind.startsWith('reason') || claim.kind !== 'form' || claim.step !== 'reason' || claim.claimant === null) return `1: an emergency by ${event.kind}`;
      if (open.grant.subscriber !== 'emergency') return '1: an emergency opened somebody’s own session';
      const kept = state.emergency;
      const isHers = kept !== null && claim.claimant.kind === 'proved' && claim.claimant.subscriber.id === kept.claimant && event.at < kept.since + policy.emergencyLasts;
      if (open.grant.intent !== 'emergency' && !isHers) return '1: an emergency opened what somebody else’s had left';
      const entry = effects.slice(0, effects.indexOf(open)).find((e) => e.kind === 'record' && e.entry.kind === 'emergency' && e.entry.grant === open.grant.id);
      return entry === undefined || policy.emergency === 'off' ? '8: an emergency without its entry' : null;
    }
    case 'verdict':
    case 'vouch':
      if (event.kind === 'keyCame') return notByKey(claim, event, open);
      return claim.kind === 'verifying' && (claim.tap.spareUntil !== null) !== (open.by.kind === 'vouch') ? '1: a spare badge does not say so' : notByVerdict(claim, event, open);
    default:
      return open.by.kind satisfies never;
  }
}

/** Straight back only for whom a tap displaced a moment ago, with the very badge that had opened. */
function notByUndo({ displaced, claim }: State, event: Event, { by, grant }: Open, policy: Policy): string | null {
  const card = event.kind === 'cardRead' && event.card.kind === 'enrolled' ? event.card : null;
  // A touch of the security key that had opened is a tap with it.
  const key =
    event.kind === 'keyCame' && event.answer.kind === 'proved' && claim.kind === 'key' && claim.attempt === event.attempt
      ? ({ badge: event.answer.badge, grade: 'fido', spareUntil: null, subscriber: event.answer.subscriber } as const)
      : null;
  const shown = claim.kind === 'ready' && by.attempt === claim.tap.attempt ? claim.tap : (card ?? key);
  if (shown === null || displaced === null) return `5: straight back by ${event.kind}`;
  if (displaced.by.badge !== shown.badge || displaced.by.grade !== shown.grade || shown.spareUntil !== null || shown.subscriber.id !== displaced.subscriber)
    return '5: straight back with another badge';
  if (by.subscriber !== displaced.subscriber || grant.subscriber !== displaced.subscriber || by.reached === 'AAL2') return '5: straight back for somebody else';
  if (shown.grade === 'uid' && policy.uidWindow === null) return '5: a badge that proves nothing came straight back';
  return event.at >= displaced.at + policy.undo || event.at >= displaced.by.provedAt + policy.openOverall ? '5: straight back too late' : null;
}

function notByVerdict(claim: State['claim'], event: Event, { by, grant }: Open): string | null {
  if (event.kind !== 'verdict' || event.verdict.kind !== 'accepted') return `1: opened by ${event.kind}`;
  if (claim.kind !== 'verifying' || claim.tap.attempt !== event.attempt) return '1: opened for another attempt';
  if (claim.ask !== null) return '1: what an application asked for opened';
  return by.attempt !== event.attempt || by.subscriber !== claim.tap.subscriber.id || grant.subscriber !== claim.tap.subscriber.id ? '1: the Entitlement is another’s' : null;
}

/** A key alone opens only where it verified its user, in the ceremony that stands, and for its own person. */
function notByKey(claim: State['claim'], { attempt, answer }: Extract<Event, { kind: 'keyCame' }>, { by, grant }: Open): string | null {
  if (claim.kind !== 'key' || claim.attempt !== attempt || by.attempt !== attempt) return '1: opened for another ceremony';
  if (answer.kind !== 'proved' || !answer.verified) return '1: opened by a key that verified nobody';
  const hers =
    by.subscriber === answer.subscriber.id && grant.subscriber === answer.subscriber.id && (claim.beside === null || claim.beside.subscriber.id === answer.subscriber.id);
  return hers ? null : '1: a key opened for somebody else';
}

/** A tap alone opens only for the very badge, at the very grade, that stood beside a second factor not long ago. */
function notByWindow({ claim, windows, desk }: State, event: Event, { by, grant }: Open, policy: Policy): string | null {
  const card = event.kind === 'cardRead' && event.card.kind === 'enrolled' ? event.card : null;
  const waiting = claim.kind === 'ready' || claim.kind === 'choose' ? claim.tap : null;
  const key =
    event.kind === 'keyCame' && event.answer.kind === 'proved' && claim.kind === 'key' && claim.attempt === event.attempt
      ? ({ badge: event.answer.badge, grade: 'fido', attempt: event.attempt } as const)
      : null;
  // A tap that waits (for the lock, for a card beside it to be read) may open by whatever it waited for; a question only by its answer.
  const resumed = waiting !== null && by.attempt === waiting.attempt && (claim.kind === 'ready' || event.kind === 'switch') ? waiting : null;
  const attempt = resumed?.attempt ?? (event.kind === 'cardRead' ? event.presentation : key?.attempt);
  if (attempt === undefined || by.attempt !== attempt) return `5: a tap alone opened by ${event.kind}`;
  const shown = resumed ?? card ?? key;
  const window = windows.find((w) => w.badge === shown?.badge && w.grade === shown.grade);
  if (window === undefined || window.subscriber !== by.subscriber || grant.subscriber !== by.subscriber) return '5: a tap alone opened without her window';
  if (window.grade === 'uid' && policy.uidWindow === null) return '5: a badge that proves nothing opened by a tap alone';
  if (by.reached === 'AAL2') return '5: a tap alone claims AAL2';
  const seen = desk.kind === 'open' && desk.subscriber.id === window.subscriber ? Math.max(desk.lastActivity, window.usedAt) : window.usedAt;
  const limit = window.grade === 'uid' ? Math.min(policy.uidWindow?.lasts ?? 0, policy.windowOverall) : policy.windowOverall;
  return event.at >= window.startedAt + limit || event.at >= seen + policy.windowInactivity ? '5: a tap alone opened after her window' : null;
}

/** Why this event must close the desk, or ask for its lock again; null: it need not. */
function closing(before: State, settled: State, event: Event, policy: Policy): string | null {
  const { desk } = settled;
  const holder = desk.kind === 'open' ? desk.subscriber.id : desk.kind === 'opening' ? desk.tap.subscriber.id : null;
  if (before.desk.kind === 'open' && event.at >= before.desk.lastActivity + policy.inactivity) return 'walking away';
  if (before.desk.kind === 'open' && event.at >= before.desk.by.provedAt + policy.openOverall) return 'the overall limit';
  if (before.desk.kind === 'open' && before.desk.by.until !== null && event.at >= before.desk.by.until) return 'a code or a spare badge ended';
  if (before.desk.kind === 'open' && before.desk.lifted !== null && event.at >= before.desk.lifted + policy.stayGrace) return 'the badge was lifted';
  if (before.desk.kind === 'open' && before.desk.by.kind === 'emergency' && event.at >= before.desk.openedAt + policy.emergencyLasts) return 'the emergency was over';
  if ((event.kind === 'sleep' && (desk.kind === 'open' || desk.kind === 'opening')) || (event.kind === 'lockAsked' && desk.kind === 'open')) return event.kind;
  if (before.desk.kind === 'locking' && event.kind === 'tick' && event.at >= before.desk.since + 30_000) return 'a lock that was never confirmed';
  if (event.kind === 'face' && !event.present && settled.face.kind === 'there' && desk.kind !== 'open') return 'the face was lost';
  if (before.face.kind === 'missing' && event.at >= before.face.since + 5_000 && before.desk.kind === 'open') return 'the face stayed away';
  if (event.kind === 'broken' && settled.health.kind === 'ok' && desk.kind !== 'locked') return 'something broke';
  if (event.kind === 'revoked' && holder === event.subscriber) return 'her access was revoked';
  if (event.kind === 'lockNow' && desk.kind === 'open') return 'lock now';
  if (event.kind === 'readerLost' && policy.readerLost === 'lock' && holder !== null && settled.readers.includes(event.reader)) return 'the reader was lost';
  if (event.kind === 'opened' && event.outcome.kind === 'done' && (desk.kind !== 'opening' || desk.grant.id !== event.grant)) return 'an opening that came too late';
  if (event.kind !== 'sessions' || event.snapshot.seq < settled.snapshot.seq) return null;
  const { active } = event.snapshot;
  if (desk.kind === 'open' && (active?.key.id !== desk.session.id || active.lock !== 'unlocked')) return 'her session was lost';
  return desk.kind === 'locked' && active !== null && (active.subscriber === null ? active.lock === 'unlocked' : active.lock !== 'locked')
    ? 'a session opened behind our back'
    : null;
}

const tooSoon = (state: State, { presentation, card }: Extract<Event, { kind: 'cardRead' }>, policy: Policy): boolean => {
  const since = state.field.find((c) => c.presentation === presentation)?.since;
  const left = state.left.find((b) => 'tag' in card && b.tag === card.tag);
  return since !== undefined && left !== undefined && since - left.at < policy.sameBadgeAfter;
};

/** Why the owner's tap must leave her in (invariant 7); null: it is no such tap. */
function keeping({ desk, claim, field, health }: State, event: Event, policy: Policy): string | null {
  if (event.kind !== 'cardRead' || event.card.kind !== 'enrolled' || desk.kind !== 'open' || desk.subscriber.id !== event.card.subscriber.id || health.kind !== 'ok') return null;
  if (!field.some((c) => c.presentation === event.presentation)) return null;
  const idle = event.at - desk.lastActivity;
  if (idle >= policy.whoAfter) return 'the station was idle or warned';
  if (event.at - desk.openedAt < policy.keepAfterOpen) return 'it had just opened';
  if (desk.lastKey !== null && event.at - desk.lastKey < policy.typingGuard) return 'she was typing';
  return claim.kind === 'none' || claim.kind === 'reading' ? null : 'somebody else’s business lay over her work';
}
