/** Commands for cards come in and are asked of the reader program; its answer to each goes out, or null when none came in time. */
import type { Millis } from '../../core/types.ts';
import type { ReaderNumber } from './reports.ts';
import type { Request, StayNumber } from './requests.ts';
import { longestCommand, shortestCommand } from './requests.ts';

/** A card that was read, as the program that read it knows it. */
export type Line = { readonly reader: ReaderNumber; readonly stay: StayNumber };

export type Asking = {
  /** The whole response, or null. Throws for what is no command APDU by its length: such a caller is broken. */
  readonly exchange: (line: Line, command: Uint8Array) => Promise<Uint8Array | null>;
  /** What the program said to the request of that number; late and unknown ones are passed over. */
  readonly answered: (request: number, response: Uint8Array | null) => void;
  /** Nothing more will come from that reader, or with null from any. */
  readonly abandon: (reader: ReaderNumber | null) => void;
};

export type AskingTools = {
  readonly ask: (request: Request) => void;
  readonly after: (milliseconds: Millis, call: () => void) => () => void;
  /** Milliseconds that a card has for one response. */
  readonly limit: Millis;
  /** A response did not come in time. */
  readonly missed: () => void;
};

export function askProgram({ ask, after, limit, missed }: AskingTools): Asking {
  const open = new Map<number, { readonly reader: ReaderNumber; readonly settle: (response: Uint8Array | null) => void }>();
  let last = 0;

  const settle = (id: number, response: Uint8Array | null): void => {
    open.get(id)?.settle(response);
    open.delete(id);
  };

  return {
    exchange({ reader, stay }, command) {
      if (command.length < shortestCommand || command.length > longestCommand) throw new RangeError(`${command.length} bytes are no command APDU`);
      last = (last + 1) >>> 0;
      const id = last;
      const { promise, resolve } = Promise.withResolvers<Uint8Array | null>();
      const stop = after(limit, () => {
        settle(id, null);
        missed();
      });
      open.set(id, {
        reader,
        settle(response) {
          stop();
          resolve(response);
        },
      });
      ask({ id, reader, stay, command });
      return promise;
    },
    answered: settle,
    abandon(reader) {
      for (const [id, asked] of open) if (reader === null || asked.reader === reader) settle(id, null);
    },
  };
}
