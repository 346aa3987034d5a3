/** One administrator's requests come in one after another; each gets its answer, and a badge that was held to a reader in between is kept no longer than the conversation. */
import { isAtLeast } from '../../core/assurance.ts';
import type { SubscriberId } from '../../core/types.ts';
import type { Enrolment, NewBadge, Refusal } from '../enrolment.ts';
import { refusalSentence } from '../enrolment.ts';
import type { Captured } from '../intake.ts';
import type { Registrar } from '../webauthn/key-registration.ts';
import type { Appraiser, Wanted } from '../proofs/appraisal.ts';
import type { Binder } from '../proofs/binding.ts';
import { gradeOf } from '../proofs/record.ts';
import type { Checkpoint } from '../ledger/proofs.ts';
import type { PublicJwk } from '../step-up/statement.ts';
import { type Capture, holdCard } from './holding.ts';
import { type Ask, type News, peoplePerLine, type Rules, refused, type Refused, type Reply, type Request, type Status } from './contract.ts';

/** What commands act on: a running agent's parts, or those of a store opened for the moment. */
export type Administered = {
  /** null: the station is degraded, and `degraded` says why in one sentence. */
  readonly enrolment: Enrolment | null;
  readonly degraded: () => string | null;
  readonly rules: () => Rules;
  /** The person whose unrevoked badge this is. */
  readonly holderOf: (uid: Uint8Array) => SubscriberId | null;
  /** null: nothing here can make a badge prove anything. */
  readonly appraiser: Appraiser | null;
  /** null: as above. */
  readonly binder: Binder | null;
  /** The next badge of a reader, one of `own`'s without its being a tap; null: somebody else waits for one already. Its UID belongs to the one called. */
  readonly capture: Capture;
  /** What applications verify statements with. */
  readonly stepUpKey: () => PublicJwk | null;
  /** null: no screen where a security key could be registered. */
  readonly registerKey: Registrar | null;
  readonly checkpoint: () => Checkpoint | null;
  readonly status: () => Status | Refused;
  /** This person may no longer be signed in. */
  readonly revoked: (subscriber: SubscriberId) => void;
  /** What this person's old PIN began is over. */
  readonly pinReset: (subscriber: SubscriberId) => void;
  /** Store or ledger could not be written. */
  readonly broken: (why: unknown) => void;
};
export type Conversation = Disposable & { readonly ask: Ask };

type BadgeRequest = Extract<Request, { ask: 'badge' }>;
type Personalised = NonNullable<Extract<Request, { ask: 'addBadge' | 'enrol' }>['aes']>;

/** How long a badge is kept for the PIN that belongs to it. */
const keptFor = 180_000;

/** `actor`: who asks, as the ledger names them. */
export function createConversation(station: Administered, actor: string): Conversation {
  let held: NewBadge | null = null;
  let open: Captured | null = null;
  let forgetting: NodeJS.Timeout | undefined;
  let stopWaiting = (): void => undefined;
  let isOver = false;
  const forget = (): void => {
    clearTimeout(forgetting);
    held?.number.fill(0);
    open?.uid?.fill(0);
    held = open = null;
  };
  const keep = (badge: NewBadge): void => {
    forget();
    if (isOver) return void badge.number.fill(0);
    held = badge;
    forgetting = setTimeout(forget, keptFor);
  };

  const hold = (seconds: number, own: SubscriberId | undefined, hear: (news: News) => void, work: (card: Captured) => Promise<Reply>): Promise<Reply> =>
    holdCard(station.capture, { seconds, own, hear, stoppedBy: (stop) => (stopWaiting = stop) }, work);

  const badge = ({ seconds, as = 'best', person }: BadgeRequest, pin: Uint8Array, hear: (news: News) => void): Promise<Reply> | Reply => {
    forget();
    if (as === 'fido' ? person === undefined : as !== 'open' && person !== undefined)
      return refused('wrong', 'A security key is registered for one person, and only that needs one named: use the `tapward` that came with it.');
    if (station.appraiser === null && as !== 'best' && as !== 'uid') return refused('unavailable', 'Start the agent first: it speaks to badges that prove themselves.');
    return hold(seconds, as === 'open' ? person : undefined, hear, async (card) => {
      if (as === 'open') return opened(card, person);
      const holder = card.uid === null ? null : station.holderOf(card.uid);
      if (holder !== null) {
        card.uid?.fill(0);
        return refusal({ kind: 'badgeTaken', by: holder });
      }
      return appraised(card, as === 'fido' ? { as, person: person ?? '', pin } : { as });
    });
  };

  const bindKey = ({ seconds, badge: id, person }: Extract<Request, { ask: 'bindKey' }>, pin: Uint8Array, hear: (news: News) => void): Promise<Reply> | Reply => {
    const { binder } = station;
    if (binder === null) return refused('unavailable', 'Start the agent first: it speaks to badges that prove themselves.');
    return hold(seconds, person, hear, async (card) => {
      card.uid?.fill(0);
      const bound = await binder.bind(card, id, pin);
      return bound.kind === 'bound' ? { kind: 'done', subscriber: bound.subscriber } : refused('refused', bound.why);
    });
  };

  /** Whatever would be refused once the card is another is refused before. */
  const opened = async (card: Captured, person: SubscriberId | undefined): Promise<Reply> => {
    const number = (await station.appraiser?.numberOf(card)) ?? null;
    const known = number === null ? null : (station.enrolment?.badgeOf(number) ?? null);
    number?.fill(0);
    const why: Refusal | null =
      known === null ? null : known.person.id !== person ? { kind: 'badgeTaken', by: known.person.id } : isAtLeast('aes', known.proves.kind) ? null : { kind: 'downgrade', from: known.proves.kind };
    if (why !== null) card.uid?.fill(0);
    else if (!isOver) open = card;
    return why === null ? { kind: 'open', hidden: card.uid === null, known } : refusal(why);
  };

  const appraised = async (card: Captured, wanted: Wanted): Promise<Reply> => {
    const { uid } = card;
    if (station.appraiser === null && uid === null) return refused('refused', 'This card shows another number at each tap: start the agent, and enrol it as a security key.');
    const found =
      station.appraiser === null ? ({ kind: 'badge', badge: { number: uid ?? new Uint8Array(), proof: { kind: 'uid' } } } as const) : await station.appraiser.appraise(card, wanted);
    if (found.kind === 'refused') {
      uid?.fill(0);
      return refused('refused', found.why);
    }
    keep(found.badge);
    return { kind: 'badge', grade: gradeOf(found.badge.proof) };
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

  const withBadge = (act: (enrolment: Enrolment, badge: NewBadge) => Reply | Refusal | Promise<Reply | Refusal>): Promise<Reply> =>
    change(async (enrolment) => {
      if (held === null) return refused('refused', 'The badge was not held to the reader, or too long ago: run the command again.');
      // A copy: after a refusal the badge need not be held there again.
      const answer = await act(enrolment, { ...held, number: Uint8Array.from(held.number) });
      if (answer.kind === 'enrolled') forget();
      return answer;
    });

  const exchange = async (command: string): Promise<Reply> => {
    if (open === null) return refused('refused', 'No card lies open: run the command again.');
    const response = await open.transmit(Uint8Array.from(Buffer.from(command, 'hex')));
    return { kind: 'apdu', response: response === null ? null : Buffer.from(response).toString('hex') };
  };
  const withPersonalised = ({ number, by, ...aes }: Personalised, act: Parameters<typeof withBadge>[0]): Promise<Reply> =>
    change((enrolment) => {
      if (open === null) return refused('refused', 'No card lies open: run the command again.');
      return act(enrolment, { number: Uint8Array.from(Buffer.from(by === 'uid' ? aes.uid : number, 'base64')), proof: { kind: 'aes', ...aes } });
    });
  const withNew = (made: Personalised | undefined, act: Parameters<typeof withBadge>[0]): Promise<Reply> => (made === undefined ? withBadge(act) : withPersonalised(made, act));

  const registerKey = (person: SubscriberId, hear: (news: News) => void): Promise<Reply> =>
    change(async (enrolment) => {
      if (station.registerKey === null) return refused('unavailable', 'Start the agent first: a security key is registered at its screen.');
      const registration = station.registerKey(
        person,
        (step) => hear({ kind: 'keyStep', step }),
        (key) => {
          const kept = enrolment.addBadge(person, key, actor);
          return { stored: kept.kind === 'enrolled', kept };
        },
      );
      stopWaiting = registration.stop;
      const outcome = await registration.outcome.finally(() => (stopWaiting = () => undefined));
      return outcome.kind === 'refused' ? refused('refused', outcome.why) : outcome.kept;
    });

  const answer = (request: Request, pin: Uint8Array, hear: (news: News) => void): Promise<Reply> => {
    switch (request.ask) {
      case 'status':
        return Promise.resolve(station.status());
      case 'rules':
        return change(() => ({ kind: 'rules', ...station.rules() }));
      case 'people':
        return change((enrolment) => {
          const all = enrolment.people();
          for (let i = 0; i < all.length; i += peoplePerLine) hear({ kind: 'people', people: all.slice(i, i + peoplePerLine) });
          return { kind: 'listed', count: all.length };
        });
      case 'badges':
        return change((enrolment) => {
          const all = enrolment.badges();
          for (let i = 0; i < all.length; i += peoplePerLine) hear({ kind: 'badges', badges: all.slice(i, i + peoplePerLine) });
          return { kind: 'listed', count: all.length };
        });
      case 'badge':
        return change(() => badge(request, pin, hear));
      case 'bindKey':
        return change(() => bindKey(request, pin, hear));
      case 'apdu':
        return exchange(request.command);
      case 'enrol':
        return withNew(request.aes, (enrolment, kept) => enrolment.enrol(request, kept, pin, actor));
      case 'addBadge':
        return withNew(request.aes, (enrolment, kept) => enrolment.addBadge(request.person, kept, actor));
      case 'registerKey':
        return registerKey(request.person, hear);
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
          if (done.kind !== 'done') return done;
          station.pinReset(request.person);
          return { kind: 'done', subscriber: request.person };
        });
      case 'stepUpKey': {
        const key = station.stepUpKey();
        return Promise.resolve(key === null ? refused('unavailable', 'The store is not open: look with `tapward doctor`.') : { kind: 'stepUpKey', key });
      }
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
const replyKinds: ReadonlySet<string> = new Set<Reply['kind']>(['status', 'rules', 'listed', 'badge', 'open', 'apdu', 'stepUpKey', 'enrolled', 'done', 'checkpoint', 'refused']);

function refusal(why: Refusal): Refused {
  const isWrong = why.kind === 'given' || why.kind === 'initial' || why.kind === 'pinLength';
  return refused(isWrong ? 'wrong' : 'refused', refusalSentence(why));
}
