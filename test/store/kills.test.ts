/** A busy station is killed at random moments: nothing acknowledged is lost, no count is lower than acknowledged, no open stands without its permit, and it always opens again. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { readEntries } from '../../agent/ledger/reading.ts';
import { verifyLedger } from '../../agent/ledger/verification.ts';
import { killAtRandomMoments } from './kills.ts';
import { folder, ledgerDir, placeIn, uidOf } from './place.ts';

/** A hundred in the nightly run. */
const rounds = Number(process.env['TAPWARD_KILLS'] ?? 40);

test(`${rounds} kills`, async (t) => {
  const dir = folder(t);
  const place = placeIn(dir);
  const first = place.open();
  const startKey = first.durable.startKey ?? assert.fail();
  first.close();
  const people = new Map<string, string>();
  /** What each person's count may be: more than one value while a check was under way. */
  const counts = new Map<string, readonly number[]>();
  const permits = new Set<string>();
  let entries = 0;
  let cut = 0;
  let unfinished = 0;

  const take = (line: string): void => {
    const [what, id = '', more = ''] = line.split(' ');
    const possible = counts.get(id) ?? [0];
    switch (what) {
      case 'enrolled':
        people.set(id, more);
        break;
      case 'asksWrong':
        counts.set(
          id,
          possible.flatMap((n) => [n, n + 1]),
        );
        break;
      case 'asksRight':
        counts.set(id, [...possible.flatMap((n) => [n, n + 1]), 0]);
        break;
      case 'failures':
        counts.set(id, [Number(more)]);
        break;
      case 'open':
        permits.add(id);
        break;
      case 'entry':
        entries = Math.max(entries, Number(id) + 1);
        break;
      case 'outcome':
        break;
      default:
        assert.fail(`The victim said: ${line}`);
    }
  };

  await killAtRandomMoments({
    args: [join(import.meta.dirname, 'kill-victim.ts'), dir],
    rounds,
    within: 120,
    judge: (lines) => {
      for (const line of lines) take(line);
      const opened = place.open();
      cut += opened.durable.cut > 0 ? 1 : 0;
      unfinished += opened.durable.unfinished.length;
      for (const [id, uid] of people) assert.equal(opened.store.findByBadge(uidOf(uid))?.subscriber.id, id, 'an acknowledged enrolment is there');
      for (const [id, possible] of counts) {
        const failures = opened.store.pin(id)?.failures ?? -1;
        assert.ok(possible.includes(failures), `${failures} wrong PINs are counted, acknowledged were ${possible.join(' or ')}`);
        counts.set(id, [failures]);
      }
      const verified = verifyLedger({ dir: ledgerDir(place.dir), startKey });
      assert.ok(verified.kind === 'sound', verified.kind === 'bad' ? verified.why : '');
      assert.ok(verified.entries >= entries, 'every acknowledged entry is there');
      const recorded = readEntries(ledgerDir(place.dir)).map(({ entry }) => entry);
      const permitted = new Set(recorded.flatMap((e) => (e.kind === 'permit' ? [e.grant] : [])));
      for (const grant of permits) assert.ok(permitted.has(grant), 'no open without its permit');
      for (const entry of recorded) if (entry.kind === 'outcome') assert.ok(permitted.has(entry.grant), 'no outcome without its permit');
      const said = new Set(recorded.flatMap((e) => (e.kind === 'enrolled' ? [e.subscriber] : [])));
      for (const { subscriber } of opened.enrolment.people()) assert.ok(said.has(subscriber.id), 'nobody is enrolled without an entry');
      opened.close();
    },
  });
  t.diagnostic(`${people.size} people, ${entries} entries; ${cut} unfinished entries were cut off, ${unfinished} opens were left without an outcome`);
  assert.ok(people.size > 20 && entries > 150, 'the station was busy');
});
