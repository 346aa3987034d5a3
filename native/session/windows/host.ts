/** The path of the host's pipe comes in; what the host says goes out, line by line, and what it is asked goes in. */
import { createConnection, type Socket } from 'node:net';
import type { SessionRole } from '../../../core/host-link.ts';
import { asciiBytes, letterLine, longestLetter } from '../../../core/letters.ts';
import { createLineReader, type HostLine, secretLine } from './lines.ts';

export const hostPipe = '\\\\.\\pipe\\tapward-agent';

/** What LogonUI's tile shows, as protocol.h has it; `name`: of the person, shown after her badge was read. */
export type TileScreen =
  | { readonly kind: 'idle' | 'blocked' | 'password' | 'away'; readonly name: string }
  | { readonly kind: 'pin'; readonly length: number; readonly name: string }
  | { readonly kind: 'wait'; readonly seconds: number; readonly name: string }
  | { readonly kind: 'wrong'; readonly left: number; readonly name: string };
export type Account = { readonly domain: string; readonly user: string };

export type Host = AsyncDisposable & {
  /** It has greeted us. Whatever was known before is over when it is not. */
  readonly isHere: () => boolean;
  readonly say: (...fields: readonly (string | number)[]) => void;
  /** The secret is overwritten. */
  readonly saySecret: (fields: readonly (string | number)[], secret: Uint8Array) => void;
  readonly hear: (listener: (line: HostLine) => void) => void;
  /** ASCII digits typed at a tile, in a view that is overwritten when the listener returns. */
  readonly hearPin: (listener: (session: number, digits: Uint8Array) => void) => void;
  /** What a session's face or helper says, in a view that is overwritten when the listener returns. */
  readonly hearLetter: (listener: (from: SessionRole, session: number, bytes: Uint8Array) => void) => void;
  /** To a session's face or helper. */
  readonly write: (to: SessionRole, session: number, bytes: Uint8Array) => void;
  readonly changed: (listener: (isHere: boolean) => void) => void;
  /** At the logon screen. */
  readonly show: (screen: TileScreen) => void;
  /** Her window: the host keeps her record's key from her next tap with a PIN on, `ms` at most. */
  readonly keep: (account: Account, ms: number) => void;
  /** Null: everybody's windows are over. */
  readonly drop: (account: Account | null) => void;
};

const again = 1_000;

/** Connects until disposed, and again a second after each end; a host that speaks outside of the grammar is left. */
export function connectHost(path: string = hostPipe): Host {
  const hearers: ((line: HostLine) => void)[] = [];
  const pinHearers: ((session: number, digits: Uint8Array) => void)[] = [];
  const letterHearers: ((from: SessionRole, session: number, bytes: Uint8Array) => void)[] = [];
  const watchers: ((isHere: boolean) => void)[] = [];
  let socket: Socket | null = null;
  let greeted = false;
  let isOver = false;
  let timer: NodeJS.Timeout | undefined;

  const greet = (isHere: boolean): void => {
    if (greeted === isHere) return;
    greeted = isHere;
    for (const watcher of watchers) watcher(isHere);
  };
  const join = (): void => {
    const read = createLineReader({
      line: (line) => {
        if (line.verb === 'READY') greet(true);
        else for (const hearer of hearers) hearer(line);
      },
      pin: (session, digits) => {
        for (const hearer of pinHearers) hearer(session, digits);
      },
      letter: (from, id, bytes) => {
        for (const hearer of letterHearers) hearer(from, id, bytes);
      },
    });
    // One buffer for all it reads: a PIN lies nowhere else.
    const own = createConnection({
      path,
      onread: {
        buffer: new Uint8Array(16_384),
        callback: (size, buffer) => {
          if (!read(buffer.subarray(0, size))) own.destroy();
          return true;
        },
      },
    });
    socket = own;
    own.on('connect', () => own.write('HELLO\t1\t0\tagent\n'));
    own.on('error', () => undefined);
    own.on('close', () => {
      greet(false);
      if (!isOver) timer = setTimeout(join, again);
    });
  };
  join();

  const say: Host['say'] = (...fields) => {
    if (greeted) socket?.write(`${fields.join('\t')}\n`);
  };
  return {
    isHere: () => greeted,
    say,
    saySecret: (fields, secret) => {
      const line = secretLine(fields, secret);
      secret.fill(0);
      if (greeted && socket !== null) socket.write(line, () => void line.fill(0));
      else line.fill(0);
    },
    hear: (listener) => void hearers.push(listener),
    hearPin: (listener) => void pinHearers.push(listener),
    hearLetter: (listener) => void letterHearers.push(listener),
    write: (to, session, bytes) => {
      if (!greeted) return;
      for (let from = 0; from < bytes.length; from += longestLetter)
        socket?.write(letterLine(asciiBytes(`${to === 'face' ? 'TELL' : 'HELP'}\t${session}\t`), bytes.subarray(from, from + longestLetter)));
    },
    changed: (listener) => void watchers.push(listener),
    show: (screen) => {
      const number = screen.kind === 'pin' ? screen.length : screen.kind === 'wait' ? screen.seconds : screen.kind === 'wrong' ? screen.left : 0;
      say('SHOW', screen.kind, number, screen.name);
    },
    keep: ({ domain, user }, ms) => say('KEEP', domain, user, Math.floor(ms)),
    drop: (account) => say('DROP', account?.domain ?? '', account?.user ?? ''),
    [Symbol.asyncDispose]: async () => {
      isOver = true;
      clearTimeout(timer);
      if (socket === null || socket.destroyed) return;
      const ended = new Promise((resolve) => socket?.once('close', resolve));
      socket.destroy();
      await ended;
    },
  };
}
