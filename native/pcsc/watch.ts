/** One reader's states come in, reports of the cards that come into its field, are read and leave it go out. */
import type { Clock } from '../../core/ports.ts';
import type { UnreadableCause } from '../../core/types.ts';
import { inHex, securityViolation, sharingViolation, stateMute, statePresent, stateUnknown, success } from './codes.ts';
import { exchangeLane } from './exchange.ts';
import type { Reading, Reads } from './reading.ts';
import { cardLane, readAtOnce } from './reading.ts';
import type { ReaderNumber, Report } from './reports.ts';
import type { StayNumber } from './requests.ts';
import type { Handle, PcscApi } from './winscard.ts';

export type WatchTools = {
  readonly api: PcscApi;
  readonly clock: Clock;
  readonly report: (report: Report) => void;
  /** Milliseconds until a card that gives no answer is unreadable, and until a command without one has none. */
  readonly readingTime: number;
};

export type Watch = {
  readonly name: string;
  readonly reader: ReaderNumber;
  /** Takes note of a state as the service reports it. False: the reader is not known any more. */
  readonly look: (state: number, atr: Uint8Array) => boolean;
  /** No card lies there, and nothing is under way: nothing but the next card can be of interest. */
  readonly isIdle: () => boolean;
  /** One command to the card of that stay. null: it has left, or gave no response in time. */
  readonly exchange: (stay: StayNumber, command: Uint8Array) => Promise<Uint8Array | null>;
  /** Whatever card lies there is dealt with where it is known why the reader went: it may be there still. */
  readonly end: () => void;
};

/** A stay in the field. */
type Stay = { readonly number: StayNumber; isGone: boolean; isReported: boolean };

/** Two calls without an answer hold two threads of the pool. More would starve the other readers. */
const mostUnanswered = 2;

/** `atOnce` answers the context on which a card may be read in the calling thread, where nobody else has to wait for it; null: on threads. */
export function createWatch(tools: WatchTools, name: string, reader: ReaderNumber, atOnce: () => Handle | null): Watch {
  const { api, clock, report, readingTime } = tools;
  const lane = cardLane(api);
  const exchanges = exchangeLane(api, name);
  let stays: StayNumber = 0;
  let card: Stay | null = null;
  let count: number | null = null;
  let readings = 0;
  let unanswered = 0;

  /** Insertions and removals since the last look. Where presence is the same, an odd number is a state that was read while the service was changing it: the other half follows. */
  const movesTo = (state: number): number => (count === null ? 0 : ((state >>> 16) - count) & 0xffff);
  const leave = (): void => {
    if (!card) return;
    if (!card.isReported) report({ kind: 'unreadable', reader, at: clock.now(), why: 'pulled' });
    card.isReported = card.isGone = true;
    report({ kind: 'gone', reader, at: clock.now() });
    card = null;
    exchanges.release();
  };
  const arrive = (isMute: boolean, atr: Uint8Array): void => {
    const stay = { number: (stays += 1), isGone: false, isReported: false };
    card = stay;
    report({ kind: 'arrived', reader, at: clock.now() });
    // What is still held of the card before would keep this thread waiting for itself.
    const context = exchanges.isFree() ? atOnce() : null;
    if (context !== null && !isMute) {
      const { uid, leave: disconnect } = readAtOnce(api, context, name);
      if (uid) settle(stay, { kind: 'read', uid }, atr);
      disconnect();
      if (uid) return;
    }
    if (unanswered >= mostUnanswered) settle(stay, { kind: 'unreadable', why: 'silent', code: success }, atr);
    else void read(stay, { reader: name, isMute, isOver: () => stay.isReported, last: success }, atr);
  };

  const read = async (stay: Stay, reads: Reads, atr: Uint8Array): Promise<void> => {
    let isLate = false;
    const late = setTimeout(() => {
      isLate = true;
      unanswered += 1;
      settle(stay, { kind: 'unreadable', why: reads.last === sharingViolation ? 'busy' : 'silent', code: reads.last }, atr);
    }, readingTime);
    readings += 1;
    const { reading, leave: disconnect } = await lane.read(reads);
    settle(stay, reading, atr);
    clearTimeout(late);
    if (isLate) unanswered -= 1;
    await disconnect();
    readings -= 1;
  };

  const settle = (stay: Stay, reading: Reading, atr: Uint8Array): void => {
    if (stay.isReported) return;
    stay.isReported = true;
    const at = clock.now();
    if (reading.kind === 'read') {
      report({ kind: 'read', reader, at, stay: stay.number, uid: reading.uid, atr });
      return;
    }
    report({ kind: 'unreadable', reader, at, why: reading.why });
    const advice = adviceOn(reading.why, reading.code);
    if (advice) report({ kind: 'note', id: advice.id, text: `${name}: ${advice.text}` });
  };

  return {
    name,
    reader,
    look(state, atr) {
      if ((state & stateUnknown) !== 0) return false;
      const isPresent = (state & statePresent) !== 0;
      const wasPresent = card !== null;
      const moves = movesTo(state);
      if (count === null && !isPresent) report({ kind: 'empty', reader });
      if (wasPresent && (!isPresent || moves >= 2)) leave();
      if (!wasPresent && !isPresent && moves >= 2) {
        // In and out between two looks: it was a tap all the same.
        arrive(false, atr);
        leave();
      }
      if (isPresent && !card) arrive((state & stateMute) !== 0, atr);
      if (isPresent !== wasPresent || moves >= 2 || count === null) count = state >>> 16;
      return true;
    },
    isIdle: () => card === null && readings === 0 && exchanges.isFree(),
    async exchange(number, command) {
      const stay = card;
      if (stay?.number !== number) return null;
      const late = performance.now() + readingTime;
      const isMeant = (state: number): boolean => !stay.isGone && (state & statePresent) !== 0 && movesTo(state) < 2;
      return exchanges.exchange(command, () => stay.isGone || performance.now() > late, isMeant);
    },
    end() {
      if (card) card.isReported = card.isGone = true;
      lane.close();
      exchanges.close();
    },
  };
}

/** For the diagnosis: what to do about a card that could not be read, where it is the reader's or the system's fault. */
function adviceOn(why: UnreadableCause, code: number): { readonly id: string; readonly text: string } | null {
  if (code === securityViolation) return { id: 'card-refused', text: 'the PC/SC service lets this program see readers but no cards (polkit: access_card).' };
  if (why !== 'silent') return null;
  const cause = code === success ? 'no answer in time' : `code ${inHex(code)}`;
  return { id: 'reader-silent', text: `${cause}. Unplug the reader and plug it in again; if that does not help, restart pcscd.` };
}
