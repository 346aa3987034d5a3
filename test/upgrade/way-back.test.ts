/** A station that was upgraded, and then a badge that was handed on, and a ledger that cannot be written, come in; the store of before, with nothing given back to anybody, and the truth about the ledger go out. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { byUid } from '../../agent/enrolment.ts';
import { openStore } from '../../agent/store/opening.ts';
import { need } from '../needs.ts';
import { folder, keysOf, ledgerDir, placeIn, uidOf } from '../store/place.ts';
import { uidOfPerson } from './person.ts';
import { asOld, codeOf } from './versions.ts';

test('a badge that was taken from somebody and handed on is not hers again; a way back that the ledger does not have is told', { skip: need('history') }, (t) => {
  const code = codeOf(2, t);
  const place = folder(t);
  const dir = join(place, 'station');
  mkdirSync(dir, { mode: 0o700 });
  // Where an installed station has its key.
  symlinkSync('station', join(place, 'keys'));
  asOld(code, place, 'fill', '4');
  const opened = placeIn(place).open();
  const holder = (n: number): string => opened.store.findByBadge(uidOf(uidOfPerson(n)))?.subscriber.id ?? assert.fail();
  const badge = opened.store.badges().find(({ subscriber }) => subscriber === holder(3))?.id ?? assert.fail();
  assert.equal(opened.enrolment.revokeBadge(badge, 'test').kind, 'done');
  assert.equal(opened.enrolment.addBadge(holder(0), byUid(uidOf(uidOfPerson(3))), 'test').kind, 'enrolled');
  opened.close();

  rmSync(join(ledgerDir(dir), 'evolving.key'));
  const back = spawnSync(process.execPath, [join(import.meta.dirname, '../../agent/cli/main.ts'), 'roll-back', '--unattended', '--json', '--dir', dir], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  assert.equal(back.status, 0, back.stdout + back.stderr);
  const said = JSON.parse(back.stdout) as { readonly recorded: boolean; readonly lost: { readonly kept: number } };
  assert.deepEqual([said.recorded, said.lost.kept > 0], [false, true]);
  const { holder: key, counter } = placeIn(place);
  const then = openStore({ dir, keys: keysOf(key), counter });
  assert.ok(then.kind === 'open', JSON.stringify(then));
  using store = then.store;
  assert.equal(store.findByBadge(uidOf(uidOfPerson(3)))?.revoked, true, 'it is in Sam’s hands, and opens nobody');
});
