/** The ledger's entries come in, those of the last two weeks and each new one; the hint that fits somebody now goes out. What it knows is in memory only. */
import { setImmediate } from 'node:timers/promises';
import type { Entry } from '../core/entry.ts';
import { hintFor, noTrouble, noteTrouble, remembered, type Trouble, told } from '../core/trouble.ts';
import type { Hint, SubscriberId } from '../core/types.ts';
import { type Recorded, segmentsBack } from './ledger/reading.ts';

export type Noticed = {
  readonly hear: (entry: Entry) => void;
  /** Counts as said once her PIN was asked, for that is where it stands. */
  readonly hint: (subscriber: SubscriberId) => Hint | null;
  /** Reads what was before, a little at a time; a ledger that cannot be read has said nothing. Entries heard meanwhile come after. */
  readonly remember: (dir: string) => Promise<void>;
};

/** Entries between two pauses, in which a tap may come. */
const atOnce = 500;

export function createNoticed(wall: () => number): Noticed {
  let trouble: Trouble = noTrouble;
  let meanwhile: (readonly [Entry, number])[] | null = null;
  const take = (entry: Entry, at: number): void => {
    trouble = after(trouble, entry, at);
  };
  return {
    hear: (entry) => {
      meanwhile?.push([entry, wall()]);
      take(entry, wall());
    },
    hint: (subscriber) => hintFor(trouble, subscriber, wall()),
    remember: async (dir) => {
      const heard: (readonly [Entry, number])[] = [];
      meanwhile = heard;
      const before = await lately(dir, wall() - remembered).catch((): readonly Recorded[] => []);
      const [first] = heard;
      let count = 0;
      let past: Trouble = noTrouble;
      for (const { entry, wall: at } of before) {
        // What was heard meanwhile stands in the files too by now.
        if (first !== undefined && at >= first[1]) break;
        past = after(past, entry, at);
        if (++count % atOnce === 0) await setImmediate();
      }
      trouble = heard.reduce((t, [entry, at]) => after(t, entry, at), past);
      meanwhile = null;
    },
  };
}

/** A hint stands where her PIN is asked: from then on it was said, before a restart as after it. */
function after(before: Trouble, entry: Entry, at: number): Trouble {
  const trouble = noteTrouble(before, entry, at);
  const isAsked = entry.kind === 'tap' && (entry.reason === 'asked' || entry.reason === 'askedSwitch') && entry.subscriber !== null;
  return isAsked && hintFor(trouble, entry.subscriber, at) !== null ? told(trouble, entry.subscriber, at) : trouble;
}

/** Oldest first. */
async function lately(dir: string, since: number): Promise<readonly Recorded[]> {
  const found: (readonly Recorded[])[] = [];
  for (const entries of segmentsBack(dir)) {
    await setImmediate();
    found.unshift(entries.filter(({ wall }) => wall >= since));
    if ((entries[0]?.wall ?? 0) < since) break;
  }
  return found.flat();
}
