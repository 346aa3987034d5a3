/** A folder comes in; a stand-in for the Windows host goes out: its agent's protocol on a Unix socket, over a small model of Windows' sessions that can be made to lie. */
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { setImmediate as soon } from 'node:timers/promises';

type Model = { readonly id: number; readonly epoch: string; readonly user: string; locked: boolean; remote: boolean };
/** What Windows does not do although it says yes; `mute`: no session event comes. */
export type Lies = {
  lock?: 'refused' | 'fake';
  disconnect?: 'refused' | 'fake';
  logoff?: 'fake';
  logon?: 'fake' | `status ${string}` | 'never' | 'silent';
  refuse?: string;
  list?: 'empty';
};
export type StandIn = AsyncDisposable & {
  readonly path: string;
  readonly lies: Lies;
  readonly heard: string[];
  readonly sessions: () => readonly Model[];
  /** As Windows would by itself. */
  event(what: 'sessionLock' | 'sessionUnlock', id: number): void;
  /** Somebody types a password at the logon screen. */
  typed(user: string, more?: Partial<Model>): void;
  vanish(user: string): void;
  say(line: string): void;
  raw(bytes: Uint8Array | string): void;
  drop(): void;
};

/** `DOMAIN\user` of each person is `WARD\` and her subscriber's name. */
export async function startStandIn(folder: string): Promise<StandIn> {
  const path = join(folder, `host-${performance.now()}.sock`);
  const lies: Lies = {};
  const heard: string[] = [];
  let sockets: Socket[] = [];
  let sessions: Model[] = [];
  let console = 1;
  let next = 1;

  const say = (line: string): void => {
    for (const socket of sockets) socket.write(`${line}\n`);
  };
  const list = (): void => {
    const shown = lies.list === 'empty' ? [] : sessions;
    // A logon screen has a session of nobody's.
    const screen = lies.list !== 'empty' && !shown.some(({ id }) => id === console);
    say(`SESSIONS\t${shown.length + (screen ? 1 : 0)}\t${console}\tsoftware`);
    if (screen) say(`SESSION\t${console}\t0\tbackground\tunknown\tlocal\t\t`);
    for (const { id, epoch, user, locked, remote } of shown) {
      say(`SESSION\t${id}\t${epoch}\t${id === console ? 'active' : 'background'}\t${locked ? 'locked' : 'unlocked'}\t${remote ? 'remote' : 'local'}\tWARD\t${user}`);
    }
  };
  const event = (what: string, id: number): void => {
    list();
    say(`EVENT\t${id}\t${what}`);
  };
  const enter = (user: string, more: Partial<Model> = {}): void => {
    const known = sessions.find((session) => session.user.toLowerCase() === user.toLowerCase());
    if (known === undefined) {
      const session = { id: ++next, epoch: (next * 7919).toString(16), user, locked: false, remote: false, ...more };
      sessions.push(session);
      if (!session.remote) console = session.id;
      return event('sessionLogon', session.id);
    }
    const from = console;
    console = known.id;
    known.locked = false;
    if (from !== known.id) {
      event('consoleDisconnect', from);
      event('consoleConnect', known.id);
    }
    event('sessionUnlock', known.id);
  };
  const leave = (id: number): void => {
    console = ++next;
    event('consoleDisconnect', id);
  };
  const offered = async (grant: string, user: string): Promise<void> => {
    await soon();
    if (lies.refuse !== undefined) return say(`REFUSED\t${grant}\t${lies.refuse}`);
    if (lies.logon === 'never') return;
    say(`REDEEMED\t${grant}`);
    await soon();
    if (lies.logon === 'silent') return;
    if (lies.logon === 'fake') return say(`RESULT\t${grant}\t0\t0`);
    if (lies.logon !== undefined) return say(`RESULT\t${grant}\t${lies.logon.slice(7)}\t0`);
    say(`RESULT\t${grant}\t0\t0`);
    enter(user);
  };
  const judge = (line: string, socket: Socket): void => {
    heard.push(line);
    const [verb, first = '', , , user = ''] = line.split('\t');
    const asked = (error: number): void => say(`ASKED\t${verb}\t${first}\t${error}`);
    const id = Number(first);
    switch (verb) {
      case 'HELLO':
        socket.write('READY\t00\n');
        return list();
      case 'LOCK':
        if (lies.lock === 'refused') return asked(1168);
        asked(0);
        if (lies.lock === 'fake') return;
        for (const session of sessions) if (session.id === id) session.locked = true;
        return event('sessionLock', id);
      case 'DISCONNECT':
        asked(lies.disconnect === 'refused' ? 5 : 0);
        return lies.disconnect === undefined ? leave(id) : undefined;
      case 'CONNECT': {
        asked(0);
        const from = console;
        console = id;
        event('consoleDisconnect', from);
        return event('consoleConnect', id);
      }
      case 'LOGOFF':
        asked(0);
        if (lies.logoff === 'fake') return;
        sessions = sessions.filter((session) => session.id !== id);
        if (console === id) console = ++next;
        return event('sessionLogoff', id);
      case 'OFFER':
        return void offered(first, user);
      default:
    }
  };
  const server = createServer((socket) => {
    sockets.push(socket);
    let rest = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) judge(line, socket);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => (sockets = sockets.filter((one) => one !== socket)));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    path,
    lies,
    heard,
    say,
    sessions: () => sessions,
    event: (what, id) => {
      for (const session of sessions) if (session.id === id) session.locked = what === 'sessionLock';
      event(what, id);
    },
    typed: enter,
    vanish: (user) => {
      const gone = sessions.find((session) => session.user === user);
      sessions = sessions.filter((session) => session !== gone);
      if (gone !== undefined) event('sessionTerminate', gone.id);
    },
    raw: (bytes) => {
      for (const socket of sockets) socket.write(bytes);
    },
    drop: () => {
      for (const socket of sockets) socket.destroy();
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
