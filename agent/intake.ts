/** What readers report comes in; the core's Events, free of UIDs, go out. A badge that was enrolled as provable has to prove itself first. */
import { createHmac, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeAtr, identify } from '../core/card.ts';
import type { Clock, Holder, ReaderEvent, Transmit, Vault, Verifier } from '../core/ports.ts';
import type { BadgeId, CardSeen, Hint, Millis, Presentation, SubscriberId } from '../core/types.ts';
import type { BadgeLives } from './badge-lives.ts';
import type { NewBadge } from './enrolment.ts';
import type { KeyVerifier } from './key-verifier.ts';
import type { Appraiser } from './proofs/appraisal.ts';
import type { Met, Proof, Prover, Unmet } from './proofs/prover.ts';
import { Broken, type Untimed } from './queue.ts';

/** A card that an administrator's command waited for. `uid`: null where it shows another one at each tap. */
export type Captured = { readonly uid: Uint8Array | null; readonly transmit: Transmit };
type Refused = (because: 'unusable' | 'unreadable') => void;
/** A badge that nobody has here. `type`: as core/card.ts names the card; null: not known. `proof`: the most it can prove with nothing written to it; null: what it can was refused. */
export type UnknownCard = { readonly uid: Uint8Array; readonly type: string | null; readonly proof: NewBadge['proof'] | null };
export type Intake = {
  /** Throws Broken where the store does not hold. */
  readonly take: (event: ReaderEvent) => void;
  /** The next badge that is read goes to `captured`; it is no tap, unless it is somebody's already and not `own`'s; cards that are no badge go to `refused`. Returns how to stop waiting. */
  readonly capture: (captured: (card: Captured) => void, refused: Refused, own?: SubscriberId) => () => void;
  /** As what this person's badge would be seen now, if it is genuine; nothing of it is noted. `spareUntil`: as in a Tap. */
  readonly wouldSee: (holder: Holder, spareUntil: Millis | null) => CardSeen;
  /** The card of this badge, once it has proved in its present stay on a reader that it is a security key of ours. */
  readonly keyInField: (badge: BadgeId) => Transmit | null;
  /** The last unknown badge, if it is that presentation's; it is forgotten with the next card. */
  readonly lastUnknown: (presentation: Presentation) => UnknownCard | null;
};
type Parts = {
  readonly clock: Clock;
  readonly vault: () => Vault | null;
  readonly verifier: () => Verifier | null;
  readonly keyVerifier: () => KeyVerifier | null;
  /** null: no badge can prove itself here, so none that should counts. */
  readonly prover: () => Prover | null;
  readonly dispatch: (event: Untimed, at: number) => void;
  readonly crash: (why: unknown) => void;
  /** null: every badge counts as its record says. */
  readonly lives: () => BadgeLives | null;
  /** What would help this person now; null: nothing. */
  readonly hint: (subscriber: SubscriberId) => Hint | null;
  /** The unknown badge that somebody is adding just now: no other card takes its place. */
  readonly wanted: () => Presentation | null;
  /** Whether the last unknown badge may still be asked for, to be added from the screen; by what it can prove, where somebody appraises it. */
  readonly keepUnknown: () => { readonly appraiser: Appraiser | null } | null;
};

/** However slowly a card talks: then it has not proved itself. */
const longestProof = 5_000;

export function createIntake({ clock, vault, verifier, keyVerifier, prover, lives, hint, dispatch, crash, wanted, keepUnknown }: Parts): Intake {
  // Tags tell badges apart within this run only; nothing outside this memory can turn one back into a UID.
  const tagKey = randomBytes(32);
  const tagOf = (bytes: Uint8Array): string => createHmac('sha256', tagKey).update(bytes).digest('hex').slice(0, 16);
  let capturing: { readonly captured: (card: Captured) => void; readonly refused: Refused; readonly own: SubscriberId | null } | null = null;
  let unknown: (UnknownCard & { readonly presentation: Presentation }) | null = null;
  let latest: Presentation = 0;
  /** Every card in a field; null until it is known as a security key of ours. */
  const inField = new Map<Presentation, { readonly badge: BadgeId; readonly transmit: Transmit } | null>();

  const isWanted = (): boolean => unknown !== null && unknown.presentation === wanted();
  const forget = (): void => {
    unknown?.uid.fill(0);
    unknown = null;
  };
  const asOfNow = (holder: Holder): Held | null => {
    const judge = lives();
    return judge === null ? { holder, spareUntil: null } : judge.asOfNow(holder);
  };
  const heldBy = (uid: Uint8Array): Held | null => {
    try {
      const holder = vault()?.findByBadge(uid) ?? null;
      return holder === null ? null : asOfNow(holder);
    } catch (why) {
      throw why instanceof Broken ? why : new Broken('storeDamaged', why);
    }
  };
  const cardOf = ({ badge, grade, subscriber, revoked }: Holder, proof: Proof, spareUntil: Millis | null): CardSeen => {
    // By the record, not the UID: that may change with every tap.
    const tag = tagOf(Buffer.from(badge));
    if (revoked) return { kind: 'revoked', tag, subscriber: subscriber.id };
    if (proof.kind === 'unproved') return { kind: 'unproved', tag, badge, subscriber: subscriber.id, because: proof.because };
    const keyPin = grade === 'fido' ? (keyVerifier()?.asks(badge) ?? null) : null;
    const standing = (keyPin === null ? verifier() : keyVerifier())?.standing(subscriber.id) ?? { kind: 'blocked' };
    return { kind: 'enrolled', tag, badge, grade, subscriber, standing, keyPin, spareUntil, hint: standing.kind === 'allowed' ? hint(subscriber.id) : null };
  };
  const seenAs = (holder: Holder, proof: Proof, spareUntil: Millis | null): CardSeen => {
    const seen = cardOf(holder, proof, spareUntil);
    if (seen.kind === 'enrolled') lives()?.used(seen.badge);
    return seen;
  };
  const inTime = <T>(work: Promise<T>, late: T): Promise<T> => {
    const limit = new AbortController();
    return Promise.race([work, sleep(longestProof, late, { signal: limit.signal, ref: false })]).finally(() => limit.abort());
  };
  /** A store that broke under a proof is told as one; anything else is a fault of ours. */
  const answer = (event: Extract<ReaderEvent, { kind: 'read' }>, card: Promise<CardSeen>): void => {
    const { reader, presentation } = event;
    const told = card.then((seen) => {
      if (seen.kind === 'enrolled' && seen.grade === 'fido' && inField.has(presentation)) inField.set(presentation, { badge: seen.badge, transmit: event.transmit });
      dispatch({ kind: 'cardRead', reader, presentation, card: seen }, clock.now());
    });
    told.catch((why: unknown) => crash(why instanceof Broken ? why : new Broken('storeDamaged', why)));
  };

  const see = ({ presentation, atr, uid, transmit }: Extract<ReaderEvent, { kind: 'read' }>): CardSeen | Promise<CardSeen> => {
    const card = identify(atr, uid);
    const changing = card.kind !== 'identifier' && card.why === 'random' && decodeAtr(atr).kind === 'smartCard';
    if (card.kind !== 'identifier' && !changing) {
      capturing?.refused(card.why === 'length' ? 'unreadable' : 'unusable');
      return card.why === 'length' ? { kind: 'unreadable', why: 'noUid' } : { kind: 'unusable' };
    }
    const held = changing ? null : heldBy(uid);
    const holder = held?.holder ?? null;
    const waiting = capturing;
    // Somebody's own badge is her tap as well, whoever waits for one; but one that is to be changed hears one voice at a time.
    if (waiting !== null && (holder === null || holder.revoked || holder.subscriber.id === waiting.own)) {
      capturing = null;
      waiting.captured({ uid: changing ? null : Uint8Array.from(uid), transmit });
      return { kind: 'taken' };
    }
    if (changing) return meet(transmit);
    if (held === null || holder === null) return stranger({ presentation, atr, uid, transmit });
    const { spareUntil } = held;
    if (waiting !== null) capturing = null;
    const kept = waiting === null ? null : Uint8Array.from(uid);
    // After her tap: two that spoke to one card at once would break each other's sessions, and she would look like a copy.
    const handOver = (): void => (kept === null ? undefined : waiting?.captured({ uid: kept, transmit }));
    if (holder.revoked || holder.grade === 'uid') {
      handOver();
      return seenAs(holder, { kind: 'proved' }, spareUntil);
    }
    const proving = prover()?.prove(holder, transmit) ?? Promise.resolve<Met>({ holder, proof: { kind: 'unproved', because: 'missing' } });
    return inTime(proving, { holder, proof: { kind: 'unproved', because: 'gone' } })
      .then((met) => seenAs(met.holder, met.proof, spareUntil))
      .finally(handOver);
  };
  const meet = (transmit: Transmit): CardSeen | Promise<CardSeen> => {
    const meeting = prover()?.meet(transmit);
    if (meeting === undefined) return { kind: 'unusable' };
    return inTime<Met | Unmet>(meeting, { kind: 'unmet', because: 'gone' }).then((met) => {
      if (!('holder' in met)) return met.because === 'gone' ? { kind: 'unreadable', why: 'pulled', because: 'gone' } : { kind: 'unusable', because: met.because };
      const held = asOfNow(met.holder);
      return held === null ? { kind: 'unusable' } : seenAs(held.holder, met.proof, held.spareUntil);
    });
  };
  /** Kept for whoever adds it; what it can prove is asked now, while it lies there. */
  const stranger = ({
    presentation,
    atr,
    uid,
    transmit,
  }: Pick<Extract<ReaderEvent, { kind: 'read' }>, 'presentation' | 'atr' | 'uid' | 'transmit'>): CardSeen | Promise<CardSeen> => {
    const seen: CardSeen = { kind: 'unknown', tag: tagOf(uid) };
    const kept = keepUnknown();
    if (kept === null) return seen;
    const card = { presentation, uid: Uint8Array.from(uid), type: typeOf(atr) };
    const keep = (proof: NewBadge['proof'] | null): CardSeen => {
      // Another card may have come meanwhile.
      if (presentation === latest && !isWanted()) unknown = { ...card, proof };
      else card.uid.fill(0);
      return seen;
    };
    if (kept.appraiser === null) return keep({ kind: 'uid' });
    const appraising = kept.appraiser.appraise({ uid: Uint8Array.from(uid), transmit }, { as: 'best' });
    return inTime(appraising, { kind: 'refused', why: '', mayBeLess: false, gone: true }).then((found) => {
      if (found.kind === 'badge') return keep(found.badge.proof);
      return found.kind === 'refused' && found.gone === true ? { kind: 'unreadable', why: 'pulled' } : keep(null);
    });
  };

  return {
    take: (event) => {
      const { at } = event;
      switch (event.kind) {
        case 'readerFound':
        case 'readerLost':
          return dispatch({ kind: event.kind, reader: event.reader }, at);
        case 'service':
          return dispatch({ kind: 'readerService', cause: event.cause }, at);
        case 'arrived':
          if (!isWanted()) forget();
          latest = event.presentation;
          inField.set(event.presentation, null);
          return dispatch({ kind: 'cardArrived', reader: event.reader, presentation: event.presentation }, at);
        case 'read': {
          try {
            const card = see(event);
            if (card instanceof Promise) return answer(event, card);
            return dispatch({ kind: 'cardRead', reader: event.reader, presentation: event.presentation, card }, at);
          } finally {
            event.uid.fill(0);
          }
        }
        case 'unreadable':
          capturing?.refused('unreadable');
          return dispatch({ kind: 'cardRead', reader: event.reader, presentation: event.presentation, card: { kind: 'unreadable', why: event.why } }, at);
        case 'gone':
          inField.delete(event.presentation);
          return dispatch({ kind: 'cardGone', presentation: event.presentation }, at);
        default:
          return event satisfies never;
      }
    },
    wouldSee: (holder, spareUntil) => cardOf(holder, { kind: 'proved' }, spareUntil),
    capture: (captured, refused, own) => {
      const waiting = { captured, refused, own: own ?? null };
      capturing = waiting;
      return () => {
        if (capturing === waiting) capturing = null;
      };
    },
    keyInField: (badge) => [...inField.values()].findLast((card) => card?.badge === badge)?.transmit ?? null,
    lastUnknown: (presentation) => (unknown?.presentation === presentation ? unknown : null),
  };
}

type Held = { readonly holder: Holder; readonly spareUntil: Millis | null };

/** What a policy's ranges of cards go by. */
function typeOf(atr: Uint8Array): string | null {
  const said = decodeAtr(atr);
  return said.kind === 'storage' ? (said.name ?? said.standard) : said.kind === 'smartCard' ? 'smart card' : null;
}
