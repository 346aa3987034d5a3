/** A door's parts come in; an open face door, what it told the agent, and visitors who knock on it as a face would go out. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FaceDoorParts, openFaceDoor } from '../../agent/face/door.ts';
import type { Face } from '../../agent/faces.ts';
import { sampleFrame } from '../../build/screens.ts';
import type { CeremonyAnswer, Gesture, ToFace } from '../../core/bridge.ts';
import { alive, bodies, decodeToFace, encodeFromFace, type FromFace, longestToFace } from '../../core/face-link.ts';
import { peerOf } from '../../native/peer/peer.ts';

export type Knock = AsyncDisposable & {
  readonly path: string;
  readonly gestures: Gesture[];
  readonly answers: CeremonyAnswer[];
  readonly presence: boolean[];
  readonly refused: string[];
  readonly noted: string[];
  readonly beats: (number | undefined)[];
  /** Faces that are connected. */
  readonly faces: ReadonlySet<Face>;
  readonly say: (message: ToFace) => void;
  readonly visit: () => Promise<Visitor>;
};
export type Visitor = {
  readonly socket: Socket;
  readonly heard: ToFace[];
  /** Beats that were answered. */
  readonly answers: () => number;
  readonly closed: Promise<void>;
  readonly send: (message: FromFace) => void;
  readonly raw: (bytes: Uint8Array) => void;
};

export const idle: ToFace = { kind: 'frame', frame: sampleFrame('idle', 'day') };

export async function openKnock(parts: Partial<FaceDoorParts> = {}): Promise<Knock> {
  const dir = mkdtempSync(join(tmpdir(), 'tapward-face-door-'));
  const path = join(dir, 'face.sock');
  const [gestures, presence, refused, noted, beats]: [Gesture[], boolean[], string[], string[], (number | undefined)[]] = [[], [], [], [], []];
  const answers: CeremonyAnswer[] = [];
  const faces = new Set<Face>();
  const door = await openFaceDoor({
    path,
    peerOf,
    accepts: (peer) => peer?.uid === process.getuid?.(),
    faces: {
      connect: (face) => {
        faces.add(face);
        face(idle);
        return () => faces.delete(face);
      },
    },
    gesture: (gesture) => gestures.push(gesture),
    answer: (answer) => answers.push(answer),
    presence: (present) => presence.push(present),
    beaten: (peer) => beats.push(peer?.pid),
    refused: (what) => refused.push(what),
    noted: (text) => noted.push(text),
    ...parts,
  });
  return {
    path,
    gestures,
    answers,
    presence,
    refused,
    noted,
    beats,
    faces,
    say: (message) => {
      for (const face of faces) face(message);
    },
    visit: () => visit(parts.path ?? path),
    [Symbol.asyncDispose]: async () => {
      await door.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Resolves once it was let in or put out: when it was shown something, or its connection has ended. */
export async function visit(path: string): Promise<Visitor> {
  const socket = createConnection(path);
  const heard: ToFace[] = [];
  let answers = 0;
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const first = Promise.withResolvers<void>();
  const take = bodies(longestToFace, (body) => {
    const text = new TextDecoder().decode(body);
    if (text === alive) {
      answers += 1;
      return;
    }
    const message = decodeToFace(text);
    if (message === null) throw new Error('the door sends what no face may draw');
    heard.push(message);
    first.resolve();
  });
  socket.on('data', (bytes: Buffer) => take(bytes));
  await Promise.race([first.promise, closed]);
  return { socket, heard, answers: () => answers, closed, send: (message) => void socket.write(encodeFromFace(message)), raw: (bytes) => void socket.write(bytes) };
}

/** Resolves once it holds; rejects after five seconds. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  for (const end = performance.now() + 5_000; !holds(); ) {
    if (performance.now() > end) throw new Error(`not within five seconds: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
