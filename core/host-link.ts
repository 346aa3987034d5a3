/** What Windows' host and a program of a session, its face or its helper, say to each other over that session's pipe: the grammar of native/windows/protocol.h, as that program speaks it. Nothing that comes in is trusted. */
import { asciiBytes, letterLine, longestLetter, readLetter } from './letters.ts';

export type SessionRole = 'face' | 'helper';
/** Windows' number of a session comes in, its pipe goes out. */
export const sessionPipe = (role: SessionRole, session: number): string => `\\\\.\\pipe\\tapward-${role}-${session}`;

/** The first line. */
export const greeting = (role: SessionRole, session: number): string => `HELLO\t1\t${session}\t${role}\n`;
export const lockedLine = (error: number): string => `LOCKED\t${error}\n`;
/** Twice a second. */
export const beatLine = (word: 'covered' | 'open'): string => `BEAT\t${word}\n`;

/** The lines in which these bytes are said; whoever sent them overwrites them. */
export function sayLines(bytes: Uint8Array): readonly Uint8Array<ArrayBuffer>[] {
  const lines: Uint8Array<ArrayBuffer>[] = [];
  for (let from = 0; from < bytes.length; from += longestLetter) lines.push(letterLine(asciiBytes('SAY\t'), bytes.subarray(from, from + longestLetter)));
  return lines;
}

export type FromHost = {
  /** It has let us in. */
  readonly ready: () => void;
  /** Windows is to be asked to lock this session; answered by `lockedLine`. */
  readonly lock: () => void;
  /** Of the agent; overwritten when this returns. */
  readonly told: (bytes: Uint8Array) => void;
};

const longestLine = 65_536;
const [tab, lf] = [0x09, 0x0a];

/** Feeds bytes, which are overwritten; false once a line is none that the host says: the connection is to be ended. */
export function hostLines(hear: FromHost): (chunk: Uint8Array) => boolean {
  const held = new Uint8Array(longestLine);
  let filled = 0;
  let broken = false;
  const judge = (line: Uint8Array): boolean => {
    const cut = line.indexOf(tab);
    const verb = String.fromCharCode(...line.subarray(0, Math.min(cut < 0 ? line.length : cut, 8)));
    const rest = cut < 0 ? null : line.subarray(cut + 1);
    if (verb === 'LOCK' && rest === null) hear.lock();
    else if (verb === 'READY' && rest !== null && rest.length > 0 && rest.length <= 64) hear.ready();
    else if (verb === 'TELL' && rest !== null) {
      const bytes = readLetter(rest);
      if (bytes === null) return false;
      hear.told(bytes);
      bytes.fill(0);
    } else return false;
    return true;
  };
  return (chunk) => {
    for (let from = 0; from < chunk.length && !broken; ) {
      const end = chunk.indexOf(lf, from);
      const part = chunk.subarray(from, end < 0 ? chunk.length : end);
      broken = filled + part.length >= longestLine;
      if (broken) break;
      held.set(part, filled);
      filled += part.length;
      if (end < 0) break;
      from = end + 1;
      broken = !judge(held.subarray(0, filled));
      held.fill(0, 0, filled);
      filled = 0;
    }
    chunk.fill(0);
    return !broken;
  };
}
