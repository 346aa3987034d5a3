/** What the sources say and the policy in force come in; each setting with its value, where it came from and what it waits for goes out, for somebody of a role. */
import { defaultPolicy, forRole, type Policy } from '../../core/policy.ts';
import type { Role } from '../../core/types.ts';
import { fields, type Key, keys } from './fields.ts';
import { type Origin, originOf } from './origin.ts';
import type { Resolved } from './rules.ts';

/** `waits`: what the sources say already and does not count yet: until the agent's next start, or between two taps until open work closes. */
export type Row = {
  readonly key: Key;
  readonly value: unknown;
  readonly isDefault: boolean;
  readonly origin: Origin;
  readonly waits: { readonly value: unknown; readonly until: 'restart' | 'lock' } | null;
};

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

export function effective({ policy: said, ruleFor }: Resolved, inForce: Policy, role: Role | null): readonly Row[] {
  const [own, soon] = [forRole(inForce, role), forRole(said, role)];
  return keys().map((key) => {
    const value = own[key];
    const isDefault = same(value, defaultPolicy[key]);
    const waits = same(value, soon[key]) ? null : ({ value: soon[key], until: fields[key].restart ? 'restart' : 'lock' } as const);
    return { key, value, isDefault, origin: originOf(ruleFor(key, role), key, same(soon[key], defaultPolicy[key])), waits };
  });
}
