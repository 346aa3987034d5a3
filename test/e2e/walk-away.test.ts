/** A person walks away from the real screen. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readEntries } from '../../agent/ledger/reading.ts';
import { ledgerDir } from '../../agent/store/durable.ts';
import { need } from '../needs.ts';
import { sam, startWardStation } from './station.ts';

test('she walks away: who is signed in, the warning, keep working, and at last the lock; never a sign-out', {
  skip: need('linux', 'pcscd', 'compiler', 'namespaces', 'chromium'),
}, async () => {
  await using ward = await startWardStation({ whoAfter: 1_000, inactivity: 6_000, warning: 3_000 });
  const { page } = ward;
  await ward.signIn(sam);
  const notes = page.locator('#desktop textarea:visible');
  await notes.click();
  await page.keyboard.type('unsaved words');
  await page.waitForSelector('[data-out="strip"]:not([hidden])');
  await page.mouse.move(300, 300);
  await page.mouse.move(320, 310);
  await page.waitForSelector('[data-out="strip"]', { state: 'hidden' });
  await ward.shows('away');
  await page.click('[data-do="keepWorking"]:visible');
  await ward.shows('open');
  await ward.shows('away');
  await ward.shows('idle');
  assert.equal(await notes.count(), 0, 'her work is covered');
  await ward.tap(sam.uid, 'pin');
  await ward.press(sam.pin);
  await ward.shows('open');
  assert.match(await notes.inputValue(), /unsaved words/, 'and it is there when she is back');
  const locks = readEntries(ledgerDir(`${ward.dir}/station`)).flatMap(({ entry }) => (entry.kind === 'locked' ? [entry.why] : []));
  assert.deepEqual(locks, ['start', 'walkAway']);
});
