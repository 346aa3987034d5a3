/** An upgrade is killed at random moments: what is left is the old store or the new one, whole either way, and the next start has everybody. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { backupsIn } from '../../agent/store/backups.ts';
import { digestOf, lostBetween, takeCensus } from '../../agent/store/census.ts';
import { storePath } from '../../agent/store/opening.ts';
import { schemaVersion } from '../../agent/store/schema.ts';
import { need } from '../needs.ts';
import { killAtRandomMoments } from '../store/kills.ts';
import { folder, keysOf, placeIn } from '../store/place.ts';
import { asOld, codeOf } from './versions.ts';

/** Fifty in the nightly run. */
const rounds = Number(process.env['TAPWARD_KILLS'] ?? 12);
const people = 60;

test(`${rounds} kills of an upgrade`, { skip: need('history') }, async (t) => {
  const [written, dir] = [folder(t), folder(t)];
  asOld(codeOf(1, t), written, 'fill', String(people));
  const before = takeCensus(readFileSync(storePath(placeIn(written).dir)), keysOf(placeIn(written).holder));
  const place = placeIn(dir);
  const anew = (): void => {
    rmSync(dir, { recursive: true, force: true });
    cpSync(written, dir, { recursive: true });
  };
  const found = { old: 0, new: 0, unheard: 0 };
  anew();
  const program = join(import.meta.dirname, 'kill-victim.ts');
  const within = 1.2 * (await timeOf(program, dir));
  anew();
  await killAtRandomMoments({
    args: [program, dir],
    rounds,
    within,
    judge: (acknowledged) => {
      // What the log holds is part of it: as any opening would read it.
      const db = new Database(storePath(place.dir), { fileMustExist: true });
      const now = takeCensus(db.serialize(), keysOf(place.holder));
      db.close();
      assert.equal(lostBetween(before, now), null);
      assert.ok(now.version === 1 || now.version === schemaVersion, `version ${now.version}`);
      if (now.version === 1) assert.equal(digestOf(now), digestOf(before), 'the old store, as it was');
      if (acknowledged.includes('upgraded')) assert.equal(now.version, schemaVersion);
      else found.unheard++;
      found[now.version === 1 ? 'old' : 'new']++;
      const opened = place.open();
      assert.equal(opened.store.subscribers().length, people);
      opened.close();
      assert.ok(backupsIn(place.dir).length >= 1);
      anew();
    },
  });
  t.diagnostic(JSON.stringify({ ...found, within: Math.round(within) }));
});

/** Milliseconds from the program's first line to its second: as long as it takes here and now. */
async function timeOf(program: string, dir: string): Promise<number> {
  const child = spawn(process.execPath, [program, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  const began = performance.now();
  await once(child.stdout, 'data');
  const took = performance.now() - began;
  child.kill('SIGKILL');
  await once(child, 'exit');
  return took;
}
