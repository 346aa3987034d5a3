/** Connections of this computer's administrators come in, their requests are answered from the running agent. Whatever bytes come, the agent goes on. */
import { createServer, type Server, type Socket } from 'node:net';
import type { NewAddress } from './address.ts';
import { makeAddress } from './address.ts';
import { type Refused, refused, type Request } from './contract.ts';
import { type Administered, createConversation } from './conversation.ts';
import { createLines, decodeRequest, encodeNews, encodeReply } from './line.ts';

export type DoorParts = {
  readonly dir: string;
  readonly station: Administered;
  /** Who is at the other end; null where the system cannot say. */
  readonly peerOf: (fd: number) => { readonly uid: number; readonly account: string } | null;
  /** The agent's own account: the only one but root that may ask, and who is named where the peer is not known. */
  readonly ownAccount: string;
  /** Each request once answered, without its contents. */
  readonly noted: (text: string) => void;
};
export type Door = { readonly close: () => Promise<void> };

/** Asked often, and telling nothing of anybody. */
const quiet: ReadonlySet<Request['ask']> = new Set<Request['ask']>(['status', 'rules', 'checkpoint']);
const mostConnections = 8;
/** For a line to be finished once begun, and for the first one to begin. */
const lineWithin = 10_000;
/** Between two requests: a person may be typing a PIN. */
const idleFor = 180_000;

/** Throws where no door can be made; the agent serves taps without one. */
export async function openDoor(parts: DoorParts): Promise<Door> {
  const address = makeAddress(parts.dir);
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    // A client that vanishes mid-answer is no fault of the agent's.
    socket.on('error', () => socket.destroy());
    const stranger = open.size >= mostConnections ? refused('unavailable', 'Too many commands run at once: let one finish, then try again.') : greet(socket, parts);
    if ('kind' in stranger) {
      socket.end(encodeReply(stranger));
      return;
    }
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    serve(socket, parts, stranger.account);
  });
  await listen(server, address);
  return {
    close: async () => {
      for (const socket of open) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      address.remove();
    },
  };
}

async function listen(server: Server, { path, remove }: NewAddress): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      // The socket is bound before `listen` returns: it never exists with wider rights than these.
      const before = process.platform === 'win32' ? null : process.umask(0o177);
      server.listen(path, resolve);
      if (before !== null) process.umask(before);
    });
  } catch (why) {
    remove();
    throw why;
  }
}

/** The kernel's word on who connected, should the folder's permissions have been loosened. */
function greet(socket: Socket, { peerOf, ownAccount }: DoorParts): { readonly account: string } | Refused {
  const fd = (socket as Socket & { readonly _handle?: { readonly fd?: number } })._handle?.fd;
  const peer = fd === undefined || fd < 0 ? null : peerOf(fd);
  if (peer === null) return { account: ownAccount };
  if (peer.uid === 0 || peer.uid === process.geteuid?.()) return peer;
  return refused('refused', 'This account may not administer the station: run the command as root or as the agent’s account.');
}

function serve(socket: Socket, { station, noted }: DoorParts, actor: string): void {
  const conversation = createConversation(station, actor);
  const lines = createLines();
  let busy = false;
  let over = false;
  let patience: NodeJS.Timeout | undefined;
  const wait = (milliseconds: number): void => {
    clearTimeout(patience);
    patience = setTimeout(() => finish(refused('wrong', 'No request came: use the `tapward` command.')), milliseconds);
  };
  const finish = (last: Refused): void => {
    if (over) return;
    over = true;
    clearTimeout(patience);
    socket.end(encodeReply(last), () => socket.destroy());
  };

  const answerNext = (): void => {
    if (busy || over) return;
    const line = lines.next();
    if (line === null) return;
    const read = decodeRequest(line);
    if (read.kind === 'junk') return finish(refused('wrong', read.why));
    busy = true;
    clearTimeout(patience);
    const { request, pin } = read;
    const hear = (news: Parameters<typeof encodeNews>[0]): void => void (over || socket.write(encodeNews(news)));
    conversation
      .ask(request, pin === null ? { hear } : { pin, hear })
      .catch(() => refused('unavailable', 'The agent could not answer: look with `tapward doctor`.'))
      .then((reply) => {
        if (!quiet.has(request.ask)) noted(`${request.ask} asked by ${actor}: ${reply.kind}`);
        busy = false;
        if (over) return;
        socket.write(encodeReply(reply));
        wait(lines.isHalf() ? lineWithin : idleFor);
        answerNext();
      })
      .catch(() => socket.destroy());
  };

  wait(lineWithin);
  let wasHalf = false;
  socket.on('data', (bytes: Buffer) => {
    if (over) return void bytes.fill(0);
    if (!lines.take(bytes)) return finish(refused('wrong', 'The line is too long: use the `tapward` command.'));
    if (!busy && !wasHalf) wait(lineWithin);
    answerNext();
    wasHalf = lines.isHalf();
  });
  socket.once('close', () => {
    over = true;
    clearTimeout(patience);
    lines.wipe();
    conversation[Symbol.dispose]();
  });
}
