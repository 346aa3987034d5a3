/** A running agent and a ledger of two weeks come in: hints that are shown once and survive a restart, and IT's list, go out. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { trouble } from '../../agent/cli/trouble.ts';
import { byUid } from '../../agent/enrolment.ts';
import { startRig } from '../agent/rig.ts';

const uid = Uint8Array.of(4, 1, 2, 3, 4, 5, 6);
const digits = (): Uint8Array => Uint8Array.of(4, 8, 2, 9, 1, 5);

function folder(): Disposable & { readonly dir: string } {
  const dir = mkdtempSync(join(tmpdir(), 'tapward-trouble-'));
  return { dir, [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }) };
}
const list = async (dir: string, options = {}) => trouble.run({ dir, options, words: [], tools: {} as never, terminal: {} as never });

test('the old PIN after a change: the hint stands at the next PIN, once, and that survives restarts of the agent', async () => {
  using place = folder();
  {
    await using rig = await startRig(place.dir);
    const enrolled = await rig.agent.enrolment?.enrol({ given: 'Sam', initial: 'B', language: null }, byUid(Uint8Array.from(uid)), digits(), 'screen');
    assert.ok(enrolled?.kind === 'enrolled');
    await rig.agent.enrolment?.resetPin(enrolled.subscriber.id, Uint8Array.of(7, 3, 0, 1, 6, 4), 'it');
    rig.tap(uid);
    await rig.face.until('the PIN', (v) => v.screen.kind === 'pin' && v.screen.remark === null);
    for (const digit of digits()) rig.agent.gesture({ kind: 'digit', digit });
    await rig.face.until('wrong', (v) => v.screen.kind === 'pin' && v.screen.remark?.kind === 'wrong');
  }
  {
    await using rig = await startRig(place.dir);
    await pause(200);
    rig.tap(uid);
    const shown = await rig.face.until('the PIN', (v) => v.screen.kind === 'pin');
    assert.deepEqual(shown.screen.kind === 'pin' && shown.screen.remark, { kind: 'hint', hint: 'oldPin' });
    rig.agent.gesture({ kind: 'cancel' });
    await rig.face.until('idle', (v) => v.screen.kind === 'idle');
    rig.tap(uid);
    await rig.face.until('the PIN without it', (v) => v.screen.kind === 'pin' && v.screen.remark === null);
    const answer = await list(place.dir);
    assert.equal(answer.code, 0);
  }
  {
    // Said is said, before a restart as after it.
    await using rig = await startRig(place.dir);
    await pause(200);
    rig.tap(uid);
    const shown = await rig.face.until('the PIN', (v) => v.screen.kind === 'pin');
    assert.equal(shown.screen.kind === 'pin' && shown.screen.remark, null);
  }
  const { text, json } = await list(place.dir);
  assert.match(text.join('\n'), /typed the old PIN after a change/);
  assert.equal(JSON.stringify(json).includes('Sam'), false);
});

test('a ledger without trouble says so; a folder without one, or a wrong number, is told in a sentence', async () => {
  using place = folder();
  await using rig = await startRig(place.dir);
  assert.deepEqual((await list(place.dir)).text, ['Nobody and no reader struggled in the last 7 days.']);
  assert.deepEqual((await list(place.dir, { days: '15' })).code, 2);
  assert.equal((await list(join(place.dir, 'nowhere'))).code, 3);
  assert.ok(rig.agent.mode);
});
