/** Faces connect here; each is sent every Frame and cue, and what their hands do, their beats and their last words go out to the agent. Whatever bytes come, the agent goes on. */
import { rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { CeremonyAnswer, Gesture } from '../../core/bridge.ts';
import { alive, bodies, decodeFromFace, type FromFace, framed, longestFromFace, longestOfKind, longestToFace, type RefusedSwitch } from '../../core/face-link.ts';
import type { Millis } from '../../core/types.ts';
import { createAllowance } from '../allowance.ts';
import type { Faces } from '../faces.ts';
import { descriptorOf, withFixedReads } from '../fixed-reads.ts';
import { listenAt } from '../local-socket.ts';
import type { Keyboard } from './keyboard.ts';
import { watchPresence } from './presence.ts';

/** Who is at the other end, by the kernel's word. */
export type FacePeer = { readonly uid: number; readonly pid: number };
export type FaceDoorParts = {
  /** A Unix socket's path (at most 103 bytes), or a pipe's on Windows; what a killed agent left there is taken away. */
  readonly path: string;
  /** Of the socket, 0600 unless said: whoever may write to it may knock. */
  readonly mode?: number;
  /** null where the system does not say. */
  readonly peerOf: (fd: number) => FacePeer | null;
  /** `null` comes only where the system never says: on Linux such a visitor is refused unasked. */
  readonly accepts: (peer: FacePeer | null) => boolean;
  readonly faces: Pick<Faces, 'connect'>;
  readonly gesture: (gesture: Gesture) => void;
  /** Whether its hands count at this moment: not in a session that is not shown. Whoever was let in, unless said. */
  readonly mayAct?: (peer: FacePeer | null) => boolean;
  /** What came of a security key's ceremony; unproved, and perhaps of none that was asked for. */
  readonly answer: (answer: CeremonyAnswer) => void;
  /** Whether any face covers every display; told at each change, the first time with the first face. */
  readonly presence: (present: boolean) => void;
  /** The process that holds this face lives and answers; `covers`: and every display shows what the last frame asked for. */
  readonly beaten?: (peer: FacePeer | null, covers: boolean) => void;
  /** Hears what each face says of the keyboard. */
  readonly keyboard?: Pick<Keyboard, 'said' | 'gone'>;
  /** A face was started in a way that opens it to others, and is ending. Told as often as a ledger can bear. */
  readonly refused: (what: RefusedSwitch) => void;
  /** Whoever was not let in or was put out, in words. */
  readonly noted: (text: string) => void;
  readonly limits?: Partial<FaceLimits>;
};
export type FaceLimits = {
  readonly connections: number;
  /** Milliseconds without a covering beat until a face no longer counts as present. */
  readonly silence: Millis;
  /** Milliseconds without any beat until its connection is ended. */
  readonly patience: Millis;
};
export type FaceDoor = { readonly close: () => Promise<void> };

const usualLimits: FaceLimits = { connections: 4, silence: 3_000, patience: 15_000 };
/** Two thumbs drumming make 30 a second; beyond this, gestures are dropped. */
const hands = { perSecond: 60, burst: 60 };
/** A ceremony is answered once; beyond this, answers are dropped. */
const keys = { perSecond: 2, burst: 10 };
/** Of any kind; who sends more is put out. It costs the queue nothing: only gestures within `hands` reach it. */
const messages = { perSecond: 200, burst: 1_000 };
/** A face that comes and goes writes to the ledger each time. */
const visits = { perSecond: 2, burst: 20 };
const lastWords = { perSecond: 0.1, burst: 5 };
/** Frames are about 1 kB: a face that leaves this many bytes unread does not draw any more. */
const longestBacklog = 4 * longestToFace;

/** Where faces sit, however they came. */
export type FaceSeats = {
  /** One that was let in: what is returned takes its bytes; null: there are too many. `mayAct`: whether its hands count at this moment. */
  readonly take: (line: Duplex, peer: FacePeer | null, mayAct?: () => boolean) => ((bytes: Uint8Array) => void) | null;
  readonly noted: (text: string) => void;
  /** Ends all connections. */
  readonly close: () => Promise<void>;
};
export type FaceSeatsParts = Omit<FaceDoorParts, 'path' | 'mode' | 'peerOf' | 'accepts'>;

export function createFaceSeats(parts: FaceSeatsParts): FaceSeats {
  const limits = { ...usualLimits, ...parts.limits };
  const presence = watchPresence(parts.presence, limits.silence);
  const mayVisit = createAllowance(visits);
  const mayNote = createAllowance({ perSecond: 1, burst: 10 });
  const noted = (text: string): void => {
    if (mayNote(performance.now())) parts.noted(text);
  };
  const mayRefuse = createAllowance(lastWords);
  const refused = (what: RefusedSwitch): void => {
    if (mayRefuse(performance.now())) parts.refused(what);
  };
  const open = new Set<Duplex>();
  return {
    noted,
    take: (line, peer, mayAct = () => parts.mayAct?.(peer) ?? true) => {
      if (open.size >= limits.connections || !mayVisit(performance.now())) {
        noted('A face was turned away: there are too many.');
        return null;
      }
      open.add(line);
      line.once('close', () => open.delete(line));
      line.on('error', () => line.destroy());
      return serve(line, { ...parts, mayAct, noted, refused }, peer, presence, limits.patience);
    },
    close: async () => void (await Promise.all([...open].map((line) => new Promise((resolve) => line.once('close', resolve).destroy())))),
  };
}

/** Throws where none can be opened: the station stays locked then, for it has no screen. */
export async function openFaceDoor(parts: FaceDoorParts): Promise<FaceDoor> {
  const seats = createFaceSeats(parts);
  const server = createServer({ pauseOnConnect: true }, (accepted) => {
    // Who may not be a face uses up nothing that a face needs to come back.
    const peer = peerAt(accepted, parts);
    if (peer === 'unknown' || !parts.accepts(peer)) {
      seats.noted(
        peer === null || peer === 'unknown' ? 'A face was refused: who it is cannot be seen.' : `A face was refused: process ${peer.pid} of account ${peer.uid} may not be one.`,
      );
      accepted.destroy();
      return;
    }
    let hear: (bytes: Buffer) => void = () => undefined;
    const socket = withFixedReads(accepted, (bytes) => hear(bytes));
    const taken = seats.take(socket, peer);
    if (taken === null) socket.destroy();
    else hear = taken;
  });
  await listenAt(server, parts.path, parts.mode);
  return {
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await Promise.all([closed, seats.close()]);
      if (process.platform !== 'win32') rmSync(parts.path, { force: true });
    },
  };
}

/** `unknown`: Linux can always say who it is, and did not. */
function peerAt(socket: Socket, { peerOf }: FaceDoorParts): FacePeer | null | 'unknown' {
  const fd = descriptorOf(socket);
  return (fd === null ? null : peerOf(fd)) ?? (process.platform === 'linux' ? 'unknown' : null);
}

/** Speaks with one face until its connection ends; what is returned takes its bytes. */
function serve(
  socket: Duplex,
  parts: Omit<FaceSeatsParts, 'mayAct'> & { readonly mayAct: () => boolean },
  peer: FacePeer | null,
  presence: ReturnType<typeof watchPresence>,
  patience: Millis,
): (bytes: Uint8Array) => void {
  const mayGesture = createAllowance(hands);
  const mayAnswer = createAllowance(keys);
  const maySpeak = createAllowance(messages);
  let over = false;
  const putOut = (why: string): void => {
    if (over) return;
    end();
    parts.noted(`A face was put out: ${why}`);
    socket.destroy();
  };
  const silent = setTimeout(() => putOut('it fell silent.'), patience);
  const say = (text: string): void => {
    if (over) return;
    socket.write(framed(new TextEncoder().encode(text)));
    if (socket.writableLength > longestBacklog) putOut('it does not read what it is sent.');
  };
  const leave = parts.faces.connect((message) => say(JSON.stringify(message)));
  const end = (): void => {
    over = true;
    clearTimeout(silent);
    leave();
    presence.gone(socket);
    parts.keyboard?.gone(socket);
  };
  socket.once('close', end);
  // A face that closes its half has nothing more to say.
  socket.once('end', () => socket.destroy());

  const take = (message: FromFace, now: Millis): void => {
    switch (message.kind) {
      case 'gesture':
        if (mayGesture(now) && parts.mayAct()) parts.gesture(message.gesture);
        return;
      case 'key':
        if (mayAnswer(now) && parts.mayAct()) parts.answer(message.answer);
        return;
      case 'beat':
        silent.refresh();
        parts.beaten?.(peer, message.covers);
        if (message.covers) presence.covers(socket);
        if (message.hold === undefined) return;
        parts.keyboard?.said(socket, message.hold);
        return say(alive);
      case 'refused':
        parts.refused(message.what);
        // It waits to be let go: closed by itself, it could be gone before this was read.
        end();
        socket.destroy();
        return;
      default:
        return message satisfies never;
    }
  };
  const cut = bodies(
    longestFromFace,
    (body) => {
      if (over) return;
      const now = performance.now();
      const message = maySpeak(now) ? decodeFromFace(body) : 'flood';
      if (message === 'flood') putOut('it says more than hands can do.');
      else if (message === null) putOut('it says what no face says.');
      else take(message, now);
    },
    longestOfKind,
  );
  return (bytes) => {
    if (!over && !cut(bytes)) putOut('it says what no face says.');
  };
}
