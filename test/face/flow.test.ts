/** The one specification of the face, on real Electron and on Chromium, each with the real agent on a real pcscd: what a nurse meets from tap to lock, and what no page may do. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { sam } from '../e2e/station.ts';
import { need } from '../needs.ts';
import { chromiumDriver } from './chromium.ts';
import type { Driver, Face } from './driver.ts';
import { aWhile, electronDriver, electronName } from './electron.ts';
import { until } from './screen.ts';
import { type FaceStation, startFaceStation } from './station.ts';

const drivers = [
  { name: electronName, skip: need('linux', 'pcscd', 'compiler', 'namespaces', 'display', 'electron'), driver: () => Promise.resolve(electronDriver) },
  { name: 'Chromium', skip: need('linux', 'pcscd', 'compiler', 'namespaces', 'chromium'), driver: chromiumDriver },
] as const;

const section = (page: Page): Promise<string | undefined> => page.evaluate(() => document.getElementById('face')?.dataset['section']);
const press = async (page: Page, pin: string): Promise<void> => {
  for (const digit of pin) await page.click(`section[data-section="pin"] [data-digit="${digit}"]`);
};

for (const { name, skip, driver } of drivers)
  describe(name, { skip }, () => {
    let station: FaceStation;
    let face: Face;
    before(async () => {
      if (skip !== false) return;
      // Twice as long as the slowest machine takes for a step: nothing here races the clock but the walk-away itself.
      station = await startFaceStation({ inactivity: 6_000, warning: 2_500, whoAfter: 2_000, sameBadgeAfter: 0 });
      const runs: Driver = await driver();
      console.log(`# the specification runs on ${runs.name}`);
      face = await runs.open(station.door);
      await until('the face covers', () => station.present(), 20_000);
    });
    after(async () => {
      if (skip !== false) return;
      await face?.[Symbol.asyncDispose]();
      await station?.[Symbol.asyncDispose]();
    });
    const stands = (wanted: string): Promise<number> => until(`the face shows ${wanted}`, async () => (await section(await face.pad())) === wanted);

    test('tap, PIN, open, strip, warning, locked', async () => {
      await stands('idle');
      assert.equal(await face.uncovered(), false, 'locked, and nothing of the work is seen');
      await station.tap(sam.uid, 'pin');
      await stands('pin');
      const page = await face.pad();
      assert.equal(await page.locator('section[data-section="pin"] h1').innerText(), `Hello ${sam.given}`);
      await press(page, sam.pin);
      await station.shows('open');
      await until('the work is seen', face.uncovered);
      await until('the agent says who is signed in', () => {
        const screen = station.screen();
        return screen.kind === 'open' && screen.strip === 'who';
      });
      assert.equal(await face.uncovered(), true, 'the strip covers no work');
      await station.shows('away');
      await until('the warning covers', async () => !(await face.uncovered()));
      await stands('away');
      await station.shows('idle');
      await stands('idle');
      assert.equal(await face.uncovered(), false);
    });

    test('a wrong PIN, help and back', async () => {
      await station.tap(sam.uid, 'pin');
      await stands('pin');
      const page = await face.pad();
      await press(page, '102938');
      await until('it says how many tries are left', async () => /4 tries left/.test(await page.locator('section[data-section="pin"]').innerText()));
      await page.click('footer [data-do="help"]');
      await stands('help');
      await page.click('[data-do="back"]');
      await stands('pin');
      await page.click('section[data-section="pin"] [data-do="cancel"]');
      await stands('idle');
    });

    test('the agent goes while a session is open: covered at once, and open never comes from the face', async () => {
      await station.tap(sam.uid, 'pin');
      await stands('pin');
      await press(await face.pad(), sam.pin);
      await station.shows('open');
      await until('the work is seen', face.uncovered);
      await station.kill();
      await until('the face covers by itself', async () => !(await face.uncovered()), 3_000);
      await stands('lost');
      await station.start();
      await stands('idle');
      assert.equal(await face.uncovered(), false, 'and still covers when the agent is back');
    });

    test('10,000 messages of junk, of every size, forged or out of place: nothing but the throttle notices, and of true ones it lets through what hands make', async () => {
      await station.tap(sam.uid, 'pin');
      await stands('pin');
      const page = await face.pad();
      station.told();
      await page.evaluate(async () => {
        const bridge = (window as unknown as { tapward: { send: (said: unknown) => void } }).tapward;
        const junk: readonly (() => unknown)[] = [
          () => new Uint8Array(65),
          () => new Uint8Array(100_000),
          () => Uint8Array.from('unlock', (c) => c.charCodeAt(0)),
          () => new Uint8Array(0),
          () => ({ kind: 'digit', digit: 1 }),
          () => 'lockNow',
          () => null,
          () => [49],
          () => 49,
          () => Uint8Array.of(0x3a),
          () => new ArrayBuffer(1),
          () => ({ kind: 'frame', frame: { view: { screen: { kind: 'open' } } } }),
          () => Uint8Array.from('cancel\0', (c) => c.charCodeAt(0)),
        ];
        for (let i = 0; i < 10_000; i++) {
          try {
            bridge.send(junk[i % junk.length]?.());
          } catch {
            // Refused in the page's own world already.
          }
          if (i % 500 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
        }
      });
      assert.equal(await section(await face.pad()), 'pin');
      assert.deepEqual(
        station.told().filter(({ kind }) => kind === 'gesture'),
        [],
        'no junk was taken for a gesture',
      );
      assert.deepEqual(station.screen().kind, 'pin');
      const began = performance.now();
      await page.evaluate(() => {
        const bridge = (window as unknown as { tapward: { send: (said: Uint8Array) => void } }).tapward;
        for (let i = 0; i < 1_000; i++) bridge.send(Uint8Array.from('key', (c) => c.charCodeAt(0)));
      });
      let taken = 0;
      await until('some true ones are heard', () => (taken += station.told().filter(({ kind }) => kind === 'gesture').length) > 0);
      await aWhile();
      taken += station.told().filter(({ kind }) => kind === 'gesture').length;
      const seconds = (performance.now() - began) / 1_000;
      assert.ok(taken <= 30 * (seconds + 1), `${taken} of 1,000 in ${seconds.toFixed(1)} s: hands make 30 a second`);
      await (await face.pad()).click('section[data-section="pin"] [data-do="cancel"]');
      await stands('idle');
    });
  });
