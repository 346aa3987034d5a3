/** A card that has just arrived comes in, its UID or the reason why there is none goes out: once, and within the time it is given. */
import { setTimeout as pause } from 'node:timers/promises';
import type { UnreadableCause } from '../../core/types.ts';
import { insufficientBuffer, isPassing, isServiceLoss, securityViolation, sharingViolation, success, unpoweredCard, unresponsiveCard, unsupportedCard } from './codes.ts';
import type { Handle, PcscApi } from './winscard.ts';

/** `code` is that of the call that failed; null where none came back in time. */
export type Reading = { readonly kind: 'read'; readonly uid: Uint8Array } | { readonly kind: 'unreadable'; readonly why: UnreadableCause; readonly code: number | null };

/** GET DATA for the UID, any length: PC/SC part 3 §3.2.2.1.3. Single command, so no transaction is needed around it. */
const getUid = Uint8Array.of(0xff, 0xca, 0x00, 0x00, 0x00);
const longestUid = 10;
const triesOfPassing = 5;

/** Card I/O of one reader, on contexts apart from the waiting one: a call on a waiting context blocks until the wait ends. */
export type CardLane = {
  /** Resolves at the latest when `deadline` fires, though a call may then still be under way. */
  readonly read: (card: ArrivedCard, deadline: AbortSignal) => Promise<Reading>;
  /** Readings past their deadline that the service has not come back from. */
  readonly unanswered: () => number;
  readonly close: () => void;
};
export type ArrivedCard = { readonly reader: string; readonly isMute: boolean; readonly isGone: () => boolean };

/** A context, and the last card's disconnection on it, which nobody but the next card waits for. */
type Line = { readonly context: Handle; leaving: Promise<unknown> };

export function cardLane(api: PcscApi): CardLane {
  let spare: Line | null = null;
  let unanswered = 0;
  let isClosed = false;

  const open = async (): Promise<Line | number> => {
    const line = spare;
    spare = null;
    if (line) return line;
    const { code, context } = await api.establish();
    return code === success ? { context, leaving: Promise.resolve() } : code;
  };
  const keep = (line: Line): void => {
    if (isClosed || spare !== null) void api.release(line.context);
    else spare = line;
  };
  /** A context may have died with a service that is back already: then a new one is tried. */
  const perform = async (card: ArrivedCard, isOver: () => boolean, progress: { last: number }): Promise<Reading> => {
    for (;;) {
      const line = await open();
      const reading = typeof line === 'number' ? ({ kind: 'unreadable', why: 'silent', code: line } as const) : await attempts(api, line, card, isOver, progress);
      const isDead = typeof line === 'number' || (reading.kind === 'unreadable' && reading.code !== null && isServiceLoss(reading.code));
      if (typeof line !== 'number') {
        if (isDead) void api.release(line.context);
        else keep(line);
      }
      if (!isDead || isOver()) return reading;
      await pause(50);
    }
  };

  return {
    async read(card, deadline) {
      const progress = { last: success };
      let isLate = false;
      const reading = perform(card, () => card.isGone() || deadline.aborted, progress).finally(() => {
        if (isLate) unanswered -= 1;
      });
      const late = new Promise<Reading>((resolve) => {
        const tell = (): void => {
          isLate = true;
          unanswered += 1;
          resolve({ kind: 'unreadable', why: progress.last === sharingViolation ? 'busy' : 'silent', code: progress.last === success ? null : progress.last });
        };
        deadline.addEventListener('abort', tell, { once: true });
      });
      return Promise.race([reading, late]);
    },
    unanswered: () => unanswered,
    close() {
      isClosed = true;
      if (spare) void api.release(spare.context);
      spare = null;
    },
  };
}

/** Tries again after what is normal for a card on the move, and for as long as another program holds the card. */
async function attempts(api: PcscApi, line: Line, card: ArrivedCard, isOver: () => boolean, progress: { last: number }): Promise<Reading> {
  for (let passing = 0; ; ) {
    const result = await attempt(api, line, card.reader);
    if (typeof result !== 'number') return result;
    progress.last = result;
    const unreadable = (why: UnreadableCause): Reading => ({ kind: 'unreadable', why, code: result });
    if (isOver()) return unreadable(result === sharingViolation ? 'busy' : 'pulled');
    // A refusal that is meant stays; the other kind is a service that died over the question.
    if (result === sharingViolation || result === securityViolation) {
      await pause(50);
      continue;
    }
    if (result === unresponsiveCard || result === unsupportedCard || (card.isMute && result === unpoweredCard)) return unreadable('mute');
    if (!isPassing(result)) return unreadable('silent');
    passing += 1;
    if (passing === triesOfPassing) return unreadable('pulled');
    await pause(10 * passing);
  }
}

/** Connects, asks, disconnects. Answers what the card said, or the code of the call that failed. */
async function attempt(api: PcscApi, line: Line, reader: string): Promise<Reading | number> {
  await line.leaving;
  const card = await api.connect(line.context, reader);
  if (card.code !== success) return card.code;
  const response = new Uint8Array(258);
  let { code, length } = await api.transmit(card, getUid, response);
  // 6C XX: wrong Le, XX is the right one (ISO 7816-4 §5.6). Some readers insist.
  if (code === success && length === 2 && response[0] === 0x6c) {
    ({ code, length } = await api.transmit(card, Uint8Array.of(...getUid.subarray(0, 4), response[1] ?? 0), response));
  }
  line.leaving = api.disconnect(card.card);
  if (code !== success && code !== insufficientBuffer) return code;
  const uid = code === success ? uidIn(response.subarray(0, length)) : null;
  return uid ? { kind: 'read', uid } : { kind: 'unreadable', why: 'noUid', code };
}

/** The UID in a response APDU with SW 9000; null for every other status (6A81, 6300: no such function), and for what no card has as a UID. */
export function uidIn(response: Uint8Array): Uint8Array | null {
  const end = response.length - 2;
  const isOk = response[end] === 0x90 && response[end + 1] === 0x00;
  return isOk && end >= 1 && end <= longestUid ? response.slice(0, end) : null;
}
