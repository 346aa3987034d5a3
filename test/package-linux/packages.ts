/** A version comes in; its deb goes out, of this tree's payload, staged once for each process that asks. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packDeb } from '../../build/package/deb.ts';
import type { Staged } from '../../build/package/linux-tree.ts';
import { stagePayload } from '../../build/package/payload.ts';

export type Packages = Disposable & { readonly dir: string; readonly staged: Staged; readonly deb: (version: string) => Promise<string> };

/** Compressed in a hurry. */
export async function stagePackages(): Promise<Packages> {
  const dir = mkdtempSync(join(tmpdir(), 'tapward-packages-'));
  try {
    const folder = join(dir, 'payload');
    const staged = { ...(await stagePayload({ platform: 'linux-x64', to: folder, face: 'none' })), folder };
    return { dir, staged, deb: (version) => packDeb({ staged, version, out: dir, level: 1 }), [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }) };
  } catch (why) {
    rmSync(dir, { recursive: true, force: true });
    throw why;
  }
}
