/** A folder that a face finds at /run/tapward comes in; a real agent with the real door in it goes out, as an installed station puts them together. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { byUid } from '../../agent/enrolment.ts';
import { digitsOf } from '../../agent/evaluation/people.ts';
import { openFaceDoor } from '../../agent/face/door.ts';
import { recordRefusal } from '../../agent/face/refusal.ts';
import type { Supervisor } from '../../agent/face/supervisor.ts';
import { readEntries } from '../../agent/ledger/reading.ts';
import type { Entry } from '../../core/entry.ts';
import { peerOf } from '../../native/peer/peer.ts';
import { type Rig, startRig } from '../agent/rig.ts';
import { userId } from './station.ts';

export type InstalledAgent = AsyncDisposable & {
  readonly rig: Rig;
  /** Each change of whether a face covers. */
  readonly presence: readonly boolean[];
  /** The one person who is enrolled. */
  readonly pin: string;
  readonly tap: () => void;
  readonly ledger: () => readonly Entry[];
};

/** `supervisor`: of the face that beats, if it has one. */
export async function startInstalledAgent(run: string, supervisor: () => Supervisor | null = () => null): Promise<InstalledAgent> {
  await using stack = new AsyncDisposableStack();
  const dir = mkdtempSync(join(tmpdir(), 'tapward-agent-'));
  stack.defer(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  // By night the picture drifts: a look before and one after would differ by themselves.
  const rig = stack.use(await startRig(dir, { theme: 'day' }));
  const { agent } = rig;
  const [uid, pin] = [Uint8Array.of(0x04, 0x61, 0x72, 0x83, 0x94, 0xa5, 0xb6), '482915'];
  const enrolled = await agent.enrolment?.enrol({ given: 'Sam', initial: 'B', language: null }, byUid(Uint8Array.from(uid)), digitsOf(pin), 'screen');
  if (enrolled?.kind !== 'enrolled') throw new Error('nobody could be enrolled');
  const presence: boolean[] = [];
  const door = await openFaceDoor({
    path: join(run, 'face.sock'),
    mode: 0o666,
    peerOf,
    accepts: (peer) => peer?.uid === userId,
    faces: agent.faces,
    gesture: agent.gesture,
    answer: agent.keyAnswer,
    presence: (present) => {
      presence.push(present);
      agent.queue.dispatch({ kind: 'face', present });
    },
    beaten: (peer) => supervisor()?.beaten(peer?.pid ?? 0),
    refused: (what) => recordRefusal(agent, what),
    noted: () => undefined,
  });
  stack.defer(door.close);
  const kept = stack.move();
  return {
    rig,
    presence,
    pin,
    tap: () => rig.tap(Uint8Array.from(uid)),
    ledger: () => readEntries(join(dir, 'ledger')).map(({ entry }) => entry),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
