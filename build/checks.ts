/** The clone's rooms come in, the static checks go out, each a command with a name; one check comes in, its verdict goes out. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

export type Check = { readonly name: string; readonly tool: 'typescript' | 'oxlint' | '@biomejs/biome'; readonly script: string; readonly args: readonly string[] };
export type Checked =
  | { readonly kind: 'passed'; readonly ms: number }
  | { readonly kind: 'failed'; readonly ms: number; readonly said: string }
  | { readonly kind: 'skipped'; readonly why: string };

const rooms = ['core', 'agent', 'electron', 'native', 'renderer', 'test', 'build'];

/** One compile per room, then lint and layout over all. */
export function checks(root: string): readonly Check[] {
  return [
    ...rooms
      .filter((room) => existsSync(join(root, room, 'tsconfig.json')))
      .map((room): Check => ({ name: `${room} compiles`, tool: 'typescript', script: 'bin/tsc', args: ['-p', room, '--pretty', 'false'] })),
    { name: 'oxlint finds nothing', tool: 'oxlint', script: 'bin/oxlint', args: ['--type-aware', '--deny-warnings', '--format=unix'] },
    { name: 'biome would change nothing', tool: '@biomejs/biome', script: 'bin/biome', args: ['check', '--error-on-warnings', '--colors=off', '.'] },
  ];
}

/** Runs one check in the clone; a tool whose binary npm does not carry for this platform is skipped, in words. */
export function runCheck(check: Check, root: string): Promise<Checked> {
  if (!carried(check.tool, root)) return Promise.resolve({ kind: 'skipped', why: `needs ${check.tool}, which npm does not carry for ${process.platform} ${process.arch} here` });
  const began = performance.now();
  return new Promise((resolve) => {
    execFile(process.execPath, [join(root, 'node_modules', check.tool, check.script), ...check.args], { cwd: root, maxBuffer: 1 << 26 }, (failure, out, err) => {
      const ms = performance.now() - began;
      resolve(failure === null ? { kind: 'passed', ms } : { kind: 'failed', ms, said: `${out}${err}`.trim() || failure.message });
    });
  });
}

/** Whether the tool's own optional package for this platform is installed. */
function carried(tool: Check['tool'], root: string): boolean {
  const { platform, arch } = process;
  const binaries: Readonly<Record<Check['tool'], readonly string[]>> = {
    typescript: [`@typescript/typescript-${platform}-${arch}`],
    oxlint: ['-gnu', '-musl', '-msvc', ''].map((libc) => `@oxlint/binding-${platform}-${arch}${libc}`),
    '@biomejs/biome': ['', '-musl'].map((libc) => `@biomejs/cli-${platform}-${arch}${libc}`),
  };
  const find = createRequire(join(root, 'package.json'));
  return binaries[tool].some((name) => existsSync(join(root, 'node_modules', name)) || (find.resolve.paths(name) ?? []).some((dir) => existsSync(join(dir, name))));
}
