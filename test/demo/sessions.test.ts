/** The demo of real sessions, held to what it promises, and to one sentence where it cannot be had. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { need } from '../needs.ts';
import { playSessions } from './sessions.ts';

test('real sessions switch between two people by taps, to the demo’s end', {
  skip: need('linux', 'root', 'logind', 'vts', 'polkit', 'systemd', 'pcscd', 'compiler', 'namespaces'),
}, async () => {
  const said: string[] = [];
  const code = await playSessions({ say: (line) => said.push(line) });
  assert.equal(code, 0, said.join('\n'));
  assert.match(said.at(-1) ?? '', /^Demo passed on systemd-logind \d/);
  assert.equal(said.filter((line) => / ms {2}\S/.test(line)).length, 9);
});

test('without root it is one sentence', { skip: need('linux', 'root') }, () => {
  const program = `import { playSessions } from '${join(import.meta.dirname, 'sessions.ts')}'; process.setuid(65534); process.exitCode = await playSessions({ say: console.log });`;
  try {
    execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
    assert.fail('it played');
  } catch (why) {
    assert.ok(why instanceof Error && 'stdout' in why && 'status' in why);
    assert.deepEqual([why.status, why.stdout], [1, 'Real sessions are shown on Linux and as root: run this as root.\n']);
  }
});
