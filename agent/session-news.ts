/** What a SessionController heard of the operating system comes in; the core's Events go out. */
import { createHash } from 'node:crypto';
import type { SessionNews, Subscriber } from '../core/types.ts';
import type { Queue } from './queue.ts';

export function hearSessions(news: SessionNews, queue: Queue, ownerOf: (account: string) => Subscriber): void {
  switch (news.kind) {
    case 'redeemed':
      return queue.dispatch({ kind: 'redeemed', grant: news.grant });
    case 'openedElsewhere':
      return queue.dispatch({ kind: 'openedElsewhere', session: news.session.key, subscriber: ownerOf(news.account) });
    case 'input':
      return queue.dispatch({ kind: 'activity', how: news.how });
    case 'lockAsked':
      return queue.dispatch({ kind: 'lockAsked' });
    case 'sleep':
    case 'woke':
      return queue.dispatch({ kind: 'sleep' });
    default:
      return news satisfies never;
  }
}

/** Somebody who is not enrolled here and signed in with a password: an owner all the same. The ledger holds no names, so the account stands there as a hash; the screen names nobody. */
export const stranger = (account: string): Subscriber => ({
  id: createHash('sha256').update(`account ${account}`).digest('hex').slice(0, 16),
  given: '',
  initial: '',
  language: null,
  role: null,
});
