/** A path and how a connection there begins come in; a helper's line to its agent goes out, dialled again whenever it ends. */
import { connect, type Socket } from 'node:net';
import { type FromHelper, helperLines, readToHelper, type ToHelper } from '../../core/helper-link.ts';

export type AgentLink = { readonly send: (message: FromHelper) => void; readonly end: () => void };
/** What every helper's link is given. */
export type LinkParts = {
  readonly path: string;
  /** The first message; waited for. */
  readonly greet: () => Promise<FromHelper>;
  readonly take: (message: ToHelper) => void;
  /** A connection that had begun is over. */
  readonly lost: () => void;
};
export type RedialParts = LinkParts & {
  readonly write: (line: Socket, message: FromHelper) => void;
  /** Of a line that is being dialled: `begin` once it is known who listens, `hear` for the agent's own bytes. Answers what takes the line's bytes; false from either ends it. */
  readonly meet: (line: Socket, begin: () => void, hear: (bytes: Uint8Array) => boolean) => (bytes: Buffer) => boolean;
};

const retryAfter = 250;
/** Less than a third of what the agent waits for. */
const beatEvery = 900;

/** Connects at once, and again whenever it must. */
export function startRedial({ path, greet, take, lost, write, meet }: RedialParts): AgentLink {
  let socket: Socket | null = null;
  let over = false;
  let retry: NodeJS.Timeout | undefined;

  const send = (message: FromHelper): void => {
    if (socket?.writable === true) write(socket, message);
  };
  const dial = (): void => {
    const line = connect(path);
    let beat: NodeJS.Timeout | undefined;
    const begin = (): void => {
      void greet().then((hello) => {
        if (line.destroyed) return;
        socket = line;
        send(hello);
        beat = setInterval(send, beatEvery, { kind: 'beat' });
      });
    };
    const heard = meet(line, begin, helperLines((text) => {
      const message = readToHelper(text);
      if (message === null) line.destroy();
      else if (socket === line) take(message);
    }));
    line.on('data', (bytes: Buffer) => {
      if (!heard(bytes)) line.destroy();
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
