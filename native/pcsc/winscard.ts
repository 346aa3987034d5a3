/** The system's PC/SC library comes in, its functions that this program needs go out: on threads, and for a tap in the calling thread too. */
import { promisify } from 'node:util';
import koffi from 'koffi';
import { insufficientBuffer, leaveCard, noReaders, protocolAny, shareShared, success } from './codes.ts';
import type { Layout, ReaderStates } from './layout.ts';
import { decodeNames, encodeName, layoutOf, readerStates } from './layout.ts';

/** SCARDCONTEXT and SCARDHANDLE as they were returned: on Windows they may not fit a number. */
export type Handle = number | bigint;
export type Card = { readonly card: Handle; readonly protocol: number };

/** Each call on a thread of libuv's pool: any of them may take as long as the service likes. Every function answers a return code. */
export type PcscApi = {
  readonly establish: () => Promise<{ readonly code: number; readonly context: Handle }>;
  readonly release: (context: Handle) => Promise<number>;
  readonly list: (context: Handle) => Promise<{ readonly code: number; readonly names: readonly string[] }>;
  readonly watched: (readers: readonly string[]) => ReaderStates;
  /** Until one state differs from the accepted one, or `milliseconds` have passed. */
  readonly wait: (context: Handle, states: ReaderStates, milliseconds: number) => Promise<number>;
  /** Ends a wait under way on `context`. */
  readonly cancel: (context: Handle) => Promise<number>;
  readonly connect: (context: Handle, reader: string) => Promise<{ readonly code: number } & Card>;
  readonly transmit: (card: Card, command: Uint8Array, response: Uint8Array) => Promise<{ readonly code: number; readonly length: number }>;
  /** From here to `end` no other program reaches the card; waits for one that keeps it in this way. */
  readonly begin: (card: Handle) => Promise<number>;
  readonly end: (card: Handle) => Promise<number>;
  /** Leaves the card powered and as it is. */
  readonly disconnect: (card: Handle) => Promise<number>;
  readonly direct: DirectApi;
};
/** What a tap waits for, in the calling thread: everything else has to wait meanwhile, and it costs no change of threads. */
export type DirectApi = {
  readonly wait: (context: Handle, states: ReaderStates, milliseconds: number) => number;
  /** Connects to the card in a reader and sends one command. `card` is null when there is nothing to disconnect. */
  readonly exchange: (
    context: Handle,
    reader: string,
    command: Uint8Array,
    response: Uint8Array,
  ) => { readonly code: number; readonly length: number; readonly card: Handle | null };
  readonly disconnect: (card: Handle) => void;
};

export const forever = 0xffff_ffff;
/** Watched like a reader, it reports that readers came or went. */
export const pnpNotification = '\\\\?PnP?\\Notification';

type Native = ((...args: unknown[]) => unknown) & { readonly async: (...args: unknown[]) => void };
type Functions = Readonly<Record<'establish' | 'release' | 'list' | 'wait' | 'cancel' | 'connect' | 'begin' | 'end' | 'transmit' | 'disconnect', Native>>;

/** null when the system has no PC/SC library. It is never bundled: client and service must speak the same version. */
export function loadPcsc(): PcscApi | null {
  const library = openLibrary();
  if (!library) return null;
  const layout = layoutOf(process.platform);
  const dword = layout.dword === 8 ? 'uint64' : 'uint32';
  const long = layout.dword === 8 ? 'int64' : 'int32';
  const handle = process.platform === 'win32' ? 'uintptr' : long;
  const outDword = koffi.out(koffi.pointer(dword));
  const inOutDword = koffi.inout(koffi.pointer(dword));
  const outHandle = koffi.out(koffi.pointer(handle));
  const wide = layout.names === 'utf16le' ? 'W' : '';
  const bind = (name: string, ...types: Parameters<typeof koffi.out>[0][]): Native => library.func(name, long, types);
  return shape(layout, {
    establish: bind('SCardEstablishContext', dword, 'void *', 'void *', outHandle),
    release: bind('SCardReleaseContext', handle),
    list: bind(`SCardListReaders${wide}`, handle, 'void *', 'void *', inOutDword),
    wait: bind(`SCardGetStatusChange${wide}`, handle, dword, 'void *', dword),
    cancel: bind('SCardCancel', handle),
    connect: bind(`SCardConnect${wide}`, handle, 'void *', dword, dword, outHandle, outDword),
    begin: bind('SCardBeginTransaction', handle),
    end: bind('SCardEndTransaction', handle, dword),
    transmit: bind('SCardTransmit', handle, 'void *', 'void *', dword, 'void *', 'void *', inOutDword),
    disconnect: bind('SCardDisconnect', handle, dword),
  });
}

function openLibrary(): ReturnType<typeof koffi.load> | null {
  const names: Partial<Record<NodeJS.Platform, string>> = { win32: 'winscard.dll', darwin: '/System/Library/Frameworks/PCSC.framework/PCSC' };
  try {
    return koffi.load(names[process.platform] ?? 'libpcsclite.so.1');
  } catch {
    return null;
  }
}

const systemScope = 2;
const codeOf = (result: unknown): number => Number(result) >>> 0;

function shape(layout: Layout, functions: Functions): PcscApi {
  const onThread = (native: Native): ((...args: unknown[]) => Promise<unknown>) => promisify(native.async);
  const [establish, release, list, wait] = [onThread(functions.establish), onThread(functions.release), onThread(functions.list), onThread(functions.wait)];
  const [cancel, connect, transmit, disconnect] = [onThread(functions.cancel), onThread(functions.connect), onThread(functions.transmit), onThread(functions.disconnect)];
  const [begin, end] = [onThread(functions.begin), onThread(functions.end)];
  const unit = layout.names === 'utf16le' ? 2 : 1;
  /** SCARD_IO_REQUEST: protocol and own length. */
  const request = (protocol: number): Buffer => {
    const bytes = Buffer.alloc(2 * layout.dword);
    bytes.writeUInt32LE(protocol, 0);
    bytes.writeUInt32LE(bytes.length, layout.dword);
    return bytes;
  };

  return {
    async establish() {
      const context: Handle[] = [0];
      const code = codeOf(await establish(systemScope, null, null, context));
      return { code, context: context[0] ?? 0 };
    },
    release: async (context) => codeOf(await release(context)),
    async list(context) {
      for (let room = 4_096; ; room *= 2) {
        const names = Buffer.alloc(room);
        const code = codeOf(await list(context, null, names, [room / unit]));
        if (code === insufficientBuffer && room < 1 << 20) continue;
        return code === noReaders ? { code: success, names: [] } : { code, names: code === success ? decodeNames(layout, names) : [] };
      }
    },
    watched(readers) {
      const names = readers.map((reader) => encodeName(layout, reader));
      return readerStates(layout, names, (name) => koffi.address(name));
    },
    wait: async (context, states, milliseconds) => codeOf(await wait(context, milliseconds, states.bytes, states.count)),
    cancel: async (context) => codeOf(await cancel(context)),
    async connect(context, reader) {
      const card: Handle[] = [0];
      const protocol = [0];
      const code = codeOf(await connect(context, encodeName(layout, reader), shareShared, protocolAny, card, protocol));
      return { code, card: card[0] ?? 0, protocol: Number(protocol[0]) };
    },
    async transmit({ card, protocol }, command, response) {
      const length = [response.length];
      const code = codeOf(await transmit(card, request(protocol), command, command.length, null, response, length));
      return { code, length: Number(length[0]) };
    },
    begin: async (card) => codeOf(await begin(card)),
    end: async (card) => codeOf(await end(card, leaveCard)),
    disconnect: async (card) => codeOf(await disconnect(card, leaveCard)),
    direct: {
      wait: (context, states, milliseconds) => codeOf(functions.wait(context, milliseconds, states.bytes, states.count)),
      exchange(context, reader, command, response) {
        const card: Handle[] = [0];
        const protocol = [0];
        const connected = codeOf(functions.connect(context, encodeName(layout, reader), shareShared, protocolAny, card, protocol));
        if (connected !== success) return { code: connected, length: 0, card: null };
        const length = [response.length];
        const code = codeOf(functions.transmit(card[0], request(Number(protocol[0])), command, command.length, null, response, length));
        return { code, length: Number(length[0]), card: card[0] ?? 0 };
      },
      disconnect: (card) => void functions.disconnect(card, leaveCard),
    },
  };
}
