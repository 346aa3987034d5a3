/** An upgrade, and the way back, are killed at random moments: what is left is the store of before or the one that was to be, whole either way, and the next start has everybody. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { backupsIn } from '../../agent/store/backups.ts';
import { type Census, digestOf, lostBetween, takeCensus } from '../../agent/store/census.ts';
import { storePath } from '../../agent/store/opening.ts';
import { schemaVersion } from '../../agent/store/schema.ts';
import { need } from '../needs.ts';
import { killAtRandomMoments } from '../store/kills.ts';
import { folder, keysOf, placeIn } from '../store/place.ts';
import { asOld, codeOf } from './versions.ts';

/** Fifty in the nightly run. */
const rounds = Number(process.env['TAPWARD_KILLS'] ?? 8);
const people = 60;

const from = 1;
for (const [name, what, times] of [
  ['an upgrade', 'forth', rounds],
  ['a roll-back', 'back', Math.ceil(rounds / 4)],
] as const) {
  test(`${times} kills of ${name}`, { skip: need('history') }, async (t) => {
    const [written, dir] = [folder(t), folder(t)];
    asOld(codeOf(from, t), written, 'fill', String(people));
    if (what === 'back') placeIn(written).open().close();
    const census = (at: string): Census => {
      // What the log holds is part of it: as any opening would read it.
      const db = new Database(storePath(placeIn(at).dir), { fileMustExist: true });
      try {
        return takeCensus(db.serialize(), keysOf(placeIn(at).holder));
      } finally {
        db.close();
      }
    };
    const before = census(written);
    const place = placeIn(dir);
    const anew = (): void => {
      rmSync(dir, { recursive: true, force: true });
      cpSync(written, dir, { recursive: true });
    };
    const found = { old: 0, new: 0, unheard: 0 };
    anew();
    const args = [join(import.meta.dirname, 'kill-victim.ts'), dir, what];
    const within = 1.2 * (await timeOf(args));
    anew();
    await killAtRandomMoments({
      args,
      within,
      rounds: times,
      judge: (acknowledged) => {
        const now = census(dir);
        const [is, becomes] = what === 'forth' ? [from, schemaVersion] : [schemaVersion, from];
        assert.ok(now.version === is || now.version === becomes, `version ${now.version}`);
        if (now.version === is) assert.equal(digestOf(now), digestOf(before), 'the store of before, as it was');
        if (what === 'forth') assert.equal(lostBetween(before, now), null);
        if (acknowledged.includes('done')) assert.equal(now.version, becomes);
        else found.unheard++;
        found[now.version === is ? 'old' : 'new']++;
        const opened = place.open();
        assert.equal(opened.store.subscribers().length, people);
        opened.close();
        assert.ok(backupsIn(place.dir).length >= 1);
        anew();
      },
    });
    t.diagnostic(JSON.stringify({ ...found, within: Math.round(within) }));
  });
}

/** Milliseconds from the program's first line to its second: as long as it takes here and now. */
async function timeOf(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  const began = performance.now();
  await once(child.stdout, 'data');
  const took = performance.now() - began;
  child.kill('SIGKILL');
  await once(child, 'exit');
  return took;
}
