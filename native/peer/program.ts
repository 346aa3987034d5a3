/** A process goes in; the program file it runs, as the kernel knows it, goes out. */
import { readlinkSync } from 'node:fs';

/** The whole path; null: the process has ended, belongs to somebody we may not look at, or its file was replaced or deleted. */
export function programOf(pid: number): string | null {
  try {
    const path = readlinkSync(`/proc/${pid}/exe`);
    return path.endsWith(' (deleted)') ? null : path;
  } catch {
    return null;
  }
}
