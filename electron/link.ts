/** The agent's door comes in; its messages go out, validated, and what the face says goes to it. The link mends itself; while it is down the agent is away. */
import { connect, type Socket } from 'node:net';
import type { ToFace } from '../core/bridge.ts';
import { alive, bodies, decodeToFace, encodeFromFace, type FromFace, longestToFace } from '../core/face-link.ts';
import { beatLine, greeting, hostLines, lockedLine, sayLines } from '../core/host-link.ts';
import type { Door } from './door.ts';

/** Milliseconds between tries: short, for every one of them is a person before a locked screen. */
const firstRetry = 25;
const lastRetry = 200;
/** An agent that has answered a beat and then says nothing for so long counts as lost: it is stopped, or hangs. After a stop of our own process, bytes may lie unread. Both milliseconds. */
const usualSilence = { borne: 3_800, unread: 200 };
/** ERROR_NOT_SUPPORTED: only the session helper can ask Windows to lock. */
const cannotLock = 50;

export type Link = {
  /** What cannot be said now is forgotten: a digit that comes late is worse than none. Nothing that hands do waits for an agent that has not said anything yet. */
  readonly send: (message: FromFace) => void;
  /** To Windows' host, which disconnects a kiosk's session that no face beats for: `covered`, every display is covered and locked. Nobody else hears it. */
  readonly beat: (word: 'covered' | 'open') => void;
  readonly end: () => void;
};
type Heard = {
  readonly connected: () => void;
  readonly message: (message: ToFace) => void;
  /** Once for each time that a connection is lost, or its agent falls silent or says what no agent would. */
  readonly away: () => void;
};

/** Connects at once, and again whenever it must. */
export function startLink(door: Door, { connected, message: heard, away }: Heard, silence = usualSilence): Link {
  let socket: Socket | null = null;
  let open = false;
  let met = false;
  let wait = firstRetry;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let ended = false;

  function again(): void {
    if (ended) return;
    retry = setTimeout(dial, wait);
    wait = Math.min(2 * wait, lastRetry);
  }

  function dial(): void {
    if (door.fault() !== null) return again();
    const line = connect(door.path);
    socket = line;
    met = false;
    let answers = false;
    let silent: ReturnType<typeof setTimeout> | undefined;
    // Only on a connection where it has answered: the next one waits for a stopped agent as long as that takes, and it finds no crowd of them when it goes on.
    const listen = (): void => {
      clearTimeout(silent);
      if (answers) silent = setTimeout(() => (silent = setTimeout(() => line.destroy(), silence.unread)), silence.borne);
    };
    const take = bodies(longestToFace, (body) => {
      const text = new TextDecoder().decode(body);
      met = true;
      answers ||= text === alive;
      listen();
      if (text === alive) return;
      const said = decodeToFace(text);
      if (said === null) {
        line.destroy();
        return;
      }
      wait = firstRetry;
      heard(said);
    });
    const begin = (): void => {
      open = true;
      connected();
    };
    const told = (bytes: Uint8Array): void => {
      if (!line.destroyed && !take(bytes)) line.destroy();
    };
    const hear = door.session === undefined ? null : hostLines({ ready: begin, told, lock: () => void line.write(lockedLine(cannotLock)) });
    line.on('connect', () => {
      if (door.session === undefined) begin();
      else line.write(greeting('face', door.session));
    });
    line.on('data', (chunk: Uint8Array) => {
      if (hear === null) told(chunk);
      else if (!line.destroyed && !hear(chunk)) line.destroy();
    });
    line.on('error', () => undefined);
    line.on('close', () => {
      clearTimeout(silent);
      if (socket !== line) return;
      socket = null;
      if (open) away();
      open = false;
      again();
    });
    // An agent that closes its half has nothing more to say.
    line.on('end', () => line.destroy());
  }

  dial();
  return {
    send: (message) => {
      const bytes = encodeFromFace(message);
      const isHands = message.kind === 'gesture' || message.kind === 'key';
      if (socket === null || !open || (isHands && !met)) bytes.fill(0);
      else if (door.session === undefined) socket.write(bytes, () => bytes.fill(0));
      else {
        for (const said of sayLines(bytes)) socket.write(said, () => said.fill(0));
        bytes.fill(0);
      }
    },
    beat: (word) => {
      if (open && door.session !== undefined) socket?.write(beatLine(word));
    },
    end: () => {
      ended = true;
      clearTimeout(retry);
      socket?.destroy();
    },
  };
}
