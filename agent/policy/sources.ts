/** All sources of the policy come in, the weakest first; what they mean together for each computer and role goes out, where each value came from, and every fault of all of them at once. */
import { hostname } from 'node:os';
import { defaultPolicy, type Policy } from '../../core/policy.ts';
import { contradictions } from './contradictions.ts';
import { type Fault, settingFault } from './fault.ts';
import type { Key } from './fields.ts';
import { type Members, membersOf, type Source } from './members.ts';
import { type Groups, type Resolved, type Rule, type Rules, readGroups, readRules, resolve } from './rules.ts';

export type { Source } from './members.ts';

/** What a station knows of itself before it reads any source. */
export type PolicySite = {
  readonly mode: 'evaluation' | 'installed';
  readonly stationName: string;
  /** Before the sources' own word. */
  readonly defaults?: Partial<Policy>;
  /** As rules name it; this computer's own name unless given. */
  readonly computer?: string;
  /** Its system; left out: any. */
  readonly platform?: NodeJS.Platform;
};

export type Judged = {
  /** In the order of the sources and their lines; contradictions, which stand on no line, last. */
  readonly faults: readonly Fault[];
  readonly rules: Rules;
  /** What holds on a computer of this name; only where there are no faults it is what the sources mean. */
  readonly resolveOn: (computer: string) => Resolved;
};

export const baseOf = ({ defaults, stationName }: PolicySite): Policy => ({ ...defaultPolicy, ...defaults, stationName });

/** A later source decides against an earlier one, its settings and its rules alike: what the registry sets no file's rule takes back. Contradictions are judged for the site's own computer, for everybody and for each role. */
export function judgeSources(sources: readonly Source[], site: PolicySite): Judged {
  const faults: Fault[] = [];
  const read = sources.map((source) => {
    const own: Fault[] = [];
    return { own, members: membersOf(source, (fault) => own.push(fault)) };
  });
  const groups = new Map<string, readonly string[]>();
  const named = new Set<string>();
  for (const { own, members } of read) {
    const found = readGroups(members.members['groups'], (path, sentence) => own.push({ sentence, line: members.lineOf(['groups', ...path]), source: members.placeOf('groups') }));
    for (const name of found.named) named.add(name);
    for (const [name, globs] of found.groups) groups.set(name, globs);
  }
  const rules = read.flatMap(({ own, members }) => {
    const found = rulesIn(members, [...named], (fault) => own.push(fault));
    faults.push(...own.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)));
    return found;
  });
  const base = baseOf(site);
  const all: { readonly rules: readonly Rule[]; readonly groups: Groups } = { rules, groups };
  const resolveOn = (computer: string): Resolved => resolve(base, all, computer);
  faults.push(...contradictions(resolveOn(site.computer ?? hostname()).policy, site.mode, site.platform).map((sentence) => ({ sentence, line: null, source: null })));
  return { faults, rules: all, resolveOn };
}

/** What one source sets for everybody, then its rules. */
function rulesIn({ name, members, lineOf, placeOf }: Members, groups: readonly string[], fault: (fault: Fault) => void): readonly Rule[] {
  const set = new Map<Key, unknown>();
  const lines = new Map<Key, number | null>();
  for (const [key, value] of Object.entries(members)) {
    if (key === 'rules' || key === 'groups') continue;
    const sentence = settingFault(key, value, (k, taken) => {
      set.set(k, taken);
      lines.set(k, lineOf([k]));
    });
    if (sentence !== null) fault({ sentence, line: lineOf([key]), source: placeOf(key) });
  }
  const own: Rule = { source: name, number: null, line: null, lines, roles: null, stations: null, set };
  return [
    own,
    ...readRules(members['rules'], { source: name, groups, lineOf }, (path, sentence) => fault({ sentence, line: lineOf(['rules', ...path]), source: placeOf('rules') })),
  ];
}
