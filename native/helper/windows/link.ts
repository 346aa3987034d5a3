/** The pipe of this session comes in, which Windows' host owns; the agent's whole messages go out, and what the helper says goes to it, as letters that the host hands through. */
import { connect, type Socket } from 'node:net';
import { type FromHelper, helperLine, helperLines, readToHelper, type ToHelper } from '../../../core/helper-link.ts';
import { greeting, hostLines, lockedLine, sayLines } from '../../../core/host-link.ts';
import type { AgentLink } from '../link.ts';

export type HostLinkParts = {
  readonly path: string;
  readonly session: number;
  /** The first letter; waited for. */
  readonly greet: () => Promise<FromHelper>;
  readonly take: (message: ToHelper) => void;
  /** Asks Windows to lock this session; its error code. */
  readonly lock: () => number;
  /** A connection that had begun is over. */
  readonly lost: () => void;
};

const retryAfter = 250;
const beatEvery = 900;

/** Connects at once, and again whenever it must. */
export function startHostLink({ path, session, greet, take, lock, lost }: HostLinkParts): AgentLink {
  let socket: Socket | null = null;
  let over = false;
  let retry: NodeJS.Timeout | undefined;

  const send = (message: FromHelper): void => {
    if (socket?.writable !== true) return;
    for (const line of sayLines(Buffer.from(helperLine(message)))) socket.write(line);
  };
  const dial = (): void => {
    const line = connect(path);
    let beat: NodeJS.Timeout | undefined;
    const cut = helperLines((text) => {
      const message = readToHelper(text);
      if (message === null) line.destroy();
      else if (socket === line) take(message);
    });
    const hear = hostLines({
      ready: () => {
        void greet().then((hello) => {
          if (line.destroyed) return;
          socket = line;
          send(hello);
          beat = setInterval(send, beatEvery, { kind: 'beat' });
        });
      },
      told: (bytes) => {
        if (!cut(bytes)) line.destroy();
      },
      lock: () => void line.write(lockedLine(lock())),
    });
    line.on('connect', () => line.write(greeting('helper', session)));
    line.on('data', (bytes: Buffer) => {
      if (!line.destroyed && !hear(bytes)) line.destroy();
    });
    line.on('error', () => undefined);
    line.on('close', () => {
      clearInterval(beat);
      const was = socket === line;
      if (was) socket = null;
      if (!over) retry = setTimeout(dial, retryAfter);
      if (was) lost();
    });
  };
  dial();
  return {
    send,
    end: () => {
      over = true;
      clearTimeout(retry);
      socket?.destroy();
    },
  };
}
