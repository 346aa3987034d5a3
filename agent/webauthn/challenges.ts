/** A purpose and a person come in, a challenge to be answered once goes out; later it comes back, and whether it is still good goes out. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../core/ports.ts';
import type { Millis, SubscriberId } from '../../core/types.ts';

export type Purpose = 'registration' | 'authentication';

/** Station time from issue to answer. */
export const challengeLasts: Millis = 30_000;
/** More open ones than a station has hands; the oldest makes room. */
const mostOpen = 64;
/** WebAuthn L3 §13.4.3 wants 16 bytes at least. */
const length = 32;

export interface Challenges {
  /** 32 random bytes. `subscriber` is null where the key shall say whose it is. */
  issue(purpose: Purpose, subscriber: SubscriberId | null): Uint8Array<ArrayBuffer>;
  /** True once for each that was issued for just this, within 30 s; asking uses it up, whatever the answer. */
  consume(challenge: Uint8Array, purpose: Purpose, subscriber: SubscriberId | null): boolean;
}

export function createChallenges(clock: Clock): Challenges {
  const open = new Map<string, { readonly purpose: Purpose; readonly subscriber: SubscriberId | null; readonly until: Millis }>();
  return {
    issue(purpose, subscriber) {
      const challenge = new Uint8Array(randomBytes(length));
      const now = clock.now();
      for (const [key, { until }] of open) if (now >= until || open.size >= mostOpen) open.delete(key);
      open.set(Buffer.from(challenge).toString('hex'), { purpose, subscriber, until: now + challengeLasts });
      return challenge;
    },
    consume(challenge, purpose, subscriber) {
      const key = Buffer.from(challenge).toString('hex');
      const issued = open.get(key);
      open.delete(key);
      return issued !== undefined && clock.now() < issued.until && issued.purpose === purpose && issued.subscriber === subscriber;
    },
  };
}
