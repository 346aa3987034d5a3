/** What a service says to its manager comes in (sd_notify(3)); it goes out over the datagram socket that systemd named, which Node cannot open by itself. */
import koffi from 'koffi';

const afUnix = 1;
const datagramCloseOnExec = 0x80002;
const noSignal = 0x4000;

/** sockaddr_un, unix(7): `@` stands for the zero byte of an abstract name. */
export function socketAddress(path: string): Buffer {
  const name = Buffer.from(path.replace(/^@/, '\0'), 'utf8');
  const address = Buffer.alloc(2 + name.length + (path.startsWith('@') ? 0 : 1));
  address.writeUInt16LE(afUnix, 0);
  name.copy(address, 2);
  return address;
}

type Calls = {
  readonly socket: (domain: number, type: number, protocol: number) => number;
  readonly sendto: (fd: number, bytes: Uint8Array, length: number, flags: number, address: Uint8Array, addressLength: number) => number;
  readonly close: (fd: number) => number;
};

function calls(): Calls {
  const libc = koffi.load(null);
  return {
    socket: libc.func('socket', 'int', ['int', 'int', 'int']) as Calls['socket'],
    sendto: libc.func('sendto', 'long', ['int', 'void *', 'size_t', 'int', 'void *', 'uint32_t']) as Calls['sendto'],
    close: libc.func('close', 'int', ['int']) as Calls['close'],
  };
}

/** Says `READY=1` and the like; false where there is nobody to tell (no NOTIFY_SOCKET), or it was not taken. */
export function notifyManager(state: string, path: string | undefined = process.env['NOTIFY_SOCKET']): boolean {
  if (process.platform !== 'linux' || path === undefined || !/^[/@]./.test(path)) return false;
  const { socket, sendto, close } = calls();
  const fd = socket(afUnix, datagramCloseOnExec, 0);
  if (fd < 0) return false;
  const [bytes, address] = [Buffer.from(state, 'utf8'), socketAddress(path)];
  const sent = sendto(fd, bytes, bytes.length, noSignal, address, address.length);
  return close(fd) === 0 && sent === bytes.length;
}

/** Says that this process lives three times in each WATCHDOG_USEC, as long as its event loop turns; the returned function ends it. */
export function keepWatchdog(microseconds: string | undefined = process.env['WATCHDOG_USEC']): () => void {
  const every = Number(microseconds) / 3_000;
  if (!Number.isFinite(every) || every < 1) return () => undefined;
  const beat = setInterval(() => notifyManager('WATCHDOG=1'), every);
  return () => clearInterval(beat);
}
