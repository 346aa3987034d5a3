/** A card held to a reader for an administrator's commands comes in; what it can be enrolled as goes out, and it is kept no longer than the conversation. */
import { isAtLeast } from '../../core/assurance.ts';
import type { SubscriberId } from '../../core/types.ts';
import { type Enrolment, type NewBadge, type Refusal, refusalSentence } from '../enrolment.ts';
import type { Captured } from '../intake.ts';
import type { Appraised, BindingStep, Wanted } from '../proofs/appraisal.ts';
import { gradeOf } from '../proofs/record.ts';
import { type News, type Refused, type Reply, type Request, refused } from './contract.ts';
import type { Administered } from './conversation.ts';
import { holdCard } from './holding.ts';

type BadgeRequest = Extract<Request, { ask: 'badge' }>;
type Personalised = Extract<Request, { ask: 'made' }>['aes'];
type Answered = Reply | Refusal | Promise<Reply | Refusal>;
/** Runs a change of the store as the conversation runs all of them. */
export type Change = (act: (enrolment: Enrolment) => Answered) => Promise<Reply>;
/** A key that has to come once more. `uid`: of its first stay. */
type OnceMore = Extract<Appraised, { kind: 'again' }> & { readonly uid: Uint8Array | null };
type WithBadge = (enrolment: Enrolment, badge: NewBadge) => Answered;

export type AtReader = Disposable & {
  /** The next card; it is kept for `withNew`, or lies open for `exchange`. */
  readonly badge: (request: BadgeRequest, pin: Uint8Array, hear: (news: News) => void) => Promise<Reply> | Reply;
  readonly bindKey: (request: Extract<Request, { ask: 'bindKey' }>, pin: Uint8Array, hear: (news: News) => void) => Promise<Reply> | Reply;
  readonly exchange: (command: string) => Promise<Reply>;
  /** What personalising made of the open card is checked, and kept in its place. */
  readonly made: (made: Personalised, hear: (news: News) => void) => Promise<Reply>;
  /** With the card that is kept. */
  readonly withNew: (act: WithBadge) => Promise<Reply>;
  readonly registerKey: (person: SubscriberId, hear: (news: News) => void) => Promise<Reply>;
};

/** How long a badge is kept for the PIN that belongs to it. */
const keptFor = 180_000;

/** `actor`: as the ledger names who asks. */
export function createAtReader(station: Administered, actor: string, change: Change): AtReader {
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

  const hold = <Done>(seconds: number, own: SubscriberId | undefined, hear: (news: News) => void, work: (card: Captured) => Promise<Done>): Promise<Done | Refused> =>
    holdCard(station.capture, { seconds, own, hear, stoppedBy: (stop) => (stopWaiting = stop) }, work);

  const badge = async ({ seconds, as = 'best', person }: BadgeRequest, pin: Uint8Array, hear: (news: News) => void): Promise<Reply> => {
    forget();
    if (as === 'fido' ? person === undefined : as !== 'open' && person !== undefined)
      return refused('wrong', 'A security key is registered for one person, and only that needs one named: use the `tapward` that came with it.');
    if (station.appraiser === null && as !== 'best' && as !== 'uid') return refused('unavailable', 'Start the agent first: it speaks to badges that prove themselves.');
    const came = await hold(seconds, as === 'open' ? person : undefined, hear, async (card): Promise<Reply | OnceMore> => {
      if (as === 'open') return opened(card, person);
      const holder = card.uid === null ? null : station.holderOf(card.uid);
      if (holder !== null) {
        card.uid?.fill(0);
        return refusal({ kind: 'badgeTaken', by: holder });
      }
      return appraised(card, as === 'fido' ? { as, person: person ?? '', pin } : { as }, hear);
    });
    return came.kind === 'again' ? onceMore(came, seconds, hear) : came;
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
      known === null
        ? null
        : known.person.id !== person
          ? { kind: 'badgeTaken', by: known.person.id }
          : isAtLeast('aes', known.proves.kind)
            ? null
            : { kind: 'downgrade', from: known.proves.kind };
    if (why !== null) card.uid?.fill(0);
    else if (!isOver) open = card;
    return why === null ? { kind: 'open', hidden: card.uid === null, known } : refusal(why);
  };

  const appraised = async (card: Captured, wanted: Wanted, hear: (news: News) => void): Promise<Reply | OnceMore> => {
    const { uid } = card;
    const began = (step: BindingStep): void => hear({ kind: 'bindingStep', step });
    if (station.appraiser === null && uid === null) return refused('refused', 'This card shows another number at each tap: start the agent, and enrol it as a security key.');
    const found =
      station.appraiser === null
        ? ({ kind: 'badge', badge: { number: uid ?? new Uint8Array(), proof: { kind: 'uid' } } } as const)
        : await station.appraiser.appraise(card, wanted, began);
    return found.kind === 'again' ? { ...found, uid } : keptAs(found, uid);
  };
  const onceMore = async ({ check, uid }: OnceMore, seconds: number, hear: (news: News) => void): Promise<Reply> => {
    const waits = (news: News): void => hear(news.kind === 'waiting' ? { kind: 'again' } : news);
    const came = await hold(seconds, undefined, waits, async (card): Promise<Reply> => {
      hear({ kind: 'bindingStep', step: 'check' });
      const found = await check(card);
      card.uid?.fill(0);
      return found.kind === 'again' ? refused('refused', 'Begin again with this badge.') : keptAs(found, uid);
    });
    if (came.kind === 'refused') uid?.fill(0);
    return came;
  };
  const keptAs = (found: Exclude<Appraised, { kind: 'again' }>, uid: Uint8Array | null): Reply => {
    if (found.kind === 'refused') {
      uid?.fill(0);
      return refused('refused', found.why);
    }
    keep(found.badge);
    return { kind: 'badge', grade: gradeOf(found.badge.proof) };
  };

  const withNew = (act: WithBadge): Promise<Reply> =>
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
  const made = async ({ number, by, ...aes }: Personalised, hear: (news: News) => void): Promise<Reply> => {
    if (open === null || station.appraiser === null) return refused('refused', 'No card lies open: run the command again.');
    hear({ kind: 'bindingStep', step: 'check' });
    const shown = Uint8Array.from(Buffer.from(by === 'uid' ? aes.uid : number, 'base64'));
    const found = await station.appraiser.check(open, { number: shown, proof: { kind: 'aes', ...aes } });
    return found.kind === 'again' ? refused('refused', 'Begin again with this badge.') : keptAs(found, shown);
  };
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

  return {
    badge,
    bindKey,
    exchange,
    registerKey,
    made,
    withNew,
    [Symbol.dispose]: () => {
      isOver = true;
      stopWaiting();
      forget();
    },
  };
}

/** A refusal as the door says it. */
export function refusal(why: Refusal): Refused {
  const isWrong = ['given', 'initial', 'pinLength', 'role', 'account', 'number', 'checked', 'codeLength'].includes(why.kind);
  return refused(isWrong ? 'wrong' : 'refused', refusalSentence(why));
}
