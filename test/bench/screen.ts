/** Tap to changed pixel: from the moment pcscd has the card's ATR to the frame after the one in which Chromium drew the new screen. */
import { setTimeout as sleep } from 'node:timers/promises';
import { startWardStation } from '../e2e/station.ts';
import { virtualCard } from '../virtual-reader/card.ts';
import { type Measurement, row } from './row.ts';

export const measurement: Measurement = {
  ids: ['tap-pixel'],
  run: async (progress) => {
    await using ward = await startWardStation({ sameBadgeAfter: 0 });
    const { page, stand, evaluation } = ward;
    // Two animation frames after the change its picture has been handed to the display.
    await page.evaluate(() => {
      const face = document.querySelector('#face');
      const seen: { section: string; at: number }[] = [];
      Object.assign(window, { seen });
      new MutationObserver(() => {
        const section = face?.getAttribute('data-section') ?? '';
        requestAnimationFrame(() => requestAnimationFrame(() => seen.push({ section, at: performance.timeOrigin + performance.now() })));
      }).observe(face as Element, { attributes: true, attributeFilter: ['data-section'] });
    });
    // The stand stamps with CLOCK_MONOTONIC, the page with wall time.
    const toWall = performance.timeOrigin + performance.now() - Number(process.hrtime.bigint()) / 1e6;
    const taps = 200;
    const samples: number[] = [];
    progress(`${taps} taps on the real screen`);
    for (let i = 0; i < taps; i++) {
      await page.evaluate(() => (window as unknown as { seen: unknown[] }).seen.splice(0));
      const card = virtualCard('04f0e1d2c3b4a5');
      stand.insert(1, card);
      await ward.shows('unknown');
      const first = await page.waitForFunction(() => (window as unknown as { seen: { at: number }[] }).seen[0]?.at);
      samples.push(((await first.jsonValue()) as number) - (card.stages.powered + toWall));
      stand.remove(1);
      evaluation.agent.gesture({ kind: 'back' });
      await ward.shows('idle');
      await sleep(60);
    }
    return [row('tap-pixel', 'ms', samples)];
  },
};
