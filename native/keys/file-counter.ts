/** A folder comes in; a RollbackCounter in a file beside the machine key goes out. It finds a restored store, not a restored disk: whoever brings back both goes unseen. */
import { closeSync, fdatasyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { CounterReading, RollbackCounter } from '../../core/ports.ts';
import { writeNew } from './new-file.ts';

/** Two copies of 20 digits, written one after the other, so that a power cut never leaves both torn. */
const width = 21;
const line = (value: number): string => `${String(value).padStart(width - 1, '0')}\n`;

export function fileCounter(dir: string): RollbackCounter {
  const path = join(dir, 'counter');
  const read = (): CounterReading => {
    let text: string;
    try {
      text = readFileSync(path, 'latin1');
    } catch (e) {
      if ((e as NodeJS.ErrnoException).code === 'ENOENT') return { kind: 'absent' };
      return { kind: 'unreadable', why: `${path} cannot be read: give this account the right to read it.` };
    }
    const values = [text.slice(0, width), text.slice(width)]
      .filter((t) => /^\d{20}\n$/.test(t))
      .map(Number)
      .filter(Number.isSafeInteger);
    return values.length === 0 ? { kind: 'unreadable', why: `${path} is damaged.` } : { kind: 'value', value: Math.max(...values) };
  };
  const advance = (): void => {
    const now = read();
    if (now.kind !== 'value') throw new Error('The rollback counter cannot be read.');
    const fd = openSync(path, 'r+');
    try {
      for (const at of [0, width]) {
        writeSync(fd, line(now.value + 1), at, 'latin1');
        fdatasyncSync(fd);
      }
    } finally {
      closeSync(fd);
    }
  };
  return {
    where: 'file',
    read,
    create: () => {
      const fault = writeNew(path, Buffer.from(line(0) + line(0), 'latin1'));
      return fault === null ? read() : { kind: 'unreadable', why: fault };
    },
    advance,
  };
}
