/** What is seen: how bright a night is, that shapes tell what colours tell, that forced colours, large text and reduced motion lose nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { type ScreenName, sampleNow, screenNames } from '../../build/screens.ts';
import type { Screen } from '../../core/view.ts';
import { measure } from './measures.ts';
import { message, mmOf96, type Suite, sample, useFont } from './suite.ts';

const covered = screenNames.filter((name) => !name.startsWith('open'));
/** One screen of each tone, whose mark has to be told from the others'. */
const tones: Readonly<Record<string, ScreenName>> = { info: 'other-way', ok: 'added', warning: 'two-badges', refused: 'revoked' };
const picture = (page: Page): Promise<Buffer> => page.screenshot({ animations: 'disabled', caret: 'hide' });

export function eyes(suite: Suite): void {
  test('each night screen is at most 4 % as bright as white, in a bold font as well', async () => {
    const bright = await suite.stage({}, async ({ page, show }) => {
      const found: string[] = [];
      const third = covered.filter((_, at) => at % 3 === 0);
      const passes = [
        { family: 'DejaVu Sans', emergency: 'offered', names: covered },
        { family: 'DejaVu Sans', emergency: 'open', names: third },
        { family: 'first', emergency: 'none', names: third },
      ] as const;
      for (const { family, emergency, names } of passes) {
        await useFont(page, family);
        for (const name of names) {
          await show(sample(name, 'night', emergency));
          const luminance = await suite.pixels.luminance(await picture(page));
          assert.ok(luminance > 0.002, `${name} is black`);
          if (luminance > 0.04) found.push(`${name} ${family} emergency ${emergency} ${(100 * luminance).toFixed(2)} %`);
        }
      }
      return found;
    });
    assert.deepEqual(bright, []);
  });

  test('a mark is told by its shape alone, whatever colours an eye can see', async () => {
    await suite.stage({}, async ({ page, show }) => {
      const session = await page.context().newCDPSession(page);
      for (const type of ['none', 'protanopia', 'deuteranopia', 'tritanopia', 'achromatopsia'] as const) {
        await session.send('Emulation.setEmulatedVisionDeficiency', { type });
        const marks: Buffer[] = [];
        for (const name of Object.values(tones)) {
          await show(sample(name, 'day'));
          marks.push(await page.locator('.plate .mark:visible').screenshot());
        }
        for (const [at, one] of marks.entries()) {
          for (const other of marks.slice(at + 1)) assert.ok((await suite.pixels.difference(one, other, 60)) > 0.08, `${type}: two marks look alike`);
        }
      }
    });
  });

  test('a plate carries one mark at most', async () => {
    const crowded = await suite.stage({}, async ({ page, show }) => {
      const found: string[] = [];
      for (const name of screenNames) {
        await show(sample(name));
        if ((await page.locator('.plate .mark:visible').count()) > 1) found.push(name);
      }
      return found;
    });
    assert.deepEqual(crowded, []);
  });

  test('with forced colours every key and mark stays, in two colours', async () => {
    for (const colorScheme of ['dark', 'light'] as const) {
      await suite.stage({ media: { forcedColors: 'active', colorScheme } }, async ({ page, show }) => {
        for (const name of ['pin', 'pin-wrong', 'warning', 'lockout', 'revoked', 'help'] as const) {
          await show(sample(name, 'night'));
          const said = (await measure(page, { mm: mmOf96, text: 1 })).filter((objection) => !objection.includes(': 1'));
          assert.deepEqual(said, [], name);
          const seen = await page.evaluate(() => {
            const visible = (e: Element): boolean => e.getClientRects().length > 0;
            const ground = getComputedStyle(document.querySelector('#face') as Element).backgroundColor;
            const plain = [...document.querySelectorAll('#face button')]
              .filter(visible)
              .filter((b) => getComputedStyle(b).borderTopColor === ground || parseFloat(getComputedStyle(b).borderTopWidth) < 1);
            return plain.length;
          });
          assert.equal(seen, 0, `${name} has a key without a border`);
        }
        await show(sample('pin', 'night'));
        const [filled, empty] = await Promise.all([page.locator('.dots i.filled').first().screenshot(), page.locator('.dots i:not(.filled)').first().screenshot()]);
        assert.ok((await suite.pixels.difference(filled, empty, 60)) > 0.3, 'a filled dot looks like an empty one');
        const marks: Buffer[] = [];
        for (const name of Object.values(tones)) {
          await show(sample(name, 'night'));
          marks.push(await page.locator('.plate .mark:visible').screenshot());
        }
        for (const [at, mark] of marks.entries()) for (const next of marks.slice(at + 1)) assert.ok((await suite.pixels.difference(mark, next, 60)) > 0.08);
      });
    }
  });

  test('text at 200 % doubles, keys keep their millimetres, and all that is pressed stays in reach', async () => {
    for (const [width, height] of [
      [1366, 768],
      [1920, 1200],
      [1200, 1920],
    ] as const) {
      await suite.stage({ width, height, text: 32, running: true }, async ({ page, show }) => {
        for (const name of covered) {
          await show(sample(name, 'day'));
          assert.deepEqual(await measure(page, { mm: mmOf96, text: 2 }), [], `${width}×${height} ${name}`);
        }
        await show(sample('pin', 'day'));
        const key = await page.locator('[data-digit="5"]').boundingBox();
        assert.ok(key !== null && Math.abs(key.width - 22 * mmOf96) < 1);
      });
    }
  });

  test('a long name, of one word or of many, breaks no screen', async () => {
    for (const given of ['Wolfeschlegelsteinhausen', 'Maria de los Angeles Guadalupe']) {
      const person = { given, initial: 'W' };
      const screens: readonly Screen[] = [
        { kind: 'pin', person, length: 6, digits: 0, remark: { kind: 'wrong', left: 4 }, checkingSince: null },
        { kind: 'choose', to: person, from: person },
        { kind: 'welcome', person, tapUntil: sampleNow, weak: 'code' },
        { kind: 'away', person, until: sampleNow + 20_000, why: 'idle' },
        { kind: 'open', person, session: 'session', strip: 'who', lockButton: true },
        { kind: 'inUse', person },
        { kind: 'form', form: 'vouch', step: 'colleaguePin', person, length: 6, digits: 0, remark: { kind: 'wrong', left: 4 }, checkingSince: null, part: 4, parts: 4 },
      ];
      await suite.stage({ width: 1024, height: 768 }, async ({ page, show }) => {
        for (const screen of screens) {
          await show(message({ view: { screen } }));
          assert.deepEqual(await measure(page, { mm: mmOf96, text: 1 }), [], `${given} ${screen.kind}`);
        }
      });
    }
  });

  test('nothing moves for longer than 150 ms but a spinner, and with reduced motion not even that', async () => {
    const moving = (page: Page): Promise<readonly string[]> =>
      page.evaluate(() =>
        document.getAnimations().flatMap((animation) => {
          const { target } = animation.effect as KeyframeEffect;
          const lasts = Number(animation.effect?.getComputedTiming().activeDuration);
          return target?.classList.contains('spinner') === true || lasts <= 150 ? [] : [`${target?.className} for ${lasts} ms`];
        }),
      );
    const spinning = (page: Page): Promise<number> => page.evaluate(() => document.getAnimations().filter((a) => a instanceof CSSAnimation).length);
    for (const reducedMotion of ['no-preference', 'reduce'] as const) {
      await suite.stage({ media: { reducedMotion }, running: true }, async ({ page, show }) => {
        for (const name of screenNames) {
          await show(sample(name, 'day'));
          assert.deepEqual(await moving(page), [], name);
          if (reducedMotion === 'reduce') assert.equal(await spinning(page), 0, name);
        }
        await show(sample('warning', 'day'));
        const { frame } = sample('warning', 'day');
        await show({ kind: 'frame', frame: { ...frame, now: frame.now + 12_000 } });
        const ring = await page.evaluate(() => document.getAnimations().filter((animation) => animation instanceof CSSTransition).length);
        assert.equal(ring > 0, reducedMotion === 'no-preference', 'the ring glides to its new place, if anything may');
        assert.deepEqual(await moving(page), [], 'a countdown that moves on');
        await show(sample('reading-slow', 'day'));
        assert.equal(await spinning(page), reducedMotion === 'reduce' ? 0 : 1);
      });
    }
  });

  test('open is see-through but for its strip, and every other screen hides all that lies beneath', async () => {
    await suite.stage({}, async ({ page, show, away }) => {
      const alpha = async (): Promise<readonly [number, number]> => suite.pixels.alpha(await page.screenshot({ omitBackground: true, animations: 'disabled' }));
      assert.deepEqual(await alpha(), [255, 255], 'before the first frame');
      const shown = new Set<string | null>();
      for (const name of covered) {
        await show(sample(name, 'day'));
        const section = await page.locator('#face').getAttribute('data-section');
        if (!shown.has(section)) assert.deepEqual(await alpha(), [255, 255], name);
        shown.add(section);
      }
      assert.ok(shown.size > 30);
      await show(sample('open'));
      assert.deepEqual(await alpha(), [0, 0]);
      await show(sample('open-kept'));
      const { height } = page.viewportSize() as { height: number };
      const above = await page.screenshot({ omitBackground: true, clip: { x: 0, y: 0, width: 1366, height: Math.floor(0.88 * height) } });
      assert.deepEqual(await suite.pixels.alpha(above), [0, 0]);
      await away();
      assert.deepEqual(await alpha(), [255, 255], 'agent away');
    });
  });
}
