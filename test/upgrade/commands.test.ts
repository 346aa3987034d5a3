/** `tapward upgrade` and `tapward roll-back` on a station that the version before wrote, and at whose store it is still at work: what would come, what comes, and the way back, in words for IT. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Tools } from '../../agent/cli/command.ts';
import { upgrade } from '../../agent/cli/upgrade.ts';
import { readEntries } from '../../agent/ledger/reading.ts';
import { storePath } from '../../agent/store/opening.ts';
import { chooseKeys } from '../../native/keys/choice.ts';
import { need } from '../needs.ts';
import { fingerprints, folder, ledgerDir } from '../store/place.ts';
import { asOld, codeOf } from './versions.ts';

const people = 4;
const old = ['accepted', 'revoked', 'accepted', 'accepted'];

test('checked beside the old agent, brought over, set back, and the old version opens it', { skip: need('history') }, async (t) => {
  const code = codeOf(2, t);
  const place = folder(t);
  const dir = join(place, 'station');
  mkdirSync(dir, { mode: 0o700 });
  // Where an installed station has its key.
  symlinkSync('station', join(place, 'keys'));
  asOld(code, place, 'fill', String(people));
  const tapward = (...words: readonly string[]): { readonly code: number | null; readonly out: string } => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, '../../agent/cli/main.ts'), ...words, '--dir', dir], {
      encoding: 'utf8',
      timeout: 60_000,
      input: '',
    });
    return { code: status, out: stdout + stderr };
  };

  const holder = spawn(process.execPath, [join(import.meta.dirname, 'old-station.ts'), code, place, 'hold'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(holder, 'exit');
  await once(holder.stdout, 'data');
  const before = fingerprints(dir);
  assert.deepEqual(tapward('upgrade', '--check'), { code: 0, out: `The store can be brought from version 2 to 3: ${people} people, ${people} badges, nothing lost.\n` });
  assert.deepEqual(fingerprints(dir), before, 'nothing was touched, and no copy is left');
  const refused = tapward('upgrade');
  assert.deepEqual([refused.code, refused.out], [3, 'Stop the agent first: systemctl stop tapward.service.\n']);
  holder.stdin.end();
  await ended;

  assert.equal(tapward('roll-back', '--unattended').out, 'There is no copy of an earlier version here: nothing was changed.\n');
  const brought = tapward('upgrade');
  assert.deepEqual(
    [brought.code, brought.out],
    [0, `The store was brought from version 2 to 3: ${people} people, ${people} badges, nothing lost. The one of before is in backup-2-1.\n`],
  );
  assert.equal(tapward('upgrade').out, 'The store is of this version: nothing was to be done.\n');
  assert.deepEqual(tapward('upgrade', '--check'), { code: 0, out: 'The store is of this version: nothing is to be done.\n' });

  assert.deepEqual(tapward('roll-back'), { code: 1, out: 'Nothing was changed; without a terminal say --unattended.\n' });
  const back = tapward('roll-back', '--unattended');
  assert.equal(back.code, 0, back.out);
  assert.match(back.out, /^The store is set back from version 3 to 2, as backup-2-1 has it\. Install the version before now/);
  assert.match(back.out, /Lost here: 0 people and 0 badges that came since, 0 PINs set/);
  assert.deepEqual(
    readEntries(ledgerDir(dir))
      .slice(-2)
      .map(({ entry }) => entry.kind),
    ['upgraded', 'rolledBack'],
  );
  assert.deepEqual((asOld(code, place, 'look', String(people)) as { found: unknown }).found, old);
  assert.deepEqual(
    readdirSync(dir)
      .filter((name) => name.startsWith('backup'))
      .sort(),
    ['backup-2-1', 'backup-3-2'],
  );

  // A store that cannot be taken over is found before any program is replaced.
  const bytes = readFileSync(storePath(dir));
  bytes.fill(0x5a, bytes.length - 600, bytes.length - 500);
  writeFileSync(storePath(dir), bytes);
  const bad = tapward('upgrade', '--check');
  assert.deepEqual([bad.code, /restore it/.test(bad.out), readdirSync(dir).filter((name) => name.startsWith('upgrade-check'))], [1, true, []], bad.out);

  // As an installer asks, whose output nobody reads: a refusal goes into the system's log, and a place without a store refuses nothing.
  const told: string[] = [];
  const checked = async (at: string, report: boolean): Promise<number> => {
    const tools = { keys: chooseKeys, tell: (...said: readonly string[]) => told.push(said.join(' ')) > 0 } as unknown as Tools;
    return (await upgrade.run({ dir: at, tools, terminal: null as never, options: { check: true, report }, words: [] })).code;
  };
  const empty = folder(t);
  assert.deepEqual([await checked(empty, true), await checked(join(empty, 'none'), true), await checked(dir, false), told], [0, 0, 1, []]);
  assert.equal(await checked(dir, true), 1);
  assert.deepEqual([told.length, /^TW1007 .*restore it/.test(told[0] ?? '')], [1, true], told.join());
});
