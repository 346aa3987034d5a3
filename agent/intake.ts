/** What readers report comes in; the core's Events, free of UIDs, go out. */
import { createHmac, randomBytes } from 'node:crypto';
import { identify } from '../core/card.ts';
import type { Holder, ReaderEvent, Vault, Verifier } from '../core/ports.ts';
import type { CardSeen, Presentation } from '../core/types.ts';
import { Broken, type Untimed } from './queue.ts';

export type Intake = {
  /** Throws Broken where the store does not hold. */
  readonly take: (event: ReaderEvent) => void;
  /** The next badge that is read goes to `captured`; it is no tap, unless it is somebody's already; cards that are no badge go to `refused`. Returns how to stop waiting. */
  readonly capture: (captured: (uid: Uint8Array) => void, refused: (because: 'unusable' | 'unreadable') => void) => () => void;
  /** The UID of the last unknown badge, if it is that presentation's; it is forgotten with the next card. */
  readonly lastUnknown: (presentation: Presentation) => Uint8Array | null;
};
type Parts = {
  readonly vault: () => Vault | null;
  readonly verifier: () => Verifier | null;
  readonly dispatch: (event: Untimed, at: number) => void;
  /** Whether the last unknown badge may still be asked for, to be added from the screen. */
  readonly keepUnknown: boolean;
};

export function createIntake({ vault, verifier, dispatch, keepUnknown }: Parts): Intake {
  // Tags tell badges apart within this run only; nothing outside this memory can turn one back into a UID.
  const tagKey = randomBytes(32);
  const tagOf = (uid: Uint8Array): string => createHmac('sha256', tagKey).update(uid).digest('hex').slice(0, 16);
  let capturing: { readonly captured: (uid: Uint8Array) => void; readonly refused: (because: 'unusable' | 'unreadable') => void } | null = null;
  let unknown: { readonly presentation: Presentation; readonly uid: Uint8Array } | null = null;

  const forget = (): void => {
    unknown?.uid.fill(0);
    unknown = null;
  };
  const holderOf = (uid: Uint8Array): Holder | null => {
    try {
      return vault()?.findByBadge(uid) ?? null;
    } catch (why) {
      throw new Broken('storeDamaged', why);
    }
  };
  const see = (presentation: Presentation, atr: Uint8Array, uid: Uint8Array): CardSeen => {
    const card = identify(atr, uid);
    if (card.kind !== 'identifier') {
      capturing?.refused(card.why === 'length' ? 'unreadable' : 'unusable');
      return card.why === 'length' ? { kind: 'unreadable', why: 'noUid' } : { kind: 'unusable' };
    }
    const tag = tagOf(uid);
    const holder = holderOf(uid);
    const waiting = capturing;
    capturing = null;
    waiting?.captured(Uint8Array.from(uid));
    // Somebody's own badge is her tap as well, whoever waits for one.
    if (waiting !== null && (holder === null || holder.revoked)) return { kind: 'taken' };
    if (holder === null) {
      if (keepUnknown) unknown = { presentation, uid: Uint8Array.from(uid) };
      return { kind: 'unknown', tag };
    }
    const { badge, grade, subscriber, revoked } = holder;
    if (revoked) return { kind: 'revoked', tag, subscriber: subscriber.id };
    const standing = verifier()?.standing(subscriber.id) ?? { kind: 'blocked' };
    return { kind: 'enrolled', tag, badge, grade, subscriber, standing };
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
          forget();
          return dispatch({ kind: 'cardArrived', reader: event.reader, presentation: event.presentation }, at);
        case 'read': {
          try {
            const card = see(event.presentation, event.atr, event.uid);
            return dispatch({ kind: 'cardRead', reader: event.reader, presentation: event.presentation, card }, at);
          } finally {
            event.uid.fill(0);
          }
        }
        case 'unreadable':
          capturing?.refused('unreadable');
          return dispatch({ kind: 'cardRead', reader: event.reader, presentation: event.presentation, card: { kind: 'unreadable', why: event.why } }, at);
        case 'gone':
          return dispatch({ kind: 'cardGone', presentation: event.presentation }, at);
        default:
          return event satisfies never;
      }
    },
    capture: (captured, refused) => {
      const waiting = { captured, refused };
      capturing = waiting;
      return () => {
        if (capturing === waiting) capturing = null;
      };
    },
    lastUnknown: (presentation) => (unknown?.presentation === presentation ? unknown.uid : null),
  };
}
