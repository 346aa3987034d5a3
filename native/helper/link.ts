/** The agent's door comes in; its whole messages go out, and what the helper says goes to it, once the kernel has said that the agent's own account listens there. */
import { connect, type Socket } from 'node:net';
import { type FromHelper, helperLine, helperLines, readToHelper, type ToHelper } from '../../core/helper-link.ts';
import { peerOf } from '../peer/peer.ts';

export type AgentLink = { readonly send: (message: FromHelper) => void; readonly end: () => void };
export type AgentLinkParts = {
  readonly path: string;
  /** The account the agent runs as: anybody else who listens there is told nothing, and nothing of his is done. */
  readonly agentUid: number;
  /** The first line; waited for. */
  readonly greet: () => Promise<FromHelper>;
  readonly take: (message: ToHelper) => void;
  /** A connection that had begun is over. */
  readonly lost: () => void;
};

const retryAfter = 250;
/** Less than a third of what the agent waits for. */
const beatEvery = 900;

/** Connects at once, and again whenever it must. */
export function startAgentLink({ path, agentUid, greet, take, lost }: AgentLinkParts): AgentLink {
  let socket: Socket | null = null;
  let over = false;
  let retry: NodeJS.Timeout | undefined;

  const send = (message: FromHelper): void => {
    if (socket?.writable === true) socket.write(helperLine(message));
  };
  const dial = (): void => {
    const line = connect(path);
    let beat: NodeJS.Timeout | undefined;
    let begun = false;
    const cut = helperLines((text) => {
      const message = readToHelper(text);
      if (message === null) line.destroy();
      else if (socket === line) take(message);
    });
    line.on('connect', () => {
      const fd = (line as Socket & { readonly _handle?: { readonly fd?: number } | null })._handle?.fd ?? -1;
      begun = fd >= 0 && peerOf(fd)?.uid === agentUid;
      if (!begun) {
        line.destroy();
        return;
      }
      void greet().then((hello) => {
        if (line.destroyed) return;
        socket = line;
        send(hello);
        beat = setInterval(send, beatEvery, { kind: 'beat' });
      });
    });
    line.on('data', (bytes: Buffer) => {
      if (!begun || !cut(bytes)) line.destroy();
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
