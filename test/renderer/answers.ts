/** What answers hands: focus, words spoken at once, countdowns, languages, help, tones. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { sampleNow, screenNames } from '../../build/screens.ts';
import { message, type Suite, sample } from './suite.ts';

const sam = { given: 'Sam', initial: 'B' } as const;
const focused = (page: Page): Promise<string> => page.evaluate(() => `${document.activeElement?.tagName} ${document.activeElement?.textContent}`);

export function answers(suite: Suite): void {
  test('focus goes to the heading of each screen, stays there through the digits, and leaves when the work is open', async () => {
    await suite.stage({}, async ({ page, show }) => {
      await show(sample('idle'));
      assert.equal(await focused(page), 'H1 Tap your badge');
      await show(sample('pin'));
      assert.equal(await focused(page), 'H1 Hello Sam');
      await page.locator('[data-digit="1"]').click();
      assert.equal(await focused(page), 'H1 Hello Sam');
      await page.locator('section[data-section="pin"] [data-do="cancel"]').focus();
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
      for (const name of ['blocked', 'unknown', 'revoked', 'unproved', 'too-weak', 'unusable', 'unreadable', 'two-badges', 'not-opened', 'call-it'] as const) {
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
      await show(message({ view: { screen: { kind: 'away', person: sam, until: sampleNow + 25_000, why: 'idle' } } }));
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

  test('the next step of a form, of a practice or of a warning is announced like a new screen, with nothing left of the last', async () => {
    await suite.stage({}, async ({ page, show }) => {
      await page.evaluate(() => {
        const spoken: string[] = [];
        Object.assign(window, { spoken });
        document.addEventListener('focusin', ({ target }) => spoken.push((target as Element).textContent ?? ''));
      });
      const spoken = (): Promise<readonly string[]> => page.evaluate(() => (window as unknown as { spoken: string[] }).spoken.splice(0));
      for (const name of ['enrol-number', 'enrol-code', 'enrol-pin', 'enrol-date', 'enrol-again', 'practice-pin', 'practice-wrong', 'emergency-why'] as const)
        await show(sample(name));
      assert.deepEqual(await spoken(), ['Type your staff number', 'Type the code', 'Choose a PIN', 'Type it again', 'Type any 6 digits', 'Now type it wrong', 'Say why']);
      await show(sample('warning'));
      const alert = page.locator('section[data-section="away"] [role="alert"]');
      assert.match((await alert.textContent()) ?? '', /^Locking in 20/);
      await show(sample('warning-lifted'));
      assert.equal(await alert.textContent(), '');
    });
  });

  test('a screen that is wiped counts down, and no touch or key on it means anything', async () => {
    await suite.stage({}, async ({ page, show, sent }) => {
      await show(sample('cleaning', 'night', 'offered'));
      assert.equal(await focused(page), 'H1 Wipe the screen now');
      for (let x = 40; x < 1366; x += 110) for (let y = 40; y < 768; y += 90) await page.mouse.click(x, y);
      for (const key of ['1', 'Enter', 'Escape', 'F1', 'Tab', 'Enter', ' ']) await page.keyboard.press(key);
      assert.deepEqual(await sent(), []);
      await page.clock.runFor(10_000);
      assert.equal(await page.locator('section[data-section="cleaning"] [role="status"]').textContent(), 'Touch and keys do nothing for 20 seconds.');
    });
  });

  test('Emergency and Help stand at the same place on every locked screen', async () => {
    for (const [width, height, mm] of [
      [1366, 768, 96 / 25.4],
      [1024, 768, 96 / 25.4],
      [768, 1024, 96 / 25.4],
      [1366, 768, null],
    ] as const) {
      await suite.stage({ width, height, mm }, async ({ page, show }) => {
        const places = new Map<string, string[]>();
        for (const name of screenNames) {
          await show(sample(name, 'night', 'offered'));
          const boxes = await page.evaluate(() =>
            [...document.querySelectorAll('footer :is([data-out="help"], [data-out="emergency"])')].flatMap((button) => {
              const { x, y, width: w, height: h } = button.getBoundingClientRect();
              return w === 0 ? [] : [`${button.getAttribute('data-out')} ${[x, y, w, h].map(Math.round).join(' ')}`];
            }),
          );
          for (const box of boxes) places.set(box, [...(places.get(box) ?? []), name]);
        }
        assert.equal(places.size, 2, `${width}×${height}: ${JSON.stringify([...places].map(([at, names]) => [at, names.length, names[0]]))}`);
      });
    }
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
      await show(message({ view: { screen: { kind: 'welcome', person: sam, tapUntil: null, weak: null }, language: 'en' }, station: { language: 'es' } }));
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
        constructor() { window.audio = this; }
        suspend() { this.state = 'suspended'; return Promise.resolve(); }
        resume() { this.state = 'running'; return Promise.resolve(); }
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
      assert.equal(await page.evaluate(() => (window as unknown as { audio: AudioContext }).audio.state), 'suspended', 'a silent face holds the sound device');
      await show(sample('idle', 'day'));
      await show({ kind: 'cue', tone: 'accepted' });
      assert.equal((await heard()).length, 1, 'and has it again for the next tone');
    });
  });
}
