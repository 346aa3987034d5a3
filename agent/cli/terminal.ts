/** Questions come in; what a person types, or the lines of standard input, go out. A PIN is read as bytes, shown to nobody and never made a string. */
import { isatty } from 'node:tty';
import { fixedBytes } from '../pin-buffer.ts';

export type Terminal = {
  /** Whether a person can be asked: standard input is a terminal. */
  readonly isPerson: boolean;
  /** For people, on standard error: standard output stays one answer. */
  readonly say: (line: string) => void;
  /** One line, without its end; null: there is none any more. */
  readonly line: (question: string) => Promise<string | null>;
  /** The digits of one line, values 0–9, to be overwritten by the caller; any other character makes it `notDigits`. `spaced`: but for spaces and dashes between them. */
  readonly digits: (question: string, how?: 'spaced') => Promise<Uint8Array | 'notDigits' | null>;
  /** Gives the terminal back as it was. */
  readonly close: () => void;
};

/** Thrown for Ctrl-C at a question. */
export class Interrupted extends Error {}

const longestAnswer = 1024;
const [interrupt, end, backspace, newline, enter, clear, del] = [0x03, 0x04, 0x08, 0x0a, 0x0d, 0x15, 0x7f];

export function createTerminal(input: typeof process.stdin, output: NodeJS.WritableStream): Terminal {
  const isPerson = isatty(input.fd);
  /** What came and has not been asked for yet: the lines of a pipe come all at once. */
  let held = Buffer.alloc(0);
  let ended = false;
  let wake: () => void = () => undefined;
  let listening = false;
  const take = (bytes: Buffer): void => {
    const both = Buffer.concat([held, bytes]);
    held.fill(0);
    bytes.fill(0);
    held = both;
    wake();
  };
  const finish = (): void => {
    ended = true;
    wake();
  };
  const listen = (): void => {
    if (listening) return;
    listening = true;
    input.on('data', take).on('end', finish).on('error', finish);
  };

  /** One byte at a time, so that what follows the line stays for the next question. */
  const byte = async (): Promise<number | null> => {
    listen();
    input.resume();
    while (held.length === 0) {
      if (ended) return null;
      await new Promise<void>((resolve) => (wake = resolve));
    }
    const [first = 0] = held;
    held[0] = 0;
    held = held.subarray(1);
    return first;
  };
  /** Bytes of a line; with `raw` what the terminal would do by itself is done here. */
  const read = async (raw: boolean): Promise<Buffer | null> => {
    const answer = Buffer.alloc(longestAnswer);
    let length = 0;
    for (;;) {
      const b = await byte();
      if (b === null || (raw && b === end && length === 0)) return length > 0 ? answer.subarray(0, length) : null;
      if (raw && b === interrupt) {
        answer.fill(0);
        throw new Interrupted();
      }
      if (b === newline || (raw && b === enter)) return answer.subarray(0, length);
      if (raw && (b === backspace || b === del)) answer[length > 0 ? --length : 0] = 0;
      else if (raw && b === clear) {
        answer.fill(0);
        length = 0;
      } else if (length < longestAnswer) answer[length++] = b;
    }
  };
  /** The echo goes before the question comes: nobody types into a terminal that still shows it. */
  const hidden = async (text: string): Promise<Buffer | null> => {
    if (!isPerson) return read(false);
    const before = input.isRaw;
    input.setRawMode(true);
    question(text);
    try {
      return await read(true);
    } finally {
      input.setRawMode(before);
      output.write('\n');
    }
  };
  const question = (text: string): void => {
    if (isPerson) output.write(text);
  };

  return {
    isPerson,
    say: (text) => void output.write(`${text}\n`),
    line: async (text) => {
      question(text);
      const answer = await read(false);
      return answer === null ? null : answer.toString('utf8').replace(/\r$/, '').trim();
    },
    digits: async (text, how) => {
      const answer = await hidden(text);
      if (answer === null) return null;
      const line = answer.at(-1) === enter ? answer.subarray(0, -1) : answer;
      const typed = how === 'spaced' ? line.filter((b) => b !== 0x20 && b !== 0x2d) : line;
      const isDigits = typed.every((b) => b >= 0x30 && b <= 0x39);
      const digits = fixedBytes(typed.length);
      if (isDigits) typed.forEach((b, i) => (digits[i] = b - 0x30));
      answer.fill(0);
      typed.fill(0);
      return isDigits ? digits : 'notDigits';
    },
    close: () => {
      held.fill(0);
      input.off('data', take).off('end', finish).off('error', finish);
      input.pause();
    },
  };
}
