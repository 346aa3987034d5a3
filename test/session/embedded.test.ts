/** The embedded controller, held to the contract of every SessionController. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClock } from '../../native/clock/clock.ts';
import { createEmbedded } from '../../native/session/embedded.ts';
import { sessionControllerContract } from '../contract/session-controller.ts';

const clock = createClock();
sessionControllerContract('embedded', { clock, make: async () => createEmbedded(clock), people: ['s1', 's2'] });

test('embedded: once let go it is locked and opens nobody', async () => {
  const c = createEmbedded(clock);
  await c.open({ id: 'g1', subscriber: 's1', intent: 'signIn', seq: (await c.snapshot()).seq, expiresAt: clock.now() + 1000 });
  await c[Symbol.asyncDispose]();
  const { active, healthy, seq } = await c.snapshot();
  assert.deepEqual([active?.lock, healthy], ['locked', false]);
  const outcome = await c.open({ id: 'g2', subscriber: 's1', intent: 'unlock', seq, expiresAt: clock.now() + 1000 });
  assert.ok(outcome.kind === 'failed' && outcome.screen === 'locked');
});
