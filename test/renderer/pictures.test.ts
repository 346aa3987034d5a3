/** The pictures of the README come in; each of a screen still shows what it looks like today, and none is too heavy. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { facePictureNames } from '../../build/face-pictures.ts';
import { type Camera, documented, documentedFolder, fileOf, openCamera } from '../../build/pictures.ts';
import { openBrowser } from '../../build/stage.ts';
import { need } from '../needs.ts';
import { type Pixels, pixelsOf } from './pixels.ts';

/** Debian 12 and 13 draw the same pixels with the same font; what may still differ, by this much of 255, is this share of all pixels: 50 of them. */
const tolerance = 8;
const share = 0.00005;

describe('the pictures of the README', { skip: need('chromium', 'openSans') }, () => {
  let browser: Browser;
  let camera: Camera;
  let pixels: Pixels;
  before(async () => {
    browser = await openBrowser();
    camera = await openCamera(browser);
    pixels = pixelsOf(await browser.newPage());
  });
  after(() => browser.close());

  test('there are those of the screens and of the kiosk, each at most 100 kB', () => {
    const files = readdirSync(documentedFolder).sort();
    assert.deepEqual(files, [...documented.map(fileOf), ...facePictureNames.map((name) => `${name}.png`)].sort());
    for (const file of files) assert.ok(readFileSync(join(documentedFolder, file)).byteLength <= 100_000, file);
  });

  for (const one of documented) {
    test(`${fileOf(one)} shows the screen as it is`, async () => {
      const differs = await pixels.difference(readFileSync(join(documentedFolder, fileOf(one))), await camera(one.name, one.theme), tolerance);
      assert.ok(differs <= share, `${(100 * differs).toFixed(4)} % of the pixels differ: look at it after \`npm run pictures -- --docs\`, and commit it if it is good`);
    });
  }

  test('the comparison sees one digit change', async () => {
    const differs = await pixels.difference(await camera('lockout', 'night'), await camera('warning', 'night'), tolerance);
    assert.ok(differs > 10 * share);
    const page = await browser.newPage({ viewport: { width: 1366, height: 768 } });
    const digit = async (text: string): Promise<Buffer> => {
      await page.setContent(`<p style="font: 600 32px 'Open Sans'">Wrong PIN. ${text} tries left.</p>`);
      return page.screenshot();
    };
    assert.ok((await pixels.difference(await digit('4'), await digit('3'), tolerance)) > share);
  });
});
