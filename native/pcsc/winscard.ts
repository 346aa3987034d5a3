/** The system's PC/SC library comes in, its ten functions that this program needs go out, each as a promise of its return code. */
import { promisify } from 'node:util';
import koffi from 'koffi';
import { insufficientBuffer, leaveCard, noReaders, protocolAny, shareShared, success } from './codes.ts';
import type { ReaderState } from './layout.ts';
import { decodeNames, encodeName, layoutOf, readerState } from './layout.ts';

/** SCARDCONTEXT and SCARDHANDLE as they were returned: on Windows they may not fit a number. */
export type Handle = number | bigint;
export type Card = { readonly card: Handle; readonly protocol: number };

/** Every call may block for as long as the service likes, so each runs on a thread of libuv's pool. */
export type PcscApi = {
  readonly establish: () => Promise<{ readonly code: number; readonly context: Handle }>;
  readonly release: (context: Handle) => Promise<number>;
  readonly list: (context: Handle) => Promise<{ readonly code: number; readonly names: readonly string[] }>;
  readonly watched: (reader: string) => ReaderState;
  /** Until the state differs from the accepted one, or `milliseconds` have passed. */
  readonly wait: (context: Handle, state: ReaderState, milliseconds: number) => Promise<number>;
  /** Ends a wait under way on `context`. */
  readonly cancel: (context: Handle) => Promise<number>;
  readonly connect: (context: Handle, reader: string) => Promise<{ readonly code: number } & Card>;
  readonly transmit: (card: Card, command: Uint8Array, response: Uint8Array) => Promise<{ readonly code: number; readonly length: number }>;
  /** Leaves the card powered and as it is. */
  readonly disconnect: (card: Handle) => Promise<number>;
};

export const forever = 0xffff_ffff;
/** Watched like a reader, it reports that readers came or went. */
export const pnpNotification = '\\\\?PnP?\\Notification';

type Bound = (...args: unknown[]) => Promise<unknown>;

/** null when the system has no PC/SC library. It is never bundled: client and service must speak the same version. */
export function loadPcsc(): PcscApi | null {
  const layout = layoutOf(process.platform);
  const library = openLibrary();
  if (!library) return null;

  const dword = layout.dword === 8 ? 'uint64' : 'uint32';
  const long = layout.dword === 8 ? 'int64' : 'int32';
  const handle = process.platform === 'win32' ? 'uintptr' : long;
  const outDword = koffi.out(koffi.pointer(dword));
  const inOutDword = koffi.inout(koffi.pointer(dword));
  const outHandle = koffi.out(koffi.pointer(handle));
  const wide = layout.names === 'utf16le' ? 'W' : '';
  const bind = (name: string, ...types: Parameters<typeof koffi.out>[0][]): Bound => promisify(library.func(name, long, types).async) as Bound;

  const establish = bind('SCardEstablishContext', dword, 'void *', 'void *', outHandle);
  const release = bind('SCardReleaseContext', handle);
  const list = bind(`SCardListReaders${wide}`, handle, 'void *', 'void *', inOutDword);
  const wait = bind(`SCardGetStatusChange${wide}`, handle, dword, 'void *', dword);
  const cancel = bind('SCardCancel', handle);
  const connect = bind(`SCardConnect${wide}`, handle, 'void *', dword, dword, outHandle, outDword);
  const transmit = bind('SCardTransmit', handle, 'void *', 'void *', dword, 'void *', 'void *', inOutDword);
  const disconnect = bind('SCardDisconnect', handle, dword);

  const codeOf = (result: unknown): number => Number(result) >>> 0;
  const systemScope = 2;

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
        const length = [room / (wide ? 2 : 1)];
        const code = codeOf(await list(context, null, names, length));
        if (code === insufficientBuffer && room < 1 << 20) continue;
        return code === noReaders ? { code: success, names: [] } : { code, names: code === success ? decodeNames(layout, names) : [] };
      }
    },
    watched(reader) {
      const name = encodeName(layout, reader);
      return readerState(layout, name, koffi.address(name));
    },
    wait: async (context, state, milliseconds) => codeOf(await wait(context, milliseconds, state.bytes, 1)),
    cancel: async (context) => codeOf(await cancel(context)),
    async connect(context, reader) {
      const card: Handle[] = [0];
      const protocol = [0];
      const code = codeOf(await connect(context, encodeName(layout, reader), shareShared, protocolAny, card, protocol));
      return { code, card: card[0] ?? 0, protocol: Number(protocol[0]) };
    },
    async transmit({ card, protocol }, command, response) {
      // SCARD_IO_REQUEST: protocol and own length.
      const request = Buffer.alloc(2 * layout.dword);
      request.writeUInt32LE(protocol, 0);
      request.writeUInt32LE(request.length, layout.dword);
      const length = [response.length];
      const code = codeOf(await transmit(card, request, command, command.length, null, response, length));
      return { code, length: Number(length[0]) };
    },
    disconnect: async (card) => codeOf(await disconnect(card, leaveCard)),
  };
}

function openLibrary(): ReturnType<typeof koffi.load> | null {
  const names: Partial<Record<NodeJS.Platform, string>> = { win32: 'winscard.dll', darwin: '/System/Library/Frameworks/PCSC.framework/PCSC' };
  try {
    return koffi.load(names[process.platform] ?? 'libpcsclite.so.1');
  } catch {
    return null;
  }
}
