/** SIGKILL at random moments while an import is written comes in; all that the bundle brought is there or nothing of it, and the store is sound, goes out. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createStationGroup } from '../../agent/group/group.ts';
import { newCode } from '../../agent/group/invitation.ts';
import { killAtRandomMoments } from '../store/kills.ts';
import { placeIn } from '../store/place.ts';
import { writePeople } from './carried-people.ts';

/** The nightly run asks for more. */
const rounds = Number(process.env['TAPWARD_KILLS'] ?? 8);
const people = 300;

test('killed at any moment, an import has happened or it has not', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'tapward-people-kills-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const at = (name: string): string => join(dir, name);
  const [a, b] = [placeIn(at('a')).open(), placeIn(at('b')).open()];
  const [from, to] = [a, b].map(({ store, ledger }) => createStationGroup({ store, ledger }));
  assert.ok(from !== undefined && to !== undefined);
  from.create('test');
  const code = newCode();
  const invited = from.invite('import', 1, code, 'test');
  assert.ok(invited.kind === 'invited');
  assert.equal(to.join(invited.invitation, code, 'test').kind, 'group');
  writePeople(a.store, people);
  const exported = await from.exportPeople('test', () => undefined);
  assert.ok(exported.kind === 'exported');
  writeFileSync(at('bundle'), exported.file);
  const ids = a.store.ids('subscriber').toSorted((x, y) => (x < y ? -1 : 1));
  a.close();
  b.close();
  const seen = { nothing: 0, all: 0 };
  await killAtRandomMoments({
    args: [fileURLToPath(new URL('kill-victim.ts', import.meta.url)), at('b'), at('bundle')],
    // About as long as the write takes.
    rounds,
    within: 60,
    judge: (lines) => {
      const { store, ledger, close } = placeIn(`${at('b')}.now`).open();
      try {
        const here = store.ids('subscriber').toSorted((x, y) => (x < y ? -1 : 1));
        const { heard = {} } = createStationGroup({ store, ledger }).state() ?? {};
        const wasTaken = Object.keys(heard).length > 0;
        assert.deepEqual(here, wasTaken ? ids : [], 'all or nothing');
        if (lines.includes('applied')) assert.ok(wasTaken, 'what was acknowledged is there');
        for (const id of here) assert.ok(store.subscriber(id)?.badges.every((badge) => store.badge(badge)?.subscriber === id) && store.pin(id) !== null);
        seen[wasTaken ? 'all' : 'nothing']++;
      } finally {
        close();
      }
    },
  });
  t.diagnostic(`${seen.nothing} had not happened, ${seen.all} had`);
});
