/** The address of a message bus comes in; a connection goes out on which methods are called and signals heard, each from the name's own holder. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type Call, cutMessages, encodeCall, type Message } from './message.ts';
import type { Value } from './unmarshal.ts';

export type Signal = Extract<Message, { kind: 'signal' }>;
export type Reply =
  | { readonly kind: 'return'; readonly body: readonly Value[] }
  /** `name` as in org.freedesktop.login1.NoSuchSession; for what never came back `timeout` and `closed`. */
  | { readonly kind: 'error'; readonly name: string };
export type Bus = AsyncDisposable & {
  /** Settles always, at the latest after `patience` milliseconds. */
  readonly call: (call: Call, patience?: number) => Promise<Reply>;
  /** Asks the bus for signals; `rule` as in its AddMatch. */
  readonly match: (rule: string) => Promise<Reply>;
  readonly onSignal: (listener: (signal: Signal) => void) => void;
  /** Resolves with why once it has ended, whoever ended it. */
  readonly closed: Promise<string>;
};

export const busName = 'org.freedesktop.DBus';
const usualPatience = 5_000;
/** A bus that leaves this much unread does not read any more. */
const longestBacklog = 1_048_576;

/** `unix:path=` and `unix:abstract=` alone; null: another kind, which no system bus is. Of several, separated by `;`, the first of these. */
export function socketOf(address: string): string | null {
  for (const one of address.split(';')) {
    const [, kind, value] = /^unix:(?:.*,)?(path|abstract)=([^,]+)/.exec(one) ?? [];
    if (value !== undefined) return `${kind === 'abstract' ? '\0' : ''}${decodeURIComponent(value)}`;
  }
  return null;
}

export const systemBus = (): string => process.env['DBUS_SYSTEM_BUS_ADDRESS'] ?? 'unix:path=/run/dbus/system_bus_socket';

/** Throws with one sentence where nobody listens, or the other end is no bus that takes this account (SASL EXTERNAL). */
export async function connectBus(address: string = systemBus()): Promise<Bus> {
  const path = socketOf(address);
  if (path === null) throw new Error('The address of the system bus is no Unix socket: mend DBUS_SYSTEM_BUS_ADDRESS.');
  const socket = connect(path);
  const ended = Promise.withResolvers<string>();
  socket.once('error', (why) => ended.resolve(why.message));
  socket.once('close', () => ended.resolve('the bus has closed the connection'));
  try {
    await once(socket, 'connect');
    const rest = await greet(socket, ended.promise);
    const bus = speak(socket, ended, rest);
    const hello = await bus.call({ destination: busName, path: '/org/freedesktop/DBus', interface: busName, member: 'Hello' });
    if (hello.kind === 'error') throw new Error(`it says ${hello.name} to Hello`);
    return bus;
  } catch (why) {
    socket.destroy();
    throw new Error(`The system bus cannot be used (${why instanceof Error ? why.message : String(why)}): look whether dbus runs.`, { cause: why });
  }
}

/** SASL EXTERNAL: the kernel says who we are. Without file descriptors, which Node cannot receive. */
async function greet(socket: Socket, ended: Promise<string>): Promise<Buffer> {
  const uid = Buffer.from(String(process.geteuid?.() ?? 0), 'latin1').toString('hex');
  socket.write(`\0AUTH EXTERNAL ${uid}\r\n`);
  const answered = Promise.withResolvers<Buffer>();
  let said = Buffer.alloc(0);
  const take = (bytes: Buffer): void => {
    said = Buffer.concat([said, bytes]);
    if (said.includes('\r\n')) answered.resolve(said);
    else if (said.length > 512) answered.reject(new Error('it does not say OK'));
  };
  socket.on('data', take);
  const late = setTimeout(() => answered.reject(new Error('it does not answer')), usualPatience);
  try {
    const answer = await Promise.race([answered.promise, ended.then((why) => Promise.reject(new Error(why)))]);
    const line = answer.indexOf('\r\n');
    if (!/^OK [0-9a-f]{32}$/.test(answer.toString('latin1', 0, line))) throw new Error('it does not take this account');
    socket.write('BEGIN\r\n');
    return answer.subarray(line + 2);
  } finally {
    clearTimeout(late);
    socket.off('data', take);
  }
}

function speak(socket: Socket, ended: PromiseWithResolvers<string>, rest: Buffer): Bus {
  const waiting = new Map<number, (reply: Reply) => void>();
  const listeners: ((signal: Signal) => void)[] = [];
  let serial = 0;
  const end = (why: string): void => {
    ended.resolve(why);
    socket.destroy();
  };
  void ended.promise.then(() => {
    for (const settle of waiting.values()) settle({ kind: 'error', name: 'closed' });
  });
  const cut = cutMessages((message) => {
    if (message.kind === 'signal') for (const listener of listeners) listener(message);
    else if (message.kind === 'return') waiting.get(message.to)?.({ kind: 'return', body: message.body });
    else if (message.kind === 'error') waiting.get(message.to)?.({ kind: 'error', name: message.name });
  });
  const hear = (bytes: Buffer): void => {
    if (!cut(bytes)) end('the bus said what no bus says');
  };
  socket.on('data', hear);
  if (rest.length > 0) hear(rest);
  const call = (wanted: Call, patience = usualPatience): Promise<Reply> =>
    new Promise((resolve) => {
      if (socket.destroyed) return resolve({ kind: 'error', name: 'closed' });
      const own = (serial = (serial % 0xffff_ffff) + 1);
      const settle = (reply: Reply): void => {
        clearTimeout(late);
        waiting.delete(own);
        resolve(reply);
      };
      const late = setTimeout(settle, patience, { kind: 'error', name: 'timeout' });
      waiting.set(own, settle);
      socket.write(encodeCall(wanted, own));
      if (socket.writableLength > longestBacklog) end('the bus does not read');
    });
  return {
    call,
    match: (rule) => call({ destination: busName, path: '/org/freedesktop/DBus', interface: busName, member: 'AddMatch', signature: 's', args: [rule] }),
    onSignal: (listener) => {
      listeners.push(listener);
    },
    closed: ended.promise,
    [Symbol.asyncDispose]: async () => {
      if (socket.destroyed) return;
      const closed = once(socket, 'close');
      end('closed here');
      await closed;
    },
  };
}
