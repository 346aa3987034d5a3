/** What the core needs from the world, as interfaces; adapters in native/ and agent/ implement them, tests hold them to one contract body each. */
import type { Entry } from './entry.ts';
import type {
  BadgeId,
  Grade,
  Grant,
  LockReason,
  Millis,
  Outcome,
  Presentation,
  ReaderName,
  ReaderServiceCause,
  SessionKey,
  SessionNews,
  Snapshot,
  Standing,
  Subscriber,
  SubscriberId,
  UnreadableCause,
  Verdict,
} from './types.ts';

export interface Clock {
  /** Station time (see Millis), sub-millisecond, never going back. */
  now(): Millis;
}

/** One command APDU (ISO/IEC 7816-4 §5.1) to the card of one presentation, its whole response with SW1 SW2; null once that card left the field or gave no answer in time. One at a time, in order; chaining and GET RESPONSE are the caller's. A card's applets and sessions last from one command to the next only while they follow within 100 ms: later, another program may have used or reset it, so SELECT anew; likewise after null. */
export type Transmit = (command: Uint8Array) => Promise<Uint8Array | null>;

/** What a reader adapter reports; `at` is station time taken where it happened. Every `arrived` is followed by at most one of `read`/`unreadable` and exactly one `gone`. */
export type ReaderEvent = { readonly at: Millis } & (
  | { readonly kind: 'readerFound'; readonly reader: ReaderName }
  | { readonly kind: 'readerLost'; readonly reader: ReaderName }
  /** null: the PC/SC service answers. */
  | { readonly kind: 'service'; readonly cause: ReaderServiceCause | null }
  | { readonly kind: 'arrived'; readonly reader: ReaderName; readonly presentation: Presentation }
  /** `transmit` reaches the card until `gone`, whatever becomes of the reader's program and service meanwhile. */
  | {
      readonly kind: 'read';
      readonly reader: ReaderName;
      readonly presentation: Presentation;
      readonly atr: Uint8Array;
      readonly uid: Uint8Array;
      readonly transmit: Transmit;
    }
  | { readonly kind: 'unreadable'; readonly reader: ReaderName; readonly presentation: Presentation; readonly why: UnreadableCause }
  | { readonly kind: 'gone'; readonly reader: ReaderName; readonly presentation: Presentation }
);

export interface CardReader extends AsyncDisposable {
  /** Begins to report; resolves once the first listing of readers is known or the service is known to be away. */
  start(listener: (event: ReaderEvent) => void): Promise<void>;
}

/** The PIN as it is being typed: one fixed buffer, used once, overwritten. */
export interface PinBuffer {
  readonly count: number;
  /** Hands the digits out once and wipes them when `use` returns, whatever happens: what it promises beyond that must not need them. */
  spend<T>(use: (digits: Uint8Array) => T): T;
  wipe(): void;
}

export interface Verifier {
  /** What the throttle says of this person now, without touching anything. */
  standing(subscriber: SubscriberId): Standing;
  /** One check beside a badge of this grade: the attempt counter is durable before the secret is looked at. Never throws for a wrong PIN. */
  verify(subscriber: SubscriberId, pin: PinBuffer, grade: Grade): Promise<Verdict>;
}

export type Holder = { readonly badge: BadgeId; readonly grade: Grade; readonly subscriber: Subscriber; readonly revoked: boolean };

export interface Vault extends Disposable {
  /** Whose badge this UID is, by keyed blind index; null: not enrolled here. */
  findByBadge(uid: Uint8Array): Holder | null;
}

export interface Ledger extends Disposable {
  /** Returns the entry's sequence number once it is durable; throws if it could not be made so. */
  append(entry: Entry): number;
}

/** One queue per seat, one action in flight. Every promise resolves on the OS's own event, never on a call's return. */
export interface SessionController extends AsyncDisposable {
  readonly kind: 'embedded' | 'kiosk' | 'logind' | 'windows';
  snapshot(): Promise<Snapshot>;
  lock(why: LockReason, escalate: boolean): Promise<Outcome>;
  /** Unlock, switch or sign in, by the grant's intent. A used, expired or outdated grant fails and leaves the screen locked. */
  open(grant: Grant): Promise<Outcome>;
  signOut(key: SessionKey): Promise<Outcome>;
  /** This locked session is to be signed out soon: the site's hooks may warn. */
  warn?(key: SessionKey): void;
  /** Called on every change the OS reports. */
  watch(listener: (snapshot: Snapshot) => void): void;
  /** Called with whatever else it reports. */
  hear(listener: (news: SessionNews) => void): void;
}

/** Which account of the operating system is whose. */
export interface Accounts {
  /** null: this person has none here. */
  accountOf(subscriber: SubscriberId): string | null;
  subscriberOf(account: string): SubscriberId | null;
}

/** Who keeps the machine key: `tpm` useless without this computer, `host` readable by its root, `file` by whoever reads the disk. */
export type KeyGrade = 'tpm' | 'host' | 'file';
export type HeldKey =
  /** 32 bytes, to be overwritten by the caller once keys are derived from them. */
  | { readonly kind: 'held'; readonly key: Uint8Array }
  | { readonly kind: 'absent' }
  /** `why`: one sentence for IT. */
  | { readonly kind: 'unreadable'; readonly why: string };

/** Holds the 32-byte machine key from which all others of the station follow. */
export interface KeyHolder {
  /** As its stored key is really protected, or would be if it made one now. */
  grade(): KeyGrade;
  load(): HeldKey;
  /** Makes a random key and keeps it; never over one that is there. */
  create(): HeldKey;
}

export type CounterReading = { readonly kind: 'value'; readonly value: number } | { readonly kind: 'absent' } | { readonly kind: 'unreadable'; readonly why: string };

/** A number that only rises, kept where restoring the store does not reach: it finds an older copy of the store. */
export interface RollbackCounter {
  /** `tpm` survives the restore of the whole disk; `file` only that of the store. */
  readonly where: 'tpm' | 'file';
  read(): CounterReading;
  /** Sets it up where it is absent; its first value is not always 0. */
  create(): CounterReading;
  /** One more, durable when it returns; throws if that failed. */
  advance(): void;
}
