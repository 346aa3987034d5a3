/** A payload and its bill of materials are laid side by side: nothing is in the one that the other does not name, each with a licence and its words. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { bundle } from '../../build/bundle.ts';
import { componentsOf } from '../../build/package/components.ts';
import { contentsFor, filesBelow } from '../../build/package/contents.ts';
import { documentsOf } from '../../build/package/documents.ts';
import type { Platform } from '../../build/package/executable.ts';
import { stagePayload } from '../../build/package/payload.ts';
import { bundleScript, version } from '../../build/package/script.ts';
import { need } from '../needs.ts';
import { laidOut } from './laid-out.ts';

type Entry = {
  readonly type: string;
  readonly 'bom-ref': string;
  readonly group?: string;
  readonly name: string;
  readonly version?: string;
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  readonly licenses?: readonly ({ readonly license: { readonly id: string } } | { readonly expression: string })[];
  readonly components?: readonly Entry[];
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
};
type Bill = {
  readonly bomFormat: string;
  readonly specVersion: string;
  readonly serialNumber: string;
  readonly metadata: { readonly component: Entry; readonly timestamp?: string };
  readonly components: readonly Entry[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
};

const everything = (entries: readonly Entry[]): readonly Entry[] => entries.flatMap((one) => [one, ...everything(one.components ?? [])]);
const nameOf = ({ group, name }: Entry): string => (group === undefined ? name : `${group}/${name}`);

const platforms: readonly (readonly [Platform, string | false])[] = [
  ['linux-x64', need('linux', 'xServer', 'compiler')],
  ['win32-x64', need('linux', 'mingw')],
];
for (const [platform, skip] of platforms) {
  test(`${platform}: every file is answered for, every package of the bundles is named, and every licence has its words`, { skip, timeout: 240_000 }, async () => {
    const { folder, documents, noface } = await laidOut(platform);
    const bill = JSON.parse(documents.get('sbom.cdx.json') ?? '') as Bill;
    const words = documents.get('THIRD-PARTY.txt') ?? '';
    assert.ok(noface, 'a stand-in makes no release');
    assert.deepEqual([bill.bomFormat, bill.specVersion, bill.metadata.component.version], ['CycloneDX', '1.6', version]);
    assert.deepEqual(bill.metadata.component.properties, [
      { name: 'tapward:platform', value: platform },
      { name: 'tapward:release', value: 'no: it has no face' },
    ]);

    const all = everything(bill.components);
    const answered = all
      .flatMap(({ properties }) => properties ?? [])
      .filter(({ name }) => name === 'tapward:file')
      .map(({ value }) => value);
    const there = filesBelow(folder).filter((path) => !documents.has(path));
    assert.deepEqual([...answered].sort(), [...there].sort());
    for (const entry of all.filter(({ type, properties }) => type === 'file' && properties !== undefined)) {
      const path = join(folder, entry.properties?.[0]?.value ?? '');
      assert.deepEqual(entry.hashes, [{ alg: 'SHA-256', content: createHash('sha256').update(readFileSync(path)).digest('hex') }], path);
    }

    // By the bundler's own account, read here once more.
    const inputs = [...(await bundleScript()).inputs, ...(await bundle('face')).inputs];
    const bundled = new Set(inputs.filter((path) => path.includes('node_modules/')).map((path) => /^.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? ''));
    assert.ok(bundled.size > 20 && bundled.has('zod') && bundled.has('@simplewebauthn/browser'));
    const named = new Set(all.map(nameOf));
    assert.deepEqual(
      [...bundled].filter((name) => !named.has(name)),
      [],
    );
    const tools = ['electron-builder', 'esbuild', 'typescript', 'postject', 'resedit', 'playwright-core'];
    assert.deepEqual(
      tools.filter((name) => named.has(name)),
      [],
      'what only builds is not inside',
    );
    for (const name of ['node', 'SQLite', 'koffi', 'better-sqlite3', '@node-rs/argon2', 'openssl', 'v8', 'node-addon-api']) assert.ok(named.has(name), name);
    assert.equal(named.has('mingw-w64 runtime'), platform === 'win32-x64');

    for (const entry of bill.components.filter(({ type }) => type !== 'file')) {
      assert.ok(entry.licenses !== undefined && entry.version !== undefined, entry.name);
      assert.ok(words.includes(`\n${nameOf(entry)} ${entry.version} (`), entry.name);
    }
    for (const licence of ['Permission is hereby granted', 'Apache License', 'May you do good and not evil', 'Copyright Node.js contributors'])
      assert.ok(words.includes(licence), licence);
  });

  test(`${platform}: the bill keeps to what CycloneDX asks, and is the same for the same contents`, { skip, timeout: 240_000 }, async () => {
    const { documents } = await laidOut(platform);
    const bill = JSON.parse(documents.get('sbom.cdx.json') ?? '') as Bill;
    assert.match(bill.serialNumber, /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.equal(bill.metadata.timestamp, undefined);
    const refs = [bill.metadata.component, ...everything(bill.components)].map((entry) => entry['bom-ref']);
    assert.equal(new Set(refs).size, refs.length, 'each reference is one thing');
    for (const { ref, dependsOn } of bill.dependencies)
      assert.deepEqual(
        [ref, ...dependsOn].filter((one) => !refs.includes(one)),
        [],
      );
    for (const { hashes, type } of everything(bill.components)) {
      assert.ok(['library', 'framework', 'platform', 'file'].includes(type));
      for (const { alg, content } of hashes ?? []) assert.match(content, alg === 'SHA-512' ? /^[0-9a-f]{128}$/ : /^[0-9a-f]{64}$/);
    }
    const spdx = ['0BSD', 'Apache-2.0', 'BSD-3-Clause', 'GPL-3.0-or-later WITH GCC-exception-3.1', 'MIT', 'ZPL-2.1', 'blessing'];
    const used = everything(bill.components)
      .flatMap(({ licenses }) => licenses ?? [])
      .map((one) => ('license' in one ? one.license.id : one.expression));
    assert.deepEqual(
      [...new Set(used)].filter((id) => !spdx.includes(id)),
      [],
      'a licence nobody has read yet',
    );

    const contents = await contentsFor(platform, null);
    const components = await componentsOf(platform, contents);
    const [one, same, dated] = [undefined, undefined, '1767225600'].map((epoch) => documentsOf({ platform, noface: true, components }, epoch).get('sbom.cdx.json'));
    assert.equal(one, same);
    assert.equal((JSON.parse(dated ?? '') as Bill).metadata.timestamp, '2026-01-01T00:00:00.000Z');
    assert.notEqual((JSON.parse(one ?? '') as Bill).serialNumber, bill.serialNumber, 'another contents, another number');
  });
}

test('modes are those of an installed program, whatever the umask', { skip: platforms[0]?.[1] ?? false }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tapward-modes-'));
  const before = process.umask(0o077);
  try {
    await stagePayload({ platform: 'linux-x64', to: folder, face: 'none', standIn: true });
    for (const path of filesBelow(folder)) assert.ok([0o644, 0o755].includes(statSync(join(folder, path)).mode & 0o7777), path);
    for (const path of ['.', 'hooks', 'node_modules/@node-rs/argon2', 'face/resources']) assert.equal(statSync(join(folder, path)).mode & 0o7777, 0o755, path);
  } finally {
    process.umask(before);
    rmSync(folder, { recursive: true, force: true });
  }
});
