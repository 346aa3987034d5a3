/** A wait for a card at a reader comes in, and what to do with the card while it is held there; the answer to the command goes out. */
import type { SubscriberId } from '../../core/types.ts';
import type { Captured } from '../intake.ts';
import { type News, type Refused, refused } from './contract.ts';

/** `ready`: whether any reader could see a badge, or one sentence why not. */
export type Waiting = { readonly ready: Promise<string | null>; readonly stop: () => void };
/** null: another command waits already. A badge of `own`'s is no tap then. */
export type Capture = (captured: (card: Captured) => void, hear: (news: News) => void, own?: SubscriberId) => Waiting | null;
export type Hold = {
  readonly seconds: number;
  readonly own: SubscriberId | undefined;
  readonly hear: (news: News) => void;
  /** Told how to end the wait early, and again once there is nothing to end. */
  readonly stoppedBy: (stop: () => void) => void;
};

/** A card that comes too late is nobody's: its UID is overwritten. */
export async function holdCard<Done>(capture: Capture, { seconds, own, hear, stoppedBy }: Hold, work: (card: Captured) => Promise<Done>): Promise<Done | Refused> {
  const seen = Promise.withResolvers<Captured | null>();
  let isOpen = true;
  const take = (card: Captured | null): void => {
    if (isOpen) seen.resolve(card);
    else card?.uid?.fill(0);
    isOpen = false;
  };
  const waiting = capture(take, hear, own);
  if (waiting === null) return refused('refused', 'Another command waits for a badge already: let it finish, then try again.');
  const late = setTimeout(() => take(null), seconds * 1000);
  stoppedBy(() => take(null));
  try {
    const unready = await waiting.ready;
    if (unready !== null) return refused('unavailable', unready);
    hear({ kind: 'waiting' });
    const card = await seen.promise;
    if (card !== null) return await work(card);
    const waited = seconds === 1 ? '1 second' : `${seconds} seconds`;
    return refused('refused', `No badge came within ${waited}: run the command again and hold one to the reader; one that lies there already must be lifted first.`);
  } finally {
    clearTimeout(late);
    isOpen = false;
    waiting.stop();
    stoppedBy(() => undefined);
  }
}
