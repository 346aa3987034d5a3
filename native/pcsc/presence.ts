/** The reader program's reports come in, a CardReader's events go out; a card that lay there before and after a loss of sight is the same presentation. */
import type { ReaderEvent } from '../../core/ports.ts';
import type { Millis, Presentation, ReaderName, ReaderServiceCause } from '../../core/types.ts';
import type { ReaderNumber, Report } from './reports.ts';

/** A stay in the field as it was last known. */
type Card = { readonly presentation: Presentation; outcome: { readonly kind: 'none' | 'unreadable' } | { readonly kind: 'read'; readonly uid: Uint8Array } };
type Reader = {
  readonly name: ReaderName;
  /** null: out of sight, since the service or the program has gone. */
  number: ReaderNumber | null;
  card: Card | null;
  /** In sight again with a card that is not yet known to be the one that was there; when it was seen. */
  claimant: { readonly at: Millis } | null;
};
type Timeless = ReaderEvent extends infer E ? (E extends unknown ? Omit<E, 'at'> : never) : never;

export type Presence = {
  readonly report: (report: Report) => void;
  /** Nothing is seen until the next listing. `cause` is told, once; null when there is nothing to tell yet. */
  readonly blind: (cause: ReaderServiceCause | null) => void;
  /** What has not come back into sight by now has gone. */
  readonly giveUp: () => void;
  /** Whether anything would be given up. */
  readonly isWaiting: () => boolean;
};

export type PresenceTools = {
  readonly now: () => Millis;
  readonly nextPresentation: () => Presentation;
  readonly emit: (event: ReaderEvent) => void;
};

export function trackPresence({ now, nextPresentation, emit }: PresenceTools): Presence {
  const readers = new Map<ReaderName, Reader>();
  let cause: ReaderServiceCause | null | undefined;

  const tell = (event: Timeless, at: Millis = now()): void => emit({ ...event, at });
  const byNumber = (number: ReaderNumber): Reader | undefined => [...readers.values()].find((reader) => reader.number === number);
  const tellService = (next: ReaderServiceCause | null): void => {
    if (next === cause) return;
    cause = next;
    tell({ kind: 'service', cause: next });
  };

  const arrive = (reader: Reader, at: Millis): Card => {
    const card: Card = { presentation: nextPresentation(), outcome: { kind: 'none' } };
    reader.card = card;
    tell({ kind: 'arrived', reader: reader.name, presentation: card.presentation }, at);
    return card;
  };
  const leave = (reader: Reader, at?: Millis): void => {
    const { card } = reader;
    reader.card = reader.claimant = null;
    if (card) tell({ kind: 'gone', reader: reader.name, presentation: card.presentation }, at);
  };
  const lose = (reader: Reader): void => {
    leave(reader);
    readers.delete(reader.name);
    tell({ kind: 'readerLost', reader: reader.name });
  };
  const find = (number: ReaderNumber, name: ReaderName): void => {
    const known = readers.get(name);
    if (known) {
      known.number = number;
      known.claimant = null;
      return;
    }
    readers.set(name, { name, number, card: null, claimant: null });
    tell({ kind: 'readerFound', reader: name });
  };
  const blind = (): void => {
    for (const reader of readers.values()) reader.number = reader.claimant = null;
  };
  const giveUp = (): void => {
    for (const reader of readers.values()) if (reader.number === null) lose(reader);
  };

  /** The card whose outcome has just become known, or null when it needs no telling. */
  const settle = (reader: Reader, outcome: Card['outcome']): Card | null => {
    const { card, claimant } = reader;
    reader.claimant = null;
    if (claimant && card) {
      const isSame = card.outcome.kind === 'none' || (card.outcome.kind === outcome.kind && (outcome.kind !== 'read' || sameUid(card.outcome, outcome)));
      if (isSame && card.outcome.kind !== 'none') return null;
      if (!isSame) {
        leave(reader, claimant.at);
        arrive(reader, claimant.at);
      }
    }
    const settled = reader.card;
    if (!settled || settled.outcome.kind !== 'none') return null;
    settled.outcome = outcome;
    return settled;
  };

  const report = (said: Report): void => {
    switch (said.kind) {
      case 'service':
        if (said.cause !== null) blind();
        tellService(said.cause);
        return;
      case 'found':
        find(said.reader, said.name);
        return;
      case 'listed':
        giveUp();
        return;
      case 'beat':
      case 'skipped':
      case 'note':
        return;
      default:
        break;
    }
    const reader = byNumber(said.reader);
    if (!reader) return;
    switch (said.kind) {
      case 'lost':
        lose(reader);
        return;
      case 'empty':
        leave(reader);
        return;
      case 'gone':
        leave(reader, said.at);
        return;
      case 'arrived':
        // Whether this is news is known when it has been read.
        if (reader.card) reader.claimant = { at: said.at };
        else arrive(reader, said.at);
        return;
      case 'read': {
        const card = settle(reader, { kind: 'read', uid: said.uid });
        if (card) tell({ kind: 'read', reader: reader.name, presentation: card.presentation, atr: said.atr, uid: said.uid }, said.at);
        return;
      }
      case 'unreadable': {
        const card = settle(reader, { kind: 'unreadable' });
        if (card) tell({ kind: 'unreadable', reader: reader.name, presentation: card.presentation, why: said.why }, said.at);
        return;
      }
      default:
        said satisfies never;
    }
  };

  return {
    report,
    blind(why) {
      blind();
      if (why !== null) tellService(why);
    },
    giveUp,
    isWaiting: () => [...readers.values()].some((reader) => reader.number === null),
  };
}

function sameUid(before: Card['outcome'], after: Card['outcome']): boolean {
  return before.kind === 'read' && after.kind === 'read' && Buffer.compare(before.uid, after.uid) === 0;
}
