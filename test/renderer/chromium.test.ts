/** Every screen comes in; real Chromium shows it in every theme, language and size, and what a nurse must be able to see, reach, hear and trust is asserted. One browser for all of it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe } from 'node:test';
import type { Browser } from 'playwright-core';
import { bundle } from '../../build/bundle.ts';
import { openBrowser, openContext, openStage } from '../../build/stage.ts';
import { need } from '../needs.ts';
import { answers } from './answers.ts';
import { eyes } from './eyes.ts';
import { hands } from './hands.ts';
import { matrix } from './matrix.ts';
import { pixelsOf } from './pixels.ts';
import { spoken } from './spoken.ts';
import { type Suite, standing } from './suite.ts';
import { trust } from './trust.ts';

describe('the face in Chromium', { skip: need('chromium') }, () => {
  let browser: Browser;
  const suite = {} as { -readonly [K in keyof Suite]: Suite[K] };

  before(async () => {
    browser = await openBrowser();
    const { files } = await bundle('face');
    const context = await openContext(browser, files, true);
    suite.axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    suite.pixels = pixelsOf(await context.newPage());
    suite.browser = browser;
    suite.files = files;
    suite.stage = async (setting, use) => {
      const stage = await openStage(context, { ...standing, ...setting });
      try {
        const result = await use(stage);
        assert.deepEqual(stage.complaints, []);
        return result;
      } finally {
        await stage.page.close();
      }
    };
  });
  after(() => browser.close());

  matrix(suite);
  eyes(suite);
  hands(suite);
  answers(suite);
  spoken(suite);
  trust(suite);
});
