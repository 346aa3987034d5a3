/** A View comes in; what the tile on Windows' logon screen shows of it goes out. A tile has a PIN, a password and sentences: all else is `idle` there. */

import type { Millis } from '../../core/types.ts';
import type { PersonView, View } from '../../core/view.ts';
import type { TileScreen } from '../../native/session/windows/host.ts';

export const tileName = ({ given, initial }: PersonView): string => (initial === '' ? given : `${given} ${initial}`);

/** null: what stands there stays, since the tile knows more (it is checking, or opening). `password`: whose password Windows wants once; null: nobody's. */
export function tileScreen({ screen }: View, now: Millis, password: string | null): TileScreen | null {
  switch (screen.kind) {
    case 'pin':
    case 'keyPin':
      if (screen.checkingSince !== null) return null;
      return screen.remark?.kind === 'wrong'
        ? { kind: 'wrong', left: screen.remark.left, name: tileName(screen.person) }
        : { kind: 'pin', length: screen.length, name: tileName(screen.person) };
    case 'wait':
      return { kind: 'wait', seconds: Math.max(1, Math.ceil((screen.until - now) / 1_000)), name: '' };
    case 'blocked':
    case 'keyBlocked':
      return { kind: 'blocked', name: '' };
    case 'callIt':
    case 'readerMissing':
      return { kind: 'away', name: '' };
    case 'reading':
    case 'welcome':
      return null;
    case 'idle':
    case 'notOpened':
      return password === null ? { kind: 'idle', name: '' } : { kind: 'password', name: password };
    default:
      return { kind: 'idle', name: '' };
  }
}

/** Whether this screen ends the wait for somebody's password: another person has come, or her work is open. */
export const endsPassword = ({ screen }: View): boolean => screen.kind !== 'idle' && screen.kind !== 'notOpened' && screen.kind !== 'welcome';
