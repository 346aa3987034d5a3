/** Eight people, six stations and twelve hours of random taps, walks, forms, sleeps and faults come in; a shift in which nobody is locked out for good and nobody shares a session goes out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultPolicy, type Policy } from '../../core/policy.ts';
import { start, step } from '../../core/step.ts';
import { nextDeadline } from '../../core/time.ts';
import type { CardSeen, Effect, Event, Grade, Millis, SessionInfo, State, Subscriber } from '../../core/types.ts';

type Untimed = Event extends infer E ? (E extends Event ? Omit<E, 'at'> : never) : never;
type Random = () => number;
const hour: Millis = 3_600_000;

/** A small generator, so that a shift that fails can be played again by its number (xorshift32). */
function seeded(seed: number): Random {
  let x = (seed * 2_654_435_761 + 1) >>> 0 || 1;
  return () => {
    x ^= x << 13;
    x >>>= 0;
    x ^= x >>> 17;
    x ^= x << 5;
    x >>>= 0;
    return x / 2 ** 32;
  };
}
const pick = <T>(list: readonly T[], random: Random): T => list[Math.floor(random() * list.length)] as T;

const grades: readonly Grade[] = ['uid', 'uid', 'aes', 'aes', 'piv', 'fido', 'aes', 'uid'];
const people: readonly Subscriber[] = grades.map((_, i) => ({ id: `p${i}`, given: 'P', initial: 'X', language: null, role: i % 3 === 0 ? 'physician' : 'nurse' }));
type Enrolled = Extract<CardSeen, { kind: 'enrolled' }>;
const badgeOf = (i: number, standing: Enrolled['standing'] = { kind: 'allowed', left: 5 }): Enrolled => ({
  kind: 'enrolled',
  tag: `tag-p${i}`,
  badge: `badge-p${i}`,
  grade: grades[i] ?? 'uid',
  subscriber: people[i] as Subscriber,
  standing,
  keyPin: null,
  spareUntil: null,
  hint: null,
});

/** One station: the core, and an operating system that does what it is asked, late or not at all now and then. */
class Station {
  state: State;
  sessions: SessionInfo[] = [];
  active: string | null = null;
  seq = 0;
  epoch = 0;
  presentation = 0;
  /** Who began the emergency that its session, by epoch, was made for. */
  readonly began = new Map<string, string>();
  readonly policy: Policy;
  readonly random: Random;
  at: Millis;
  constructor(policy: Policy, random: Random, at: Millis) {
    this.policy = policy;
    this.random = random;
    this.at = at;
    const first = start(at);
    this.state = first.state;
    this.perform(first.effects);
    this.take({ kind: 'readerFound', reader: 'R' });
  }
  take(event: Untimed): void {
    const next = step(this.state, { ...event, at: this.at }, this.policy);
    this.state = next.state;
    this.check(event.kind);
    this.perform(next.effects);
  }
  /** Lets the clock run to `to`, stopping wherever something comes due. */
  until(to: Millis): void {
    for (let due = nextDeadline(this.state, this.at, this.policy); due !== null && due <= to; due = nextDeadline(this.state, this.at, this.policy)) {
      this.at = due;
      this.take({ kind: 'tick' });
    }
    this.at = to;
  }
  check(by: string): void {
    const { desk } = this.state;
    if (desk.kind !== 'open') return;
    const session = this.sessions.find((s) => s.key.id === desk.session.id && s.key.epoch === desk.session.epoch);
    const whose = desk.by.kind === 'emergency' ? 'emergency' : desk.subscriber.id;
    assert.ok(session === undefined || session.subscriber === whose, `${whose} works in the session of ${session?.subscriber} after ${by}`);
    if (desk.by.kind !== 'emergency') return;
    const { epoch } = desk.session;
    const began = this.began.get(epoch) ?? desk.subscriber.id;
    this.began.set(epoch, began);
    assert.equal(desk.subscriber.id, began, `${desk.subscriber.id} works in the emergency that ${began} began, after ${by}`);
  }
  report(): void {
    this.seq++;
    const active = this.sessions.find((s) => s.subscriber === this.active) ?? null;
    this.take({ kind: 'sessions', snapshot: { seq: this.seq, active, sessions: [...this.sessions], healthy: true } });
  }
  amend(who: string | null, change: Partial<SessionInfo>): void {
    this.sessions = this.sessions.map((s) => (s.subscriber === who ? { ...s, ...change } : s));
  }
  perform(effects: readonly Effect[]): void {
    for (const e of effects) {
      if (e.kind === 'lock') {
        const works = this.random() > 0.02;
        if (works) this.amend(this.active, { lock: 'locked' });
        this.take({ kind: 'locked', outcome: works ? { kind: 'done', session: null, ms: 1 } : { kind: 'failed', code: 'unconfirmed', screen: 'unknown' } });
        this.report();
      } else if (e.kind === 'open') this.open(e.grant);
      else if (e.kind === 'signOut') {
        this.sessions = this.sessions.filter((s) => !(s.key.id === e.session.id && s.key.epoch === e.session.epoch));
        this.report();
      } else if (e.kind === 'verify') {
        const right = this.random() > 0.1;
        this.take({
          kind: 'verdict',
          attempt: e.attempt,
          subscriber: e.subscriber,
          verdict: right ? { kind: 'accepted', factors: ['badge', 'pin'], reached: 'none' } : { kind: 'refused', left: 4 },
        });
      } else if (e.kind === 'answerStep') this.answer(e);
    }
  }
  open({ id: grant, subscriber: who, intent }: Extract<Effect, { kind: 'open' }>['grant']): void {
    if (this.random() < 0.02) return this.take({ kind: 'opened', grant, outcome: { kind: 'failed', code: 'timeout', screen: 'locked' } });
    if (this.active !== who) this.amend(this.active, { lock: 'locked', state: 'background' });
    // An emergency's is made anew, unless she comes back to her own.
    if (intent === 'emergency') this.sessions = this.sessions.filter((s) => s.subscriber !== who);
    this.active = who;
    if (!this.sessions.some((s) => s.subscriber === who))
      this.sessions.push({ key: { id: `session-${who}`, epoch: String(++this.epoch) }, subscriber: who, state: 'active', lock: 'unlocked' });
    this.amend(who, { lock: 'unlocked', state: 'active' });
    const session = this.sessions.find((s) => s.subscriber === who) ?? null;
    this.take({ kind: 'opened', grant, outcome: { kind: 'done', session, ms: 1 } });
    this.report();
  }
  answer({ attempt, form, step: typed, tap }: Extract<Effect, { kind: 'answerStep' }>): void {
    const subject = tap?.subscriber ?? pick(people, this.random);
    const to = {
      number: form === 'code' || form === 'enrol' || form === 'newPin' ? 'code' : 'pin',
      code: form === 'code' ? 'pin' : 'newPin',
      pin: form === 'emergency' ? 'reason' : form === 'vouch' ? 'colleague' : 'newPin',
      newPin: 'again',
    } as const;
    const wrong = this.random() < 0.1;
    if (wrong) this.take({ kind: 'stepAnswered', attempt, step: typed, answer: { kind: 'again', step: typed, remark: { kind: 'wrongCode' } } });
    else if ((form === 'code' && typed === 'pin') || typed === 'again' || typed === 'colleaguePin')
      this.take({ kind: 'stepAnswered', attempt, step: typed, answer: { kind: 'done', subscriber: subject, factors: ['code', 'pin'], reached: 'none', until: null } });
    else
      this.take({
        kind: 'stepAnswered',
        attempt,
        step: typed,
        answer: {
          kind: 'next',
          step: to[typed as keyof typeof to] ?? 'again',
          ...(typed === 'number' ? {} : { subject, claimant: { kind: 'proved', subscriber: subject } as const }),
        },
      });
  }
  tap(card: CardSeen): void {
    this.presentation++;
    const { presentation } = this;
    this.take({ kind: 'cardArrived', reader: 'R', presentation });
    this.at += 20;
    this.take({ kind: 'cardRead', reader: 'R', presentation, card });
    if (this.policy.badgeMode === 'tap' || this.random() < 0.3) {
      this.at += 300;
      this.take({ kind: 'cardGone', presentation });
    }
  }
  /** The same station, on which something is tried that never happened. */
  copy(random: Random): Station {
    return Object.assign(Object.create(Station.prototype) as Station, this, { random, sessions: [...this.sessions], began: new Map(this.began) });
  }
  lift(): void {
    for (const { presentation } of this.state.field) this.take({ kind: 'cardGone', presentation });
  }
  digits(): void {
    for (let i = 0; i < 20 && (this.state.claim.kind === 'pin' || (this.state.claim.kind === 'form' && this.state.claim.checking === null)); i++) {
      this.at += 100;
      this.take({ kind: 'digit' });
      if (this.random() < 0.02) break;
    }
  }
}

/** She comes to the station and does what the screen says, a few times at most. */
function getsIn(s: Station, i: number): boolean {
  const mine = (): boolean => s.state.desk.kind === 'open' && s.state.desk.subscriber.id === people[i]?.id && s.state.desk.by.kind !== 'emergency';
  for (let tries = 0; tries < 25 && !mine(); tries++) {
    s.lift();
    s.until(s.at + 2_500);
    s.tap(badgeOf(i));
    if (s.state.claim.kind === 'choose') s.take({ kind: 'switch' });
    s.digits();
    s.until(s.at + 50);
  }
  return mine();
}

const policies: readonly Policy[] = [
  { ...defaultPolicy, pinLength: 2, numberLength: 2, shiftCodes: 'on', vouching: 'on', emergency: 'on', addBadge: 'code', parkedSessions: 2 },
  { ...defaultPolicy, pinLength: 2, numberLength: 2, takeOver: 'switch', emergency: 'on', parkedSessions: 0, roles: { physician: { takeOver: 'ask', inactivity: 120_000 } } },
  { ...defaultPolicy, pinLength: 2, numberLength: 2, takeOver: 'refuse', badgeMode: 'stay', openOverall: 4 * hour },
  { ...defaultPolicy, pinLength: 2, numberLength: 2, ownersTap: 'keep', windowInactivity: 600_000, uidWindow: { owner: 'x', until: 1e15, lasts: hour } },
];

/** Now and then somebody has to wait, or is blocked, and taps all the same. */
function standingNow({ at, random }: Station): Enrolled['standing'] {
  const x = random();
  return x < 0.04 ? { kind: 'wait', until: at + 30_000 } : x < 0.06 ? { kind: 'blocked' } : { kind: 'allowed', left: 5 };
}

function shift(seed: number): { readonly opens: number; readonly emergencies: number } {
  const random = seeded(seed);
  let now: Millis = Math.floor(random() * 1e6);
  const stations = Array.from({ length: 6 }, () => new Station(pick(policies, random), random, now));
  const end = now + 12 * hour;
  let [opens, emergencies, events] = [0, 0, 0];
  while (now < end) {
    now += Math.floor(random() ** 4 * 1_200_000);
    const s = pick(stations, random);
    if (s.at < now) s.until(now);
    const i = Math.floor(random() * people.length);
    const what = random();
    if (what < 0.55) {
      s.lift();
      s.tap(badgeOf(i, standingNow(s)));
      if (s.state.claim.kind === 'choose') s.take({ kind: random() < 0.8 ? 'switch' : 'notNow' });
      s.digits();
    } else if (what < 0.75) {
      for (let n = 0; n < 20; n++) {
        s.until(s.at + 20_000);
        s.take({ kind: 'activity', how: random() < 0.5 ? 'key' : 'pointer' });
      }
    } else if (what < 0.8) s.take({ kind: pick(['lockNow', 'help', 'back', 'otherWay', 'clean', 'cancel', 'keepWorking', 'addBadge'] as const, random) });
    else if (what < 0.84) s.tap(pick([{ kind: 'unknown', tag: 'tag-u' }, { kind: 'unusable' }, { kind: 'unreadable', why: 'mute' }] as const, random));
    else if (what < 0.9) {
      s.take({ kind: pick(['enterCode', 'newPin', 'changePin', 'vouch', 'emergency'] as const, random), attempt: ++s.presentation });
      for (let n = 0; n < 4; n++) s.digits();
      if (s.state.claim.kind === 'form' && s.state.claim.form === 'vouch') s.tap(badgeOf(i));
      s.digits();
      s.take({ kind: 'reasonTreatment' });
      if (s.state.desk.kind === 'open' && s.state.desk.by.kind === 'emergency') emergencies++;
    } else if (what < 0.92) s.take({ kind: 'sleep' });
    else if (what < 0.94) {
      s.take({ kind: 'readerLost', reader: 'R' });
      s.until(s.at + 5_000);
      s.take({ kind: 'readerFound', reader: 'R' });
    } else if (what < 0.96) s.take({ kind: pick(['pinReset', 'roleChanged', 'revoked'] as const, random), subscriber: `p${i}` });
    else s.lift();
    if (s.state.desk.kind === 'open') opens++;
    now = Math.max(now, s.at);
    // In the middle of whatever goes on: the owner gets back in.
    if (++events % 40 === 0) {
      const owner = (seed + events) % people.length;
      assert.ok(
        getsIn(s.copy(seeded(seed + events)), owner),
        `shift ${seed}, event ${events}: ${people[owner]?.id} is shut out by ${JSON.stringify([s.state.desk, s.state.claim])}`,
      );
    }
  }
  // Whatever the night has left there: everybody gets back in everywhere.
  for (const [n, s] of stations.entries()) {
    s.until(now + n * 1_000);
    const i = (seed + n) % people.length;
    assert.ok(getsIn(s, i), `shift ${seed}, station ${n}: ${people[i]?.id} is shut out by ${JSON.stringify([s.state.desk, s.state.claim])}`);
  }
  return { opens, emergencies };
}

test('a thousand shifts of twelve hours: nobody shares a session, nobody is shut out for good', { timeout: 300_000 }, (t) => {
  let [opens, emergencies] = [0, 0];
  for (let seed = 1; seed <= 1_000; seed++) {
    const came = shift(seed);
    opens += came.opens;
    emergencies += came.emergencies;
  }
  t.diagnostic(`${opens} moments of open work, ${emergencies} emergencies`);
  assert.ok(opens > 50_000 && emergencies > 300, 'a shift in which nothing opens proves nothing');
});
