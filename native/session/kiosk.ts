/** Grants come in, one person's work at a time goes out, shown or parked by hooks in the one desktop of a generic account: the shared kiosk's SessionController. */
import type { ContextId, HookEvent } from '../../core/helper-link.ts';
import type { Clock, SessionController } from '../../core/ports.ts';
import type { Grant, Millis, Outcome, OutcomeCode, SessionNews, Snapshot, SubscriberId } from '../../core/types.ts';
import type { Contexts, Cover, HookReport } from './contexts.ts';
import { createPeople, type Person } from './people.ts';

export type KioskParts = {
  readonly clock: Clock;
  readonly contexts: Contexts;
  readonly cover: Cover;
  /** The same for the same person, on this station alone: a restarted agent finds her work again, and nobody else learns who she is. */
  readonly contextOf: (subscriber: SubscriberId) => ContextId;
  /** Ends the generic account's session; true once the system has reported its end. */
  readonly endSession: () => Promise<boolean>;
  /** For all hooks of one event together. */
  readonly hookTimeout: () => Millis;
  /** For IT: which event did not end well, and how. No name of a person. */
  readonly noted: (text: string) => void;
};

/** The face comes back from a crash by then, or the session has to end for it: both together stay below 2 s. */
const coverWithin: Millis = 1_600;
/** A lock waits for parking no longer than this: covered is locked, and nobody else is let in until it is parked. */
const parkingWithin: Millis = 1_200;

const failed = (code: OutcomeCode, screen: 'locked' | 'unknown'): Outcome => ({ kind: 'failed', code, screen });

/** A controller that trusts only reports: the hooks' own ends, and the face's own word that it covers. */
export function createKiosk({ clock, contexts, cover, contextOf, endSession, hookTimeout, noted }: KioskParts): SessionController {
  const listeners: ((snapshot: Snapshot) => void)[] = [];
  const hearers: ((news: SessionNews) => void)[] = [];
  const people = createPeople();
  const redeemed = new Set<string>();
  /** Whose work may be on the desktop: its opening has begun and its parking was not reported. */
  const unparked = new Set<ContextId>();
  let session: string | null = null;
  let last: Promise<unknown> = Promise.resolve();
  let opening = new AbortController();
  let seq = 1;
  let here = false;
  let ended = false;
  /** A face has covered this desktop: from then on its absence is a loss, and not a session that is starting up. */
  let hasCovered = false;

  const shown = (): Snapshot => ({ seq, active: people.active()?.info ?? null, sessions: people.all().map(({ info }) => info), healthy: here && !ended });
  const changed = (): void => {
    seq++;
    for (const listener of listeners) listener(shown());
  };
  const refuse = (code: OutcomeCode): Outcome => failed(code, cover.present() && people.active()?.info.lock !== 'unlocked' ? 'locked' : 'unknown');
  /** One after another: a hook never runs beside another. */
  const queued = <T>(act: () => Promise<T>): Promise<T> => {
    const done = last.then(act);
    last = done.catch(() => undefined);
    return done;
  };
  const run = async (event: HookEvent, context: ContextId, signal?: AbortSignal): Promise<HookReport> => {
    const report = await contexts.run(event, context, hookTimeout(), signal);
    if (report.how !== 'done' && signal?.aborted !== true) noted(`${event}: ${report.hook === null ? '' : `${report.hook} `}${words[report.how]}`);
    return report;
  };
  /** Parks everybody's work but `keep`'s; the first report that is not `done` ends it. */
  const park = async (event: 'lock' | 'switch', keep: ContextId | null): Promise<HookReport> => {
    for (const context of unparked) {
      if (context === keep) continue;
      const report = await run(event, context);
      if (report.how !== 'done') return report;
      unparked.delete(context);
    }
    return { how: 'done', hook: null };
  };
  const codeOf = ({ how }: HookReport): OutcomeCode => (how === 'late' ? 'timeout' : how === 'away' ? 'unsupported' : 'unconfirmed');

  const redeem = async (grant: Grant, began: Millis, { signal }: AbortController): Promise<Outcome> => {
    const context = contextOf(grant.subscriber);
    const fault = (): OutcomeCode | null => {
      if (signal.aborted) return 'revoked';
      if (clock.now() >= grant.expiresAt || grant.seq !== seq) return 'expired';
      return ended || !here ? 'unsupported' : cover.present() ? null : 'unconfirmed';
    };
    const first = fault();
    if (first !== null) return refuse(first);
    const parked = await park('switch', context);
    // The newest tap wins until here: parking changes nothing for anybody who taps meanwhile.
    const second = parked.how === 'done' ? fault() : codeOf(parked);
    if (second !== null) return refuse(second);
    for (const hear of hearers) hear({ kind: 'redeemed', grant: grant.id });
    unparked.add(context);
    // An emergency's session is made anew: what an earlier one left, whoever ran then, goes first.
    const forgotten = grant.intent === 'emergency' ? await run('sign-out', context, signal) : null;
    const report = forgotten === null || forgotten.how === 'done' ? await run('open', context, signal) : forgotten;
    const third = report.how === 'done' ? fault() : signal.aborted ? 'revoked' : codeOf(report);
    if (third !== null) {
      // What was half opened must not stay; nobody waits for it.
      void queued(() => park('lock', null));
      return refuse(third);
    }
    const before = grant.intent === 'emergency' ? people.of(grant.subscriber) : null;
    if (before !== null) people.end(before);
    const { info } = people.open(grant.subscriber, context);
    changed();
    if (grant.intent === 'emergency') void run('emergency', context);
    return { kind: 'done', session: info, ms: clock.now() - began };
  };

  const open = async (grant: Grant): Promise<Outcome> => {
    const began = clock.now();
    if (redeemed.has(grant.id)) return refuse('rejected');
    redeemed.add(grant.id);
    const known = people.of(grant.subscriber);
    if (grant.intent !== 'signIn' && grant.intent !== 'emergency' && known === null) return refuse('noSession');
    if (grant.intent === 'unlock' && people.active() !== known) return refuse('notConsole');
    opening.abort();
    const mine = (opening = new AbortController());
    return queued(() => redeem(grant, began, mine));
  };

  const everybodyGone = (): void => {
    people.clear();
    unparked.clear();
    hasCovered = false;
  };
  /** An empty desktop without a face holds nobody's work; ended, it would never come to have one. */
  const isBare = (): boolean => !hasCovered && people.all().length === 0 && unparked.size === 0;
  const lock = async (escalate: boolean): Promise<Outcome> => {
    const began = clock.now();
    opening.abort();
    const parking = queued(() => park('lock', null));
    const [covered] = await Promise.all([cover.confirmed(coverWithin), Promise.race([parking, after(parkingWithin)])]);
    if (covered && cover.present()) {
      hasCovered = true;
      people.close('locked');
    } else if (escalate && !isBare() && (await endSession())) {
      noted('nothing covered the desktop: its session was ended');
      everybodyGone();
    } else {
      return failed('unconfirmed', 'unknown');
    }
    changed();
    return { kind: 'done', session: people.active()?.info ?? null, ms: clock.now() - began };
  };

  const signOut = async (person: Person): Promise<Outcome> => {
    const began = clock.now();
    const report = await run('sign-out', person.context);
    if (report.how !== 'done') return refuse(codeOf(report));
    unparked.delete(person.context);
    people.end(person);
    changed();
    return { kind: 'done', session: null, ms: clock.now() - began };
  };

  contexts.watch((helper) => {
    here = helper !== null;
    opening.abort();
    // Nobody vouches for what the desktop shows while no helper is there: whoever's it is, it has to be locked anew.
    people.close('unknown');
    if (helper !== null) {
      if (session !== null && session !== helper.session) everybodyGone();
      session = helper.session;
      // It has parked what it could before it came; this is what is left.
      unparked.clear();
      if (helper.shown !== null) unparked.add(helper.shown);
      void queued(() => park('lock', null));
    }
    changed();
  });

  contexts.hear((how) => {
    for (const hear of hearers) hear({ kind: 'input', how });
  });

  return {
    kind: 'kiosk',
    snapshot: async () => shown(),
    lock: async (_why, escalate) => lock(escalate),
    open,
    signOut: async (key) =>
      queued(async () => {
        const person = people.find(key);
        return person === null ? refuse('vanished') : signOut(person);
      }),
    warn: (key) => {
      const person = people.find(key);
      // Beside whatever else runs, and nobody waits for it.
      if (person !== null) void run('warn', person.context);
    },
    watch: (listener) => void listeners.push(listener),
    hear: (listener) => void hearers.push(listener),
    [Symbol.asyncDispose]: async () => {
      opening.abort();
      ended = true;
      people.close('locked');
      changed();
      await queued(() => park('lock', null));
    },
  };
}

const words: Readonly<Record<HookReport['how'], string>> = {
  done: 'ended well',
  failed: 'failed',
  late: 'was not done in time',
  refused: 'was refused: hooks and their folders must be root’s alone',
  away: 'could not run: no session helper is connected',
};
const after = (wait: Millis): Promise<void> => new Promise((resolve) => void setTimeout(resolve, wait).unref());
