/** The lockers of one account's sessions ask here, as that account, whether a tap unlocks their own session; what they show goes out to the session controller. */
import type { Offers } from '../../native/session/offers.ts';
import { openPamDoor, type PamDoor, type PamDoorParts, type Visitor } from './door.ts';

/** What a locker that watches says of itself. Programs of the same session can say it too: it is worth what logind's LockedHint is worth. */
export type LockerNews = {
  readonly account: string /** null: it runs in none that the system names. */;
  readonly session: string | null;
} /** Nothing of the session can be seen any more. */ & (
  | { readonly kind: 'covered' }
  /** It has ended as it should: after a redeemed grant, or by a password. */
  | { readonly kind: 'opened' }
  /** It has gone in any other way. On X11 the session lies open now: escalate at once. */
  | { readonly kind: 'lockerDied' }
);

export type LockerDoorParts = Pick<PamDoorParts, 'peerOf' | 'noted' | 'limits'> & {
  /** `/run/tapward/locker/<uid>.sock`. */
  readonly path: string;
  readonly uid: number;
  /** The system's name of that account. */
  readonly account: string;
  readonly offers: Pick<Offers, 'redeem' | 'holds' | 'watch'>;
  /** The logind session that a process runs in; null: in none. */
  readonly sessionOf: (pid: number) => string | null;
  readonly heard: (news: LockerNews) => void;
};

/** Anybody may knock, since the agent cannot give a socket away; the kernel says who it is. Rejects where it cannot be opened. */
export async function openLockerDoor(parts: LockerDoorParts): Promise<PamDoor> {
  const { path, peerOf, noted, limits, uid } = parts;
  let isClosing = false;
  // Whoever is sent away by us did not die.
  const heard = (news: LockerNews): void => void (isClosing || parts.heard(news));
  const door = await openPamDoor({
    path,
    mode: 0o666,
    peerOf,
    accepts: (peer) => peer.uid === uid,
    noted,
    limits: { ...limits },
    serve: (visitor) => serve(visitor, { ...parts, heard }),
  });
  return {
    close: () => {
      isClosing = true;
      return door.close();
    },
  };
}

function serve(visitor: Visitor, parts: LockerDoorParts): void {
  const { account, offers, sessionOf } = parts;
  const { request, peer } = visitor;
  if (request.account !== account) return visitor.end('NO');
  const asked = { door: 'locker', account, session: sessionOf(peer.pid) } as const;
  switch (request.verb) {
    case 'AUTH':
      return visitor.end(offers.redeem(asked).kind === 'redeemed' ? 'OK' : 'NO');
    case 'WATCH': {
      const wake = (): void => void (offers.holds(asked) && visitor.say('WAKE'));
      visitor.gone(offers.watch(wake));
      follow(visitor, (kind) => parts.heard({ account, session: asked.session, kind }));
      return wake();
    }
    case 'TAPPED':
    case 'OPENED':
      return visitor.end('NO');
    default:
      return request.verb satisfies never;
  }
}

const words = new Map<string, LockerNews['kind']>([
  ['COVERED', 'covered'],
  ['OPENED', 'opened'],
  ['DIED', 'lockerDied'],
]);
const longestWord = 7;

/** Once it covers, it must say how it ended: one that just goes away was killed. */
function follow(visitor: Visitor, tell: (kind: LockerNews['kind']) => void): void {
  let word = '';
  let covers = false;
  const hear = (kind: LockerNews['kind']): void => {
    if (kind !== 'covered' && !covers) return;
    if (kind === 'covered' && covers) return;
    covers = kind === 'covered';
    tell(kind);
  };
  visitor.hear((byte) => {
    if (byte !== 0x0a && word.length < longestWord) {
      word += String.fromCharCode(byte);
      return;
    }
    const kind = byte === 0x0a ? words.get(word) : undefined;
    word = '';
    if (kind === undefined) visitor.end('NO');
    else hear(kind);
  });
  visitor.gone(() => hear('lockerDied'));
}
