/** The programs of a station come in; one script goes out, with everything in it that it needs but its addons, and the list of what went in. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from '../setup.mjs';

/** In one place: package.json. */
export const version = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string }).version;

/** Packages with a library of their own, which no script can hold: they lie beside the executable. */
export const addons = ['better-sqlite3', '@node-rs/argon2', 'koffi'] as const;

export type Script = {
  readonly text: string;
  /** Files that are in it, as paths from the clone's root. */
  readonly inputs: readonly string[];
};

/** Files that look for their clone, which they do only where there is one. */
const looking = ['agent/cli/main.ts', 'agent/installed.ts', 'native/programs.ts'];

/**
 * What the script does before all else: its packages come from its own folder, and from no folder above that (anybody may make C:\node_modules); and no variable of the
 * environment names another library (the loader of @node-rs/argon2 takes such).
 */
const banner = `for (const name of Object.keys(process.env)) if (name.startsWith('NAPI_RS_')) delete process.env[name];
require('node:module')._nodeModulePaths = () => [require('node:path').join(process.execPath, '../node_modules')];
require = require('node:module').createRequire(process.execPath);`;

/** CommonJS, since Node 24 starts nothing else from within an executable; the same bytes from every clone. Throws where a source does not compile, or asks for the file it once was. `clone`: whose sources; for tests, an earlier version's. */
export async function bundleScript(clone = root): Promise<Script> {
  const { outputFiles, metafile, warnings } = await build({
    entryPoints: ['agent/executable/main.ts'],
    absWorkingDir: clone,
    outfile: 'tapward.cjs',
    write: false,
    metafile: true,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node24',
    external: [...addons],
    legalComments: 'none',
    charset: 'utf8',
    logLevel: 'silent',
    // No package can be had by `import()` from within an executable: those that lie beside it are required.
    supported: { 'dynamic-import': false },
    define: { INSTALLED_VERSION: JSON.stringify(version), 'import.meta.main': 'false' },
    banner: { js: banner },
  });
  const unexpected = warnings.filter(({ id, location }) => id !== 'empty-import-meta' || !looking.includes(location?.file ?? ''));
  if (unexpected.length > 0)
    throw new Error(
      `The executable would not do what the sources do: ${unexpected.map(({ text, location }) => `${location?.file ?? ''}:${location?.line ?? 0}: ${text}`).join('; ')}`,
    );
  return { text: outputFiles[0]?.text ?? '', inputs: Object.keys(metafile.inputs).sort() };
}
