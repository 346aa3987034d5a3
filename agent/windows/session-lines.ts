/** What Windows' host says of the faces or helpers of its sessions comes in; each one goes out as a connection of its own, as if it had come to a door of ours. */
import { Duplex } from 'node:stream';
import type { SessionRole } from '../../core/host-link.ts';
import type { Host } from '../../native/session/windows/host.ts';

/** A session's face or helper is there: what is returned takes its bytes; null: it is turned away. */
export type Came = (session: number, line: Duplex) => ((bytes: Uint8Array) => void) | null;
type Open = { readonly line: Duplex; readonly hear: (bytes: Uint8Array) => void };

const verbs = { face: 'FACE', helper: 'HELPER' } as const;

/** For as long as the host is there. One at a time in each session: of two the newer counts. A connection that is ended here is ended there. */
export function watchSessionLines(host: Pick<Host, 'hear' | 'hearLetter' | 'changed' | 'write' | 'say'>, role: SessionRole, came: Came): Disposable {
  const open = new Map<number, Open>();
  const leave = (session: number): void => {
    const was = open.get(session);
    open.delete(session);
    was?.line.destroy();
  };
  const join = (session: number): void => {
    leave(session);
    const line = new Duplex({
      read: () => undefined,
      write: (bytes: Uint8Array, _encoding, done) => {
        host.write(role, session, bytes);
        done();
      },
      destroy: (why, done) => {
        // By us: whoever is there must come anew, and is shown everything then.
        if (open.get(session)?.line === line) {
          open.delete(session);
          host.say('PART', session, role);
        }
        done(why);
      },
    });
    const hear = came(session, line);
    if (hear === null || line.destroyed) return host.say('PART', session, role);
    open.set(session, { line, hear });
  };
  host.hear(({ verb, fields: [id, word] }) => {
    if (verb !== verbs[role]) return;
    if (word === 'here') join(Number(id));
    if (word === 'gone') leave(Number(id));
  });
  host.hearLetter((from, session, bytes) => {
    if (from === role) open.get(session)?.hear(bytes);
  });
  // Who came before we listened.
  host.say('WHO', role);
  host.changed((isHere) => {
    if (!isHere) for (const session of open.keys()) leave(session);
  });
  return {
    [Symbol.dispose]: () => {
      for (const session of open.keys()) leave(session);
    },
  };
}
