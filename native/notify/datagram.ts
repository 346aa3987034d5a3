/** A Unix socket's path and bytes come in; they go there as one datagram, which Node cannot send by itself. */
import koffi from 'koffi';

const afUnix = 1;
const datagramCloseOnExec = 0x80002;
const noSignal = 0x4000;
const doNotWait = 0x40;

/** sockaddr_un, unix(7): `@` stands for the zero byte of an abstract name. */
function socketAddress(path: string): Buffer {
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

let bound: Calls | null = null;
function calls(): Calls {
  const libc = koffi.load(null);
  return (bound ??= {
    socket: libc.func('socket', 'int', ['int', 'int', 'int']) as Calls['socket'],
    sendto: libc.func('sendto', 'long', ['int', 'void *', 'size_t', 'int', 'void *', 'uint32_t']) as Calls['sendto'],
    close: libc.func('close', 'int', ['int']) as Calls['close'],
  });
}

/** False where nobody listens there, or it was not taken whole. `patient`: waits while the listener's queue is full. */
export function sendDatagram(path: string, bytes: Uint8Array, { patient }: { readonly patient: boolean }): boolean {
  const { socket, sendto, close } = calls();
  const fd = socket(afUnix, datagramCloseOnExec, 0);
  if (fd < 0) return false;
  const address = socketAddress(path);
  const sent = sendto(fd, bytes, bytes.length, patient ? noSignal : noSignal | doNotWait, address, address.length);
  return close(fd) === 0 && sent === bytes.length;
}
