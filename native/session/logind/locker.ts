/** Nothing comes in: how a session's lock is confirmed, by the kind of locker that is in it. */
import type { SessionKey } from '../../../core/types.ts';

export type Locker =
  /** GNOME, KDE: obeys logind's Lock and Unlock, and sets LockedHint once it covers. */
  | { readonly kind: 'hint' }
  /** A program that the session helper starts (xsecurelock, swaylock) and that takes its grant by PAM; the helper tells when it covers, and how it ended. */
  | {
      readonly kind: 'locker';
      /** True once the session's locker says that it covers. */
      readonly ready: (session: SessionKey, account: string) => Promise<boolean>;
      /** `unlocked`: it let somebody in who proved herself; `died`: anything else. */
      readonly onEnded: (listener: (session: string, how: 'unlocked' | 'died') => void) => void;
    };
