/** The session helper connects here; hook events go out to it, and its reports and signs of life come back. Whatever bytes come, the agent goes on: a helper can bring a lock, never an open. */
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { type FromHelper, helperLine, helperLines, readFromHelper } from '../../core/helper-link.ts';
import type { Millis } from '../../core/types.ts';
import type { Contexts, HelperHere, HookReport } from '../../native/session/contexts.ts';
import { createAllowance } from '../allowance.ts';
import { descriptorOf, withFixedReads } from '../fixed-reads.ts';
import { listenAt } from '../local-socket.ts';

/** Who is at the other end, by the kernel's word. */
export type HelperPeer = { readonly uid: number; readonly pid: number };
export type HelperDoorParts = {
  /** A Unix socket's path, at most 103 bytes; what a killed agent left there is taken away. */
  readonly path: string;
  /** 0600 unless said: the account of the shared desktop must be able to write to it. */
  readonly mode?: number;
  readonly peerOf: (fd: number) => HelperPeer | null;
  /** The shared desktop's account, and where it can be told, the helper's own program. Nobody is accepted whom the system does not name. */
  readonly accepts: (peer: HelperPeer) => boolean;
  /** It came, it left, it was turned away or put out, in words. */
  readonly noted: (text: string) => void;
  /** Milliseconds without a line until a helper counts as dead. */
  readonly silence?: Millis;
  /** Helpers that may come, each of which may make the station lock. */
  readonly visits?: { readonly perSecond: number; readonly burst: number };
};
export type HelperDoor = {
  readonly contexts: Contexts;
  /** The program file that a process of the helper's account runs, as the helper saw it; null: nobody can say. Worth what that account's word is worth: its programs can load themselves into each other. */
  readonly programOf: (pid: number) => Promise<string | null>;
  readonly close: () => Promise<void>;
};

/** Where a session's one helper sits, however it came. */
export type HelperDesk = Pick<HelperDoor, 'contexts' | 'programOf'> & {
  /** Whether another one would be turned away. */
  readonly isTaken: () => boolean;
  /** One that was let in: what is returned takes its bytes. */
  readonly take: (line: Duplex) => (bytes: Uint8Array) => void;
  readonly noted: (text: string) => void;
  /** Ends its connection. */
  readonly end: () => void;
};
export type HelperDeskParts = Pick<HelperDoorParts, 'noted' | 'silence'>;

/** It beats once a second: this is three in a row. */
const usualSilence: Millis = 3_000;
/** After this process itself was stopped for a while, beats lie in the socket that have not been read yet. */
const doubt: Millis = 100;
/** Beyond the time its hooks have, for the answer to come. */
const answerWithin: Millis = 800;
const lines = { perSecond: 30, burst: 120 };
/** A person cannot be said to be at work more often than this; what is beyond is dropped. */
const inputs = { perSecond: 4, burst: 8 };
const usualVisits = { perSecond: 2, burst: 20 };
/** Answers that nobody reads: a helper so far behind is dead. */
const longestBacklog = 64 * 1024;

type Helper = {
  readonly socket: Duplex;
  here: HelperHere | null;
  readonly waiting: Map<number, (report: HookReport) => void>;
  readonly seen: Map<number, (path: string | null) => void>;
};

export function createHelperDesk({ noted: note, silence = usualSilence }: HelperDeskParts): HelperDesk {
  const watchers: ((here: HelperHere | null) => void)[] = [];
  const hearers: ((how: 'key' | 'pointer') => void)[] = [];
  const mayNote = createAllowance({ perSecond: 0.5, burst: 10 });
  const noted = (text: string): void => void (mayNote(performance.now()) && note(text));
  let helper: Helper | null = null;
  let number = 0;

  const tell = (here: HelperHere | null): void => {
    for (const watcher of watchers) watcher(here);
  };
  const take: HelperDesk['take'] = (socket) => {
    const mine: Helper = { socket, here: null, waiting: new Map(), seen: new Map() };
    helper = mine;
    const end = (): void => {
      if (helper !== mine) return;
      helper = null;
      clearTimeout(late);
      clearTimeout(doubted);
      for (const answer of mine.waiting.values()) answer({ how: 'away', hook: null });
      for (const answer of mine.seen.values()) answer(null);
      if (mine.here !== null) {
        noted('The session helper is gone: the desktop counts as uncovered until a face covers it.');
        tell(null);
      }
    };
    const putOut = (why: string): void => {
      if (helper === mine) noted(`The session helper was put out: ${why}`);
      end();
      socket.destroy();
    };
    let doubted: NodeJS.Timeout | undefined;
    const late = setTimeout(() => (doubted = setTimeout(putOut, doubt, 'it fell silent.')), silence);
    const mayInput = createAllowance(inputs);
    const maySpeak = createAllowance(lines);
    const hear = (message: FromHelper): void => {
      switch (message.kind) {
        case 'hello':
          if (mine.here !== null) return putOut('it says hello twice.');
          mine.here = { session: message.session, shown: message.shown };
          noted('The session helper is there.');
          return tell(mine.here);
        case 'ran':
          return mine.waiting.get(message.id)?.({ how: message.how, hook: message.hook });
        case 'program':
          return mine.seen.get(message.id)?.(message.path);
        case 'input':
          if (mine.here !== null && mayInput(performance.now())) for (const listener of hearers) listener(message.how);
          return;
        case 'beat':
          return;
        default:
          return message satisfies never;
      }
    };
    const cut = helperLines((line) => {
      if (helper !== mine) return;
      const message = readFromHelper(line);
      if (!maySpeak(performance.now())) return putOut('it says more than a helper has to say.');
      if (message === null) return putOut('it says what no helper says.');
      clearTimeout(doubted);
      late.refresh();
      hear(message);
    });
    socket.once('close', end);
    socket.once('end', () => socket.destroy());
    socket.on('error', () => socket.destroy());
    return (bytes) => {
      if (helper === mine && !cut(bytes)) putOut('its line is too long.');
    };
  };

  const run: Contexts['run'] = (event, context, within, signal) => {
    const to = helper;
    if (to?.here == null) return Promise.resolve({ how: 'away', hook: null });
    if (signal?.aborted === true) return Promise.resolve({ how: 'failed', hook: null });
    const id = ++number;
    const { promise, resolve } = Promise.withResolvers<HookReport>();
    const stop = (): void => send(to, { kind: 'stop', id });
    const late = setTimeout(resolve, within + answerWithin, { how: 'late', hook: null });
    signal?.addEventListener('abort', stop, { once: true });
    to.waiting.set(id, resolve);
    send(to, { kind: 'run', id, event, context, within });
    return promise.finally(() => {
      clearTimeout(late);
      signal?.removeEventListener('abort', stop);
      to.waiting.delete(id);
    });
  };
  const programOf: HelperDoor['programOf'] = (pid) => {
    const to = helper;
    if (to?.here == null) return Promise.resolve(null);
    const id = ++number;
    const { promise, resolve } = Promise.withResolvers<string | null>();
    const late = setTimeout(resolve, answerWithin, null);
    to.seen.set(id, resolve);
    send(to, { kind: 'program', id, pid });
    return promise.finally(() => {
      clearTimeout(late);
      to.seen.delete(id);
    });
  };
  return {
    contexts: {
      run,
      watch: (changed) => {
        watchers.push(changed);
        if (helper?.here != null) changed(helper.here);
      },
      hear: (used) => void hearers.push(used),
    },
    programOf,
    isTaken: () => helper !== null,
    take,
    noted,
    end: () => void helper?.socket.destroy(),
  };
}

/** Rejects where nobody can listen there: then no session is opened, for nobody could show or park one. */
export async function openHelperDoor({ path, mode, peerOf, accepts, visits = usualVisits, ...parts }: HelperDoorParts): Promise<HelperDoor> {
  const desk = createHelperDesk(parts);
  const mayVisit = createAllowance(visits);
  const server = createServer({ pauseOnConnect: true }, (accepted) => {
    accepted.on('error', () => accepted.destroy());
    const fd = descriptorOf(accepted);
    const peer = fd === null ? null : peerOf(fd);
    if (peer === null || !accepts(peer)) {
      desk.noted(peer === null ? 'A helper was refused: who it is cannot be seen.' : `A helper was refused: process ${peer.pid} of account ${peer.uid} may not be it.`);
      accepted.destroy();
    } else if (desk.isTaken() || !mayVisit(performance.now())) {
      desk.noted(desk.isTaken() ? 'A second session helper was turned away: the first is alive.' : 'A session helper was turned away: it comes too often.');
      accepted.destroy();
    } else {
      let hear: (bytes: Buffer) => void = () => undefined;
      hear = desk.take(withFixedReads(accepted, (bytes) => hear(bytes)));
    }
  });
  await listenAt(server, path, mode);
  return {
    contexts: desk.contexts,
    programOf: desk.programOf,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      desk.end();
      await closed;
      rmSync(path, { force: true });
    },
  };
}

function send({ socket }: Helper, message: Parameters<typeof helperLine>[0]): void {
  if (!socket.destroyed) socket.write(helperLine(message));
  if (socket.writableLength > longestBacklog) socket.destroy();
}
