/** The agent's door comes in; its messages go out, validated, and what the face says goes to it. The link mends itself; while it is down the agent is away. */
import { connect, type Socket } from 'node:net';
import type { ToFace } from '../core/bridge.ts';
import { bodies, decodeToFace, encodeFromFace, type FromFace, longestToFace } from '../core/face-link.ts';
import type { Door } from './door.ts';

/** Milliseconds between tries: short, for every one of them is a person before a locked screen. */
const firstRetry = 25;
const lastRetry = 200;

export type Link = {
  /** What cannot be said now is forgotten: a digit that comes late is worse than none. */
  readonly send: (message: FromFace) => void;
  readonly end: () => void;
};
type Heard = {
  readonly connected: () => void;
  readonly message: (message: ToFace) => void;
  /** Once for each time that a connection is lost or its agent says what no agent would. */
  readonly away: () => void;
};

/** Connects at once, and again whenever it must. */
export function startLink(door: Door, { connected, message, away }: Heard): Link {
  let socket: Socket | null = null;
  let open = false;
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
    const take = bodies(longestToFace, (body) => {
      const said = decodeToFace(new TextDecoder().decode(body));
      if (said === null) {
        line.destroy();
        return;
      }
      wait = firstRetry;
      message(said);
    });
    line.on('connect', () => {
      open = true;
      connected();
    });
    line.on('data', (chunk: Uint8Array) => {
      if (!line.destroyed && !take(chunk)) line.destroy();
    });
    line.on('error', () => undefined);
    line.on('close', () => {
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
    send: (said) => {
      const bytes = encodeFromFace(said);
      if (socket === null || !open) bytes.fill(0);
      else socket.write(bytes, () => bytes.fill(0));
    },
    end: () => {
      ended = true;
      clearTimeout(retry);
      socket?.destroy();
    },
  };
}
