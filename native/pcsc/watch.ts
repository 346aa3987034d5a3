/** One reader's states come in, reports of the cards that come into its field, are read and leave it go out. */
import type { Clock } from '../../core/ports.ts';
import { inHex, securityViolation, stateChanged, stateMute, statePresent, stateUnknown, success, timeout } from './codes.ts';
import type { Layout } from './layout.ts';
import { accept, atrOf, eventOf } from './layout.ts';
import type { CardLane } from './reading.ts';
import { cardLane } from './reading.ts';
import type { ReaderNumber, Report } from './reports.ts';
import type { Handle, PcscApi } from './winscard.ts';
import { forever } from './winscard.ts';

export type WatchTools = {
  readonly api: PcscApi;
  readonly layout: Layout;
  readonly clock: Clock;
  readonly report: (report: Report) => void;
  /** Milliseconds until a card that gives no answer is unreadable. */
  readonly readingTime: number;
};

/** Two calls without an answer hold two threads of the pool. More would starve the other readers. */
const mostUnanswered = 2;

/**
 * Watches until the reader or the service has gone, and answers the code that ended it. A wait of its own for each reader:
 * in a wait for several, pcsc-lite makes a mute card in one of them delay all others by 400 ms.
 */
export async function watchReader(tools: WatchTools, context: Handle, name: string, reader: ReaderNumber): Promise<number> {
  const { api, layout, clock, report } = tools;
  const state = api.watched(name);
  const lane = cardLane(api);
  let card: Stay | null = null;
  let count: number | null = null;

  const leave = (): void => {
    if (!card) return;
    if (!card.isReported) report({ kind: 'unreadable', reader, at: clock.now(), why: 'pulled' });
    card.isReported = card.isGone = true;
    report({ kind: 'gone', reader, at: clock.now() });
    card = null;
  };
  const arrive = (isMute: boolean): void => {
    const stay = { isGone: false, isReported: false };
    card = stay;
    report({ kind: 'arrived', reader, at: clock.now() });
    void readCard(tools, lane, name, reader, isMute, stay, atrOf(layout, state));
  };

  for (;;) {
    const code = await api.wait(context, state, forever);
    const event = eventOf(layout, state);
    if (code === timeout) continue;
    if (code !== success || (event & stateUnknown) !== 0) {
      // A card whose reader or service has gone is dealt with where that is known: it may be there still.
      if (card) Object.assign(card, { isGone: true, isReported: true });
      lane.close();
      return code;
    }
    const isPresent = (event & statePresent) !== 0;
    const wasPresent = card !== null;
    // Insertions and removals since the last look. Where presence is the same, an odd number is a state that was read
    // while the service was changing it: the other half follows.
    const moves = count === null ? 0 : ((event >>> 16) - count) & 0xffff;
    if (count === null && !isPresent) report({ kind: 'empty', reader });
    if (wasPresent && (!isPresent || moves >= 2)) leave();
    if (!wasPresent && !isPresent && moves >= 2) {
      // In and out between two looks: it was a tap all the same.
      arrive(false);
      leave();
    }
    if (isPresent && !card) arrive((event & stateMute) !== 0);
    if (isPresent !== wasPresent || moves >= 2 || count === null) count = event >>> 16;
    accept(layout, state, (event & ~stateChanged) >>> 0);
  }
}

type Stay = { isGone: boolean; isReported: boolean };

async function readCard(tools: WatchTools, lane: CardLane, name: string, reader: ReaderNumber, isMute: boolean, stay: Stay, atr: Uint8Array): Promise<void> {
  const { clock, report } = tools;
  const deadline = new AbortController();
  const late = setTimeout(() => deadline.abort(), tools.readingTime);
  if (lane.unanswered() >= mostUnanswered) deadline.abort();
  const reading = deadline.signal.aborted
    ? ({ kind: 'unreadable', why: 'silent', code: null } as const)
    : await lane.read({ reader: name, isMute, isGone: () => stay.isGone }, deadline.signal);
  clearTimeout(late);
  if (stay.isReported) return;
  stay.isReported = true;
  const at = clock.now();
  if (reading.kind === 'read') {
    report({ kind: 'read', reader, at, uid: reading.uid, atr });
    return;
  }
  report({ kind: 'unreadable', reader, at, why: reading.why });
  if (reading.code === securityViolation)
    report({ kind: 'note', id: 'card-refused', text: `${name}: the PC/SC service lets this program see readers but no cards (polkit: access_card).` });
  else if (reading.why === 'silent') {
    const cause = reading.code === null ? 'no answer in time' : `code ${inHex(reading.code)}`;
    report({ kind: 'note', id: 'reader-silent', text: `${name}: ${cause}. Unplug the reader and plug it in again; if that does not help, restart pcscd.` });
  }
}
