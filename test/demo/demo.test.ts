/** The demo, held to what it promises. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { need } from '../needs.ts';
import { playDemo } from './demo.ts';

test('the demo plays to its end on real pcscd, and names it', { skip: need('linux', 'pcscd', 'compiler', 'namespaces') }, async () => {
  const said: string[] = [];
  const code = await playDemo({ version: '0.0.0', say: (line) => said.push(line) });
  assert.equal(code, 0, said.join('\n'));
  assert.match(said.at(-1) ?? '', /^Demo passed on pcscd \d/);
  assert.ok(said.filter((line) => / ms {2}\S/.test(line)).length >= 14);
});
