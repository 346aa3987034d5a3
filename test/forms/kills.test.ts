/** A process that tries codes and adds badges is killed; no try is forgotten, and a badge is hers exactly where its code is used up. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { killAtRandomMoments } from '../store/kills.ts';
import { enrolled, folder, placeIn, uidOf } from '../store/place.ts';
import { policy } from './kill-place.ts';

const victim = join(import.meta.dirname, 'kill-victim.ts');

test('killed between the count of a wrong code and its comparison, the try stays counted', async (t) => {
  const dir = folder(t);
  const place = placeIn(dir, policy);
  const opened = place.open();
  const { subscriber } = await enrolled(opened.enrolment, 'Sam', '04a1b2c3d4e501', '482915');
  opened.enrolment.setDetails(subscriber.id, { number: '204817' }, 'it');
  opened.close();
  for (const failures of [1, 2, 3]) {
    assert.equal(spawnSync(process.execPath, [victim, dir, 'count'], { timeout: 20_000 }).signal, 'SIGKILL');
    const { store, close } = place.open();
    assert.deepEqual([store.tries('station').failures, store.tries(subscriber.id).failures], [failures, failures]);
    close();
  }
});

test('killed at any moment: a badge is hers exactly where its code is used up, and what was acknowledged is there', async (t) => {
  const dir = folder(t);
  const place = placeIn(dir, policy);
  const opened = place.open();
  const { subscriber } = await enrolled(opened.enrolment, 'Sam', '04a1b2c3d4e501', '482915');
  opened.enrolment.setDetails(subscriber.id, { number: '204817' }, 'it');
  opened.close();
  let concluded = 0;
  await killAtRandomMoments({
    args: [victim, dir, 'enrol'],
    rounds: 10,
    within: 200,
    judge: (lines) => {
      const { store, close } = place.open();
      try {
        for (const line of lines) {
          const [what, uid = ''] = line.split(' ');
          if (what !== 'concluded') continue;
          concluded += 1;
          assert.equal(store.findByBadge(uidOf(uid))?.subscriber.id, subscriber.id);
        }
        const [last, uid = ''] = lines.at(-1)?.split(' ') ?? [];
        // The next code may be there already, unsaid.
        if (last === 'issued') assert.equal(store.findByBadge(uidOf(uid)) !== null, store.code(`${subscriber.id}.enrol`)?.spent);
      } finally {
        close();
      }
    },
  });
  assert.ok(concluded > 0, 'something was done before a kill');
});
