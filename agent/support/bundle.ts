/** Facts about a station come in; the members of its support bundle go out, as JSON, with a README that says what each is and what was left out. */
import type { Member } from './archive.ts';
import { type Fact, fixed, type Word } from './fact.ts';

/** In the order of the README. */
export type Bundle = {
  readonly station: Fact;
  readonly system: Fact;
  readonly doctor: Fact;
  readonly policy: Fact;
  readonly diagnostics: Fact;
  readonly readers: Fact;
  readonly ledger: Fact;
  readonly timings: Fact;
};

const words: Readonly<Record<keyof Bundle, Word>> = {
  station: fixed`version, mode, whether the agent runs and how it is, how many people and badges are enrolled`,
  system: fixed`versions of the system and of what Tapward rests on, memory, state of the services`,
  doctor: fixed`what "tapward doctor" found, without what the station put into each line (a dot stands there)`,
  policy: fixed`every setting with its value where that is a number, a time or a choice, and where it came from`,
  diagnostics: fixed`which diagnostics were written, how often and when, with the fixed sentence of each id`,
  readers: fixed`the readers, by maker and kind of slot`,
  ledger: fixed`whether the ledger holds, its head, how often each thing happened, and its last 200 entries`,
  timings: fixed`how long taps took in each stage, in milliseconds`,
};

const readme = (names: readonly (keyof Bundle)[]): string => `Tapward support bundle, format 1

${names.map((name) => `${`${name}.json`.padEnd(18)}${words[name]}`).join('\n')}

Everything here is a number, a time, a digest, or a word of the program's own.
People are P1, P2 and so on, administrators' accounts A1, readers R1: numbered
anew in each bundle. Only where two bundles of a station show the same entries
can their numbers be matched.

Left out, because there is no way for it into this file: names of people,
computers, accounts and readers; card numbers (UIDs); staff numbers; PINs, codes
and keys; telephone numbers; paths; what an administrator wrote beside a code or
an emergency; the words that were said with a diagnostic; every setting that is
a text (policy.json says which are set).
`;

export const membersOf = (bundle: Bundle): readonly Member[] => {
  const names = Object.keys(words) as (keyof Bundle)[];
  return [{ name: 'README.txt', text: readme(names) }, ...names.map((name) => ({ name: `${name}.json`, text: `${JSON.stringify(bundle[name], null, 1)}\n` }))];
};
