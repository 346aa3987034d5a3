/** The files of CAs and revocations that policy names come in; what the site trusts now goes out, read again when a file has changed. */
import { readFileSync, statSync } from 'node:fs';
import type { Policy } from '../../core/policy.ts';
import type { SiteTrust, TrustFiles } from '../../native/piv/trust.ts';
import type { Natives } from './natives.ts';

type TrustPolicy = Pick<Policy, 'pivRoots' | 'pivIntermediates' | 'pivCrl'>;
/** Taps that follow one another closely do not each wait for the disk: a new file counts within this time (milliseconds), another path of the policy's at once. */
const lookAgainAfter = 1_000;
/** Larger ones are refused by what reads them; more than this is not even read. */
const largest = 32 << 20;

export type TrustBook = { readonly current: () => SiteTrust };
export type TrustParts = {
  readonly policy: () => TrustPolicy;
  readonly readTrust: Natives['readTrust'];
  /** Milliseconds since boot. */
  readonly now: () => number;
  /** Told what cannot be used, a sentence each, whenever that is something else than before; none: all of it can be again. */
  readonly complain: (complaints: readonly string[]) => void;
};

export function createTrustBook({ policy, readTrust, now, complain }: TrustParts): TrustBook {
  let known: { readonly names: string; readonly mark: string; readonly trust: SiteTrust } | null = null;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let told = '[]';
  const tell = ({ complaints }: SiteTrust): void => {
    const said = JSON.stringify(complaints);
    if (said === told) return;
    told = said;
    complain(complaints);
  };
  return {
    current: () => {
      const { pivRoots, pivIntermediates, pivCrl } = policy();
      const paths = [pivRoots, pivIntermediates, pivCrl] as const;
      const names = JSON.stringify(paths);
      const at = now();
      if (known?.names === names && at - lookedAt < lookAgainAfter) return known.trust;
      lookedAt = at;
      const mark = JSON.stringify(paths.map((path) => (path === null ? null : stampOf(path))));
      if (known?.names !== names || known.mark !== mark) {
        known = { names, mark, trust: readTrust({ roots: contentOf(pivRoots), intermediates: contentOf(pivIntermediates), crl: contentOf(pivCrl) }) };
        tell(known.trust);
      }
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
