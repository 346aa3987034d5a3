/** Hook files that are wrong in every way come in: none of them opens anybody, none of them blocks a lock, and nothing of them runs on. */
import assert from 'node:assert/strict';
import { chmodSync, chownSync, symlinkSync } from 'node:fs';
import { test } from 'node:test';
import { until } from '../face/screen.ts';
import { need } from '../needs.ts';
import { generic, type Kiosk, processesOf, stranger, withTold } from './kiosk-rig.ts';

const skip = need('linux', 'root');

const bad: readonly (readonly [what: string, spoil: (kiosk: Kiosk) => void])[] = [
  ['fails', (k) => void k.hook('open', '40-bad', 'exit 3')],
  ['is killed', (k) => void k.hook('open', '40-bad', 'kill -9 $$')],
  ['hangs', (k) => void k.hook('open', '40-bad', 'sleep 600')],
  ['hangs in the background of one that fails', (k) => void k.hook('open', '40-bad', 'sleep 600 & exit 1')],
  ['is writable by all', (k) => chmodSync(k.hook('open', '40-bad', 'true'), 0o777)],
  ['is writable by a group', (k) => chmodSync(k.hook('open', '40-bad', 'true'), 0o775)],
  ['is the session’s own', (k) => chownSync(k.hook('open', '40-bad', 'true'), generic.uid, 0)],
  ['is somebody else’s', (k) => chownSync(k.hook('open', '40-bad', 'true'), stranger.uid, 0)],
  ['cannot be executed', (k) => chmodSync(k.hook('open', '40-bad', 'true'), 0o644)],
  ['is a link', (k) => symlinkSync('/bin/true', `${k.dir}/hooks.d/open/40-bad`)],
  ['stands in a folder that is writable by all', (k) => chmodSync(`${k.dir}/hooks.d/open`, 0o777)],
  ['stands in a folder that is somebody else’s', (k) => chownSync(`${k.dir}/hooks.d`, stranger.uid, 0)],
  ['has no folder', (k) => chmodSync(`${k.dir}/hooks.d`, 0o700)],
];
for (const [what, spoil] of bad) {
  test(`a hook that ${what} opens nobody, and the lock stands`, { skip }, async () => {
    await using kiosk = await withTold({ hookTimeout: () => 400 });
    spoil(kiosk);
    const outcome = await kiosk.open('s1');
    assert.ok(outcome.kind === 'failed' && outcome.screen === 'locked', JSON.stringify(outcome));
    assert.equal((await kiosk.controller.snapshot()).active, null);
    assert.equal((await kiosk.controller.lock('tapOut', false)).kind, 'done');
    assert.ok(
      kiosk.noted.some((text) => text.startsWith('open: ')),
      kiosk.noted.join(),
    );
    await until('nothing of it runs on', () => processesOf(kiosk).every((line) => !line.startsWith('sleep 600')), 1_000);
  });
}

test('a hook that prints a megabyte is as good as one that prints nothing', { skip }, async () => {
  await using kiosk = await withTold();
  kiosk.hook('open', '40-loud', 'head -c 1000000 /dev/zero; head -c 1000000 /dev/zero >&2');
  assert.equal((await kiosk.open('s1')).kind, 'done');
});
