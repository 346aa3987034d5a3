/** A face is killed with SIGKILL before a locked shared desktop: it is started again and covers within two seconds, or the session has ended by then, really. What the core asks for (core/face.ts) is asked for here. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { openFaceDoor } from '../../agent/face/door.ts';
import { type Supervisor, superviseFace } from '../../agent/face/supervisor.ts';
import type { Outcome } from '../../core/types.ts';
import { peerOf } from '../../native/peer/peer.ts';
import { until } from '../face/screen.ts';
import { need } from '../needs.ts';
import { openSharedDesktop } from './shared-desktop.ts';

const skip = need('linux', 'root', 'display', 'contexts', 'compiler');
const within = 2_000;

/** A shared desktop, locked after somebody's work, with a face of its own before it; what became of the lock that its loss asked for, and how long that took. */
async function loseFace(
  comesBack: boolean,
): Promise<{ readonly outcome: Outcome; readonly took: number; readonly sessions: number; readonly covered: boolean; readonly alive: boolean; readonly shown: readonly string[] }> {
  await using stack = new AsyncDisposableStack();
  const desktop = stack.use(await openSharedDesktop({ work: ['mousepad'], covered: false, beating: false }));
  const { kiosk } = desktop;
  const path = join(kiosk.dir, 'face.sock');
  const lost = Promise.withResolvers<Outcome>();
  let locked = false;
  let face: Supervisor | null = null;
  const door = await openFaceDoor({
    path,
    peerOf,
    accepts: (peer) => peer?.pid === face?.pid(),
    faces: { connect: () => () => undefined },
    gesture: () => undefined,
    answer: () => undefined,
    refused: () => undefined,
    noted: () => undefined,
    presence: (present) => {
      kiosk.cover.presence(present);
      if (!present && locked) lost.resolve(kiosk.controller.lock('faceLost', true));
    },
    beaten: (peer, covers) => {
      kiosk.cover.beaten(covers);
      face?.beaten(peer?.pid ?? 0);
    },
  });
  stack.defer(door.close);
  const program = { command: process.execPath, args: [join(import.meta.dirname, 'face-process.ts'), path], env: {} };
  face = superviseFace({ program, noted: () => undefined, limits: { firstWait: 50 } });
  stack.defer(face.stop);
  await until('the face covers', kiosk.cover.present);
  assert.equal((await kiosk.open('ana')).kind, 'done', kiosk.noted.join());
  assert.equal((await kiosk.controller.lock('tapOut', false)).kind, 'done');
  locked = true;
  const began = performance.now();
  process.kill(face.pid() ?? 0, 'SIGKILL');
  // Nobody starts it again.
  if (!comesBack) void face.stop();
  const outcome = await lost.promise;
  const took = performance.now() - began;
  return {
    outcome,
    took,
    sessions: (await kiosk.controller.snapshot()).sessions.length,
    covered: kiosk.cover.present(),
    alive: await desktop.outside('xdpyinfo').then(
      () => true,
      () => false,
    ),
    shown: desktop.processes().filter((line) => line.startsWith('mousepad')),
  };
}

test('a killed face that comes back covers again, and nobody’s work is lost', { skip }, async () => {
  const { outcome, took, sessions, covered, alive, shown } = await loseFace(true);
  assert.ok(took < within, `${took} ms`);
  assert.deepEqual([outcome.kind, sessions, covered, alive, shown.length], ['done', 1, true, true, 1]);
});

test('a killed face that stays away ends the session: the X server and everybody’s programs with it', { skip }, async () => {
  const { outcome, took, sessions, covered, alive } = await loseFace(false);
  assert.ok(took < within, `${took} ms`);
  assert.deepEqual([outcome.kind, sessions, covered, alive], ['done', 0, false, false]);
});
