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

/** What a controller hears beside its snapshots. */
export type SessionNews =
  /** The OS has taken this grant: a newer tap comes too late for it. */
  | { readonly kind: 'redeemed'; readonly grant: GrantId }
  /** A session is open that no grant of ours opened: a password at the greeter or the locker. `account`: the operating system's name for whose it is. */
  | { readonly kind: 'openedElsewhere'; readonly session: SessionInfo; readonly account: string }
  /** The person at the open session used it, as the system or a helper in that session says. */
  | { readonly kind: 'input'; readonly how: 'key' | 'pointer' }
  /** The session's own lock key was pressed, or a program in it asked for the lock. */
  | { readonly kind: 'lockAsked' }
  /** The computer is about to sleep, or has woken: either way it locks. */
  | { readonly kind: 'sleep' | 'woke' };

/** `emergency`: the site's own emergency session, made anew; nobody's parked one. */
export type Intent = 'unlock' | 'switch' | 'signIn' | 'emergency';
/** One shot, at most 30 s, bound to one snapshot; revoked by a newer tap before it is redeemed. */
export type Grant = {
  readonly id: GrantId;
  readonly subscriber: SubscriberId;
  readonly intent: Intent;
  readonly seq: number;
  readonly expiresAt: Millis;
};
export type OutcomeCode =
  | 'vanished'
  | 'notConsole'
  | 'noSession'
  | 'staleSecret'
  | 'account'
  | 'rejected'
  | 'timeout'
  | 'unconfirmed'
  | 'unsupported'
  | 'busy'
  | 'expired'
  | 'revoked';
/** What the OS confirmed. `screen` is what is known to be shown after a failure: unknown counts as locked and is escalated. */
export type Outcome =
  | { readonly kind: 'done'; readonly session: SessionInfo | null; readonly ms: number }
  | { readonly kind: 'failed'; readonly code: OutcomeCode; readonly screen: 'locked' | 'unknown' };
