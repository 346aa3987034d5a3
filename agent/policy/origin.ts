/** The rule that decides a setting, or none, comes in; where its value comes from goes out, as a plain value and in words. */
import type { Key } from './fields.ts';
import type { Rule } from './rules.ts';

export type Origin =
  | { readonly kind: 'default' }
  /** What it knows of itself: its name. */
  | { readonly kind: 'station' }
  /** `source`: a path or a registry key; `rule`: of it, from 1; null: what it sets for everybody. */
  | { readonly kind: 'set'; readonly source: string; readonly line: number | null; readonly rule: number | null };

/** `rule`: as Resolved.ruleFor says it. */
export function originOf(rule: Rule | null, key: Key, isDefault: boolean): Origin {
  if (rule === null) return isDefault ? { kind: 'default' } : { kind: 'station' };
  return { kind: 'set', source: rule.source, line: rule.lines.get(key) ?? rule.line, rule: rule.number };
}

export function originWords(origin: Origin, key: Key): string {
  switch (origin.kind) {
    case 'default':
      return 'default';
    case 'station':
      return 'the station itself';
    case 'set': {
      const { source, line, rule } = origin;
      const place = source.startsWith('HKLM') ? `${source}\\${rule === null ? key : 'rules'}` : source;
      return `${rule === null ? '' : `rule ${rule}, `}${place}${line === null ? '' : `:${line}`}`;
    }
    default:
      return origin satisfies never;
  }
}
