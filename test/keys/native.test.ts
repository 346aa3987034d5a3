/** Sources in a folder come in; that they are compiled once per content, and that a missing compiler is said in one sentence, is tested. */
import assert from 'node:assert/strict';
import { appendFileSync, cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Built, buildNativeFrom } from '../../build/native.ts';
import { root } from '../../build/setup.mjs';
import { need } from '../needs.ts';

const pathOf = (built: Built): string => {
  assert.equal(built.kind, 'built', JSON.stringify(built));
  return built.kind === 'built' ? built.path : '';
};

test('a program is compiled once per content of its sources; a fault is said; a missing compiler names the package', { skip: need('xServer') }, async () => {
  const clone = mkdtempSync(join(tmpdir(), 'tapward native '));
  try {
    cpSync(join(root, 'native/x11'), join(clone, 'native/x11'), { recursive: true });
    const cache = join(clone, 'cache');
    const build = (): Promise<Built> => buildNativeFrom('keys-x11', clone, cache);
    const withoutCompilers = async (): Promise<Built> => {
      const path = process.env['PATH'];
      process.env['PATH'] = '/nowhere';
      try {
        return await build();
      } finally {
        process.env['PATH'] = path;
      }
    };
    const first = pathOf(await build());
    assert.equal(pathOf(await withoutCompilers()), first, 'not compiled again');

    appendFileSync(join(clone, 'native/x11/choice.h'), '/* another content */\n');
    const both = await Promise.all([build(), build()]);
    const [second, same] = both.map(pathOf);
    assert.notEqual(second, first);
    assert.equal(same, second);

    appendFileSync(join(clone, 'native/x11/choice.c'), 'static int unused;\n');
    const wrong = await build();
    assert.equal(wrong.kind, 'failed');
    assert.match(wrong.kind === 'failed' ? wrong.said : '', /unused/);
    assert.equal(readdirSync(cache).length, 2, 'nothing half is left behind');

    const none = await withoutCompilers();
    assert.equal(none.kind === 'noCompiler' ? none.say : none.kind, 'tapward-keys needs gcc: apt-get install -y --no-install-recommends gcc libc6-dev libx11-dev libxi-dev');
  } finally {
    rmSync(clone, { recursive: true, force: true });
  }
});
