/** What hands do and ears hear: each use error is a test. Fingers, wet gloves, keyboards and numeric keypads; focus, live regions, tones. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { sampleNow } from '../../build/screens.ts';
import type { Stage } from '../../build/stage.ts';
import { message, type Suite, sample } from './suite.ts';

const sam = { given: 'Sam', initial: 'B' } as const;
const focused = (page: Page): Promise<string> => page.evaluate(() => `${document.activeElement?.tagName} ${document.activeElement?.textContent}`);
const centre = async (page: Page, selector: string): Promise<{ x: number; y: number }> => {
  const box = await page.locator(selector).boundingBox();
  assert.ok(box !== null, selector);
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
};
/** Touches of one key, each beginning and ending at these milliseconds. */
async function touch({ page }: Stage, digit: number, contacts: readonly (readonly [down: number, up: number])[]): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const { x, y } = await centre(page, `[data-digit="${digit}"]`);
  const from = Date.now() / 1000 - 1;
  for (const [down, up] of contacts) {
    await session.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x, y }], timestamp: from + down / 1000 });
    await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [], timestamp: from + up / 1000 });
  }
}

export function hands(suite: Suite): void {
  test('a key fires at the contact, once, and a wet glove’s second contact within 60 ms is the same press', async () => {
    await suite.stage({ running: true }, async (stage) => {
      const { page, show, sent } = stage;
      await show(sample('pin'));
      const { x, y } = await centre(page, '[data-digit="7"]');
      await page.mouse.move(x, y);
      await page.mouse.down();
      assert.deepEqual(await sent(), ['7'], 'at the contact');
      await page.mouse.up();
      assert.deepEqual(await sent(), [], 'not again at its end');
      await touch(stage, 4, [
        [200, 220],
        [250, 270],
      ]);
      assert.deepEqual(await sent(), ['4'], 'bounced after 30 ms');
      await touch(stage, 5, [
        [400, 420],
        [500, 520],
      ]);
      assert.deepEqual(await sent(), ['5', '5'], 'pressed twice 80 ms apart');
      await touch(stage, 6, [[600, 620]]);
      await touch(stage, 8, [[630, 650]]);
      assert.deepEqual(await sent(), ['6', '8'], 'two keys in a row are two presses');
    });
  });

  test('every button of every screen says exactly one gesture, with the mouse and without', async () => {
    await suite.stage({}, async ({ page, show, sent }) => {
      const table = {
        idle: ['otherWay', 'help'],
        'reader-missing': ['otherWay', 'help'],
        'reading-slow': ['otherWay', 'help'],
        pin: ['otherWay', 'cancel', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'clear', '0', 'erase', 'help'],
        switch: ['switch', 'notNow', 'help'],
        warning: ['keepWorking', 'lockNow', 'help'],
        lockout: ['otherWay', 'help', 'back'],
        blocked: ['otherWay', 'help', 'back'],
        unknown: ['help', 'back'],
        'unknown-demo': ['addBadge', 'help', 'back'],
        revoked: ['help', 'back'],
        'other-way': ['help', 'back'],
        'call-it': ['help'],
        welcome: ['help'],
        open: [],
      } as const;
      for (const [name, gestures] of Object.entries(table)) {
        await show(sample(name as keyof typeof table));
        const buttons = page.locator('#face button:visible');
        for (let at = 0; at < (await buttons.count()); at += 1) await buttons.nth(at).click();
        assert.deepEqual(await sent(), gestures, `${name} by mouse`);
        await page.evaluate(() => {
          for (const button of document.querySelectorAll<HTMLElement>('#face button')) if (button.offsetParent !== null) button.click();
        });
        assert.deepEqual(await sent(), gestures, `${name} by assistive technology`);
      }
    });
  });

  test('a numeric keypad does everything', async () => {
    await suite.stage({}, async ({ page, show, sent }) => {
      const press = async (...codes: readonly string[]): Promise<readonly string[]> => {
        for (const code of codes) await page.keyboard.press(code);
        return sent();
      };
      await show(sample('pin'));
      assert.deepEqual(await press('Numpad4', 'Numpad0', 'NumpadDecimal', 'Numpad9'), ['4', '0', 'erase', '9']);
      assert.deepEqual(await press('NumpadAdd', 'NumpadEnter'), ['otherWay'], 'the first button beside the pad');
      assert.deepEqual(await press('NumpadAdd', 'Numpad3', 'NumpadEnter'), ['3', 'cancel'], 'digits go on being digits');
      assert.deepEqual(await press('NumpadDivide'), ['cancel']);
      await show(sample('switch'));
      assert.deepEqual(await press('NumpadEnter'), ['switch']);
      assert.deepEqual(await press('NumpadSubtract', 'NumpadSubtract', 'NumpadEnter'), ['notNow'], 'backwards past Help');
      await show(sample('warning'));
      assert.deepEqual(await press('NumpadEnter'), ['keepWorking']);
      await show(sample('warning'));
      assert.deepEqual(await press('NumpadAdd', 'NumpadAdd', 'NumpadEnter'), ['lockNow']);
      await show(sample('blocked'));
      assert.deepEqual(await press('NumpadMultiply', 'NumpadDivide'), ['help', 'back']);
      await show(sample('idle'));
      assert.deepEqual(await press('Numpad1', 'Enter', 'Escape'), []);
      await show(sample('open'));
      assert.deepEqual(await press('Numpad1', 'NumpadEnter', 'NumpadMultiply', 'Escape'), []);
    });
  });

  test('a key held down counts once, and shortcuts are not digits', async () => {
    await suite.stage({}, async ({ page, show, sent }) => {
      await show(sample('pin'));
      await page.keyboard.down('5');
      await page.keyboard.down('5');
      await page.keyboard.up('5');
      await page.keyboard.press('Control+6');
      assert.deepEqual(await sent(), ['5']);
    });
  });

  test('dots come from the agent’s count alone, and only the count is spoken', async () => {
    await suite.stage({}, async ({ page, show }) => {
      await show(sample('pin'));
      const filled = (): Promise<number> => page.locator('.dots i.filled').count();
      assert.equal(await filled(), 2);
      await page.locator('[data-digit="1"]').click();
      assert.equal(await filled(), 2, 'a press alone fills nothing');
      assert.equal(await page.locator('section[data-section="pin"] [role="status"]').textContent(), '2 of 6');
      await show(sample('pin-12'));
      assert.deepEqual([await filled(), await page.locator('.dots i').count()], [11, 12]);
      await show(sample('pin-wrong'));
      assert.deepEqual([await filled(), await page.locator('.dots i').count()], [0, 6]);
    });
  });

  test('focus goes to the heading of each screen, stays there through the digits, and leaves when the work is open', async () => {
    await suite.stage({}, async ({ page, show }) => {
      await show(sample('idle'));
      assert.equal(await focused(page), 'H1 Tap your badge');
      await show(sample('pin'));
      assert.equal(await focused(page), 'H1 Hello Sam');
      await page.locator('[data-digit="1"]').click();
      assert.equal(await focused(page), 'H1 Hello Sam');
      await page.locator('[data-do="cancel"]').focus();
      await show(sample('pin-wrong'));
      assert.match(await focused(page), /^BUTTON Cancel/, 'the same screen takes no focus away');
      await show(sample('open'));
      assert.match(await focused(page), /^BODY/);
      await show(sample('open-who'));
      assert.match(await focused(page), /^BODY/, 'the strip takes no focus');
    });
  });

  test('refusals are alerts, and a wrong PIN is spoken', async () => {
    await suite.stage({}, async ({ page, show }) => {
      await show(sample('pin'));
      assert.equal(await page.getByRole('alert').count(), 0);
      await show(sample('pin-wrong'));
      assert.match(await page.getByRole('alert').innerText(), /^Wrong PIN\. 4 tries left\.$/);
      for (const name of ['blocked', 'unknown', 'revoked', 'unusable', 'unreadable', 'two-badges', 'not-opened', 'call-it'] as const) {
        await show(sample(name));
        assert.notEqual(await page.getByRole('alert').innerText(), '', name);
      }
    });
  });

  test('the warning counts down by itself and is spoken at 20, 10 and 5', async () => {
    await suite.stage({}, async ({ page, show }) => {
      await page.evaluate(() => {
        const spoken: string[] = [];
        Object.assign(window, { spoken });
        const live = document.querySelector('section[data-section="away"] [data-out="announce"]') as Element;
        new MutationObserver(() => live.textContent !== '' && spoken.push(live.textContent ?? '')).observe(live, { childList: true, characterData: true, subtree: true });
      });
      await show(message({ view: { screen: { kind: 'away', person: sam, until: sampleNow + 25_000 } } }));
      const seconds = (): Promise<string | null> => page.locator('section[data-section="away"] .number').textContent();
      assert.equal(await seconds(), '25');
      await page.clock.runFor(1_000);
      assert.equal(await seconds(), '24');
      await page.clock.runFor(25_000);
      assert.equal(await seconds(), '0');
      assert.equal(await page.locator('section[data-section="away"] .line').textContent(), 'Locking now. Your work stays open.');
      const spoken = await page.evaluate(() => (window as unknown as { spoken: string[] }).spoken);
      assert.deepEqual(
        spoken,
        [20, 10, 5].map((n) => `Locking in ${n} seconds. Your work stays open.`),
      );
    });
  });

  test('reading turns after 400 ms and offers another way after 5 s, without a new frame', async () => {
    await suite.stage({}, async ({ page, show }) => {
      await show(sample('reading'));
      const seen = async (): Promise<readonly boolean[]> =>
        Promise.all([page.locator('section[data-section="reading"] .spinner').isVisible(), page.locator('section[data-section="reading"] [data-do="otherWay"]').isVisible()]);
      assert.deepEqual(await seen(), [false, false]);
      await page.clock.runFor(400);
      assert.deepEqual(await seen(), [true, false]);
      await page.clock.runFor(4_600);
      assert.deepEqual(await seen(), [true, true]);
    });
  });

  test('the screen speaks the person’s language once the badge is read, the station’s before', async () => {
    await suite.stage({}, async ({ page, show }) => {
      const heading = (): Promise<string | null> => page.locator('h1:visible').textContent();
      await show(message({ station: { language: 'es' } }));
      assert.equal(await heading(), 'Acerque su tarjeta');
      await show(message({ view: { screen: { kind: 'welcome', person: sam }, language: 'en' }, station: { language: 'es' } }));
      assert.equal(await heading(), 'Welcome, Sam');
      assert.equal(await page.locator('#face').getAttribute('lang'), 'en');
    });
  });

  test('help says what IT asks for, and tests reader and sound in one press each', async () => {
    await suite.stage({}, async ({ page, show, sent }) => {
      await show(sample('help'));
      const facts = await page.locator('section[data-section="help"] dd').allTextContents();
      assert.deepEqual(facts, ['4321', '4821', '02:12 · Wrong PIN.', 'W4-CART-12', '0.1.0']);
      await page.getByRole('button', { name: 'Test reader' }).click();
      await page.getByRole('button', { name: 'Test sound' }).click();
      await page.getByRole('button', { name: 'Back' }).click();
      assert.deepEqual(await sent(), ['testReader', 'back']);
      assert.equal(await page.locator('[data-out="soundTest"]').textContent(), 'Played. No tone? Call IT on 4321.');
      await show(sample('help-test'));
      assert.equal(await page.locator('[data-out="readerTest"]').textContent(), 'Tap any badge now.');
      await show(sample('idle'));
      await show(sample('help'));
      assert.equal(await page.locator('[data-out="soundTest"]').textContent(), 'One short tone.');
    });
  });

  test('tones: one of 120 ms at 1.5 kHz, one of 250 ms at 300 Hz, softer or none at night, and none with the warning', async () => {
    const scripts = [
      `
      window.tones = [];
      window.AudioContext = class {
        state = 'running'; currentTime = 0; destination = {};
        createGain() { const peaks = []; return { peaks, gain: { setValueAtTime: (v) => peaks.push(v), linearRampToValueAtTime: (v) => peaks.push(v) }, connect: (to) => to }; }
        createOscillator() { const o = { frequency: { value: 0 }, type: 'sine', connect: (to) => (o.to = to), start: (at) => (o.at = at), stop: (at) => window.tones.push([o.type, o.frequency.value, Math.round((at - o.at) * 1000), Math.max(...o.to.peaks)]) }; return o; }
      };`,
    ];
    await suite.stage({ scripts }, async ({ page, show }) => {
      const heard = (): Promise<readonly (readonly [string, number, number, number])[]> =>
        page.evaluate(() => (window as unknown as { tones: [string, number, number, number][] }).tones.splice(0));
      await show(sample('idle', 'day'));
      await show({ kind: 'cue', tone: 'accepted' });
      await show({ kind: 'cue', tone: 'refused' });
      const day = await heard();
      assert.deepEqual(
        day.map(([type, pitch, lasts]) => [type, pitch, lasts]),
        [
          ['sine', 1500, 120],
          ['sine', 300, 250],
        ],
      );
      await show(sample('idle', 'night'));
      await show({ kind: 'cue', tone: 'accepted' });
      const [night] = await heard();
      assert.ok(night !== undefined && day[0] !== undefined && night[3] < day[0][3] / 2);
      await show(message({ station: { nightSound: 'off' } }));
      await show({ kind: 'cue', tone: 'refused' });
      await show(sample('warning', 'day'));
      await page.clock.runFor(21_000);
      assert.deepEqual(await heard(), []);
    });
  });
}
