/** A ledger's folder comes in; its files in order, and a new file whole or not at all, go out. */
import { closeSync, fsyncSync, openSync, readdirSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Header } from './line.ts';
import { padding } from './line.ts';

export const evolvingKeyFile = 'evolving.key';
export const signingKeyFile = 'signing.key';

/** A file is closed and the next one begun at the first entry beyond this many bytes. */
export const segmentBytes = 8 * 1024 * 1024;
/** Grown by so much at a time, ahead of need. */
export const chunkBytes = 64 * 1024;
/** Of that, this much is left to emergency entries alone: about 150 of them on a full disk. */
export const reserveBytes = 64 * 1024;

export const segmentPath = (dir: string, segment: number): string => join(dir, `ledger-${String(segment).padStart(6, '0')}.jsonl`);

/** Numbers of the files there are, ascending. */
export function segmentsIn(dir: string): readonly number[] {
  return readdirSync(dir)
    .flatMap((name) => /^ledger-(\d{6})\.jsonl$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

export const readSegment = (dir: string, segment: number): Buffer => readFileSync(segmentPath(dir, segment));

/** Header and padding, on the disk under its name when this returns; throws where there is no room. */
export function writeSegment(dir: string, header: Header): { readonly line: Buffer; readonly size: number } {
  const line = Buffer.from(JSON.stringify(header));
  const size = line.length + 1 + chunkBytes + reserveBytes;
  const bytes = Buffer.alloc(size, padding);
  line.copy(bytes);
  bytes[line.length] = 0x0a;
  const path = segmentPath(dir, header.segment);
  const fd = openSync(`${path}.new`, 'w', 0o600);
  try {
    writeAll(fd, bytes, 0);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(`${path}.new`, path);
  syncFolder(dir);
  return { line, size };
}

/** A write may take fewer bytes than it was given (a full disk, a limit): the rest must follow or fail. */
export function writeAll(fd: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done, position + done);
}

/** Makes new names in a folder durable. Windows cannot open a folder and needs no such step. */
export function syncFolder(dir: string): void {
  if (process.platform === 'win32') return;
  const fd = openSync(dir, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
