/** Nothing comes in; the agent's programs go out as one file each in a folder to be bound into a Windows made by Wine: a hundred files fewer to open there, which takes seconds for them. */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from '../../build/setup.mjs';
import { addons } from './node-windows.ts';

const sources = {
  agent: 'agent/windows/main.ts',
  reader: 'native/pcsc/program.ts',
  tapward: 'agent/cli/main.ts',
  face: 'test/windows/face-program.ts',
  helper: 'test/windows/helper-program.ts',
} as const;

export type WindowsPrograms = Disposable & {
  readonly binds: Readonly<Record<string, string>>;
  /** As Windows names it. */
  readonly at: (name: keyof typeof sources) => string;
};

/** From the sources as they are. */
export async function windowsPrograms(): Promise<WindowsPrograms> {
  const app = mkdtempSync(join(tmpdir(), 'tapward-windows-app-'));
  mkdirSync(join(app, 'agent'));
  // The agent's version is beside its folder.
  cpSync(join(root, 'package.json'), join(app, 'package.json'));
  await build({
    entryPoints: Object.entries(sources).map(([out, path]) => ({ in: join(root, path), out })),
    outdir: join(app, 'agent'),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    external: [...addons],
    logLevel: 'silent',
    // Packages in CommonJS among what is bundled ask for Node's own parts.
    banner: { js: "import { createRequire as requireFor } from 'node:module'; const require = requireFor(import.meta.url);" },
  });
  return {
    binds: { '/app': app },
    at: (name) => `Z:\\app\\agent\\${name}.mjs`,
    [Symbol.dispose]: () => rmSync(app, { recursive: true, force: true }),
  };
}
