/** A server and where it shall be found come in; it listens there, with the rights it was given from the first moment on. */
import { rmSync } from 'node:fs';
import type { Server } from 'node:net';

/** `path`: a Unix socket's, at most 103 bytes, or a pipe's on Windows; what a killed agent left there is taken away. Rejects where nobody can listen there. */
export async function listenAt(server: Server, path: string, mode = 0o600): Promise<void> {
  const isPipe = process.platform === 'win32';
  if (!isPipe) rmSync(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    // The socket is bound before `listen` returns: it never exists with wider rights than these.
    const before = isPipe ? null : process.umask(0o777 & ~mode);
    server.listen(path, resolve);
    if (before !== null) process.umask(before);
  });
}
