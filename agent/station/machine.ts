/** The marks of the computer a station was set up on, and of the one it runs on, come in; whether that is one and the same goes out, and a sentence where it is not. */
import type { MachineMarks } from '../../native/machine/marks.ts';
import type { Degraded } from '../store/keys.ts';
import type { Store } from '../store/store.ts';

/**
 * `fresh`: it was not noted yet. `moved`: the same system on another board: new hardware, or a copy of the whole disk; which of them, only IT knows.
 * `cloned`: another system: an image that was given out with a station in it, or one that was made anew under it.
 */
export type Standing = 'fresh' | 'same' | 'moved' | 'cloned';

/** A mark that cannot be had now says nothing; where none is left that could be compared, nothing speaks for the station. */
export function standing(then: MachineMarks | null, now: MachineMarks): Standing {
  if (then === null || (then.system === null && then.board === null)) return 'fresh';
  const compared = (['system', 'board'] as const).filter((mark) => then[mark] !== null && now[mark] !== null);
  const differs = compared.filter((mark) => then[mark] !== now[mark]);
  if (differs.includes('system') || compared.length === 0) return 'cloned';
  return differs.length > 0 ? 'moved' : 'same';
}

/** What is known from now on: a board's number that could be read once is not forgotten for an agent that may not read it. */
export const learned = (then: MachineMarks | null, now: MachineMarks): MachineMarks => ({ system: now.system ?? then?.system ?? null, board: now.board ?? then?.board ?? null });

/** What to do about it, one sentence. */
export const told: Readonly<Record<'moved' | 'cloned', string>> = {
  moved:
    'The station was set up on other hardware: if this disk is a copy, run `tapward setup --new-identity`; if it is the same station with new hardware, `tapward setup --same-station`.',
  cloned: 'The station was set up under another system: if this is a copy of it, run `tapward setup --new-identity`; if it is the same station, `tapward setup --same-station`.',
};

export type Placed = { readonly kind: 'placed'; readonly standing: Standing } | Degraded;

/** Compared, and noted where it may be. `trusted`: it is the same station by IT's word. Throws where it could not be written. */
export function placeOn(store: Store, now: MachineMarks, trusted: boolean): Placed {
  const then = store.machine;
  const found = standing(then, now);
  if ((found === 'moved' || found === 'cloned') && !trusted) return { kind: 'degraded', cause: 'cloned', detail: told[found] };
  const next = trusted ? learned(null, now) : learned(then, now);
  if (next.system !== then?.system || next.board !== then.board) store.noteMachine(next);
  return { kind: 'placed', standing: found };
}
