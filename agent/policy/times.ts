/** A time as people write it ("20 s", "1.5 min", a last day "2027-03-31") comes in, milliseconds go out, and back. */

const units = { ms: 1, s: 1000, min: 60_000, h: 3_600_000 } as const;
type Unit = keyof typeof units;

/** `20 s`, `1.5 min`: a time always says its unit. */
export function inMillis(text: string): number | null {
  const [, number, unit] = /^(\d+(?:\.\d+)?) ?(ms|s|min|h)$/.exec(text) ?? [];
  return number === undefined || unit === undefined ? null : Number(number) * units[unit as Unit];
}

/** The shortest way to write a time. */
export function inWords(millis: number): string {
  const unit = (['h', 'min', 's'] as const).find((u) => millis >= units[u] && millis % units[u] === 0) ?? 'ms';
  return `${millis / units[unit]} ${unit}`;
}

/** `2027-03-31`: the moment that day ends, UTC; null: no such day. */
export function endOfDay(day: string): number | null {
  const start = /^\d{4}-\d\d-\d\d$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
  return Number.isNaN(start) || new Date(start).toISOString().slice(0, 10) !== day ? null : start + 86_399_999;
}

/** The day that ends then, as `endOfDay` takes it. */
export const endsOn = (end: number): string => new Date(end).toISOString().slice(0, 10);
