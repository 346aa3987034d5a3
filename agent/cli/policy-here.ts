/** A station's folder comes in; the policy sources of this computer that are meant by it go out, and what they come to. */
import { defaultPolicy } from '../../core/policy.ts';
import { policyPath } from '../places.ts';
import { evaluationDefaults } from '../policy/evaluation.ts';
import { type Fault, faultWords } from '../policy/fault.ts';
import { lastGoodIn } from '../policy/last-good.ts';
import { noRegistry, readSources } from '../policy/reading.ts';
import { type Judged, judgeSources, type PolicySite, type Source } from '../policy/sources.ts';
import type { Mode, Tools } from './command.ts';

export type SiteHere = PolicySite & { readonly computer: string };
export const siteOf = (mode: Mode, computer: string): SiteHere => ({
  mode,
  stationName: mode === 'installed' ? computer : defaultPolicy.stationName,
  computer,
  ...(mode === 'evaluation' && { defaults: evaluationDefaults }),
});

/** An evaluation has a file, and no registry speaks to it. */
export const sourcesHere = (dir: string, mode: Mode, { registry }: Tools): readonly Source[] => readSources(policyPath(dir, mode), mode === 'installed' ? registry : noRegistry);

export type PolicyHere = {
  readonly sources: readonly Source[];
  readonly judged: Judged /** Where there are any, what is judged is the last policy that held, or nothing. */;
  readonly faults: readonly Fault[];
  readonly standing: 'current' | 'kept' | 'defaults';
};

/** Each fault in words, with its place. */
export const faultsIn = ({ sources, faults }: Pick<PolicyHere, 'sources' | 'faults'>): readonly string[] => faults.map((fault) => faultWords(fault, sources.length > 1));

/** What holds where no agent runs: what its next start would take. */
export function policyHere(dir: string, mode: Mode, computer: string, tools: Tools): PolicyHere {
  const sources = sourcesHere(dir, mode, tools);
  const site = { ...siteOf(mode, computer), platform: process.platform };
  const judged = judgeSources(sources, site);
  if (judged.faults.length === 0) return { sources, judged, faults: [], standing: 'current' };
  const { faults } = judged;
  // Whoever may read this folder may do anything to the station: its rights speak for the file.
  const kept = mode === 'installed' ? lastGoodIn(dir, null).load() : null;
  const before = kept === null ? null : judgeSources(kept, site);
  if (before !== null && before.faults.length === 0) return { sources, judged: before, faults, standing: 'kept' };
  return { sources, judged: judgeSources([], site), faults, standing: 'defaults' };
}
