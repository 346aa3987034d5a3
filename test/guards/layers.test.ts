/** Every source file's import lines come in; a test fails for each arrow that the picture of the rooms does not have. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importsOf, violations } from './layers.ts';
import { files, textOf } from './tree.ts';

const sources = files.filter((path) => /\.(ts|mjs)$/.test(path));

test('every import keeps to the picture of the rooms', () => {
  assert.deepEqual(
    sources.flatMap((path) => violations(path, textOf(path) ?? '')),
    [],
  );
});

test('the guard reads the rooms it guards', () => {
  for (const room of ['core/', 'agent/', 'native/', 'renderer/', 'electron/'])
    assert.ok(
      sources.some((path) => path.startsWith(room)),
      `no source file in ${room}`,
    );
});

const planted: readonly (readonly [path: string, source: string])[] = [
  ['core/step.ts', "import { readFileSync } from 'node:fs';"],
  ['core/step.ts', "import { z } from 'zod';"],
  ['core/step.ts', "import type { Queue } from '../agent/queue.ts';"],
  ['core/step.ts', "export { x } from '../native/pcsc/x.ts';"],
  ['core/step.ts', "import {\n  a,\n  b,\n} from '../agent/queue.ts';"],
  ['core/step.ts', "import './types';"],
  ['core/step.ts', "const x = await import('../agent/queue.ts');"],
  ['core/step.ts', 'const x = await import(name);'],
  ['native/pcsc/reader.ts', "import { queue } from '../../agent/queue.ts';"],
  ['native/pcsc/reader.ts', "import type { View } from '../../renderer/view.ts';"],
  ['renderer/main.ts', "import { view } from '../core/view.ts';"],
  ['renderer/main.ts', "import { type View, view } from '../core/view.ts';"],
  ['renderer/main.ts', "import { step } from '../core/step.ts';"],
  ['renderer/main.ts', "import 'node:fs';"],
  ['electron/main.ts', "import { queue } from '../agent/queue.ts';"],
  ['agent/queue.ts', "import { pcscReader } from '../native/pcsc/reader.ts';"],
  ['agent/queue.ts', "import { show } from '../renderer/main.ts';"],
  ['agent/main.ts', "import { show } from '../renderer/main.ts';"],
  ['agent/queue.ts', "import { row } from '../test/bench/row.ts';"],
];
for (const [path, source] of planted) test(`the guard refuses in ${path}: ${source.replaceAll('\n', ' ')}`, () => assert.equal(violations(path, source).length, 1));

const kept: readonly (readonly [path: string, source: string])[] = [
  ['core/step.ts', "import type { State } from './types.ts';"],
  ['native/pcsc/reader.ts', "import type { CardReader } from '../../core/ports.ts';\nimport koffi from 'koffi';"],
  ['renderer/main.ts', "import type { View } from '../core/view.ts';\nimport { type View } from '../core/view.ts';\nimport { encodeGesture } from '../core/bridge.ts';"],
  ['agent/queue.ts', "import type { Reader } from '../native/pcsc/reader.ts';"],
  ['agent/main.ts', "import { pcscReader } from '../native/pcsc/reader.ts';"],
  ['core/step.ts', "/** A comment: import x from 'zod'; */\n// import y from 'zod'"],
  ['test/x.test.ts', "import { anything } from '../agent/queue.ts';"],
];
for (const [path, source] of kept) test(`the guard lets pass in ${path}: ${source.replaceAll('\n', ' ')}`, () => assert.deepEqual(violations(path, source), []));

test('an import counts as types only when every name is one', () => {
  assert.deepEqual(importsOf("import { type A, b } from './x.ts';\nimport { type A, type B } from './y.ts';\nimport type { C } from './z.ts';"), [
    { from: './x.ts', typeOnly: false },
    { from: './y.ts', typeOnly: true },
    { from: './z.ts', typeOnly: true },
  ]);
});
