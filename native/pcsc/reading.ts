/** A card that has just arrived comes in, its UID or the reason why there is none goes out. */
import { setTimeout as pause } from 'node:timers/promises';
import type { UnreadableCause } from '../../core/types.ts';
import { insufficientBuffer, isPassing, isServiceLoss, securityViolation, sharingViolation, success, unpoweredCard, unresponsiveCard, unsupportedCard } from './codes.ts';
import type { Handle, PcscApi } from './winscard.ts';

/** `code` is that of the call that failed. */
export type Reading = { readonly kind: 'read'; readonly uid: Uint8Array } | { readonly kind: 'unreadable'; readonly why: UnreadableCause; readonly code: number };

/** A card as its reading needs it. `isOver`: nobody waits for the outcome any more. `last`: the code of the last attempt that failed. */
export type Reads = { readonly reader: string; readonly isMute: boolean; readonly isOver: () => boolean; last: number };

/** Card I/O of one reader, on contexts apart from the waiting one: a call on a waiting context blocks until the wait ends. */
export type CardLane = {
  /** Takes as long as the service takes to answer, and its tries again. `leave` disconnects: after the outcome has been told. */
  readonly read: (card: Reads) => Promise<{ readonly reading: Reading; readonly leave: () => Promise<void> }>;
  readonly close: () => void;
};

/** GET DATA for the UID, any length: PC/SC part 3 §3.2.2.1.3. Single command, so no transaction is needed around it. */
const getUid = Uint8Array.of(0xff, 0xca, 0x00, 0x00, 0x00);
const longestUid = 10;
const triesOfPassing = 5;

/** A context, and the card that is connected on it. */
type Line = { readonly context: Handle; card: Handle | null };

export function cardLane(api: PcscApi): CardLane {
  let spare: Line | null = null;
  let isClosed = false;

  const open = async (): Promise<Line | number> => {
    const line = spare;
    spare = null;
    if (line) return line;
    const { code, context } = await api.establish();
    return code === success ? { context, card: null } : code;
  };
  const keep = async (line: Line): Promise<void> => {
    await leave(api, line);
    if (isClosed || spare !== null) await api.release(line.context);
    else spare = line;
  };

  return {
    async read(card) {
      // A context may have died with a service that is back already: then a new one is tried.
      for (;;) {
        const line = await open();
        const reading = typeof line === 'number' ? unreadable('silent', line) : await attempts(api, line, card);
        const isDead = typeof line === 'number' || (reading.kind === 'unreadable' && isServiceLoss(reading.code));
        if (typeof line !== 'number') {
          if (!isDead) return { reading, leave: () => keep(line) };
          await api.release(line.context);
        }
        if (card.isOver()) return { reading, leave: async () => {} };
        await pause(50);
      }
    },
    close() {
      isClosed = true;
      if (spare) void api.release(spare.context);
      spare = null;
    },
  };
}

async function leave(api: PcscApi, line: Line): Promise<void> {
  const { card } = line;
  line.card = null;
  if (card !== null) await api.disconnect(card);
}

const unreadable = (why: UnreadableCause, code: number): Reading => ({ kind: 'unreadable', why, code });

/** Tries again after what is normal for a card on the move, and for as long as another program holds the card. */
async function attempts(api: PcscApi, line: Line, card: Reads): Promise<Reading> {
  for (let passing = 0; ; ) {
    const result = await attempt(api, line, card.reader);
    if (typeof result !== 'number') return result;
    card.last = result;
    await leave(api, line);
    if (card.isOver()) return unreadable(result === sharingViolation ? 'busy' : 'pulled', result);
    // A refusal that is meant stays; the other kind is a service that died over the question.
    if (result === sharingViolation || result === securityViolation) {
      await pause(50);
      continue;
    }
    if (result === unresponsiveCard || result === unsupportedCard || (card.isMute && result === unpoweredCard)) return unreadable('mute', result);
    if (!isPassing(result)) return unreadable('silent', result);
    passing += 1;
    if (passing === triesOfPassing) return unreadable('pulled', result);
    await pause(10 * passing);
  }
}

/** Connects and asks; stays connected. Answers what the card said, or the code of the call that failed. */
async function attempt(api: PcscApi, line: Line, reader: string): Promise<Reading | number> {
  const card = await api.connect(line.context, reader);
  if (card.code !== success) return card.code;
  line.card = card.card;
  const response = new Uint8Array(258);
  let { code, length } = await api.transmit(card, getUid, response);
  // 6C XX: wrong Le, XX is the right one (ISO 7816-4 §5.6). Some readers insist.
  if (code === success && length === 2 && response[0] === 0x6c) {
    ({ code, length } = await api.transmit(card, Uint8Array.of(...getUid.subarray(0, 4), response[1] ?? 0), response));
  }
  if (code !== success && code !== insufficientBuffer) return code;
  const uid = code === success ? uidIn(response.subarray(0, length)) : null;
  return uid ? { kind: 'read', uid } : unreadable('noUid', code);
}

/** Asks once, in the calling thread. `uid` is null for whatever else happened: then it is for the lane to find out what. `leave` disconnects. */
export function readAtOnce({ direct }: PcscApi, context: Handle, reader: string): { readonly uid: Uint8Array | null; readonly leave: () => void } {
  const response = new Uint8Array(258);
  const { code, length, card } = direct.exchange(context, reader, getUid, response);
  return {
    uid: code === success ? uidIn(response.subarray(0, length)) : null,
    leave: () => {
      if (card !== null) direct.disconnect(card);
    },
  };
}

/** The UID in a response APDU with SW 9000; null for every other status (6A81, 6300: no such function), and for what no card has as a UID. */
export function uidIn(response: Uint8Array): Uint8Array | null {
  const end = response.length - 2;
  const isOk = response[end] === 0x90 && response[end + 1] === 0x00;
  return isOk && end >= 1 && end <= longestUid ? response.slice(0, end) : null;
}
