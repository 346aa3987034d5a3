/** What a service says to its manager (sd_notify(3)) and to the journal comes in; it goes out over systemd's datagram sockets. */
import { sendDatagram } from './datagram.ts';

/** Says `READY=1` and the like; false where there is nobody to tell (no NOTIFY_SOCKET), or it was not taken. */
export function notifyManager(state: string, path: string | undefined = process.env['NOTIFY_SOCKET']): boolean {
  if (process.platform !== 'linux' || path === undefined || !/^[/@]./.test(path)) return false;
  return sendDatagram(path, Buffer.from(state, 'utf8'), { patient: true });
}

/** Says that this process lives three times in each WATCHDOG_USEC, as long as its event loop turns; the returned function ends it. */
export function keepWatchdog(microseconds: string | undefined = process.env['WATCHDOG_USEC']): () => void {
  const every = Number(microseconds) / 3_000;
  if (!Number.isFinite(every) || every < 1) return () => undefined;
  const beat = setInterval(() => notifyManager('WATCHDOG=1'), every);
  return () => clearInterval(beat);
}

const journalSocket = '/run/systemd/journal/socket';

/** One entry in journald's native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL), which keeps each field under its name: capital letters, digits and underscores. False where journald does not listen, or took nothing: then it has to be said another way. */
export function tellJournal(fields: Readonly<Record<string, string | number>>, path: string = journalSocket): boolean {
  if (process.platform !== 'linux') return false;
  return sendDatagram(path, Buffer.concat(Object.entries(fields).map(([name, value]) => encode(name, String(value)))), { patient: false });
}

/** A value with a line break goes with its length before it, 64 bits little-endian. */
function encode(name: string, value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8');
  if (!bytes.includes(0x0a)) return Buffer.concat([Buffer.from(`${name}=`), bytes, Buffer.of(0x0a)]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(bytes.length));
  return Buffer.concat([Buffer.from(`${name}\n`), length, bytes, Buffer.of(0x0a)]);
}
