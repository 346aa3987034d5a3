/** A way to read the policy's sources comes in; the policy in force goes out at every moment: what the sources say as long as they hold, else the last that did. A change counts between two taps. */
import { createHash } from 'node:crypto';
import type { Entry } from '../../core/entry.ts';
import type { Policy } from '../../core/policy.ts';
import type { State } from '../../core/types.ts';
import type { Diagnose } from '../diagnostics.ts';
import { type Fault, faultWords } from './fault.ts';
import { fields, type Key, keys } from './fields.ts';
import type { LastGood } from './last-good.ts';
import type { Resolved } from './rules.ts';
import { judgeSources, type PolicySite, type Source } from './sources.ts';
import { createTaking } from './taking.ts';

/** `kept`: the sources have faults, and the last policy that held goes on; `defaults`: none ever held. */
export type Standing = { readonly kind: 'current' } | { readonly kind: 'kept' | 'defaults'; readonly faults: readonly Fault[] };
/** What came of looking at the sources once more. `restart`: changes that count from the agent's next start. */
export type Reloaded =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'changed'; readonly keys: readonly string[]; readonly restart: readonly string[] }
  | { readonly kind: 'refused'; readonly faults: readonly Fault[] };

export type LivePolicy = {
  /** In force at this moment. */
  readonly policy: () => Policy;
  readonly standing: () => Standing;
  /** What the sources in force say of every setting, and where. */
  readonly resolved: () => Resolved;
  readonly reload: () => Reloaded;
  /** The sources are others than those that were looked at last, at the agent's start or since. */
  readonly hasNews: () => boolean;
  /** Told of each state of the station, before anything it asks for is done. */
  readonly seen: (state: State) => void;
  /** Once, when there is a ledger and somebody to tell: what was found at the start is recorded now. `changed`: another policy holds from now on. */
  readonly begin: (told: { readonly record: (entry: Entry) => void; readonly changed: () => void }) => void;
};
export type LiveParts = {
  readonly read: () => readonly Source[];
  readonly site: PolicySite & { readonly computer: string };
  readonly lastGood: LastGood;
  readonly diagnose: Diagnose;
};

const words = (why: unknown): string => (why instanceof Error ? why.message : String(why));
const digest = (what: unknown): string => createHash('sha256').update(JSON.stringify(what)).digest('hex');
const restartKeys: readonly Key[] = keys().filter((key) => fields[key].restart);
const waitsForStart = (key: string): boolean => (restartKeys as readonly string[]).includes(key);

export function createLivePolicy({ read, site, lastGood, diagnose }: LiveParts): LivePolicy {
  const judge = (sources: readonly Source[]): { readonly faults: readonly Fault[]; readonly resolved: Resolved } => {
    const { faults, resolveOn } = judgeSources(sources, site);
    return { faults, resolved: resolveOn(site.computer) };
  };
  const refused = (sources: readonly Source[], faults: readonly Fault[], kept: Extract<Entry, { kind: 'policyRefused' }>['kept']): Entry => {
    const several = sources.length > 1;
    diagnose('TW1401', `${faults.length === 1 ? '1 fault' : `${faults.length} faults`}; ${keptWords[kept]}`);
    for (const fault of faults) diagnose('TW1401', faultWords(fault, several));
    return { kind: 'policyRefused', sha256: digest(sources), faults: faults.length, kept };
  };
  const keep = (sources: readonly Source[]): void => {
    try {
      lastGood.keep(sources);
    } catch (why) {
      diagnose('TW1402', words(why));
    }
  };

  const first = read();
  const found = judge(first);
  const earlier = lastGood.load();
  const before = earlier === null ? null : judge(earlier);
  const good = before !== null && before.faults.length === 0 ? before.resolved : null;
  const holds = found.faults.length === 0;
  /** Accepted; the station may not have taken it yet. */
  let resolved: Resolved = holds ? found.resolved : (good ?? judge([]).resolved);
  let standing: Standing = holds ? { kind: 'current' } : { kind: good === null ? 'defaults' : 'kept', faults: found.faults };
  let lastRead = digest(first);
  const atFirst = resolved.policy;
  const entries: Entry[] = [];
  if (standing.kind !== 'current') entries.push(refused(first, standing.faults, standing.kind === 'kept' ? 'lastGood' : 'defaults'));
  else {
    const changed = good === null ? [] : changedKeys(good.policy, resolved.policy);
    if (changed.length > 0) entries.push({ kind: 'policyChanged', sha256: digest(resolved.policy), keys: changed });
  }

  let told: { readonly record: (entry: Entry) => void; readonly changed: () => void } | null = null;
  const taking = createTaking(resolved.policy, () => told?.changed());
  const reload = (): Reloaded => {
    const sources = read();
    const now = judge(sources);
    const same = digest(sources) === lastRead;
    lastRead = digest(sources);
    if (now.faults.length > 0) {
      standing = { kind: standing.kind === 'defaults' ? 'defaults' : 'kept', faults: now.faults };
      if (!same) told?.record(refused(sources, now.faults, 'running'));
      return { kind: 'refused', faults: now.faults };
    }
    const again = standing.kind !== 'current';
    standing = { kind: 'current' };
    // Not one that only the agent's next start tries out.
    if (!changedKeys(atFirst, now.resolved.policy).some(waitsForStart)) keep(sources);
    const changed = changedKeys(resolved.policy, now.resolved.policy);
    resolved = now.resolved;
    if (changed.length === 0) {
      if (again) told?.record({ kind: 'policyChanged', sha256: digest(resolved.policy), keys: [] });
      return { kind: 'unchanged' };
    }
    const policy = { ...resolved.policy, ...Object.fromEntries(restartKeys.map((key) => [key, atFirst[key]])) };
    told?.record({ kind: 'policyChanged', sha256: digest(resolved.policy), keys: changed });
    diagnose('TW1403', changed.join(', '));
    taking.offer(policy);
    return { kind: 'changed', keys: changed, restart: changed.filter(waitsForStart) };
  };
  return {
    policy: taking.policy,
    standing: () => standing,
    resolved: () => resolved,
    reload,
    hasNews: () => digest(read()) !== lastRead,
    seen: taking.seen,
    begin: (whom) => {
      told = whom;
      // Not before: one with which the agent does not even start is not good.
      if (standing.kind === 'current') keep(first);
      for (const entry of entries.splice(0)) whom.record(entry);
    },
  };
}

const keptWords = { lastGood: 'the last policy that held goes on', defaults: 'none ever held, so every setting has its default', running: 'the policy in force goes on' } as const;

/** Settings that differ; `roles`: what rules say of one role or another. */
function changedKeys(before: Policy, after: Policy): readonly string[] {
  return Object.keys(after).filter((key) => JSON.stringify(before[key as keyof Policy]) !== JSON.stringify(after[key as keyof Policy]));
}
