/** X servers that let their own account in without a cookie, as Debian’s Xsession makes them, come in; no program of a person’s is let in there all the same. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { need } from '../needs.ts';
import { openSharedDesktop } from './shared-desktop.ts';

const skip = need('linux', 'root', 'display', 'contexts', 'compiler', 'perl');

test('where the session’s server lets the whole account in, opening a desktop ends that, and her programs reach nothing of it', { skip }, async () => {
  await using desktop = await openSharedDesktop({ work: [] });
  const { kiosk, inside, outside, env } = desktop;
  await outside('xhost', '+si:localuser:games', '+local:');
  assert.match(await outside('xhost'), /games|LOCAL/i);
  const outcome = await kiosk.open('ana');
  assert.equal(outcome.kind, 'done', `${JSON.stringify(outcome)} ${kiosk.noted.join()}`);
  const look = `DISPLAY=${env['DISPLAY']} XAUTHORITY=/nonexistent xdpyinfo 2>&1 | grep -E 'dimensions|unable' | head -1`;
  assert.match(await inside('ana', look), /unable to open display/);
  // Whatever else the session starts may ask for it again: each showing ends it anew.
  await outside('xhost', '+si:localuser:games');
  await kiosk.controller.lock('tapOut', false);
  await kiosk.open('ana', 'unlock');
  assert.match(await inside('ana', look), /unable to open display/);
  assert.match(await outside('xdpyinfo'), /dimensions/, 'whoever has the cookie is a client as before');
});

test('a server of which nobody here has the cookie is left as it is, and nobody’s desktop is opened on it', { skip }, async () => {
  await using desktop = await openSharedDesktop({ work: [], cookie: false, hookTimeout: () => 1_500 });
  const outcome = await desktop.kiosk.open('ana');
  assert.ok(outcome.kind === 'failed' && outcome.screen === 'locked', JSON.stringify(outcome));
  assert.match(await desktop.outside('xdpyinfo'), /dimensions/);
});
