/** One edge of the state space comes in; the first invariant it breaks goes out as a sentence, or null. */
import type { Policy } from '../../core/policy.ts';
import { nextDeadline, settle } from '../../core/time.ts';
import type { Event, State, Step } from '../../core/types.ts';
import { view } from '../../core/view.ts';

export function broken(before: State, event: Event, after: Step, policy: Policy): string | null {
  const { state, effects } = after;
  const settled = settle(before, event.at, policy);
  const opens = effects.filter((e) => e.kind === 'open');
  const [open] = opens;
  if (opens.length > 1) return 'one step opens twice';
  if (open !== undefined) {
    const { claim } = settled.state;
    if (event.kind !== 'verdict' || event.verdict.kind !== 'accepted') return `1: opened by ${event.kind}`;
    if (claim.kind !== 'verifying' || claim.tap.attempt !== event.attempt) return '1: opened for another attempt';
    if (open.by.attempt !== event.attempt || open.by.subscriber !== claim.tap.subscriber.id || open.grant.subscriber !== claim.tap.subscriber.id) return '1: the Entitlement is another’s';
    if (state.claim.kind !== 'none') return '1: the claim outlived its Entitlement';
    if (settled.state.desk.kind === 'locking' || settled.state.desk.kind === 'opening') return '3: opened before the desk was closed';
    const permit = effects.findIndex((e) => e.kind === 'record' && e.entry.kind === 'permit' && e.entry.grant === open.grant.id);
    if (permit === -1 || permit > effects.indexOf(open)) return '8: no permit before the open';
  }
  if (before.health.kind === 'degraded' && (open !== undefined || state.desk.kind === 'open' || state.health.kind === 'ok')) return '3: a degraded station opened';
  if (state.desk.kind === 'open' && before.desk.kind !== 'open') {
    if (event.kind !== 'opened' || before.desk.kind !== 'opening' || before.desk.grant.id !== event.grant) return '3: open without the OS’s word for this grant';
    if (state.desk.subscriber.id !== before.desk.grant.subscriber) return '1: open for somebody else';
  }
  if (state.desk.kind === 'open' && before.desk.kind === 'open' && state.desk.subscriber.id !== before.desk.subscriber.id) return '1: the desk changed hands without an opening';
  if (state.desk.kind === 'locked' && before.desk.kind !== 'locked' && !(event.kind === 'locked' && event.outcome.kind === 'done')) return '3: locked without confirmation';
  if (event.kind === 'cardRead' && event.card.kind === 'enrolled') {
    const { tag } = event.card;
    const rival = state.field.some((c) => c.enrolled && c.tag !== tag);
    if (rival && state.claim.kind !== 'notice' && state.health.kind === 'ok' && !state.field.some((c) => c.spent)) return '2: one of two badges won';
  }
  if (event.kind === 'cardRead' && event.card.kind !== 'enrolled' && 'tap' in settled.state.claim && state.claim !== settled.state.claim) return '2: a card that is no badge disturbed an attempt';
  const typed = settled.state.claim.kind === 'pin' && settled.state.claim.digits > 0;
  const kept = state.claim.kind === 'pin' && settled.state.claim.kind === 'pin' && state.claim.tap.attempt === settled.state.claim.tap.attempt && state.claim.digits > 0;
  if (typed && !kept && state.claim.kind !== 'verifying' && !effects.some((e) => e.kind === 'wipePin' || e.kind === 'eraseDigit')) return '6: digits outlived their claim';
  if (state.claim.kind === 'choose' && state.desk.kind !== 'open') return 'a question about nobody’s session';
  if (JSON.stringify(effects).includes('"uid":')) return '6: a UID in an effect';
  const shown = view(state, event.at, policy).screen.kind;
  if ((shown === 'open' || shown === 'away') && state.desk.kind !== 'open') return 'the screen uncovers a closed desk';
  if (state.health.kind === 'degraded' && shown !== 'callIt') return 'a degraded station does not say so';
  const due = nextDeadline(state, event.at, policy);
  if (due !== null && due <= event.at) return 'a deadline that has passed would be armed for ever';
  return null;
}
