/** Command APDUs for the card in one reader come in, its responses go out; other programs are kept off the card from the first until none has followed for a while. */
import { setTimeout as pause } from 'node:timers/promises';
import { isPassing, isServiceLoss, resetCard, sharingViolation, success } from './codes.ts';
import { takeEvent } from './layout.ts';
import { longestResponse, shortestResponse } from './requests.ts';
import type { Card, Handle, PcscApi } from './winscard.ts';

/** One card after the other, one exchange after the other, on a context apart from the waiting one. */
export type ExchangeLane = {
  /** null: no response APDU, for whatever reason. `isOver`: nobody waits for it any more, and it is not sent if it has not been. `isMeant`: whether a reader in that state holds the card that is meant. */
  readonly exchange: (command: Uint8Array, isOver: () => boolean, isMeant: (state: number) => boolean) => Promise<Uint8Array | null>;
  /** The card has left: whatever is held of it is let go of. */
  readonly release: () => void;
  /** Nothing is held or under way: nobody who asks for the card in the calling thread would wait for it to be let go of. */
  readonly isFree: () => boolean;
  readonly close: () => void;
};

/** Others may use the card again after so many milliseconds. Windows resets a card whose transaction rests for 5 s. */
const restAfter = 200;
/** pcsc-lite wants room for somewhat more than the longest response (MAX_BUFFER_SIZE_EXTENDED). */
const room = longestResponse + 10;

export function exchangeLane(api: PcscApi, reader: string): ExchangeLane {
  let context: Handle | null = null;
  let held: Card | null = null;
  let response: Uint8Array | null = null;
  let underWay = 0;
  let last: Promise<unknown> = Promise.resolve();
  let rest: NodeJS.Timeout | undefined;

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    clearTimeout(rest);
    underWay += 1;
    const done = last.then(work).finally(() => (underWay -= 1));
    last = done;
    return done;
  };
  const letGo = async (): Promise<void> => {
    const card = held;
    held = null;
    if (!card) return;
    await api.end(card.card);
    await api.disconnect(card.card);
  };
  const drop = async (): Promise<void> => {
    await letGo();
    if (context !== null) await api.release(context);
    context = null;
  };

  /** Connects, and keeps others off the card; answers a return code. */
  const hold = async (): Promise<number> => {
    if (context === null) {
      const established = await api.establish();
      if (established.code !== success) return established.code;
      context = established.context;
    }
    const card = await api.connect(context, reader);
    if (card.code !== success) return card.code;
    const code = await api.begin(card.card);
    if (code === success) held = card;
    else await api.disconnect(card.card);
    return code;
  };
  /** A card may have been put in the place of another that has not been seen to leave. What is held from here on is lost with the card, and says so. */
  const holdsMeant = async (isMeant: (state: number) => boolean): Promise<boolean> => {
    const states = api.watched([reader]);
    return context !== null && (await api.wait(context, states, 0)) === success && isMeant(takeEvent(states, 0));
  };
  /** No command has been sent yet: tries again after what passes, with a new context for one that died with its service. */
  const holdInTime = async (isOver: () => boolean, isMeant: (state: number) => boolean): Promise<boolean> => {
    for (;;) {
      const code = await hold();
      // Another program may have kept the card for longer than anybody waits here.
      if (code === success) return !isOver() && holdsMeant(isMeant);
      if (isServiceLoss(code)) await drop();
      else if (code !== sharingViolation && !isPassing(code)) return false;
      if (isOver()) return false;
      await pause(20);
      if (isOver()) return false;
    }
  };
  const transmit = async (card: Card, command: Uint8Array): Promise<Uint8Array | number> => {
    response ??= new Uint8Array(room);
    const { code, length } = await api.transmit(card, command, response);
    const answer = response.slice(0, length);
    response.fill(0, 0, length);
    return code === success ? answer : code;
  };
  /** A card that was reset before the first command of a proof has lost nothing; one that was reset in the middle has, and its holder must hear so. */
  const attempts = async (command: Uint8Array, isOver: () => boolean, isMeant: (state: number) => boolean): Promise<Uint8Array | null> => {
    for (let mayRepeat = held === null; ; mayRepeat = false) {
      if (isOver() || !(held || (await holdInTime(isOver, isMeant))) || !held) break;
      const result = await transmit(held, command);
      if (typeof result !== 'number') return result.length >= shortestResponse && result.length <= longestResponse ? result : null;
      await letGo();
      if (!mayRepeat || result !== resetCard) return null;
    }
    await letGo();
    return null;
  };

  return {
    async exchange(command, isOver, isMeant) {
      const answer = await inTurn(() => attempts(command, isOver, isMeant));
      if (held && underWay === 0) rest = setTimeout(() => void inTurn(letGo), restAfter);
      return answer;
    },
    release: () => void inTurn(letGo),
    isFree: () => held === null && underWay === 0,
    close: () => void inTurn(drop),
  };
}
