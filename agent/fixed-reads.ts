/** A connection that a server has just accepted, unread, comes in; the same connection, which reads into one buffer of its own, goes out. No byte of it is left in memory that was freed. */
import { Socket, type SocketConstructorOpts } from 'node:net';

const longestRead = 4096;

/**
 * For servers with `pauseOnConnect`. Node reads into a fresh 64 KiB each time, copies what came and frees the rest as it is, PIN digits and all; only a socket that is
 * made anew can be given a buffer of its own (`onread`). `heard` gets the bytes for the length of the call; afterwards they are overwritten.
 */
export function withFixedReads(accepted: Socket, heard: (bytes: Buffer) => void): Socket {
  const owner = accepted as Socket & { _handle: unknown };
  const { _handle: handle } = owner;
  const buffer = Buffer.from(new ArrayBuffer(longestRead));
  // As Node itself hands a connection to another process: the old owner no longer has anything to close.
  owner._handle = null;
  accepted.destroy();
  const options = {
    handle,
    readable: true,
    writable: true,
    onread: {
      buffer,
      callback: (length: number): boolean => {
        const bytes = buffer.subarray(0, length);
        try {
          heard(bytes);
        } finally {
          bytes.fill(0);
        }
        return true;
      },
    },
  };
  return new Socket(options as SocketConstructorOpts);
}

/** Its descriptor; null where it has none (a pipe of Windows) or has ended. */
export function descriptorOf(socket: Socket): number | null {
  const { _handle: handle } = socket as Socket & { readonly _handle?: { readonly fd?: number } | null };
  return handle?.fd === undefined || handle.fd < 0 ? null : handle.fd;
}
