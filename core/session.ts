/** Nothing comes in: the words for what the OS shows, what it is asked and what it answered, used by State, Event and Effect. */
import type { Millis, SubscriberId } from './types.ts';

export type GrantId = string;

/** Session identifiers are reused by every OS: `epoch` (logon time, LUID) tells two holders of one id apart. */
export type SessionKey = { readonly id: string; readonly epoch: string };
export type SessionInfo = {
  readonly key: SessionKey;
  readonly subscriber: SubscriberId | null;
  readonly state: 'active' | 'background' | 'closing';
  readonly lock: 'locked' | 'unlocked' | 'unknown';
};
export type Snapshot = {
  readonly seq: number;
  readonly active: SessionInfo | null;
  readonly sessions: readonly SessionInfo[];
  readonly healthy: boolean;
};

export type Intent = 'unlock' | 'switch' | 'signIn';
/** One shot, at most 30 s, bound to one snapshot; revoked by a newer tap before it is redeemed. */
export type Grant = {
  readonly id: GrantId;
  readonly subscriber: SubscriberId;
  readonly intent: Intent;
  readonly seq: number;
  readonly expiresAt: Millis;
};
export type OutcomeCode =
  | 'vanished' | 'notConsole' | 'noSession' | 'staleSecret' | 'account' | 'rejected'
  | 'timeout' | 'unconfirmed' | 'unsupported' | 'busy' | 'expired';
/** What the OS confirmed. `screen` is what is known to be shown after a failure: unknown counts as locked and is escalated. */
export type Outcome =
  | { readonly kind: 'done'; readonly session: SessionInfo | null; readonly ms: number }
  | { readonly kind: 'failed'; readonly code: OutcomeCode; readonly screen: 'locked' | 'unknown' };
