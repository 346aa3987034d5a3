/** What a seat shows comes in at each change; numbered snapshots go out, and before each the news of what in it was not our doing. */
import type { SessionKey, SessionNews, Snapshot } from '../../../core/types.ts';
import type { Facts } from './facts.ts';
import { isSame, keyOf, nameOf, type Seat } from './seat.ts';

export type Reports = {
  /** Takes what is shown now as known. */
  readonly begin: () => void;
  readonly look: () => void;
  readonly snapshot: () => Snapshot;
  readonly watch: (listener: (snapshot: Snapshot) => void) => void;
  readonly hear: (listener: (news: SessionNews) => void) => void;
  readonly tell: (news: SessionNews) => void;
  /** The session a grant of ours has opened; null: none any more. */
  readonly granted: (key: SessionKey | null) => void;
  /** Its locker died: shown unlocked, it is closed and not believed. */
  readonly suspect: (key: SessionKey) => void;
  /** Everything was asked to lock: what did not is suspect. */
  readonly closed: () => void;
  /** A grant for this account came to nothing, though the greeter may have taken it: the session it begins is closed. */
  readonly disown: (account: string) => void;
  /** Somebody's work is open and shown. */
  readonly mayBeUsed: () => boolean;
};

/** A greeter that has let her in shows her session within this time, or it is another sign-in. */
const disownedFor = 60_000;

/** `shut`: shows nobody’s session, at once, and closes them all. */
export function createReports({ seat, isBusy, shut }: { readonly seat: Seat; readonly isBusy: () => boolean; readonly shut: () => void }): Reports {
  const watchers: ((snapshot: Snapshot) => void)[] = [];
  const hearers: ((news: SessionNews) => void)[] = [];
  const suspects = new Set<string>();
  const disowned = new Map<string, number>();
  let known: Snapshot = { seq: 1, active: null, sessions: [], healthy: false };
  let granted: SessionKey | null = null;
  let idle: { readonly of: string; readonly since: string; readonly hint: boolean } | null = null;
  let hasBegun = false;
  /** Since the last look. */
  let weLocked = false;

  const tell = (news: SessionNews): void => {
    for (const hear of hearers) hear(news);
  };
  const isOpen = (s: Facts): boolean => seat.lockOf(s) === 'unlocked';
  const wasOpen = (key: SessionKey): boolean => known.sessions.some((s) => isSame(s.key, key) && s.lock === 'unlocked');
  const taken = (): Snapshot => {
    const active = seat.active();
    return { seq: known.seq, active: active === null ? null : seat.infoOf(active), sessions: seat.sessions().map(seat.infoOf), healthy: seat.isHealthy() };
  };
  const isGranted = (s: Facts): boolean => granted !== null && isSame(granted, s);
  /** Its greeter was let in by a grant that had been overtaken meanwhile. */
  const isDisowned = (s: Facts): boolean => !wasOpen(s) && performance.now() < (disowned.get(s.account) ?? 0);
  /** Open, and to be closed without anybody being asked: not believed, or opened in the background, where nobody can have entered a password. */
  const isUnwanted = (s: Facts): boolean => {
    if (!isOpen(s) || isGranted(s)) return false;
    if (s.isActive) return suspects.has(nameOf(s));
    return !s.isText && !wasOpen(s) && known.sessions.some((k) => isSame(k.key, s));
  };
  const input = (active: Facts | null): void => {
    const next = active === null || !isOpen(active) ? null : { of: nameOf(active), since: active.idleSince, hint: active.idleHint };
    const before = idle;
    idle = next;
    if (next !== null && before !== null && next.of === before.of && !next.hint && (before.hint || next.since !== before.since)) tell({ kind: 'input', how: 'pointer' });
  };
  const look = (): void => {
    if (!hasBegun || isBusy()) return;
    for (const s of seat.sessions()) {
      if (!isOpen(s)) suspects.delete(nameOf(s));
      if (!isOpen(s) && isGranted(s)) granted = null;
      if (isOpen(s) && isDisowned(s)) {
        disowned.delete(s.account);
        suspects.add(nameOf(s));
      }
    }
    const active = seat.active();
    if (seat.isHealthy() && seat.sessions().some(isUnwanted)) shut();
    input(active);
    const next = taken();
    if (JSON.stringify(next) === JSON.stringify(known)) return;
    const before = known;
    known = { ...next, seq: before.seq + 1 };
    tellWhy(before, known, active);
    weLocked = false;
    for (const watcher of watchers) watcher(known);
  };
  const tellWhy = (before: Snapshot, now: Snapshot, active: Facts | null): void => {
    const isSameActive = before.active !== null && now.active !== null && isSame(before.active.key, now.active.key);
    const wasShownOpen = isSameActive && before.active?.lock === 'unlocked';
    // Her own key for it, or a program in her session.
    if (wasShownOpen && now.active?.lock === 'locked' && !weLocked) tell({ kind: 'lockAsked' });
    if (active === null || now.active?.lock !== 'unlocked' || wasShownOpen || isGranted(active) || suspects.has(nameOf(active)) || !before.healthy) return;
    tell({ kind: 'openedElsewhere', session: now.active, account: active.account });
  };
  return {
    begin: () => {
      known = taken();
      hasBegun = true;
    },
    look,
    snapshot: () => known,
    watch: (listener) => void watchers.push(listener),
    hear: (listener) => void hearers.push(listener),
    tell,
    granted: (key) => {
      granted = key;
      if (key !== null) suspects.delete(nameOf(key));
    },
    suspect: (key) => void suspects.add(nameOf(key)),
    closed: () => {
      weLocked = true;
      // A text console too: it cannot lock, so whoever goes back to it has proved nothing.
      for (const s of seat.sessions()) if (isOpen(s)) suspects.add(nameOf(keyOf(s)));
    },
    disown: (account) => void disowned.set(account, performance.now() + disownedFor),
    mayBeUsed: () => known.active?.lock === 'unlocked',
  };
}
