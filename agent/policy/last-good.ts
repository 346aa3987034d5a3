/** A station's folder and the key that proves its own files come in; the sources of the last policy that held are kept there, and come back as long as nobody else wrote them. */
import { type KeyObject, timingSafeEqual } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { mac } from '../store/sealing.ts';
import type { Source } from './members.ts';

export type LastGood = {
  /** null: none was kept, or what lies there is not what this station kept. */
  readonly load: () => readonly Source[] | null;
  /** Whole or not at all; throws where the folder cannot be written. */
  readonly keep: (sources: readonly Source[]) => void;
};

const macBytes = 32;

/**
 * The sources themselves, not what they came to: what is read back is judged anew, by the schema of the version that reads it. `key`: StationKeys.policy; whoever lacks it can make no such file,
 * and the folder's own rights (0700) keep others from putting an older one back. null: the machine key cannot be had, nobody is let in, and the folder's rights alone speak for the file, which then says only what is to be locked.
 */
export function lastGoodIn(dir: string, key: KeyObject | null): LastGood {
  const path = join(dir, 'policy-last-good');
  return {
    load: () => {
      const file = contentOf(path);
      if (file === null || file.length <= macBytes) return null;
      const [proof, text] = [file.subarray(0, macBytes), file.subarray(macBytes)];
      if (key !== null && !timingSafeEqual(proof, mac(key, text))) return null;
      try {
        return JSON.parse(text.toString('utf8')) as readonly Source[];
      } catch {
        return null;
      }
    },
    keep: (sources) => {
      if (key === null) return;
      const text = Buffer.from(JSON.stringify(sources));
      const fresh = Buffer.concat([mac(key, text), text]);
      if (contentOf(path)?.equals(fresh) === true) return;
      const file = openSync(`${path}.new`, 'w', 0o600);
      try {
        writeSync(file, fresh);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(`${path}.new`, path);
    },
  };
}

function contentOf(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch {
    return null;
  }
}
