/** A folder comes in; an agent with both its doors open goes out, and one enrolled badge of somebody with a staff number that is tapped when a line comes on standard input. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openDoor } from '../../agent/admin/door.ts';
import { administer } from '../../agent/admin/station.ts';
import { byUid } from '../../agent/enrolment.ts';
import { openFaceDoor } from '../../agent/face/door.ts';
import { ownAccount, peerOf } from '../../native/peer/peer.ts';
import { startRig } from './rig.ts';

const [dir = ''] = process.argv.slice(2);
mkdirSync(dir, { recursive: true, mode: 0o700 });
const uid = Uint8Array.of(4, 1, 2, 3, 4, 5, 6);
const { agent, face, tap } = await startRig(dir, { pinLength: 12 });
const enrolled = await agent.enrolment?.enrol(
  { given: 'Sam', initial: 'B', language: null, number: '204817' },
  byUid(Uint8Array.from(uid)),
  Uint8Array.of(8, 3, 0, 9, 1, 5, 2, 7, 4, 6, 1, 9),
  'screen',
);
await openDoor({ dir, station: administer(agent, () => []), peerOf, ownAccount: ownAccount(), noted: () => undefined });
await openFaceDoor({
  path: join(dir, 'face.sock'),
  peerOf,
  accepts: () => true,
  faces: agent.faces,
  gesture: agent.gesture,
  answer: agent.keyAnswer,
  presence: () => undefined,
  refused: () => undefined,
  noted: () => undefined,
});
process.stdin.on('data', () => {
  tap(uid);
  face
    .until('the PIN', (v) => v.screen.kind === 'pin')
    .then(
      () => process.stdout.write('asked\n'),
      (why: unknown) => process.stdout.write(`failed ${String(why)}\n`),
    );
});
process.stdout.write(`${enrolled?.kind === 'enrolled' ? enrolled.subscriber.id : 'failed'}\n`);
