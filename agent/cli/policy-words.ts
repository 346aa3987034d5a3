/** A setting's value comes in as the policy holds it; the words the file would have for it go out. */
import { fields, type Key } from '../policy/fields.ts';
import { endsOn, inWords } from '../policy/times.ts';
import { plain } from './answer.ts';

/** Times with their unit, texts without quotes. */
export function valueWords(key: Key, value: unknown): string {
  const { shape } = fields[key];
  if (shape.kind === 'time' && typeof value === 'number') return inWords(value);
  if (shape.kind === 'times' && Array.isArray(value)) return (value as readonly number[]).map(inWords).join(', ');
  if (key === 'uidWindow' && value !== null) {
    const { owner, until, lasts } = value as { readonly owner: string; readonly until: number; readonly lasts: number };
    return plain(JSON.stringify({ owner, until: endsOn(until), lasts: inWords(lasts) }));
  }
  return plain(typeof value === 'string' ? value : JSON.stringify(value));
}
