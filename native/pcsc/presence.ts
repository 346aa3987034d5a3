/** The reader program's reports come in, a CardReader's events go out; a card that lay there before and after a loss of sight is the same presentation. */
import type { ReaderEvent, Transmit } from '../../core/ports.ts';
import type { Millis, Presentation, ReaderName, ReaderServiceCause, UnreadableCause } from '../../core/types.ts';
import type { Line } from './asking.ts';
import type { ReaderNumber, Report } from './reports.ts';

type Outcome = { readonly kind: 'none' } | { readonly kind: 'unreadable'; readonly why: UnreadableCause } | { readonly kind: 'read'; readonly uid: Uint8Array };
/** A stay in the field as it was last known. */
type Card = {
  readonly presentation: Presentation;
  outcome: Outcome;
  /** How to reach it; null while it is out of sight, and once it has gone. */
  line: Line | null;
};
type Reader = {
  readonly name: ReaderName;
  /** null: out of sight, since the service or the program has gone. */
  number: ReaderNumber | null;
  card: Card | null;
  /** In sight again with a card that is not yet known to be the one that was there; when it was seen. */
  claimant: { readonly at: Millis } | null;
  /** The service began anew: its readers take a moment to find a card that lies on them. */
  isReset: boolean;
  /** Stops the time after which what is out of sight counts as gone. */
  stopGivingUp: () => void;
};
type Timeless = ReaderEvent extends infer E ? (E extends unknown ? Omit<E, 'at'> : never) : never;

export type Presence = {
  readonly report: (report: Report) => void;
  /** Nothing is seen until readers are found again: the service has gone, or only the program. */
  readonly blind: (gone: 'service' | 'program') => void;
  /** Told when it changes. */
  readonly service: (cause: ReaderServiceCause | null) => void;
};

export type PresenceTools = {
  readonly now: () => Millis;
  readonly nextPresentation: () => Presentation;
  readonly emit: (event: ReaderEvent) => void;
  /** One command to a card that was read. */
  readonly exchange: (line: Line, command: Uint8Array) => Promise<Uint8Array | null>;
  /** Calls back once after so many milliseconds unless the answer is called before. */
  readonly after: (milliseconds: Millis, call: () => void) => () => void;
  /** How long readers and cards out of sight count as still there. */
  readonly grace: Millis;
};

/** A reader's field search after a reset; also the time for which the same badge may leave the field without counting again (UX.md). */
const fieldSearch: Millis = 1_000;

export function trackPresence({ now, nextPresentation, emit, exchange, after, grace }: PresenceTools): Presence {
  const readers = new Map<ReaderName, Reader>();
  let cause: ReaderServiceCause | null | undefined;

  const tell = (event: Timeless, at: Millis = now()): void => emit({ ...event, at });
  const giveUpAfter = (reader: Reader, time: Millis, giveUp: (reader: Reader) => void): void => {
    reader.stopGivingUp();
    reader.stopGivingUp = after(time, () => giveUp(reader));
  };

  const arrive = (reader: Reader, at: Millis): void => {
    reader.card = { presentation: nextPresentation(), outcome: { kind: 'none' }, line: null };
    tell({ kind: 'arrived', reader: reader.name, presentation: reader.card.presentation }, at);
  };
  const leave = (reader: Reader, at?: Millis): void => {
    reader.stopGivingUp();
    const { card } = reader;
    reader.card = reader.claimant = null;
    if (card?.outcome.kind === 'read') card.outcome.uid.fill(0);
    if (card) card.line = null;
    if (card) tell({ kind: 'gone', reader: reader.name, presentation: card.presentation }, at);
  };
  const lose = (reader: Reader): void => {
    leave(reader);
    readers.delete(reader.name);
    tell({ kind: 'readerLost', reader: reader.name });
  };
  const find = (number: ReaderNumber, name: ReaderName): void => {
    const known = readers.get(name);
    if (!known) {
      readers.set(name, { name, number, card: null, claimant: null, isReset: false, stopGivingUp: () => {} });
      tell({ kind: 'readerFound', reader: name });
      return;
    }
    known.stopGivingUp();
    known.number = number;
    known.claimant = null;
    if (known.card) giveUpAfter(known, grace, leave);
  };

  /** What a card that was claimed to be, or is, on the reader turned out as; answers it when that is to be told. */
  const settle = (reader: Reader, outcome: Outcome): Card | null => {
    const { card, claimant } = reader;
    reader.claimant = null;
    if (card && claimant && card.outcome.kind !== 'none') {
      if (isSame(card.outcome, outcome)) return null;
      leave(reader, claimant.at);
      arrive(reader, claimant.at);
    }
    if (reader.card?.outcome.kind !== 'none') return null;
    reader.card.outcome = outcome;
    return reader.card;
  };

  const reportCard = (reader: Reader, said: Extract<Report, { readonly reader: ReaderNumber }>): void => {
    switch (said.kind) {
      case 'found':
        return;
      case 'lost':
        lose(reader);
        return;
      case 'empty':
        if (reader.card && reader.isReset) giveUpAfter(reader, fieldSearch, leave);
        else leave(reader);
        return;
      case 'gone':
        leave(reader, said.at);
        return;
      case 'arrived':
        reader.stopGivingUp();
        // Where one lay before, it is known only by its UID whether this is news.
        if (reader.card) reader.claimant = { at: said.at };
        else arrive(reader, said.at);
        return;
      case 'read': {
        const card = settle(reader, { kind: 'read', uid: said.uid });
        if (reader.card?.outcome.kind === 'read') reader.card.line = { reader: said.reader, stay: said.stay };
        if (!card) return;
        // A copy: the listener wipes what it was given.
        const uid = Uint8Array.from(said.uid);
        tell({ kind: 'read', reader: reader.name, presentation: card.presentation, atr: said.atr, uid, transmit: transmitTo(card, exchange) }, said.at);
        return;
      }
      case 'unreadable': {
        const card = settle(reader, { kind: 'unreadable', why: said.why });
        if (card) tell({ kind: 'unreadable', reader: reader.name, presentation: card.presentation, why: said.why }, said.at);
        return;
      }
      default:
        said satisfies never;
    }
  };

  const blind = (gone: 'service' | 'program'): void => {
    for (const reader of readers.values()) {
      if (gone === 'service') reader.isReset = true;
      if (reader.number === null) continue;
      reader.number = reader.claimant = null;
      if (reader.card) reader.card.line = null;
      reader.isReset = gone === 'service';
      giveUpAfter(reader, grace, lose);
    }
  };
  const service = (next: ReaderServiceCause | null): void => {
    if (next === cause) return;
    cause = next;
    tell({ kind: 'service', cause: next });
  };

  return {
    report(said) {
      if (said.kind === 'service') {
        if (said.cause !== null) blind('service');
        service(said.cause);
      } else if (said.kind === 'found') {
        find(said.reader, said.name);
      } else if ('reader' in said) {
        const reader = [...readers.values()].find(({ number }) => number === said.reader);
        if (reader) reportCard(reader, said);
      }
    },
    blind,
    service,
  };
}

/** One at a time, in order: what is asked meanwhile waits, and is asked only if the card is there still. */
function transmitTo(card: Card, exchange: PresenceTools['exchange']): Transmit {
  let last: Promise<unknown> = Promise.resolve();
  return (command) => {
    const answer = last.then(() => (card.line ? exchange(card.line, command) : null));
    last = answer.catch(() => null);
    return answer;
  };
}

function isSame(before: Outcome, now: Outcome): boolean {
  if (before.kind === 'read' && now.kind === 'read') return Buffer.compare(before.uid, now.uid) === 0;
  // Pulled while it was read again: it was on its way out, and `gone` follows.
  return before.kind === now.kind || (now.kind === 'unreadable' && now.why === 'pulled');
}
