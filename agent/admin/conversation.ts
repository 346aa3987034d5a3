/** One administrator's requests come in one after another; each gets its answer, and a badge that was held to a reader in between is kept no longer than the conversation. */
import type { SubscriberId } from '../../core/types.ts';
import type { Enrolment, Refusal } from '../enrolment.ts';
import { refusalSentence } from '../enrolment.ts';
import type { Checkpoint } from '../ledger/proofs.ts';
import { type Ask, type News, peoplePerLine, refused, type Refused, type Reply, type Request, type Status } from './contract.ts';

/** What commands act on: a running agent's parts, or those of a store opened for the moment. */
export type Administered = {
  /** null: the station is degraded, and `degraded` says why in one sentence. */
  readonly enrolment: Enrolment | null;
  readonly degraded: () => string | null;
  readonly pinLength: () => number;
  /** The person whose unrevoked badge this is. */
  readonly holderOf: (uid: Uint8Array) => SubscriberId | null;
  /** The next badge of a reader; null: somebody else waits for one already. `uid` belongs to the one called. */
  readonly capture: (captured: (uid: Uint8Array) => void, hear: (news: News) => void) => Waiting | null;
  readonly checkpoint: () => Checkpoint | null;
  readonly status: () => Status | Refused;
  /** This person may no longer be signed in. */
  readonly revoked: (subscriber: SubscriberId) => void;
  /** Store or ledger could not be written. */
  readonly broken: (why: unknown) => void;
};
/** `ready`: whether any reader could see a badge, or one sentence why not. */
export type Waiting = { readonly ready: Promise<string | null>; readonly stop: () => void };

export type Conversation = Disposable & { readonly ask: Ask };

/** How long a badge is kept for the PIN that belongs to it. */
const keptFor = 180_000;

/** `actor`: who asks, as the ledger names them. */
export function createConversation(station: Administered, actor: string): Conversation {
  let held: Uint8Array | null = null;
  let forgetting: NodeJS.Timeout | undefined;
  let stopWaiting = (): void => undefined;
  let isOver = false;
  const forget = (): void => {
    clearTimeout(forgetting);
    held?.fill(0);
    held = null;
  };
  const keep = (uid: Uint8Array): void => {
    forget();
    if (isOver) return void uid.fill(0);
    held = uid;
    forgetting = setTimeout(forget, keptFor);
  };

  const badge = async (seconds: number, hear: (news: News) => void): Promise<Reply> => {
    forget();
    const seen = Promise.withResolvers<Uint8Array | null>();
    let isOpen = true;
    const take = (uid: Uint8Array | null): void => {
      if (isOpen) seen.resolve(uid);
      else uid?.fill(0);
      isOpen = false;
    };
    const waiting = station.capture(take, hear);
    if (waiting === null) return refused('refused', 'Another command waits for a badge already: let it finish, then try again.');
    const late = setTimeout(() => take(null), seconds * 1000);
    stopWaiting = () => take(null);
    try {
      const unready = await waiting.ready;
      if (unready !== null) return refused('unavailable', unready);
      hear({ kind: 'waiting' });
      const uid = await seen.promise;
      if (uid === null)
        return refused(
          'refused',
          `No badge came within ${seconds === 1 ? '1 second' : `${seconds} seconds`}: run the command again and hold one to the reader; one that lies there already must be lifted first.`,
        );
      const holder = station.holderOf(uid);
      if (holder !== null) {
        uid.fill(0);
        return refusal({ kind: 'badgeTaken', by: holder });
      }
      keep(uid);
      return { kind: 'badge' };
    } finally {
      clearTimeout(late);
      isOpen = false;
      waiting.stop();
      stopWaiting = () => undefined;
    }
  };

  const change = async (act: (enrolment: Enrolment) => Reply | Refusal | Promise<Reply | Refusal>): Promise<Reply> => {
    const { enrolment } = station;
    const fault = station.degraded();
    if (fault !== null || enrolment === null) return refused('unavailable', fault ?? 'The station is degraded: look with `tapward doctor`.');
    try {
      const answer = await act(enrolment);
      return isReply(answer) ? answer : refusal(answer);
    } catch (why) {
      station.broken(why);
      return refused('unavailable', 'The station could not write this down and has locked: look with `tapward doctor`.');
    }
  };

  const withBadge = (act: (enrolment: Enrolment, uid: Uint8Array) => Reply | Refusal | Promise<Reply | Refusal>): Promise<Reply> =>
    change(async (enrolment) => {
      if (held === null) return refused('refused', 'The badge was not held to the reader, or too long ago: run the command again.');
      // A copy: after a refusal the badge need not be held there again.
      const answer = await act(enrolment, Uint8Array.from(held));
      if (answer.kind === 'enrolled') forget();
      return answer;
    });

  const answer = (request: Request, pin: Uint8Array, hear: (news: News) => void): Promise<Reply> => {
    switch (request.ask) {
      case 'status':
        return Promise.resolve(station.status());
      case 'rules':
        return change(() => ({ kind: 'rules', pinLength: station.pinLength() }));
      case 'people':
        return change((enrolment) => {
          const all = enrolment.people();
          for (let i = 0; i < all.length; i += peoplePerLine) hear({ kind: 'people', people: all.slice(i, i + peoplePerLine) });
          return { kind: 'listed', count: all.length };
        });
      case 'badge':
        return change(() => badge(request.seconds, hear));
      case 'enrol':
        return withBadge((enrolment, uid) => enrolment.enrol(request, uid, pin, actor));
      case 'addBadge':
        return withBadge((enrolment, uid) => enrolment.addBadge(request.person, uid, actor));
      case 'revokePerson':
        return change((enrolment) => revoked(request.person, enrolment.revokePerson(request.person, actor)));
      case 'revokeBadge':
        return change((enrolment) => {
          const done = enrolment.revokeBadge(request.badge, actor);
          return done.kind === 'done' ? revoked(done.subscriber, done) : done;
        });
      case 'resetPin':
        return change(async (enrolment) => {
          const done = await enrolment.resetPin(request.person, pin, actor);
          return done.kind === 'done' ? { kind: 'done', subscriber: request.person } : done;
        });
      case 'checkpoint': {
        const checkpoint = station.checkpoint();
        return Promise.resolve(checkpoint === null ? refused('unavailable', 'The ledger is not open: look with `tapward doctor`.') : { kind: 'checkpoint', checkpoint });
      }
      default:
        return request satisfies never;
    }
  };
  /** Whoever is signed in as this person is locked out now, not at the next tap. */
  const revoked = (subscriber: SubscriberId, done: { readonly kind: 'done' } | Refusal): Reply | Refusal => {
    if (done.kind !== 'done') return done;
    station.revoked(subscriber);
    return { kind: 'done', subscriber };
  };

  return {
    ask: async (request, { pin = new Uint8Array(), hear = () => undefined } = {}) => {
      try {
        return await answer(request, pin, hear);
      } finally {
        pin.fill(0);
      }
    },
    [Symbol.dispose]: () => {
      isOver = true;
      stopWaiting();
      forget();
    },
  };
}

const isReply = (answer: Reply | Refusal): answer is Reply => replyKinds.has(answer.kind);
const replyKinds: ReadonlySet<string> = new Set<Reply['kind']>(['status', 'rules', 'listed', 'badge', 'enrolled', 'done', 'checkpoint', 'refused']);

function refusal(why: Refusal): Refused {
  const isWrong = why.kind === 'given' || why.kind === 'initial' || why.kind === 'pinLength';
  return refused(isWrong ? 'wrong' : 'refused', refusalSentence(why));
}
