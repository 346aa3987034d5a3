/** Samples come in, one table row of the bench goes out: percentiles, and ratios of medians against what ran beside it in the same run. */
export type Row = {
  readonly id: string;
  readonly unit: string;
  readonly n: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** Name of what was measured beside it → our median divided by its median (or an absolute number where the row says so). */
  readonly against: Readonly<Record<string, number>>;
};
/** One measurement of the bench: it reports progress in lines and answers its rows. */
export type Measurement = { readonly ids: readonly string[]; readonly run: (progress: (line: string) => void) => Promise<readonly Row[]> };

/** Nearest-rank percentile, `p` in 0…100. */
export function percentile(samples: readonly number[], p: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil((p / 100) * sorted.length) - 1))];
  if (at === undefined) throw new Error('no samples to take a percentile of');
  return at;
}

export function row(id: string, unit: string, samples: readonly number[], against: Row['against'] = {}): Row {
  return { id, unit, n: samples.length, p50: percentile(samples, 50), p95: percentile(samples, 95), p99: percentile(samples, 99), against };
}
