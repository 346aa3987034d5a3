/** Named choices come in; few combinations go out in which every pair of choices stands together once, or all combinations. */

export type Choices = Readonly<Record<string, readonly (string | number | null)[]>>;
export type Row<C extends Choices> = { readonly [K in keyof C]: C[K][number] };

/** Every combination. */
export function product<C extends Choices>(choices: C): readonly Row<C>[] {
  let rows: Record<string, unknown>[] = [{}];
  for (const [name, values] of Object.entries(choices)) rows = rows.flatMap((row) => values.map((value) => ({ ...row, [name]: value })));
  return rows as unknown as readonly Row<C>[];
}

/** A greedy cover of all pairs: the same rows in every run. */
export function pairwise<C extends Choices>(choices: C): readonly Row<C>[] {
  const names = Object.keys(choices);
  const open = new Set<string>();
  const pair = (a: string, x: unknown, b: string, y: unknown): string => JSON.stringify(a < b ? [a, x, b, y] : [b, y, a, x]);
  for (const [at, a] of names.entries()) for (const b of names.slice(at + 1)) for (const x of choices[a] ?? []) for (const y of choices[b] ?? []) open.add(pair(a, x, b, y));
  const rows: Record<string, unknown>[] = [];
  while (open.size > 0) {
    const [a, x, b, y] = JSON.parse([...open][0] ?? '[]') as [string, unknown, string, unknown];
    const row: Record<string, unknown> = { [a]: x, [b]: y };
    for (const name of names.filter((n) => !(n in row))) {
      const gain = (value: unknown): number => Object.entries(row).filter(([other, its]) => open.has(pair(name, value, other, its))).length;
      row[name] = (choices[name] ?? []).reduce((best, value) => (gain(value) > gain(best) ? value : best));
    }
    for (const [at, n] of names.entries()) for (const m of names.slice(at + 1)) open.delete(pair(n, row[n], m, row[m]));
    rows.push(row);
  }
  return rows as unknown as readonly Row<C>[];
}
