/** A version comes in; its deb goes out, of this tree's payload, staged once for each process that asks, or with the executable of an earlier version out of this clone's history. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packDeb } from '../../build/package/deb.ts';
import { makeExecutable } from '../../build/package/executable.ts';
import type { Staged } from '../../build/package/linux-tree.ts';
import { stagePayload } from '../../build/package/payload.ts';
import { bundleScript } from '../../build/package/script.ts';
import { codeOf } from '../upgrade/versions.ts';

export type Packages = Disposable & {
  readonly dir: string;
  readonly staged: Staged;
  readonly deb: (version: string) => Promise<string>;
  /** Whose executable is truly the last that wrote stores of that version; all else is this tree's. */
  readonly earlier: (version: string, schema: number, t: { readonly after: (fn: () => void) => void }) => Promise<string>;
};

/** Compressed in a hurry. `standIn`: with a face that shows nothing. */
export async function stagePackages({ standIn = false } = {}): Promise<Packages> {
  const dir = mkdtempSync(join(tmpdir(), 'tapward-packages-'));
  try {
    const folder = join(dir, 'payload');
    const staged = { ...(await stagePayload({ platform: 'linux-x64', to: folder, face: 'none', standIn })), folder };
    const pack = (version: string, from: string): Promise<string> => packDeb({ staged: { ...staged, folder: from }, version, out: dir, level: 1 });
    return {
      dir,
      staged,
      deb: (version) => pack(version, folder),
      earlier: async (version, schema, t) => {
        const { path } = await makeExecutable('linux-x64', await bundleScript(codeOf(schema, t)));
        const older = join(dir, `payload-${version}`);
        execFileSync('cp', ['-al', folder, older]);
        rmSync(join(older, 'tapward'));
        copyFileSync(path, join(older, 'tapward'));
        return pack(version, older);
      },
      [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }),
    };
  } catch (why) {
    rmSync(dir, { recursive: true, force: true });
    throw why;
  }
}
