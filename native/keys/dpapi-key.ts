/** A folder comes in; on Windows a KeyHolder goes out that keeps the machine key there under the computer's own DPAPI key: useless on another computer, and readable here by whoever may read the folder and is SYSTEM's equal. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HeldKey, KeyHolder, RollbackCounter } from '../../core/ports.ts';
import { type Dpapi, loadDpapi } from './dpapi.ts';
import { fileCounter } from './file-counter.ts';
import { writeNew } from './new-file.ts';

const keyBytes = 32;
/** Keeps what another program had wrapped from being taken for ours. */
const entropy = Buffer.from('tapward machine key v1');

export function dpapiKeyHolder(dir: string, { wrap, unwrap }: Dpapi): KeyHolder {
  const path = join(dir, 'machine.dpapi');
  const load = (): HeldKey => {
    let wrapped: Buffer;
    try {
      wrapped = readFileSync(path);
    } catch (e) {
      const { code } = e as NodeJS.ErrnoException;
      return code === 'ENOENT' ? { kind: 'absent' } : { kind: 'unreadable', why: `${path} cannot be read (${code ?? 'unknown'}): give the agent’s service the right to read it.` };
    }
    const key = unwrap(wrapped, entropy);
    if (key?.length === keyBytes) return { kind: 'held', key };
    key?.fill(0);
    return {
      kind: 'unreadable',
      why: `${path} does not open on this computer: bring back the one that was made here; if this disk is a copy of another station’s, run \`tapward setup --new-identity\`.`,
    };
  };
  return {
    // The folder's rights keep it from all but SYSTEM and this service; no TPM is asked.
    grade: () => 'host',
    load,
    create: () => {
      const key = randomBytes(keyBytes);
      const wrapped = wrap(key, entropy);
      key.fill(0);
      if (wrapped === null)
        return { kind: 'unreadable', why: 'Windows (DPAPI) wraps no key for this service: see whether its Protected Storage works, then restart the computer.' };
      const fault = writeNew(path, wrapped);
      return fault === null ? load() : { kind: 'unreadable', why: fault };
    },
  };
}

/** Of an installed Windows station: its counter finds a restored store, not a restored disk. */
export const windowsKeys = (dir: string): { readonly holder: KeyHolder; readonly counter: RollbackCounter } => ({
  holder: dpapiKeyHolder(dir, loadDpapi()),
  counter: fileCounter(dir),
});
