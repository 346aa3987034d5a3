/** The reader program as Windows' host starts it, behind a socket in place of its pipe, on a real PC/SC service with a virtual reader, comes in; that a tap is read through it, that its end is another one's beginning, and that nonsense ends it, is tested. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createClock } from '../../native/clock/clock.ts';
import { programBehind } from '../../native/pcsc/pipe.ts';
import { createPcscReader } from '../../native/pcsc/reader.ts';
import { startedByHost } from '../../native/pcsc/settings.ts';
import { recordEvents } from '../contract/card-reader.ts';
import { startStand } from '../virtual-reader/stand.ts';
import { skip } from './station.ts';

test('a program behind the host’s pipe lists, and another follows whatever ends it', { skip, timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tapward-reader-pipe-'));
  await using stand = await startStand({});
  const connections: Socket[] = [];
  const server = createServer((socket) => {
    connections.push(socket);
    const program = spawn(process.execPath, [join(import.meta.dirname, '../../native/pcsc/program.ts'), startedByHost], {
      env: { ...process.env, ...stand.env, UV_THREADPOOL_SIZE: '68' },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    socket.pipe(program.stdin);
    program.stdout.pipe(socket);
    program.stdin.on('error', () => undefined);
    socket.on('error', () => undefined);
    socket.on('close', () => program.kill('SIGKILL'));
  });
  const path = join(folder, 'reader.sock');
  await new Promise<void>((resolve) => server.listen(path, resolve));
  try {
    const log = recordEvents();
    const said: string[] = [];
    await using reader = createPcscReader({ clock: createClock(), nextPresentation: () => 1, diagnose: ({ id }) => said.push(id), begin: programBehind(path) });
    await reader.start(log.listen);
    const found = (): number => log.all().filter(({ kind }) => kind === 'readerFound').length;
    const until = async (what: string, holds: () => boolean): Promise<void> => {
      for (const began = performance.now(); !holds(); await new Promise((resolve) => setTimeout(resolve, 10)))
        assert.ok(performance.now() - began < 15_000, `${what}: ${JSON.stringify(log.all())} ${said.join(' ')}`);
    };
    await until('the reader is found', () => found() === 1);
    // The host ends it: the program of the next connection takes over, and the reader was never lost for longer than its grace.
    connections[0]?.destroy();
    await until('another connection', () => connections.length === 2);
    connections[1]?.write(Buffer.from('ffffffff00', 'hex'));
    await until('nonsense ends it', () => connections.length === 3);
    assert.ok(
      said.every((id) => id === 'program-ended'),
      said.join(' '),
    );
    assert.ok(said.length >= 2);
  } finally {
    for (const socket of connections) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  }
});
