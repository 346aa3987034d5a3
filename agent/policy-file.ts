/** The site's policy file (JSON) comes in; a whole Policy goes out, or every fault in it at once, one sentence each. The README's settings table is made from the same list. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { defaultPolicy, type Policy } from '../core/policy.ts';
import { contradictions } from './policy/contradictions.ts';
import { type Fault, settingFault } from './policy/fault.ts';
import { fields, type Key, keys } from './policy/fields.ts';
import { jsonLines } from './policy/json-lines.ts';
import { readRules, type Resolved, resolve, type Rules } from './policy/rules.ts';
import { inWords } from './policy/times.ts';

export { inMillis, inWords } from './policy/times.ts';

export type Setting = { readonly key: keyof Policy; readonly type: string; readonly default: string; readonly meaning: string };

/** Every setting in the order of Policy, for the README and for `--help`. */
export function settings(): readonly Setting[] {
  return keys().map((key) => ({ key, type: fields[key].type, default: written(key, defaultPolicy[key]), meaning: fields[key].meaning }));
}

export type PolicyOutcome =
  | { readonly kind: 'policy'; readonly policy: Policy }
  /** No file: the defaults hold. */
  | { readonly kind: 'absent'; readonly policy: Policy }
  | { readonly kind: 'refused'; readonly faults: readonly string[] };

/** What a station knows of itself before it reads the file. */
export type PolicySite = {
  readonly mode: 'evaluation' | 'installed';
  readonly stationName: string;
  /** Before the file's own word. */
  readonly defaults?: Partial<Policy>;
  /** As rules name it; this computer's own name unless given. */
  readonly computer?: string;
};

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

export type Judged = {
  /** In the order of the file; contradictions, which stand on no line, last. */
  readonly faults: readonly Fault[];
  /** The settings that the file itself names, outside its rules. */
  readonly named: ReadonlySet<Key>;
  readonly rules: Rules;
  /** What holds on a computer of this name; only where there are no faults it is what the file means. */
  readonly resolveOn: (computer: string) => Resolved;
};

/** Contradictions are judged for the site's own computer, for everybody and for each role. */
export function judgePolicy(content: string, site: PolicySite): Judged {
  const faults: Fault[] = [];
  const given: Partial<Record<Key, unknown>> = {};
  const file = objectIn(content, (fault) => faults.push(fault));
  const { lineOf, repeated } = file === null ? { lineOf: () => null, repeated: [] } : jsonLines(content);
  for (const { key, line } of repeated) faults.push({ sentence: `"${key}" stands there twice: take one out.`, line });
  for (const [key, value] of Object.entries(file ?? {})) {
    if (key === 'rules' || key === 'groups') continue;
    const sentence = settingFault(key, value, (k, taken) => {
      given[k] = taken;
    });
    if (sentence !== null) faults.push({ sentence, line: lineOf([key]) });
  }
  const rules = readRules(file ?? {}, lineOf, (fault) => faults.push(fault));
  const base: Policy = { ...baseOf(site), ...(given as Partial<Policy>) };
  const resolveOn = (computer: string): Resolved => resolve(base, rules, computer);
  faults.sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
  faults.push(...contradictions(resolveOn(site.computer ?? hostname()).policy, site.mode).map((sentence) => ({ sentence, line: null })));
  return { faults, named: new Set(Object.keys(given) as Key[]), rules, resolveOn };
}

const baseOf = ({ defaults, stationName }: PolicySite): Policy => ({ ...defaultPolicy, ...defaults, stationName });

function objectIn(content: string, fault: (fault: Fault) => void): Readonly<Record<string, unknown>> | null {
  try {
    const file: unknown = JSON.parse(content);
    if (typeof file === 'object' && file !== null && !Array.isArray(file)) return file as Readonly<Record<string, unknown>>;
    fault({ sentence: 'The policy file must be one JSON object of settings.', line: 1 });
  } catch (e) {
    const { message } = e as Error;
    const [, line] = /\bline (\d+)/.exec(message) ?? [];
    fault({ sentence: `The policy file is not JSON: ${message}.`, line: line === undefined ? null : Number(line) });
  }
  return null;
}

function written(key: Key, value: Policy[Key]): string {
  const one = (v: string | number): string => (typeof v === 'number' && fields[key].type.includes('time') ? `"${inWords(v)}"` : JSON.stringify(v));
  return Array.isArray(value) ? `[${value.map(one).join(', ')}]` : one(value as string | number);
}
