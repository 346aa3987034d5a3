/** Connections of this computer's administrators come in, their requests are answered from the running agent. Whatever bytes come, the agent goes on. */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { descriptorOf, withFixedReads } from '../fixed-reads.ts';
import { listenAt } from '../local-socket.ts';
import type { NewAddress } from './address.ts';
import { makeAddress } from './address.ts';
import { type News, type Refused, type Request, refused } from './contract.ts';
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
  readonly limits?: Limits;
};
/** Milliseconds. `line`: for a line to be finished once begun, and for the first one to begin; `idle`: between two requests, where a person may be typing a PIN. */
export type Limits = { readonly line: number; readonly idle: number; readonly connections: number };
export type Door = { readonly close: () => Promise<void> };

/** Asked often, and telling nothing of anybody. */
const quiet: ReadonlySet<Request['ask']> = new Set<Request['ask']>(['status', 'rules', 'checkpoint', 'apdu', 'group', 'bundlePart', 'sendPart']);
const usualLimits: Limits = { line: 10_000, idle: 180_000, connections: 8 };

/** Throws where no door can be made; the agent serves taps without one. */
export async function openDoor(parts: DoorParts): Promise<Door> {
  const { limits = usualLimits } = parts;
  const address = makeAddress(parts.dir);
  const open = new Set<Socket>();
  let served = 0;
  const server = createServer({ pauseOnConnect: true }, (accepted) => {
    if (open.size >= 8 * limits.connections) return void accepted.destroy();
    let hear: (bytes: Buffer) => void = () => undefined;
    const socket = withFixedReads(accepted, (bytes) => hear(bytes));
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    // A client that vanishes mid-answer is no fault of the agent's.
    socket.on('error', () => socket.destroy());
    const visitor = served < limits.connections ? greet(socket, parts) : refused('unavailable', 'Too many commands run at once: let one finish, then try again.');
    if ('kind' in visitor) return dismiss(socket, visitor, limits);
    served++;
    socket.once('close', () => served--);
    hear = serve(socket, parts, limits, visitor.account);
  });
  await listen(server, address);
  return {
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await Promise.all([closed, ...[...open].map((socket) => new Promise((resolve) => socket.destroy().once('close', resolve)))]);
      address.remove();
    },
  };
}

/** The last word, and the end: time to read it, and no longer. Closed at once, the word would be lost to whoever is still writing. */
function dismiss(socket: Socket, last: Refused, limits: Limits): void {
  const late = setTimeout(() => socket.destroy(), limits.line);
  socket.once('close', () => clearTimeout(late));
  socket.resume();
  socket.end(encodeReply(last));
}

async function listen(server: Server, { path, remove }: NewAddress): Promise<void> {
  try {
    await listenAt(server, path);
  } catch (why) {
    remove();
    throw why;
  }
}

/** The kernel's word on who connected, should the folder's permissions have been loosened. */
function greet(socket: Socket, { peerOf, ownAccount }: DoorParts): { readonly account: string } | Refused {
  const fd = descriptorOf(socket);
  const peer = fd === null ? null : peerOf(fd);
  // Where the kernel can say who it is, not being told is a no.
  if (peer === null) return process.platform === 'linux' ? refused('refused', 'Who connected cannot be seen: run the command again.') : { account: ownAccount };
  if (peer.uid === 0 || peer.uid === process.geteuid?.()) return peer;
  return refused('refused', 'This account may not administer the station: run the command as root or as the agent’s account.');
}

/** Answers one visitor; what is returned takes her bytes. */
function serve(socket: Socket, { station, noted }: DoorParts, limits: Limits, actor: string): (bytes: Buffer) => void {
  const conversation = createConversation(station, actor);
  const lines = createLines();
  let busy = false;
  let over = false;
  let patience: NodeJS.Timeout | undefined;
  const wait = (milliseconds: number): void => {
    clearTimeout(patience);
    patience = setTimeout(() => finish('No request came: use the `tapward` command.'), milliseconds);
  };
  const finish = (why: string): void => {
    if (over) return;
    over = true;
    clearTimeout(patience);
    dismiss(socket, refused('wrong', why), limits);
  };

  const answer = async (request: Request, pin: Uint8Array | null): Promise<void> => {
    const hear = (news: News): void => {
      if (!over) socket.write(encodeNews(news));
    };
    const reply = await conversation.ask(request, pin === null ? { hear } : { pin, hear }).catch((why: unknown) => {
      noted(`${request.ask} asked by ${actor} met a fault: ${why instanceof Error ? why.message : 'unknown'}`);
      return refused('unavailable', 'The agent could not answer: look with `tapward doctor`.');
    });
    if (!quiet.has(request.ask)) noted(`${request.ask} asked by ${actor}: ${reply.kind}`);
    if (over) return;
    wait(lines.isHalf() ? limits.line : limits.idle);
    // Who asks without reading the answers is not asked to go on: nothing piles up here.
    if (!socket.write(encodeReply(reply))) await once(socket, 'drain');
  };
  const answerNext = (): void => {
    if (busy || over) return;
    const line = lines.next();
    if (line === null) return;
    const read = decodeRequest(line);
    if (read.kind === 'junk') return finish(read.why);
    busy = true;
    clearTimeout(patience);
    answer(read.request, read.pin).then(
      () => {
        busy = false;
        answerNext();
      },
      () => socket.destroy(),
    );
  };

  wait(limits.line);
  let wasHalf = false;
  socket.once('close', () => {
    over = true;
    clearTimeout(patience);
    lines.wipe();
    conversation[Symbol.dispose]();
  });
  return (bytes) => {
    if (over) return;
    if (!lines.take(bytes)) return finish('The line is too long: use the `tapward` command.');
    if (!busy && !wasHalf) wait(limits.line);
    answerNext();
    wasHalf = lines.isHalf();
  };
}
