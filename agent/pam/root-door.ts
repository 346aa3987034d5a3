/** Display managers ask here, as root, whether somebody's tap lets her in; a grant is redeemed for them, and only here is a PIN asked through PAM. */
import type { SubscriberId } from '../../core/types.ts';
import type { Offers } from '../../native/session/offers.ts';
import { converse, type DialogueParts } from './dialogue.ts';
import { openPamDoor, type PamDoor, type PamDoorParts, type Visitor } from './door.ts';
import type { Request } from './request.ts';
import { mayAsk } from './services.ts';

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

function redeem(visitor: Visitor, { offers, subscriberOf, dialogue }: RootDoorParts): void {
  const { account, seat, tty } = visitor.request;
  const redeemed = (): boolean => {
    const taken = offers.redeem({ door: 'root', account, seat, tty }).kind === 'redeemed';
    if (taken) visitor.end('OK');
    return taken;
  };
  if (redeemed()) return;
  const who = subscriberOf(account);
  if (who === null || !converse(visitor, who, dialogue)) return visitor.end('NO');
  visitor.gone(offers.watch(redeemed));
}

/** A virtual console or an X display of this computer, on the station's own seat; each may be left unsaid. */
const isHere = ({ tty, seat }: Request, station: string): boolean => /^(|:\d{1,3}(\.\d)?|(\/dev\/)?tty\d{1,2})$/.test(tty) && (seat === '' || seat === station);
