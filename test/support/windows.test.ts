/** The message DLL of Windows' Application log and Wine come in; that each id has its sentence there, with what was said and what to do, and that the agent's way to the log is taken, is tested. */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type DiagnosticId, diagnosticIds } from '../../agent/diagnostics.ts';
import { mendOf, numberOf } from '../../agent/events/event.ts';
import { hostEvents } from '../../agent/events/host-events.ts';
import { eventMessages } from '../../build/event-messages.ts';
import { need } from '../needs.ts';
import { until } from '../windows/host-rig.ts';
import { appWithKoffi } from '../windows/node-windows.ts';
import { startWine } from '../windows/wine.ts';

test('Windows finds the sentence of each id by its number, and takes an event', { skip: need('mingw', 'wine'), timeout: 120_000 }, async (t) => {
  const dll = await eventMessages();
  await using wine = await startWine();
  const ready = await appWithKoffi(wine, 'test/support/windows-program.ts');
  if (ready === null) return t.skip('needs Node and koffi for Windows, and no registry answers (npm pack)');
  const { node, app, script } = ready;
  copyFileSync(dll, join(app, 'tapward-events.dll'));
  const expected = [
    ...Object.entries(diagnosticIds).map(([id, meaning]) => ({ number: numberOf(id as DiagnosticId), text: `${id} ${meaning}\r\n<detail>\r\n${mendOf(id as DiagnosticId)}\r\n` })),
    ...Object.entries(hostEvents).map(([id, meaning]) => ({ number: Number(id.slice(2)), text: `${id} ${meaning}\r\n<detail>\r\n` })),
  ];
  const answer = join(app, 'answer');
  // Node under Wine has no pipes to write to.
  wine.start(node, [script, 'C:\\app\\tapward-events.dll', expected.map(({ number }) => number).join(','), 'C:\\app\\answer'], 'ignore');
  await until('an answer', () => existsSync(answer) && readFileSync(answer, 'utf8') !== '');
  const said = JSON.parse(readFileSync(answer, 'utf8')) as { readonly texts: readonly string[]; readonly took: boolean };
  assert.deepEqual(
    said.texts?.map((text) => text.replace(/\r?\n/g, '\r\n')),
    expected.map(({ text }) => text),
    JSON.stringify(said),
  );
  // Wine takes it and keeps it nowhere: what Event Viewer shows was not seen.
  assert.equal(said.took, true);
});
