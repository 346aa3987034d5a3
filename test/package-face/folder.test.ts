/** A stranger's agent waits behind /run/tapward; the packaged face knocks only where root or the agent's account alone can have put the socket, and shows nothing of anybody else. */
import assert from 'node:assert/strict';
import { chmodSync, chownSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sampleFrame } from '../../build/screens.ts';
import { framed } from '../../core/face-link.ts';
import { until } from '../face/screen.ts';
import { skipStation as skip, startFaceStation, userId } from './station.ts';

/** The face tries every half second at the least: these are two tries. */
const twoTries = 1_200;

test('a folder that is somebody else’s, or that others may write to, is not believed; the right one is, without a restart', { skip }, async () => {
  await using station = await startFaceStation();
  const visits: Socket[] = [];
  // It says that the session is open: a face that believed it would take itself off the screen.
  const server: Server = createServer((socket) => {
    visits.push(socket);
    socket.on('error', () => undefined);
    socket.write(framed(new TextEncoder().encode(JSON.stringify({ kind: 'frame', frame: sampleFrame('open', 'day') }))));
  });
  const path = join(station.run, 'face.sock');
  rmSync(path, { force: true });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  chmodSync(path, 0o666);
  try {
    chownSync(station.run, userId, userId);
    const face = station.start();
    await until('it covers', async () => (await station.seen()) === 0, 20_000);
    const wrong = [
      ['belongs to the face’s own account', () => undefined],
      ['belongs to a third account', () => chownSync(station.run, 1, 1)],
      ['is root’s, and its group may write to it', () => (chownSync(station.run, 0, 0), chmodSync(station.run, 0o775))],
      ['is root’s, and everybody may write to it, with the sticky bit', () => chmodSync(station.run, 0o1777)],
    ] as const;
    for (const [what, make] of wrong) {
      make();
      await sleep(twoTries);
      assert.equal(visits.length, 0, `a folder that ${what} was knocked at`);
      assert.equal(await station.seen(), 0, what);
    }
    assert.equal(face.child.exitCode, null);
    // The same stranger, where only root can have put the socket: now it is the agent.
    chmodSync(station.run, 0o755);
    await until('it knocks', () => visits.length === 1);
    await until('and does what it is told', async () => (await station.seen()) === 1);
    for (const visit of visits) visit.destroy();
    chownSync(station.run, userId, userId);
    await until('alone again, it covers', async () => (await station.seen()) === 0);
  } finally {
    for (const visit of visits) visit.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
});
