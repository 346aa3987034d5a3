/** Real swaylock on a real, headless sway comes in; that Return alone leaves it locked, and Return after a tap opens it through PAM, is tested. */
import assert from 'node:assert/strict';
import { chownSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { need } from '../needs.ts';
import { uids } from './namespace.ts';
import { grantFor, openStand } from './stand.ts';

const skip = need('linux', 'root', 'pamStack', 'swaylock');

async function until(what: string, holds: () => boolean): Promise<void> {
  for (const end = performance.now() + 10_000; !holds(); await sleep(20)) if (performance.now() > end) throw new Error(`not in time: ${what}`);
}

test('swaylock: Return alone stays locked, a tap for another session too, and Return after her own tap unlocks', { skip, timeout: 60_000 }, async () => {
  await using stand = await openStand();
  stand.stack('swaylock', [`auth sufficient ${stand.module}`, 'auth required pam_deny.so']);
  const runtime = join(stand.dir, 'runtime');
  mkdirSync(runtime, { mode: 0o700 });
  chownSync(runtime, uids.alice, uids.alice);
  const common = { XDG_RUNTIME_DIR: runtime, HOME: '/tmp' };
  const inSession = { as: 'alice', env: { ...common, WAYLAND_DISPLAY: 'wayland-1' } } as const;
  void stand.exec(['sway', '-c', '/dev/null'], { as: 'alice', env: { ...common, WLR_BACKENDS: 'headless', WLR_LIBINPUT_NO_DEVICES: '1', WLR_RENDERER: 'pixman' } });
  await until('a compositor', () => existsSync(join(runtime, 'wayland-1')));

  let said = '';
  let code: number | null | 'locked' = 'locked';
  void stand.exec(['swaylock', '-d'], { ...inSession, heard: (text) => (said += text) }).then((ran) => (code = ran.code));
  /** Keys are lost until its surface has the keyboard. */
  const pressUntil = async (what: string, holds: () => boolean): Promise<void> => {
    for (let tries = 0; tries < 20; tries++) {
      await stand.exec(['wtype', '-k', 'Return'], inSession);
      for (let i = 0; i < 25; i++) {
        if (holds()) return;
        await sleep(20);
      }
    }
    throw new Error(`not in time: ${what}`);
  };
  await until('swaylock', () => said.includes('Prepared to authorize'));
  const held = stand.offers.offer(grantFor('s-alice', stand.clock, 30_000, 'unlock'), { account: 'alice', session: '3' });
  await pressUntil('its answer', () => said.includes('pam_authenticate failed'));
  assert.equal(code, 'locked');
  assert.equal(await Promise.race([held.then(({ kind }) => kind), sleep(50).then(() => 'held')]), 'held');

  const own = stand.offers.offer(grantFor('s-alice', stand.clock, 30_000, 'unlock'), { account: 'alice', session: '2' });
  await pressUntil('its end', () => code !== 'locked');
  assert.equal(code, 0, said);
  assert.deepEqual(await own, { kind: 'redeemed' });
  assert.deepEqual(stand.noted, []);
});
