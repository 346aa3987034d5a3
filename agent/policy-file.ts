/** The site's policy file (JSON) comes in; a whole Policy goes out, or every fault in it at once, one sentence each. The README's settings table is made from the same list. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { defaultPolicy, type Policy } from '../core/policy.ts';
import { fields, type Key, keys } from './policy/fields.ts';
import { baseOf, type Judged, judgeSources, type PolicySite } from './policy/sources.ts';
import { inWords } from './policy/times.ts';

export type { PolicySite } from './policy/sources.ts';
export { inMillis, inWords } from './policy/times.ts';

export type Setting = {
  readonly key: keyof Policy;
  readonly type: string;
  readonly default: string;
  readonly meaning: string /** As `Field` has them. */;
  readonly on: 'everywhere' | 'linux';
  readonly restart: boolean;
};

/** Every setting in the order of Policy, for the README and for `--help`. */
export function settings(): readonly Setting[] {
  return keys().map((key) => ({
    key,
    type: fields[key].type,
    default: written(key, defaultPolicy[key]),
    meaning: fields[key].meaning,
    on: fields[key].on,
    restart: fields[key].restart,
  }));
}

export type PolicyOutcome =
  | { readonly kind: 'policy'; readonly policy: Policy }
  /** No file: the defaults hold. */
  | { readonly kind: 'absent'; readonly policy: Policy }
  | { readonly kind: 'refused'; readonly faults: readonly string[] };

export function readPolicy(path: string, site: PolicySite): PolicyOutcome {
  const content = contentOf(path);
  if (content.kind === 'absent') return { kind: 'absent', policy: baseOf(site) };
  return content.kind === 'refused' ? content : parsePolicy(content.text, site);
}

export type PolicyContent = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'absent' } | { readonly kind: 'refused'; readonly faults: readonly string[] };

/** Of a policy file that may not be there. */
export function contentOf(path: string): PolicyContent {
  try {
    return { kind: 'text', text: readFileSync(path, 'utf8') };
  } catch (e) {
    const { code } = e as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { kind: 'absent' };
    return { kind: 'refused', faults: [`The policy file cannot be read (${code ?? 'unknown'}): give the agent’s account the right to read it.`] };
  }
}

/** A setting the file leaves out keeps its default. */
export function parsePolicy(content: string, site: PolicySite): PolicyOutcome {
  const { faults, resolveOn } = judgePolicy(content, site);
  if (faults.length === 0) return { kind: 'policy', policy: resolveOn(site.computer ?? hostname()).policy };
  return { kind: 'refused', faults: faults.map(({ sentence }) => sentence) };
}

/** Of one file alone. */
export const judgePolicy = (content: string, site: PolicySite): Judged => judgeSources([{ kind: 'file', name: 'policy.json', text: content }], site);

function written(key: Key, value: Policy[Key]): string {
  const one = (v: string | number): string => (typeof v === 'number' && fields[key].type.includes('time') ? `"${inWords(v)}"` : JSON.stringify(v));
  return Array.isArray(value) ? `[${value.map(one).join(', ')}]` : one(value as string | number);
}
