/** A right PIN, as the verifier knows it, comes in; for a few seconds what it makes of itself waits for the one grant that takes it out: the share under which Windows' host seals a password. */
import type { Grant, Millis, SubscriberId } from '../../core/types.ts';
import { secretOf } from '../store/pin-hash.ts';
import type { VerifierParts } from '../verifier.ts';

export type Shares = Disposable & {
  /** For the verifier. */
  readonly proved: NonNullable<VerifierParts['proved']>;
  /** Hers, once; null: she has proved no PIN just now. Whoever takes it overwrites it. */
  readonly of: (grant: Pick<Grant, 'subscriber'>) => Uint8Array | null;
};

/** A grant follows its verdict at once, and lives no longer. */
const lives: Millis = 30_000;

/** The same for the same person and PIN, another after her PIN was set anew; nothing in the store gives it. */
export function createShares(diagnose: (why: unknown) => void): Shares {
  const held = new Map<SubscriberId, { readonly share: Uint8Array; readonly over: NodeJS.Timeout }>();
  const take = (subscriber: SubscriberId): Uint8Array | null => {
    const { share = null, over } = held.get(subscriber) ?? {};
    clearTimeout(over);
    held.delete(subscriber);
    return share;
  };
  return {
    proved: async (subscriber, keyed, record) => {
      try {
        const share = await secretOf(keyed, record);
        take(subscriber)?.fill(0);
        held.set(subscriber, { share, over: setTimeout(() => take(subscriber)?.fill(0), lives).unref() });
      } catch (why) {
        // Her PIN was right all the same: Windows asks for her password.
        diagnose(why);
      }
    },
    of: ({ subscriber }) => take(subscriber),
    [Symbol.dispose]: () => {
      for (const subscriber of held.keys()) take(subscriber)?.fill(0);
    },
  };
}
