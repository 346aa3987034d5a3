/** Display managers ask here, as root, whether somebody's tap lets her in; a grant is redeemed for them, and only here is a PIN asked through PAM. */
import type { Millis, State, SubscriberId } from '../../core/types.ts';
import type { Offers } from '../../native/session/offers.ts';
import { converse, type DialogueParts, lineOf, refusalOf } from './dialogue.ts';
import { openPamDoor, type PamDoor, type PamDoorParts, type Visitor } from './door.ts';
import type { Request } from './request.ts';
import { mayAsk } from './services.ts';
import type { Told } from './words.ts';

export type RootDoorParts = Pick<PamDoorParts, 'peerOf' | 'noted' | 'limits'> & {
  /** `/run/tapward/pam.sock`: 0600, so that root connects and nobody else. */
  readonly path: string;
  readonly offers: Pick<Offers, 'redeem' | 'watch'>;
  /** PAM services whose transactions a tap may end (Policy.pamServices). */
  readonly services: () => readonly string[];
  /** The seat of this station's screen. */
  readonly seat: string;
  readonly subscriberOf: (account: string) => SubscriberId | null;
  readonly dialogue: DialogueParts;
  /** A session began there that no grant of ours let in: a password did. `session`: the system's id of it, '' where the module stands before pam_systemd. */
  readonly opened: (opened: { readonly account: string; readonly session: string; readonly service: string }) => void;
  /** The account that may ask; another than root's only in tests. */
  readonly uid?: number;
};

/** Rejects where it cannot be opened. */
export function openRootDoor(parts: RootDoorParts): Promise<PamDoor> {
  const { path, peerOf, noted, limits, uid = 0 } = parts;
  // Root's programs need no sparing, and one of them that knocks often keeps no other out.
  return openPamDoor({
    path,
    mode: 0o600,
    peerOf,
    accepts: (peer) => peer.uid === uid,
    noted,
    limits: { perSecond: 1_000, burst: 1_000, ...limits },
    serve: (visitor) => serve(visitor, parts),
  });
}

function serve(visitor: Visitor, parts: RootDoorParts): void {
  const { request } = visitor;
  if (!mayAsk(request.service, parts.services())) {
    visitor.noted(`The PAM service ${JSON.stringify(request.service.slice(0, 40))} was refused: a tap does not stand in for a password there.`);
    return visitor.end('NO');
  }
  if (!isHere(request, parts.seat)) return visitor.end('NO');
  switch (request.verb) {
    case 'AUTH':
    case 'TAPPED':
      return redeem(visitor, parts);
    case 'OPENED':
      parts.opened({ account: request.account, session: request.session, service: request.service });
      return visitor.end('OK');
    case 'WATCH':
      return visitor.end('NO');
    default:
      return request.verb satisfies never;
  }
}

/** A tap that is being read, or whose PIN is being checked, is waited for this long: Return follows it closely. Shorter than the module waits. */
const comingTakes: Millis = 1_500;

function redeem(asking: Visitor, { offers, subscriberOf, dialogue }: RootDoorParts): void {
  const { account, seat, tty } = asking.request;
  let over = false;
  // Once it was told its end, no grant may be spent on it.
  const end = (answer: string): void => {
    over = true;
    asking.end(answer);
  };
  const visitor: Visitor = { ...asking, end };
  const redeemed = (): boolean => {
    if (!over && offers.redeem({ door: 'root', account, seat, tty }).kind === 'redeemed') end('OK');
    return over;
  };
  visitor.gone(() => (over = true));
  if (redeemed()) return;
  const who = subscriberOf(account);
  if (who === null) return visitor.end('NO');
  visitor.gone(offers.watch(redeemed));
  if (converse(visitor, who, dialogue)) return;

  let leave = (): void => undefined;
  const untapped = (): void => {
    leave();
    const tell = (told: Told): void => visitor.say(lineOf('SAY', told, dialogue));
    const why = refusalOf(who, dialogue);
    if (why !== null) tell(why);
    if (visitor.request.verb === 'TAPPED') {
      if (why === null) tell({ kind: 'untapped' });
      tell({ kind: 'otherWayHere' });
    }
    visitor.end(lineOf('ASK', { kind: 'standing' }, dialogue));
  };
  const look = (): void => {
    if (over || redeemed()) return leave();
    if (converse(visitor, who, dialogue)) return leave();
    if (!isComing(who, dialogue.state())) untapped();
  };
  if (!isComing(who, dialogue.state())) return untapped();
  // Told at once of the state there is, which was looked at.
  let isWaiting = false;
  const unwatch = dialogue.changes(() => isWaiting && look());
  isWaiting = true;
  const late = setTimeout(untapped, comingTakes);
  leave = () => {
    isWaiting = false;
    clearTimeout(late);
    unwatch();
  };
  visitor.gone(leave);
}

function isComing(who: SubscriberId, { claim, desk }: State): boolean {
  if (claim.kind === 'reading') return true;
  if (claim.kind === 'verifying' || claim.kind === 'ready') return claim.tap.subscriber.id === who;
  return desk.kind === 'opening' && desk.grant.subscriber === who;
}

/** A virtual console or an X display of this computer, on the station's own seat; each may be left unsaid. */
const isHere = ({ tty, seat }: Request, station: string): boolean => /^(|:\d{1,3}(\.\d)?|(\/dev\/)?tty\d{1,2})$/.test(tty) && (seat === '' || seat === station);
