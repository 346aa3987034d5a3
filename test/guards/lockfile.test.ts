/** package.json and package-lock.json come in; a test fails when a supported platform would miss a binary, or a package would come from somewhere of its own. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { missingPackages, nodePackage, root } from '../../build/setup.mjs';

type Entry = {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly os?: string | readonly string[];
  readonly cpu?: string | readonly string[];
  readonly libc?: readonly string[];
  readonly optional?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
};
type Manifest = { readonly dependencies: Record<string, string>; readonly devDependencies: Record<string, string>; readonly optionalDependencies: Record<string, string> };

const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { readonly packages: Readonly<Record<string, Entry>> };
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
const locked = Object.entries(lock.packages).filter(([path]) => path !== '');

const platforms = ['linux-x64', 'linux-arm64', 'win32-x64', 'win32-arm64', 'darwin-x64', 'darwin-arm64'] as const;
/** Where npm offers Node 24; elsewhere the machine's own is used. */
const withNode = ['linux-x64', 'linux-arm64', 'win32-x64'];
/** What the product cannot start without, and the name its binary has for a platform. */
const binaries: readonly (readonly [what: string, on: readonly string[], name: (platform: string) => string])[] = [
  ['koffi', platforms, (p) => `@koromix/koffi-${p}`],
  ['argon2', platforms, (p) => `@node-rs/argon2-${p}${p.startsWith('linux') ? '-gnu' : p.startsWith('win32') ? '-msvc' : ''}`],
  ['esbuild', platforms, (p) => `@esbuild/${p}`],
  ['typescript', platforms, (p) => `@typescript/typescript-${p}`],
  ['oxlint', platforms, (p) => `@oxlint/binding-${p}${p.startsWith('linux') ? '-gnu' : p.startsWith('win32') ? '-msvc' : ''}`],
  ['oxlint-tsgolint', platforms, (p) => `@oxlint-tsgolint/${p}`],
  ['biome', platforms, (p) => `@biomejs/cli-${p}`],
  ['Node 24', withNode, (p) => `node-${p.replace('win32', 'win')}`],
];
for (const [what, on, name] of binaries) {
  test(`${what} is locked for every platform`, () => {
    assert.deepEqual(
      on.filter((platform) => lock.packages[`node_modules/${name(platform)}`] === undefined),
      [],
    );
  });
}

test('better-sqlite3 carries its binaries in its own package', () => {
  const missing = platforms.filter((platform) => !existsSync(join(root, 'node_modules', 'better-sqlite3', 'prebuilds', `${platform}.node`)));
  assert.deepEqual(missing, []);
});

test('every optional package that a locked one names is locked too', () => {
  const missing = locked.flatMap(([path, { optionalDependencies }]) =>
    Object.keys(optionalDependencies ?? {})
      .filter((name) => lock.packages[`node_modules/${name}`] === undefined && lock.packages[`${path}/node_modules/${name}`] === undefined)
      .map((name) => `${path} → ${name}`),
  );
  assert.deepEqual(missing, []);
});

test('every package is locked with its contents, and comes from the registry the user configured', () => {
  const wrong = locked.filter(([, { integrity, resolved }]) => integrity?.startsWith('sha512-') !== true || resolved !== undefined);
  assert.deepEqual(wrong, []);
});

test('package.json names exact versions, those of the lock', () => {
  const named = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };
  const wrong = Object.entries(named).filter(([name, version]) => !/^\d+\.\d+\.\d+(-[a-z]+\.\d+)?$/.test(version) || lock.packages[`node_modules/${name}`]?.version !== version);
  assert.deepEqual(wrong, []);
});

test('a clone on each platform knows which packages it needs', () => {
  const offered = Object.keys(manifest.optionalDependencies);
  const count = (platform: string, arch: string): number => {
    const machine = { platform, arch, node: '20.0.0', exists: () => true };
    const all = missingPackages(lock.packages as Parameters<typeof missingPackages>[0], {}, machine);
    assert.equal(
      nodePackage(machine, offered) !== null,
      all.some((name) => name.startsWith('node-') && offered.includes(name)),
    );
    return all.length;
  };
  const counts = platforms.map((platform) => count(...(platform.split('-') as [string, string])));
  // The same packages everywhere but for Node 24 and for what a C library decides.
  assert.ok(Math.max(...counts) - Math.min(...counts) <= 4, counts.join(' '));
});
