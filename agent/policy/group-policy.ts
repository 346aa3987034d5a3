/** Values of Windows' registry come in, as Group Policy writes them from our template under Software\Policies\Tapward, or our MSI under Software\Tapward\Settings; the settings they mean go out in the file's own words, or what is wrong with each. */
import { defaultPolicy } from '../../core/policy.ts';
import type { Shape } from './field.ts';
import { fields, isKey, type Key, keys } from './fields.ts';

/** Where Group Policy puts what is set for the computer. */
export const registryKey = 'SOFTWARE\\Policies\\Tapward';
/** Where the MSI puts what it was told (build/windows/site.ts), by the names of the settings. */
export const setupKey = 'SOFTWARE\\Tapward\\Settings';

/** `key`: below ours, '' for ours itself. Types by winnt.h; what is none of these is `other`. */
export type RegistryValue = { readonly key: string; readonly name: string } & (
  | { readonly type: 'REG_SZ'; readonly data: string }
  | { readonly type: 'REG_DWORD'; readonly data: number }
  | { readonly type: 'REG_MULTI_SZ'; readonly data: readonly string[] }
  | { readonly type: 'other'; readonly data: null }
);

/** A REG_DWORD 1 of a setting's name and this says that it is nothing at all, where it may be: what the template writes for Disabled. A name of its own, for Disabled also takes the setting's value away. */
export const noneSuffix = '_none';

const units = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000 } as const;
export type Unit = keyof typeof units;

/** The largest unit in which a time's limits and its default are whole: a number of it is what the registry holds. */
export function unitOf(key: Key, { from, to }: Extract<Shape, { kind: 'time' }>): { readonly unit: Unit; readonly millis: number } {
  const unset = defaultPolicy[key];
  const fits = ([, millis]: readonly [string, number]): boolean => [from, to, unset].every((limit) => typeof limit !== 'number' || limit % millis === 0);
  const [unit, millis] = Object.entries(units).toReversed().find(fits) ?? ['ms', 1];
  return { unit: unit as Unit, millis };
}

/** One setting as the file would have it, or the kind of value it should be; `text`: JSON that is still to be parsed. */
export type Meant = { readonly kind: 'value'; readonly value: unknown } | { readonly kind: 'text'; readonly text: string } | { readonly kind: 'wrong'; readonly should: string };

export const isList = (key: string): boolean => key === 'rules' || key === 'groups';
/** The setting of this name in any case, as Windows takes names; null: there is none. */
export const settingNamed = (name: string): Key | 'rules' | 'groups' | null =>
  [...keys(), 'rules' as const, 'groups' as const].find((key) => key.toLowerCase() === name.toLowerCase()) ?? null;

const meant = (value: unknown): Meant => ({ kind: 'value', value });
const wrong = (should: string): Meant => ({ kind: 'wrong', should });

/** A value of our own key. */
export function meaningOf(key: Key | 'rules' | 'groups', value: RegistryValue): Meant {
  const shape: Shape = isKey(key) ? fields[key].shape : { kind: 'json', none: [] };
  switch (shape.kind) {
    case 'whole':
      return value.type === 'REG_DWORD' ? meant(value.data) : wrong('a number (REG_DWORD)');
    case 'time': {
      const { unit } = unitOf(key as Key, shape);
      return value.type === 'REG_DWORD' ? meant(`${value.data} ${unit}`) : wrong(`a number (REG_DWORD) of ${unitWords[unit]}`);
    }
    case 'choice':
      return value.type === 'REG_SZ' ? meant(value.data) : wrong('a text (REG_SZ)');
    case 'text':
      return value.type === 'REG_SZ' ? meant(value.data) : wrong('a text (REG_SZ)');
    case 'times':
      return value.type === 'REG_MULTI_SZ' ? meant(value.data) : wrong('lines of text (REG_MULTI_SZ)');
    case 'list':
      return value.type === 'REG_MULTI_SZ' ? meant(value.data) : wrong('lines of text (REG_MULTI_SZ)');
    case 'json':
      return value.type === 'REG_MULTI_SZ' ? { kind: 'text', text: value.data.join('\n') } : wrong('lines of JSON (REG_MULTI_SZ)');
    case 'choices':
      return wrong(`a key of its own, with a number (REG_DWORD) 1 or 0 for each of ${shape.values.join(', ')}`);
    default:
      return shape satisfies never;
  }
}

/** What nothing is for this setting; undefined: it cannot be nothing. */
export function noneOf(key: Key | 'rules' | 'groups'): unknown {
  const shape: Shape | null = isKey(key) ? fields[key].shape : null;
  if (shape === null) return key === 'groups' ? {} : [];
  if (shape.kind === 'list' || shape.kind === 'choices') return [];
  return shape.kind === 'json' ? shape.none : shape.kind === 'text' && shape.none ? null : undefined;
}

/** The values of a key of its own below ours: one for each word that may be chosen. */
export function chosenIn(values: readonly RegistryValue[]): Meant {
  const fits = values.every((value) => value.type === 'REG_DWORD' && value.data <= 1);
  return fits ? meant(values.filter(({ data }) => data === 1).map(({ name }) => name)) : wrong('a number (REG_DWORD) 1 or 0 for each word');
}

const unitWords: Readonly<Record<Unit, string>> = { ms: 'milliseconds', s: 'seconds', min: 'minutes', h: 'hours' };
