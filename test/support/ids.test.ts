/** The diagnostics of this version and a record of all that were ever given come in; that none changed its meaning, and what each goes out with, is tested. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type DiagnosticId, diagnosticIds, pcscDiagnosticId } from '../../agent/diagnostics.ts';
import { journalCatalog, messageSource } from '../../agent/events/catalog.ts';
import { mendOf, messageId, numberOf, priorities, severityOf } from '../../agent/events/event.ts';
import { hostEvents } from '../../agent/events/host-events.ts';
import { systemLog } from '../../agent/events/system-log.ts';
import { settings } from '../../agent/policy-file.ts';
import { root } from '../../build/setup.mjs';

const recordPath = join(root, 'test/support/event-ids.json');
type Recorded = Readonly<Record<string, { readonly message: string; readonly meaning: string }>>;
const recorded = JSON.parse(readFileSync(recordPath, 'utf8')) as Recorded;
const now: Recorded = Object.fromEntries(Object.entries({ ...diagnosticIds, ...hostEvents }).map(([id, meaning]) => [id, { message: messageId(id as DiagnosticId), meaning }]));

test('no id changed its meaning or its message id, and none that was ever given has gone', () => {
  for (const [id, was] of Object.entries(recorded))
    assert.deepEqual(now[id], was, `${id} is watched for by sites: give a new meaning a new id. Reworded and not changed: say so in test/support/event-ids.json as well.`);
});

test('every id stands in the record', () => {
  const fresh = Object.entries(now).filter(([id]) => recorded[id] === undefined);
  assert.deepEqual(
    fresh.map(([id, { message, meaning }]) => `  "${id}": ${JSON.stringify({ message, meaning })}`),
    [],
    'put these lines into test/support/event-ids.json: from then on they stay as they are',
  );
});

test('ids are told apart in every log: numbers, message ids, sentences', () => {
  const ids = [...Object.keys(diagnosticIds), ...Object.keys(hostEvents)];
  for (const key of [(id: string) => String(numberOf(id as DiagnosticId)), (id: string) => messageId(id as DiagnosticId), (id: string) => now[id]?.meaning ?? ''])
    assert.equal(new Set(ids.map(key)).size, ids.length);
  for (const id of ids) assert.match(id, /^TW[12]\d{3}$/);
  for (const { meaning } of Object.values(now)) assert.match(meaning, /^\p{Lu}[^\n]{9,300}\.$/u);
  // RFC 9562: version 5, variant 10.
  for (const { message } of Object.values(now)) assert.match(message, /^[0-9a-f]{12}5[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
});

test('what to do names commands, settings, ids and runbooks that there are', () => {
  const runbooks = [...readFileSync(join(root, 'docs/RUNBOOKS.md'), 'utf8').matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
  for (const id of Object.keys(diagnosticIds) as DiagnosticId[]) {
    const mend = mendOf(id);
    assert.match(mend, /^\p{Lu}[^\n]{9,240}\.$/u, id);
    for (const [, name] of mend.matchAll(/Runbook “([^”]*)”/g)) assert.ok(runbooks.includes(name ?? ''), `${id} names a runbook that is not there: ${name}`);
    for (const [, key] of mend.matchAll(/"([^"]*)"/g))
      assert.ok(
        settings().some((setting) => setting.key === key),
        `${id}: ${key} is no setting`,
      );
  }
  assert.deepEqual([severityOf('TW1003'), severityOf('TW1401'), severityOf('TW1001'), severityOf('TW1605'), priorities.error], ['error', 'warning', 'notice', 'info', 3]);
});

test('the catalog and the message texts have every id once', () => {
  const [catalog, source] = [journalCatalog(), messageSource()];
  for (const id of Object.keys(diagnosticIds) as DiagnosticId[]) {
    assert.equal(catalog.split(`-- ${messageId(id)}\nSubject: ${id} `).length, 2, id);
    assert.equal(source.split(`MessageId=${numberOf(id)}\n`).length, 2, id);
  }
  for (const line of source.split('\n')) assert.ok(line.length < 1_000);
});

test('the Windows host says what its table says', () => {
  const folder = join(root, 'native/windows/host');
  const sources = readdirSync(folder)
    .filter((name) => name.endsWith('.cpp'))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
  const said = new Map([...sources.matchAll(/"(TW\d{4}) ([^"]*)"/g)].map(([, id = '', sentence = '']) => [id, sentence.replaceAll("'", '’')]));
  assert.deepEqual(Object.fromEntries([...said].toSorted(([a], [b]) => a.localeCompare(b))), hostEvents);
});

test('to the system’s log goes an id with its severity; daily noise stays out of Windows’', () => {
  const told: unknown[] = [];
  const journal = systemLog({ journal: (fields) => told.push(fields) > 0 });
  assert.equal(journal?.('TW1401', 'a typo'), true);
  assert.deepEqual(told.pop(), { MESSAGE: 'TW1401 a typo', PRIORITY: 4, MESSAGE_ID: messageId('TW1401'), TAPWARD_ID: 'TW1401', SYSLOG_IDENTIFIER: 'tapward' });
  const windows = systemLog({ windows: (event) => told.push(event) > 0 });
  assert.deepEqual([windows?.('TW1003', 'x'), windows?.('TW1605', 'y'), windows?.('TW1001', 'z')], [true, false, true]);
  assert.deepEqual(told, [
    { number: 1003, type: 'error', detail: 'x' },
    { number: 1001, type: 'information', detail: 'z' },
  ]);
  assert.equal(systemLog({ windows: null }), null);
  assert.equal(pcscDiagnosticId('reader-silent'), 'TW1204');
});
