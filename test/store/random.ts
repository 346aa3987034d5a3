/** A seed comes in; the same numbers every time go out, so that a failure found by chance can be looked at again. */
export type Random = { readonly below: (n: number) => number; readonly pick: <T>(from: readonly T[]) => T };

/** Mulberry32: enough to choose moments and bytes, for nothing else. */
export function random(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n: number): number => Math.floor(next() * n);
  return {
    below,
    pick: (from) => {
      const one = from[below(from.length)];
      if (one === undefined) throw new Error('Nothing to pick from.');
      return one;
    },
  };
}

/** Another one each day would find more, and break builds that changed nothing: TAPWARD_SEED sets it. */
export const seed = Number(process.env['TAPWARD_SEED'] ?? 20_261_121);
