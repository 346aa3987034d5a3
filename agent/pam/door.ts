/** PAM modules and lockers connect here; each says one line, and whoever serves it gets it together with who asks by the kernel's word. Whatever bytes come, the agent goes on. */
import { rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import type { Millis } from '../../core/types.ts';
import { createAllowance } from '../allowance.ts';
import { descriptorOf, withFixedReads } from '../fixed-reads.ts';
import { listenAt } from '../local-socket.ts';
import { fixedBytes } from '../pin-buffer.ts';
import { longestRequest, type Request, readRequest } from './request.ts';

/** Who is at the other end. */
export type PamPeer = { readonly uid: number; readonly pid: number };

/** One that asks, until it is told its end or goes away. */
export type Visitor = {
  readonly peer: PamPeer;
  readonly request: Request;
  /** A word of native/linux/answer.h, and more may follow. */
  readonly say: (answer: string) => void;
  /** The last one. */
  readonly end: (answer: string) => void;
  /** Every further byte, one at a time; without it they are dropped. */
  readonly hear: (listener: (byte: number) => void) => void;
  /** What IT should know of it, in words; as often as a log can bear. */
  readonly noted: (text: string) => void;
  /** Once it is gone, whoever ended it; at once where it is already. */
  readonly gone: (listener: () => void) => void;
};

export type PamDoorParts = {
  /** A Unix socket's path, at most 103 bytes. */
  readonly path: string;
  readonly mode: number;
  /** null where the system does not say: refused. */
  readonly peerOf: (fd: number) => PamPeer | null;
  readonly accepts: (peer: PamPeer) => boolean;
  readonly serve: (visitor: Visitor) => void;
  /** Whoever was turned away, in words. */
  readonly noted: (text: string) => void;
  readonly limits?: Partial<PamDoorLimits>;
};
export type PamDoorLimits = {
  /** Open at once. */
  readonly connections: number;
  /** Milliseconds for the one line to come. */
  readonly line: Millis;
  /** Milliseconds for all of it, except for one that watches. */
  readonly whole: Millis;
  /** Visits a second, and at once: no program of a session keeps the agent busy. */
  readonly perSecond: number;
  readonly burst: number;
};
export type PamDoor = { readonly close: () => Promise<void> };

const usualLimits: PamDoorLimits = { connections: 8, line: 2_000, whole: 60_000, perSecond: 20, burst: 40 };

/** Rejects where none can be opened: passwords go on to work there, and no tap does. */
export async function openPamDoor(parts: PamDoorParts): Promise<PamDoor> {
  const limits = { ...usualLimits, ...parts.limits };
  const open = new Set<Socket>();
  const mayVisit = createAllowance(limits);
  const mayNote = createAllowance({ perSecond: 0.2, burst: 10 });
  const noted = (text: string): void => {
    if (mayNote(performance.now())) parts.noted(text);
  };
  const server = createServer({ pauseOnConnect: true }, (accepted) => {
    accepted.on('error', () => accepted.destroy());
    const fd = descriptorOf(accepted);
    const peer = fd === null ? null : parts.peerOf(fd);
    // A stranger uses up nothing that the door's own visitors need.
    if (peer === null || !parts.accepts(peer)) {
      noted(peer === null ? 'Somebody was turned away: who it is cannot be seen.' : `Process ${peer.pid} of account ${peer.uid} was turned away: this door is not for it.`);
      accepted.destroy();
      return;
    }
    if (open.size >= limits.connections || !mayVisit(performance.now())) {
      noted('Somebody was turned away: too many ask.');
      accepted.destroy();
      return;
    }
    let hear: (bytes: Uint8Array) => void = () => undefined;
    const socket = withFixedReads(accepted, (bytes) => hear(bytes));
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
    hear = attend(socket, peer, limits, parts.serve, noted);
  });
  await listenAt(server, parts.path, parts.mode);
  return {
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await Promise.all([closed, ...[...open].map((socket) => new Promise((resolve) => socket.destroy().once('close', resolve)))]);
      rmSync(parts.path, { force: true });
    },
  };
}

/** One visit; what is returned takes its bytes. */
function attend(socket: Socket, peer: PamPeer, limits: PamDoorLimits, serve: PamDoorParts['serve'], noted: (text: string) => void): (bytes: Uint8Array) => void {
  const line = fixedBytes(longestRequest);
  let held = 0;
  let request: Request | null = null;
  let over = false;
  let listener: (byte: number) => void = () => undefined;
  const end = (answer: string): void => {
    if (over) return;
    over = true;
    // Told, it is let go: whoever does not hang up would keep a place.
    socket.end(`${answer}\n`, () => socket.destroy());
  };
  const late = setTimeout(() => end('NO'), limits.line);
  const tooLong = setTimeout(() => end('NO'), limits.whole);
  socket.once('close', () => {
    over = true;
    clearTimeout(late);
    clearTimeout(tooLong);
  });
  // Who closes its half waits for no answer.
  socket.once('end', () => socket.destroy());

  const take = (byte: number): void => {
    if (request !== null) return listener(byte);
    if (byte !== 0x0a && held < longestRequest) {
      line[held++] = byte;
      return;
    }
    request = byte === 0x0a ? readRequest(line.subarray(0, held)) : null;
    if (request === null) {
      noted(`Process ${peer.pid} of account ${peer.uid} said what no module of ours says.`);
      return end('NO');
    }
    clearTimeout(late);
    if (request.verb === 'WATCH') clearTimeout(tooLong);
    serve({
      peer,
      request,
      end,
      noted,
      say: (answer) => void (over || socket.write(`${answer}\n`)),
      hear: (next) => (listener = next),
      gone: (tell) => (socket.destroyed ? tell() : void socket.once('close', tell)),
    });
  };
  return (bytes) => {
    for (const byte of bytes) {
      if (over) return;
      take(byte);
    }
  };
}
