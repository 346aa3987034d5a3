/** A card on a real pcscd comes in; `tapward enrol` has its person enrolled through the agent, or by a reader of its own where no agent runs. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { need } from '../needs.ts';
import { virtualCard } from '../virtual-reader/card.ts';
import { startStand } from '../virtual-reader/stand.ts';
import { folder, startAgentProcess, startTapward, tapward } from './running.ts';

const skip = need('linux', 'pcscd', 'compiler', 'namespaces');

/** Programs that hold a reader open: the agent's, and one of the command's own if it had one. */
function readerProgramsOf(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  return children.filter((child) => child !== '' && readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('native/pcsc/program.ts')).length;
}

test('through the agent: its reader is the only one, and the badge opens at once', { skip }, async () => {
  using place = folder();
  await using stand = await startStand({ readers: [1] });
  await using agent = await startAgentProcess(join(place.path, 'station'), { tray: false, pcscEnv: stand.env });
  const enrolling = startTapward(agent.dir, ['enrol', '--pin-stdin'], { input: 'Robin\nS\n638204\n', env: stand.env });
  await enrolling.says('Hold the badge');
  assert.deepEqual([readerProgramsOf(agent.pid), readerProgramsOf(enrolling.pid)], [1, 0]);
  stand.insert(1, virtualCard('04010203040506'));
  const { code, out } = await enrolling.ended;
  assert.match(out, /^Robin S\. is enrolled as /);
  assert.equal(code, 0);
  stand.remove(1);
  // A second badge in between, so that the first one's second away from the reader is over without a clock.
  stand.insert(1, virtualCard('04aaaaaaaaaa01'));
  await agent.do({ do: 'until', screen: 'unknown' });
  stand.remove(1);
  await agent.do({ do: 'gesture', kind: 'back' });
  assert.match((await tapward(agent.dir, ['people'])).out, /Robin S\./);
  stand.insert(1, virtualCard('04010203040506'));
  await agent.do({ do: 'until', screen: 'pin' });
  await agent.do({ do: 'type', pin: '638204' });
  await agent.do({ do: 'until', screen: 'open' });
});

test('without an agent: a phone is passed over, the badge taken, and the reader let go of', { skip }, async () => {
  using place = folder();
  const dir = join(place.path, 'station');
  await (await startAgentProcess(dir))[Symbol.asyncDispose]();
  await using stand = await startStand({ readers: [1] });
  const enrolling = startTapward(dir, ['enrol', '--pin-stdin'], { input: 'Robin\nS\n638204\n', env: stand.env });
  await enrolling.says('Hold the badge');
  assert.equal(readerProgramsOf(enrolling.pid), 1);
  stand.insert(1, virtualCard('08010203'));
  await enrolling.says('Phone or bank card?');
  stand.remove(1);
  stand.insert(1, virtualCard('04010203040506'));
  const { code, out, err } = await enrolling.ended;
  assert.equal(err, 'Hold the badge to the reader.\nPhone or bank card? Hold the badge there alone.\nGot it. The badge may go.\n');
  assert.match(out, /^Robin S\. is enrolled as /);
  assert.equal(code, 0);
  stand.remove(1);
  await using agent = await startAgentProcess(dir, { tray: false, pcscEnv: stand.env });
  stand.insert(1, virtualCard('04010203040506'));
  await agent.do({ do: 'until', screen: 'pin' });
  await agent.do({ do: 'type', pin: '638204' });
  await agent.do({ do: 'until', screen: 'open' });
});

test('no reader connected: said at once, with an agent and without', { skip }, async () => {
  using place = folder();
  const dir = join(place.path, 'station');
  await using stand = await startStand({ readers: [] });
  {
    await using agent = await startAgentProcess(dir, { tray: false, pcscEnv: stand.env });
    const { code, err } = await tapward(agent.dir, ['enrol', '--pin-stdin'], { input: 'Robin\nS\n638204\n' });
    assert.deepEqual([code, err], [3, 'No badge reader is connected: plug one in, then run the command again.\n']);
  }
  const { code, err } = await tapward(dir, ['enrol', '--pin-stdin'], { input: 'Robin\nS\n638204\n', env: stand.env });
  assert.deepEqual([code, err], [3, 'No badge reader is connected: plug one in, then run the command again.\n']);
});
