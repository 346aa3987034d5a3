/** The policy's sources come in; every fault of them goes out, those included that only stations of some name, or people of some role, would meet. */
import { contradictions } from './contradictions.ts';
import type { Fault } from './fault.ts';
import type { Rules } from './rules.ts';
import { judgeSources, type PolicySite, type Source } from './sources.ts';

/** So many names are tried: rules speak of them, and each combination of rules that a name of theirs meets is judged. */
const mostNames = 500;

export function checkSources(sources: readonly Source[], site: PolicySite & { readonly computer: string }): readonly Fault[] {
  const { faults, rules, resolveOn } = judgeSources(sources, site);
  const seen = new Set(faults.map(({ sentence }) => sentence));
  const elsewhere: Fault[] = [];
  for (const name of namesIn(rules)) {
    for (const sentence of contradictions(resolveOn(name).policy, site.mode)) {
      if (seen.has(sentence)) continue;
      seen.add(sentence);
      elsewhere.push({ sentence: `On a station named ${name}: ${sentence}`, line: null, source: null });
    }
  }
  return [...faults, ...elsewhere];
}

/** Of one file's text alone. */
export const checkPolicy = (content: string, site: PolicySite & { readonly computer: string }): readonly Fault[] =>
  checkSources([{ kind: 'file', name: 'policy.json', text: content }], site);

/** One name for each glob: `icu-*` is tried as `icu-1`; and one that no rule names. */
function namesIn({ rules, groups }: Rules): readonly string[] {
  const globs = [...rules.flatMap(({ stations }) => (stations ?? []).filter((station) => !station.startsWith('@'))), ...[...groups.values()].flat()];
  return [...new Set(['any-other-name', ...globs.map((glob) => glob.replace(/[*?]+/g, '1'))])].slice(0, mostNames);
}
