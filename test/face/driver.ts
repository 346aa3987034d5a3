/** An agent's door comes in; a face that knocks at it goes out: what the one specification needs of each, whatever draws it. */
import type { Page } from 'playwright-core';

export type Face = AsyncDisposable & {
  /** The page on which the pad is now. */
  readonly pad: () => Promise<Page>;
  /** Whether anything of the open work can be seen (and nothing of ours covers it). */
  readonly uncovered: () => Promise<boolean>;
};
export type Driver = {
  /** What runs, with its version, for the log. */
  readonly name: string;
  readonly open: (door: string) => Promise<Face>;
};
