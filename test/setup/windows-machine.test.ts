/** Windows comes in, as Wine makes it; the marks of its MachineGuid and of its firmware's tables go out, and after what sysprep does the system's is another, and the board's the same. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type MachineMarks, marksOf } from '../../native/machine/marks.ts';
import { need } from '../needs.ts';
import { until } from '../windows/host-rig.ts';
import { appWithKoffi } from '../windows/node-windows.ts';
import { startWine } from '../windows/wine.ts';

test('a Windows computer’s marks; another MachineGuid is another system on the same board', { skip: need('wine'), timeout: 200_000 }, async (t) => {
  await using wine = await startWine();
  const ready = await appWithKoffi(wine, 'test/setup/machine-program.ts');
  if (ready === null) return t.skip('needs Node and koffi for Windows, and no registry answers (npm pack)');
  const { node, app, script } = ready;
  const answer = join(app, 'answer');
  const marks = async (): Promise<MachineMarks> => {
    wine.start(node, [script, 'C:\\app\\answer'], 'ignore');
    await until('an answer', () => existsSync(answer) && readFileSync(answer, 'utf8') !== '');
    const said = JSON.parse(readFileSync(answer, 'utf8')) as MachineMarks;
    rmSync(answer);
    return said;
  };
  const first = await marks();
  assert.match(first.system ?? '', /^[0-9a-f]{32}$/, JSON.stringify(first));
  assert.match(first.board ?? '', /^[0-9a-f]{32}$/, JSON.stringify(first));
  assert.deepEqual(await marks(), first);
  const guid = '7b0a4c55-2a0e-4f43-9a57-1d2f8e1c0b11';
  const set = wine.start('reg.exe', ['add', 'HKLM\\SOFTWARE\\Microsoft\\Cryptography', '/v', 'MachineGuid', '/d', guid, '/f'], 'ignore');
  await until('the registry is written', () => set.exitCode !== null);
  assert.deepEqual(await marks(), { system: marksOf(guid, null).system, board: first.board });
});
