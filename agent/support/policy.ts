/** The settings in force come in with where each came from; numbers, times and choices go out as Facts, and of every other setting only whether it is set. */
import type { PolicyReply } from '../admin/contract.ts';
import type { Row } from '../policy/effective.ts';
import { fields, keys } from '../policy/fields.ts';
import { type Fact, fixed, whole, word } from './fact.ts';

export type PolicyShown = Pick<PolicyReply, 'standing' | 'faults' | 'rows'>;

export const policyFacts = ({ standing, faults, rows }: PolicyShown): Fact => ({
  standing: word(['current', 'kept', 'defaults'], standing),
  faults: whole(faults.length),
  settings: rows.map((row) => ({
    key: word(keys(), row.key),
    value: valueOf(row.key, row.value),
    isDefault: row.isDefault,
    origin: originOf(row),
    waits: row.waits === null ? null : word(['restart', 'lock'], row.waits.until),
  })),
});

const set = fixed`set, and left out`;

/** Texts, lists of texts and records may name people, paths and machines: what they hold stays here. */
function valueOf(key: Row['key'], value: unknown): Fact {
  const { shape } = fields[key];
  switch (shape.kind) {
    case 'whole':
    case 'time':
      return whole(value);
    case 'times':
      return Array.isArray(value) ? value.map(whole) : null;
    case 'choice':
      return word(shape.values, value);
    case 'choices':
      return Array.isArray(value) ? value.map((one) => word(shape.values, one)) : null;
    case 'text':
      return value === null || value === '' ? null : set;
    case 'list':
    case 'json':
      return Array.isArray(value) ? { entries: whole(value.length) } : value === null ? null : set;
    default:
      return shape satisfies never;
  }
}

/** Which file it was is not told: its name may be a person's or a site's. */
function originOf({ origin }: Row): Fact {
  if (origin.kind !== 'set') return { kind: word(['default', 'station'], origin.kind) };
  return {
    kind: origin.source.startsWith('HKLM') ? fixed`registry` : origin.source.includes('policy.d') ? fixed`policy.d` : fixed`file`,
    line: whole(origin.line),
    rule: whole(origin.rule),
  };
}
