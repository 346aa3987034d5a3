/** Clicks on the tray of virtual badges come in; the reports of a reader of its own go out. Evaluation only. */
import { randomBytes } from 'node:crypto';
import type { CardReader, Clock, ReaderEvent, Transmit } from '../../core/ports.ts';
import type { Millis, Presentation } from '../../core/types.ts';

export const trayReaderName = 'Virtual reader';
/** PC/SC part 3 ATR of an NTAG: a storage card, 14443-A part 3. */
const ntagAtr = Uint8Array.from([0x3b, 0x8f, 0x80, 0x01, 0x80, 0x4f, 0x0c, 0xa0, 0, 0, 3, 6, 3, 0, 3, 0, 0, 0, 0, 0x68]);
/** How long a tap holds the card in the field, as a hand does. */
const tapLasts: Millis = 400;

/** A storage card has no command APDUs; what a PC/SC reader would answer in its place, nobody asks of a tray. */
const noExchange: Transmit = async () => null;

export type TrayBadge = { readonly id: string; readonly label: string; readonly uid: () => Uint8Array };
export type TrayReader = CardReader & {
  readonly plugged: () => boolean;
  readonly present: () => string | null;
  /** Puts the badge on the reader until `lift`, or for one tap; another badge already there is lifted first. */
  readonly place: (badge: TrayBadge, forOneTap: boolean) => void;
  readonly lift: () => void;
  readonly plug: () => void;
  readonly unplug: () => void;
};

/** A phone shows a new UID at each tap: 4 bytes, the first 08 (ISO/IEC 14443-3 §6.5.4). */
export const phoneUid = (): Uint8Array => Uint8Array.of(0x08, ...randomBytes(3));

export function createTrayReader(clock: Clock, nextPresentation: () => Presentation, changed: () => void): TrayReader {
  let listener: ((event: ReaderEvent) => void) | null = null;
  let plugged = true;
  let card: { badge: string; presentation: Presentation } | null = null;
  let timer: NodeJS.Timeout | undefined;
  const say = (event: ReaderEvent): void => {
    listener?.(event);
    changed();
  };
  const reader = trayReaderName;

  const lift = (): void => {
    clearTimeout(timer);
    if (card === null) return;
    const { presentation } = card;
    card = null;
    say({ kind: 'gone', reader, presentation, at: clock.now() });
  };
  return {
    start: async (hear) => {
      listener = hear;
      if (plugged) say({ kind: 'readerFound', reader, at: clock.now() });
    },
    plugged: () => plugged,
    present: () => card?.badge ?? null,
    place: (badge, forOneTap) => {
      if (!plugged) return;
      lift();
      const presentation = nextPresentation();
      card = { badge: badge.id, presentation };
      say({ kind: 'arrived', reader, presentation, at: clock.now() });
      say({ kind: 'read', reader, presentation, atr: ntagAtr, uid: badge.uid(), transmit: noExchange, at: clock.now() });
      if (forOneTap) timer = setTimeout(lift, tapLasts);
    },
    lift,
    plug: () => {
      if (plugged) return;
      plugged = true;
      say({ kind: 'readerFound', reader, at: clock.now() });
    },
    unplug: () => {
      if (!plugged) return;
      lift();
      plugged = false;
      say({ kind: 'readerLost', reader, at: clock.now() });
    },
    [Symbol.asyncDispose]: async () => {
      clearTimeout(timer);
      listener = null;
    },
  };
}
