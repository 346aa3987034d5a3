/** Folders come in; an agent with its doors for PAM goes out, whose sessions open when PAM takes the grant, and one badge that is tapped when a line comes on standard input. */
import { mkdirSync } from 'node:fs';
import { openDoor } from '../../agent/admin/door.ts';
import { administer } from '../../agent/admin/station.ts';
import { byUid } from '../../agent/enrolment.ts';
import { openPamDoors } from '../../agent/pam/doors.ts';
import type { Clock, SessionController } from '../../core/ports.ts';
import { createClock } from '../../native/clock/clock.ts';
import { ownAccount, peerOf } from '../../native/peer/peer.ts';
import { sessionOf } from '../../native/peer/session.ts';
import { createEmbedded } from '../../native/session/embedded.ts';
import { createOffers, type Offers } from '../../native/session/offers.ts';
import { startRig } from './rig.ts';

const [dir = '', run = ''] = process.argv.slice(2);
mkdirSync(dir, { recursive: true, mode: 0o700 });
const uid = Uint8Array.of(4, 1, 2, 3, 4, 5, 6);
const account = 'alice';
const clock = createClock();

/** The embedded desktop behind a display manager: it opens nothing but what PAM has redeemed. */
let offers: Offers | null = null;
const atGreeter = (own: Clock): SessionController => {
  const desktop = createEmbedded(own);
  const held = (offers = createOffers(own));
  return {
    ...desktop,
    kind: 'logind',
    open: async (grant) => {
      const { kind } = await held.offer(grant, { account, session: null });
      return kind === 'redeemed' ? desktop.open(grant) : { kind: 'failed', code: kind, screen: 'locked' };
    },
    lock: (why, escalate) => {
      held.revoke();
      return desktop.lock(why, escalate);
    },
  };
};
const { agent, face, tap } = await startRig(dir, { pinLength: 12 }, atGreeter);
const firstPin = Uint8Array.of(8, 3, 0, 9, 1, 5, 2, 7, 4, 6, 1, 9);
const enrolled = await agent.enrolment?.enrol({ given: 'Sam', initial: 'B', language: null }, byUid(Uint8Array.from(uid)), firstPin, 'screen');
const person = enrolled?.kind === 'enrolled' ? enrolled.subscriber.id : 'failed';
if (offers === null) throw new Error('the agent asked for no sessions');
await openPamDoors({
  dir: run,
  agent,
  offers,
  peerOf,
  sessionOf,
  now: () => clock.now(),
  accounts: { accountOf: () => account, subscriberOf: (asked) => (asked === account ? person : null) },
  heard: () => undefined,
  opened: () => undefined,
  diagnose: (id, text) => process.stdout.write(`${id} ${text}\n`),
});
await openDoor({ dir, station: administer(agent, () => []), peerOf, ownAccount: ownAccount(), noted: () => undefined });
process.stdin.on('data', () => {
  tap(uid);
  face
    .until('the PIN', (v) => v.screen.kind === 'pin')
    .then(
      () => process.stdout.write('asked\n'),
      (why: unknown) => process.stdout.write(`failed ${String(why)}\n`),
    );
});
process.stdout.write(`${person}\n`);
await face.until('her work', (v) => v.screen.kind === 'open', 60_000);
process.stdout.write('open\n');
