/** The installed agent beside the real journald comes in; that each diagnostic stands in the journal under its stable ids, is explained by the catalog, and is not lost without journald, is tested. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { journalCatalog } from '../../agent/events/catalog.ts';
import { mendOf, messageId } from '../../agent/events/event.ts';
import { diagnosticFacts } from '../../agent/support/diagnostics.ts';
import { root } from '../../build/setup.mjs';
import { tellJournal } from '../../native/notify/notify.ts';
import { need } from '../needs.ts';
import { startJournal } from './journal.ts';

const skip = need('linux', 'root', 'systemd', 'namespaces');

/** Of a folder of its own; told to stop once it is there. */
async function runAgent(command: (line: string) => readonly [string, ...string[]]): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'tapward-journaled-'));
  try {
    const [state, etc] = [join(dir, 'state'), join(dir, 'etc')];
    for (const made of [state, etc]) mkdirSync(made, { mode: 0o700 });
    writeFileSync(join(etc, 'policy.json'), '{"typo": true}');
    const [program, ...args] = command(`exec '${process.execPath}' '${join(root, 'agent/main.ts')}'`);
    const agent = spawn(program, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        STATE_DIRECTORY: state,
        RUNTIME_DIRECTORY: join(dir, 'run'),
        CONFIGURATION_DIRECTORY: etc,
        JOURNAL_STREAM: '8:1',
        PCSCLITE_CSOCK_NAME: '/nonexistent',
        NODE_COMPILE_CACHE: join(root, '.cache/compile'),
      },
    });
    mkdirSync(join(dir, 'run'));
    let said = '';
    agent.stderr.on('data', (text: Buffer) => (said += text.toString()));
    const ended = once(agent, 'exit');
    // Its last door is the administrator's.
    const { connectDoor } = await import('../../agent/admin/client.ts');
    for (const until = performance.now() + 20_000; ; await new Promise((resume) => setTimeout(resume, 50))) {
      const door = await connectDoor(state);
      if (door.kind === 'connected') {
        door.close();
        break;
      }
      assert.ok(performance.now() < until && agent.exitCode === null, `the agent did not start: ${said}`);
    }
    agent.kill('SIGTERM');
    await ended;
    return said;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

test('what the agent says stands in the journal under its ids, and journalctl explains it', { skip }, async () => {
  await using journal = await startJournal();
  assert.equal(await runAgent(journal.command), '', 'said once, and not on standard error as well');
  const entries = await journal.entries('tapward');
  const found = (id: string): (typeof entries)[number] | undefined => entries.find((entry) => entry['TAPWARD_ID'] === id);
  assert.deepEqual(
    ['TW1001', 'TW1401', 'TW1002'].map((id) => [id, found(id)?.['PRIORITY']]),
    [
      ['TW1001', '5'],
      ['TW1401', '4'],
      ['TW1002', '5'],
    ],
  );
  const refused = found('TW1401');
  assert.equal(refused?.['MESSAGE_ID'], messageId('TW1401'));
  assert.ok(entries.some((entry) => /^TW1401 .*"typo" is not a setting/.test(entry['MESSAGE'] ?? '')));
  // Where there is no file, a support bundle reads the journal: ids and times, and nothing that was said with them.
  const facts = JSON.stringify(diagnosticFacts('/nonexistent', () => entries.map((entry) => JSON.stringify(entry)).join('\n')));
  assert.match(facts, /\{"time":"20\d\d-\d\d-\d\dT[\d:]{8}Z","id":"TW1401"\}/);
  assert.ok(facts.includes('The agent started.') && !facts.includes('typo'));
  const explained = await journal.explained(journalCatalog());
  for (const id of ['TW1401', 'TW1001'] as const) assert.ok(explained.includes(mendOf(id)), explained);
});

test('a value of several lines goes to the journal whole, and a journal that is not there takes nothing', { skip }, async () => {
  await using journal = await startJournal();
  const program = `import { tellJournal } from '${join(root, 'native/notify/notify.ts')}'; process.exit(tellJournal({ MESSAGE: 'a\\nTAPWARD_ID=TW9999\\nb', SYSLOG_IDENTIFIER: 'lines' }) ? 0 : 1)`;
  const [shell, ...args] = journal.command(`exec '${process.execPath}' --input-type=module -e "$PROGRAM"`);
  const [code] = (await once(spawn(shell, args, { stdio: 'inherit', env: { ...process.env, PROGRAM: program } }), 'exit')) as [number];
  assert.equal(code, 0);
  for (const until = performance.now() + 5_000; (await journal.entries('lines')).length === 0; ) assert.ok(performance.now() < until);
  const [entry] = await journal.entries('lines');
  assert.deepEqual([entry?.['MESSAGE'], entry?.['TAPWARD_ID']], ['a\nTAPWARD_ID=TW9999\nb', undefined]);
  assert.equal(tellJournal({ MESSAGE: 'x' }, '/nonexistent/socket'), false);
});

test('where journald does not listen, each line stands on standard error with its priority', { skip }, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'tapward-no-journal-'));
  const said = await runAgent((line) => ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', `mount --bind '${dir}' /run && ${line}`]);
  rmSync(dir, { recursive: true });
  assert.match(said, /^<5>TW1001 version /m);
  assert.match(said, /^<4>TW1401 .*"typo" is not a setting/m);
});
