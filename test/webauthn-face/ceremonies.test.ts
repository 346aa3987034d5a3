/** Ceremonies are begun, answered, forgotten and ended; faces are told, and whoever waits gets one answer each. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCeremonies } from '../../agent/face/ceremonies.ts';
import { createFaces } from '../../agent/faces.ts';
import { challengeLasts } from '../../agent/webauthn/challenges.ts';
import type { ToFace } from '../../core/bridge.ts';
import { defaultPolicy } from '../../core/policy.ts';

function place() {
  const said: ToFace[] = [];
  const ceremonies = createCeremonies({ send: (message) => said.push(message) });
  const last = () => {
    const message = said.findLast(({ kind }) => kind === 'ceremony');
    assert.ok(message?.kind === 'ceremony');
    return message;
  };
  return { said, ceremonies, last };
}

test('one answer settles it, and every face is told that it is over', async () => {
  const { said, ceremonies, last } = place();
  const held = ceremonies.hold('get', { challenge: 'AQ' });
  const { id, options } = last();
  assert.equal(options, '{"challenge":"AQ"}');
  ceremonies.answer({ id: id + 1, json: 'another' });
  ceremonies.answer({ id: id - 1, json: 'another' });
  ceremonies.answer({ id, json: 'first' });
  ceremonies.answer({ id, json: 'second' });
  assert.equal(await held.response, 'first');
  assert.deepEqual(
    said.map(({ kind }) => kind),
    ['ceremony', 'ceremonyEnd'],
  );
});

test('a new one ends the one before, and nobody’s number is used again', async () => {
  const { ceremonies, last } = place();
  const first = ceremonies.hold('get', {});
  const { id } = last();
  const second = ceremonies.hold('create', {});
  assert.equal(await first.response, null);
  assert.equal(last().id, id + 1);
  first.end();
  ceremonies.answer({ id, json: 'late' });
  ceremonies.answer({ id: id + 1, json: 'mine' });
  assert.equal(await second.response, 'mine');
});

test('nobody answers: after 30 s there is none, and it is over', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { said, ceremonies, last } = place();
  const { response } = ceremonies.hold('get', {});
  t.mock.timers.tick(challengeLasts - 1);
  assert.equal(said.length, 1);
  t.mock.timers.tick(1);
  assert.equal(await response, null);
  assert.deepEqual(said.at(-1), { kind: 'ceremonyEnd', id: last().id });
});

test('two runs of an agent do not number alike', () => {
  const first = new Set(
    Array.from({ length: 5 }, () => {
      const { ceremonies, last } = place();
      ceremonies.hold('get', {}).end();
      return last().id;
    }),
  );
  assert.equal(first.size, 5);
});

test('a face that comes late hears of the ceremony that is on, and of none that is over', () => {
  const faces = createFaces(
    { now: () => 0 },
    () => defaultPolicy,
    () => ({ name: '', computer: '', version: '', phone: '', language: 'en', theme: 'day', nightSound: 'off', mode: 'evaluation', lockKey: null }),
  );
  const ceremonies = createCeremonies(faces);
  const { end } = ceremonies.hold('get', {});
  const heard: string[] = [];
  faces.connect(({ kind }) => heard.push(kind));
  assert.deepEqual(heard, ['ceremony']);
  end();
  faces.connect(({ kind }) => heard.push(`later ${kind}`));
  assert.deepEqual(heard, ['ceremony', 'ceremonyEnd']);
});
