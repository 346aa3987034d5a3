/** Applications of the open session connect here and ask that its person proves herself anew; each gets one answer: a signed statement, or why there is none. */
import { type KeyObject, randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import type { Policy } from '../../core/policy.ts';
import type { Ask, AskRefusal, SubscriberId } from '../../core/types.ts';
import { createAllowance } from '../allowance.ts';
import type { Asks } from '../effects.ts';
import { descriptorOf } from '../fixed-reads.ts';
import { listenAt } from '../local-socket.ts';
import { longestRequest, readRequest } from './request.ts';
import { makeStatement } from './statement.ts';

/** Who is at the other end, by the kernel's word. */
export type Application = { readonly uid: number; readonly pid: number };
export type StepUpParts = {
  /** A Unix socket's path, at most 103 bytes. */
  readonly path: string;
  readonly mode?: number;
  readonly key: KeyObject;
  readonly policy: () => Policy;
  readonly peerOf: (fd: number) => Application | null;
  /** The program file it runs, by the kernel's word or that of its own session's helper; null: it has ended, or nobody can say. */
  readonly programOf: (application: Application) => string | null | Promise<string | null>;
  /** Whether this account's applications run in the session that may be open here. */
  readonly accepts: (application: Application) => boolean;
  /** Whose work is open; null: nobody's. */
  readonly signedIn: () => SubscriberId | null;
  readonly stepUp: (ask: Ask) => void;
  readonly noted: (text: string) => void;
};
export type StepUpDoor = { readonly asks: Asks; readonly close: () => Promise<void> };

const mostOpen = 16;
/** For the one line to come. */
const lineWithin = 5_000;
/** A nonce is answered once. Applications ask too seldom for one to be forgotten while a statement made of it lives. */
const remembered = 1_000;
/** Questions of one application: nobody is worn down by asking again, and each is durable in the ledger. */
const questions = { perSecond: 0.2, burst: 20 };
/** A program that is refused again and again fills no log. */
const notes = { perSecond: 0.2, burst: 10 };

type Waiting = { readonly socket: Socket; readonly nonce: string };

/** Throws where none can be opened; the station goes on without it. */
export async function openStepUpDoor(parts: StepUpParts): Promise<StepUpDoor> {
  const waiting = new Map<string, Waiting>();
  const open = new Set<Socket>();
  const used = new Set<string>();
  const mayNote = createAllowance(notes);
  const allowances = new Map<string, ReturnType<typeof createAllowance>>();
  const mayAsk = (app: string): boolean => {
    const allowed = allowances.get(app) ?? createAllowance(questions);
    allowances.set(app, allowed);
    return allowed(performance.now());
  };

  // Told, it is let go: whoever does not hang up would keep a place.
  const say = (socket: Socket, answer: object): void => void socket.end(`${JSON.stringify({ v: 1, ...answer })}\n`, () => socket.destroy());
  const decline = (socket: Socket, because: AskRefusal | 'refused', why: string): void => say(socket, { result: 'declined', because, why });

  const ask = async (socket: Socket, application: Application, line: string): Promise<void> => {
    const program = await parts.programOf(application);
    if (socket.destroyed) return;
    // By the program it runs, not by what it says: its name on the screen is the policy's.
    const app = parts.policy().stepUpApps.find((known) => known.program === program)?.name ?? null;
    if (app === null) {
      // As the kernel names it: a link's own path in the policy would never match. Its name may hold anything, line breaks too.
      if (mayNote(performance.now())) parts.noted(`A program that the policy does not name asked: ${program === null ? 'one that cannot be seen' : JSON.stringify(program)}.`);
      return decline(
        socket,
        'refused',
        program === null
          ? 'Which program asks cannot be seen: let IT look whether the session helper runs in this session.'
          : 'This program may not ask here: let IT add it to "stepUpApps".',
      );
    }
    const read = readRequest(line);
    if (read.kind === 'junk') return decline(socket, 'refused', read.why);
    const { act, nonce, least } = read.request;
    if (!mayAsk(app)) return decline(socket, 'busy', 'This application asks too often: ask only when the person wants it, and not by yourself.');
    if (used.has(nonce)) return decline(socket, 'refused', 'This nonce was used before: make a new one for each request.');
    used.add(nonce);
    if (used.size > remembered) used.delete(used.values().next().value ?? '');
    const subscriber = parts.signedIn();
    if (subscriber === null) return decline(socket, 'locked', words.locked);
    const id = randomBytes(8).toString('hex');
    waiting.set(id, { socket, nonce });
    socket.once('close', () => waiting.delete(id));
    parts.stepUp({ id, subscriber, app, act, ...(least !== undefined && { least }) });
  };

  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    if (open.size >= mostOpen) return void socket.destroy();
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    const fd = descriptorOf(socket);
    const application = fd === null ? null : parts.peerOf(fd);
    if (application === null || !parts.accepts(application)) return decline(socket, 'refused', 'Only applications of the session at this screen may ask.');
    hearLine(socket, (line) => (line === null ? decline(socket, 'refused', 'Send one line of at most 1,024 bytes.') : void ask(socket, application, line)));
  });
  await listenAt(server, parts.path, parts.mode);

  const answer = (asked: Ask, tell: (to: Waiting) => void): void => {
    const to = waiting.get(asked.id);
    waiting.delete(asked.id);
    if (to !== undefined) tell(to);
  };
  return {
    asks: {
      confirm: (asked, factors, reached) =>
        answer(asked, ({ socket, nonce }) => {
          const { subscriber, app, act } = asked;
          const statement = makeStatement(parts.key, { subscriber, station: parts.policy().stationName, app, act, nonce, factors, reached }, Date.now());
          say(socket, { result: 'confirmed', statement });
        }),
      decline: (asked, because) => answer(asked, ({ socket }) => decline(socket, because, words[because])),
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of open) socket.destroy();
      await closed;
      rmSync(parts.path, { force: true });
    },
  };
}

const words: Readonly<Record<AskRefusal, string>> = {
  locked: 'Nobody’s work is open at this screen, or another’s: ask again once she has signed in.',
  busy: 'The screen is asking something else: ask again in a moment.',
  declined: 'The person said no: do not ask again by yourself.',
  timedOut: 'Nobody answered in time: ask again when the person wants it.',
  wrongPin: 'Too many wrong PINs: the person has to wait or call IT.',
  tooWeak: 'What she showed does not reach the level you asked for: she needs a badge that proves itself, and for AAL2 a PIN of 8 digits beside it.',
};

/** The first line, once; null: it was too long, or did not come in time. */
function hearLine(socket: Socket, heard: (line: string | null) => void): void {
  let held = Buffer.alloc(0);
  let over = false;
  const end = (line: string | null): void => {
    if (over) return;
    over = true;
    clearTimeout(late);
    heard(line);
  };
  const late = setTimeout(() => end(null), lineWithin);
  socket.once('close', () => {
    over = true;
    clearTimeout(late);
  });
  socket.on('data', (chunk: Buffer) => {
    if (over) return;
    held = Buffer.concat([held, chunk.subarray(0, longestRequest + 1 - held.length)]);
    const newline = held.indexOf(0x0a);
    if (newline >= 0 && newline < longestRequest) end(held.subarray(0, newline).toString('utf8'));
    else if (held.length > longestRequest) end(null);
  });
}
