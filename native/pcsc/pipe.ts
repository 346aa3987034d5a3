/** The path of the pipe behind which Windows' host runs the reader program comes in; a way to start one goes out, in place of a process of our own: a connection is one program, and its end is the program's. */
import { createConnection } from 'node:net';
import type { Child, ChildOptions } from './process.ts';
import { reportDecoder } from './reports.ts';
import { encodeRequest } from './requests.ts';
import { watchSilence } from './silence.ts';

export const readerPipe = '\\\\.\\pipe\\tapward-reader';

/** The program's settings are the host's: the agent there may start nothing that is allowed more than it is. */
export const programBehind =
  (path: string = readerPipe) =>
  ({ silence, hear, ended }: Pick<ChildOptions, 'silence' | 'hear' | 'ended'>): Child => {
    const socket = createConnection(path);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    let said = '';
    let isHung = false;
    const watch = watchSilence(silence, () => {
      isHung = true;
      socket.destroy();
    });
    socket.on(
      'data',
      reportDecoder((report) => {
        watch.broken();
        if (report) return hear(report);
        said = 'It spoke nonsense.';
        socket.destroy();
      }),
    );
    socket.on('end', () => socket.destroy());
    // Closing says what matters; without a listener, a host that is away would throw.
    socket.on('error', ({ message }) => (said ||= message));
    void closed.then(() => {
      watch.over();
      ended({ isHung, said });
    });
    return {
      ask: (request) => void socket.write(encodeRequest(request)),
      kill: async () => {
        socket.destroy();
        await closed;
      },
    };
  };
