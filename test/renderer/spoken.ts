/** What a screen reader is told: the whole tree of every screen, as it stood when it was last read aloud and found good. `TAPWARD_UPDATE=1` writes it anew, to be read. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { screenNames } from '../../build/screens.ts';
import { type Suite, sample } from './suite.ts';

const kept = new URL('spoken.txt', import.meta.url);

export function spoken(suite: Suite): void {
  test('a screen reader is told what it was told before', async () => {
    const told = await suite.stage({}, async ({ page, show }) => {
      const trees: string[] = [];
      for (const name of screenNames) {
        await show(sample(name));
        trees.push(`# ${name}\n${await page.locator('#face').ariaSnapshot()}\n`);
      }
      return trees.join('\n');
    });
    if (process.env['TAPWARD_UPDATE'] === '1') writeFileSync(kept, told);
    assert.equal(told, readFileSync(kept, 'utf8'));
  });
}
