/** A station's folder comes in; a way to ask its running agent goes out, or why there is none. */
import { lstatSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { findAddress } from './address.ts';
import { type Ask, longestLine, type News, type Reply, refused } from './contract.ts';
import { createLines, decodeAnswer, encodeRequest } from './line.ts';

export type Connected = { readonly kind: 'connected'; readonly ask: Ask; readonly close: () => void };
export type Connection =
  | Connected
  /** No agent has its door here. */
  | { readonly kind: 'absent' }
  /** One sentence. */
  | { readonly kind: 'barred'; readonly why: string };

/** An answer takes a disk write and a key derivation at most; a badge has its own time on top. */
const answerWithin = 20_000;
/** A whole hospital's people take their time; each piece of news begins it anew. */
const carriedWithin = 300_000;

export async function connectDoor(dir: string): Promise<Connection> {
  const loose = looseFolder(dir);
  if (loose !== null) return { kind: 'barred', why: loose };
  const path = findAddress(dir);
  if (path === null) return { kind: 'absent' };
  const socket = createConnection(path);
  const failure = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
    socket.once('connect', () => resolve(null));
    socket.once('error', resolve);
  });
  if (failure === null) return converse(socket);
  if (failure.code === 'ECONNREFUSED' || failure.code === 'ENOENT') return { kind: 'absent' };
  return { kind: 'barred', why: `The agent cannot be reached (${failure.code ?? 'unknown'}): run the command as root or as the agent’s account.` };
}

/** A PIN must not go to a socket that somebody else may have put there. */
function looseFolder(dir: string): string | null {
  if (process.platform === 'win32') return null;
  try {
    return (lstatSync(dir).mode & 0o022) === 0 ? null : `Others may write in ${dir}: run chmod 700 on it, then try again.`;
  } catch (e) {
    const { code } = e as NodeJS.ErrnoException;
    return code === 'EACCES' ? `This account may not look into ${dir}: run the command as root or as the agent’s account.` : null;
  }
}

function converse(socket: Socket): Connected {
  const lines = createLines(2 * longestLine);
  let hear: (news: News) => void = () => undefined;
  let answered: ((reply: Reply) => void) | null = null;
  const gone = refused('unavailable', 'The agent ended the conversation: look whether it still runs with `tapward status`.');
  let closed: Reply | null = null;
  const settle = (reply: Reply): void => {
    const waiting = answered;
    answered = null;
    waiting?.(reply);
  };
  const end = (): void => {
    closed ??= gone;
    settle(closed);
  };
  socket.on('data', (bytes: Buffer) => {
    let whole = lines.take(bytes);
    for (let line = lines.next(); whole && line !== null; line = lines.next()) {
      const said = decodeAnswer(line);
      if (said === null) whole = false;
      else if (said.kind === 'news') hear(said.news);
      else if (answered === null) closed = said.reply;
      else settle(said.reply);
    }
    if (whole) return;
    closed = refused('unavailable', 'The agent speaks another version: use the `tapward` that came with it.');
    socket.destroy();
  });
  socket.once('error', end);
  socket.once('close', end);
  return {
    kind: 'connected',
    ask: async (request, { pin, hear: listener = () => undefined } = {}) => {
      if (closed !== null) {
        pin?.fill(0);
        return closed;
      }
      hear = (news) => {
        // It is at work.
        late.refresh();
        listener(news);
      };
      const line = encodeRequest(request, pin ?? null);
      pin?.fill(0);
      const reply = new Promise<Reply>((resolve) => (answered = resolve));
      socket.write(line, () => line.fill(0));
      const late = setTimeout(
        () => settle(refused('unavailable', 'The agent does not answer: restart it.')),
        request.ask === 'importPeople' || request.ask === 'exportPeople' ? carriedWithin : answerWithin + ('seconds' in request ? request.seconds * 1000 : 0),
      );
      try {
        return await reply;
      } finally {
        clearTimeout(late);
      }
    },
    close: () => socket.destroy(),
  };
}
