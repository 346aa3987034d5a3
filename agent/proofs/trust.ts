/** The files of CAs and revocations that policy names come in; what the site trusts now goes out, read again when a file has changed. */
import { readFileSync, statSync } from 'node:fs';
import type { Policy } from '../../core/policy.ts';
import type { SiteTrust, TrustFiles } from '../../native/piv/trust.ts';
import type { Natives } from './natives.ts';

type TrustPolicy = Pick<Policy, 'pivRoots' | 'pivIntermediates' | 'pivCrl'>;
/** A tap must not wait for the disk each time: a new file counts within this time (milliseconds). */
const lookAgainAfter = 10_000;
/** Larger ones are refused by what reads them; more than this is not even read. */
const largest = 32 << 20;

export type TrustBook = { readonly current: () => SiteTrust };

export function createTrustBook(policy: () => TrustPolicy, readTrust: Natives['readTrust'], now: () => number): TrustBook {
  let known: { readonly mark: string; readonly trust: SiteTrust } | null = null;
  let lookedAt = Number.NEGATIVE_INFINITY;
  return {
    current: () => {
      const { pivRoots, pivIntermediates, pivCrl } = policy();
      const at = now();
      if (known !== null && at - lookedAt < lookAgainAfter) return known.trust;
      lookedAt = at;
      const paths = [pivRoots, pivIntermediates, pivCrl] as const;
      const mark = JSON.stringify(paths.map((path) => [path, path === null ? null : stampOf(path)]));
      if (known?.mark !== mark) known = { mark, trust: readTrust({ roots: contentOf(pivRoots), intermediates: contentOf(pivIntermediates), crl: contentOf(pivCrl) }) };
      return known.trust;
    },
  };
}

function stampOf(path: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(path);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return 'absent';
  }
}

/** A file that cannot be read is as good as none: what depends on it trusts nobody. */
export function contentOf(path: string | null): TrustFiles['roots'] {
  if (path === null) return null;
  try {
    return statSync(path).size > largest ? 'absent' : readFileSync(path);
  } catch {
    return 'absent';
  }
}
