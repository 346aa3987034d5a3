/** Nothing comes in: how a session's lock is confirmed, by the kind of locker that is in it. */

/** What a locker says of itself. `session`: null where it runs in none that the system names; then it is its account's only one. */
export type LockerReport = {
  readonly account: string;
  readonly session: string | null;
  /** `opened`: it let somebody in who proved herself; `died`: it has gone in any other way. */
  readonly how: 'covered' | 'opened' | 'died';
};
export type Locker =
  /** GNOME, KDE: obeys logind's Lock and Unlock, and sets LockedHint once it covers. */
  | { readonly kind: 'hint' }
  /** A program that logind's Lock starts in the session (xsecurelock, swaylock) and that takes its grant by PAM. */
  | { readonly kind: 'locker'; readonly onReport: (listener: (report: LockerReport) => void) => void };
