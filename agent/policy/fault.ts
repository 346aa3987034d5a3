/** A member of a policy source that cannot be taken comes in; the one sentence that says what to do about it goes out. */
import { fields, isKey, type Key, keys } from './fields.ts';

/** `source`: the file's path, or the registry's value; null: it is about settings together. `line`: in it, from 1; null: none is meant. */
export type Fault = { readonly sentence: string; readonly line: number | null; readonly source: string | null };

/** `line 3: …`, and before it the source, where there are several. */
export const faultWords = ({ sentence, line, source }: Fault, severalSources: boolean): string => {
  const places = [...(severalSources && source !== null ? [source] : []), ...(line === null ? [] : [`line ${line}`])];
  return places.length === 0 ? sentence : `${places.join(', ')}: ${sentence}`;
};

/** What is wrong with this value of this setting; null: it is taken, and `take` had it. */
export function settingFault(key: string, value: unknown, take: (key: Key, value: unknown) => void): string | null {
  if (key === 'roles') return '"roles" is not a setting: take it out, and write what holds for a role into "rules".';
  if (!isKey(key)) return `"${key}" is not a setting: take it out${nearest(key)}.`;
  const { schema, type } = fields[key];
  const parsed = schema.safeParse(value);
  if (!parsed.success) return `"${key}" must be ${type}${typeof value === 'number' && type.includes('time') ? ', with its unit: "20 s"' : ''}.`;
  take(key, parsed.data);
  return null;
}

function nearest(key: string): string {
  const like = keys().find((k) => k.toLowerCase() === key.toLowerCase().replace(/[^a-z]/g, ''));
  return like === undefined ? '' : `, or write "${like}"`;
}
