/** README.md and docs/ come in; a test fails for a table that is not the code's, a link or command that leads nowhere, or a picture that is too heavy. */
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { test } from 'node:test';
import { diagnosticIds } from '../../agent/diagnostics.ts';
import { hostEvents } from '../../agent/events/host-events.ts';
import { settings } from '../../agent/policy-file.ts';
import { root } from '../../build/setup.mjs';
import { codes, diagnosticsTable, falseClaim, type Known, links, section, settingsTable } from './docs.ts';
import { files, textOf } from './tree.ts';

const readme = textOf('README.md') ?? '';
const documents = files.filter((path) => path.endsWith('.md'));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly scripts: Readonly<Record<string, string>> };

/** The ids in each measurement's own list. */
const rows = files
  .filter((path) => /^test\/bench\/\w+\.ts$/.test(path))
  .flatMap((path) => [...(textOf(path) ?? '').matchAll(/\bids: \[([^\]]*)\]/g)].flatMap(([, list]) => [...(list ?? '').matchAll(/'([a-z0-9-]+)'/g)].map(([, id]) => id ?? '')));
const known: Known = { files, scripts: Object.keys(manifest.scripts), rows, rooms: ['agent', 'build', 'core', 'docs', 'electron', 'native', 'renderer', 'test', '.ci'] };

test('the settings table of the README is the code’s', () => {
  assert.equal(section(readme, 'settings'), settingsTable(settings()), 'put this between <!-- settings --> and <!-- /settings -->');
});

test('the diagnostics table of the README is the code’s', () => {
  assert.equal(section(readme, 'diagnostics'), diagnosticsTable(diagnosticIds, hostEvents), 'put this between <!-- diagnostics --> and <!-- /diagnostics -->');
});

test('the demo’s lines in the README are those it plays', () => {
  const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const scenesOf = (path: string): readonly RegExp[] =>
    [...(textOf(path) ?? '').matchAll(/\bwhat: (['`])(.*?)\1/g)].map(
      ([, , what]) =>
        new RegExp(
          `^${(what ?? '')
            .split(/\$\{[^}]*\}/)
            .map(escape)
            .join('.+')}$`,
        ),
    );
  const scenes = scenesOf('test/demo/demo.ts');
  const provable = scenesOf('test/demo/provable.ts');
  const printed = [...readme.matchAll(/^ +[\d.]+ ms {2}(.+)$/gm)].map(([, line]) => line ?? '');
  assert.ok(scenes.length > 10 && provable.length > 10);
  assert.deepEqual(
    scenes.filter((scene) => !printed.some((line) => scene.test(line))),
    [],
    'scenes that the README does not print',
  );
  assert.deepEqual(
    printed.filter((line) => ![...scenes, ...provable].some((scene) => scene.test(line))),
    [],
    'lines that neither demo plays',
  );
});

test('every link of a document leads to a file', () => {
  const lost = documents.flatMap((path) =>
    links(textOf(path) ?? '')
      .map((target) => posix.join(posix.dirname(path), target))
      .filter((target) => !files.some((file) => file === target || file.startsWith(`${target.replace(/\/$/, '')}/`)))
      .map((target) => `${path} → ${target}`),
  );
  assert.deepEqual(lost, []);
});

test('every command, test, bench row and file that a document names is there', () => {
  const claims = documents.flatMap((path) =>
    codes(textOf(path) ?? '')
      .map((code) => falseClaim(code, known))
      .filter((claim) => claim !== null)
      .map((claim) => `${path}: ${claim}`),
  );
  assert.deepEqual(claims, []);
});

test('a picture in docs/ is at most 100 kB', () => {
  const heavy = files.filter((path) => /^docs\/.*\.(png|jpe?g|svg|webp)$/.test(path)).filter((path) => statSync(join(root, path)).size > 100_000);
  assert.deepEqual(heavy, []);
});

test('false claims are seen, and true ones pass', () => {
  const world: Known = { files: ['core/step.ts', 'test/core/step.test.ts'], scripts: ['start', 'test', 'bench'], rows: ['step'], rooms: ['core', 'test'] };
  const judge = (code: string): boolean => falseClaim(code, world) === null;
  assert.deepEqual(
    ['npm start -- --demo', 'npm test', 'npm test -- core/step', 'npm run bench -- step', 'npm run bench -- ID…', 'core/step.ts', 'core/', 'zod'].filter((code) => !judge(code)),
    [],
  );
  assert.deepEqual(['npm run paint', 'npm test -- core/leap', 'npm run bench -- leap', 'core/leap.ts', 'test/none/'].filter(judge), []);
  assert.deepEqual(links('[a](docs/x.md#top) [b](https://x.y) ![c](c.png "C") <img src="d.png"> [e](#part)'), ['docs/x.md', 'c.png', 'd.png']);
  assert.deepEqual(codes('Run `npm test`:\n```sh\nnpm start\n```\n'), ['npm start', '', 'npm test']);
  assert.equal(section('a\n<!-- t -->\n| x |\n<!-- /t -->\n', 't'), '| x |');
  assert.equal(section('a', 't'), null);
});
