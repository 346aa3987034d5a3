/** Small people, badges and sessions for the core's tests, and one way to play events through `step`. */
import type { Policy } from '../../core/policy.ts';
import { defaultPolicy } from '../../core/policy.ts';
import { start, step } from '../../core/step.ts';
import type { CardSeen, Effect, Event, Millis, Outcome, SessionInfo, Snapshot, State, Subscriber, SubscriberId } from '../../core/types.ts';

export const sam: Subscriber = { id: 's1', given: 'Sam', initial: 'B', language: null, role: null };
export const ana: Subscriber = { id: 's2', given: 'Ana', initial: 'K', language: 'es', role: null };

export const badge = (who: Subscriber): Extract<CardSeen, { kind: 'enrolled' }> => ({
  kind: 'enrolled',
  tag: `tag-${who.id}`,
  badge: `badge-${who.id}`,
  grade: 'uid',
  subscriber: who,
  standing: { kind: 'allowed', left: 5 },
  keyPin: null,
  spareUntil: null,
  hint: null,
});
/** Her badge, having proved a key of its own. */
export const proving = (who: Subscriber): Extract<CardSeen, { kind: 'enrolled' }> => ({ ...badge(who), grade: 'aes' });
export const session = (who: SubscriberId, over: Partial<SessionInfo> = {}): SessionInfo => ({
  key: { id: `session-${who}`, epoch: '1' },
  subscriber: who,
  state: 'active',
  lock: 'unlocked',
  ...over,
});
export const done = (who: SubscriberId | null): Outcome => ({ kind: 'done', session: who === null ? null : session(who), ms: 1 });
export const showing = (seq: number, active: SessionInfo | null): Snapshot => ({ seq, active, sessions: active === null ? [] : [active], healthy: true });

/** An event without its time. */
export type Untimed = Event extends infer E ? (E extends Event ? Omit<E, 'at'> : never) : never;

/** Plays a story: a number waits that many milliseconds, anything else happens. Every lock is confirmed at once unless `hold` says not to. */
export class Story {
  state: State;
  at: Millis = 0;
  effects: Effect[] = [];
  readonly policy: Policy;
  readonly hold: boolean;
  constructor(policy: Partial<Policy> = {}, hold = false) {
    this.policy = { ...defaultPolicy, ...policy };
    this.hold = hold;
    const first = start(0);
    this.state = first.state;
    this.effects = [...first.effects];
    if (!hold) this.play({ kind: 'locked', outcome: done(null) });
    this.play({ kind: 'readerFound', reader: 'R1' }, { kind: 'readerFound', reader: 'R2' });
  }
  play(...happenings: readonly (Untimed | Millis)[]): this {
    for (const h of happenings) {
      if (typeof h === 'number') {
        this.at += h;
        continue;
      }
      const next = step(this.state, { ...h, at: this.at }, this.policy);
      this.state = next.state;
      this.effects = [...next.effects];
      if (!this.hold && next.effects.some((e) => e.kind === 'lock')) {
        const { effects } = this;
        this.play({ kind: 'locked', outcome: done(null) });
        this.effects = effects;
      }
    }
    return this;
  }
  /** A whole tap: in the field, read, out again after 200 ms. */
  tap(presentation: number, card: CardSeen, reader = 'R1'): this {
    this.play({ kind: 'cardArrived', reader, presentation }, 10, { kind: 'cardRead', reader, presentation, card });
    const { effects } = this;
    this.play(190, { kind: 'cardGone', presentation });
    this.effects = effects;
    return this;
  }
  digits(n = this.policy.pinLength): this {
    for (let i = 0; i < n; i++) this.play(100, { kind: 'digit' });
    return this;
  }
  accept(attempt: number): this {
    return this.play(30, { kind: 'verdict', attempt, subscriber: 's1', verdict: { kind: 'accepted', factors: ['badge', 'pin'], reached: 'none' } });
  }
  /** Tap, PIN, accepted, opened. */
  signIn(presentation: number, who: Subscriber, card = badge(who)): this {
    return this.tap(presentation, card)
      .digits()
      .accept(presentation)
      .play(5, { kind: 'opened', grant: `g${presentation}`, outcome: done(who.id) });
  }
  reason(): string | undefined {
    return this.state.lastTap?.reason;
  }
  kinds(): string[] {
    return this.effects.map((e) => (e.kind === 'record' ? `record ${e.entry.kind}` : e.kind));
  }
}
