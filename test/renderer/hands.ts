/** What hands do: fingers, wet gloves, keyboards and numeric keypads; each use error is a test. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import type { Stage } from '../../build/stage.ts';
import { type Suite, sample } from './suite.ts';

const centre = async (page: Page, selector: string): Promise<{ x: number; y: number }> => {
  const box = await page.locator(selector).boundingBox();
  assert.ok(box !== null, selector);
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
};
/** Contacts of one key by a finger, each beginning and ending at these milliseconds. */
const touch = ({ page }: Stage, digit: number, contacts: readonly (readonly [down: number, up: number])[]): Promise<void> =>
  page.evaluate(
    ([key, times]) => {
      const button = document.querySelector(`[data-digit="${key}"]`);
      const at = (type: string, timeStamp: number): PointerEvent =>
        Object.defineProperty(new PointerEvent(type, { bubbles: true, cancelable: true, pointerType: 'touch' }), 'timeStamp', { value: 1e7 + timeStamp });
      for (const [down, up] of times) {
        button?.dispatchEvent(at('pointerdown', down));
        button?.dispatchEvent(at('pointerup', up));
      }
    },
    [digit, contacts] as const,
  );

export function hands(suite: Suite): void {
  test('a key fires at the contact, once, and a wet glove’s second contact within 60 ms is the same press', async () => {
    await suite.stage({}, async (stage) => {
      const { page, show, sent } = stage;
      await show(sample('pin'));
      const { x, y } = await centre(page, '[data-digit="7"]');
      await page.mouse.move(x, y);
      await page.mouse.down();
      assert.deepEqual(await sent(), ['7'], 'at the contact');
      await page.mouse.up();
      assert.deepEqual(await sent(), [], 'not again at its end');
      const two = await centre(page, '[data-digit="2"]');
      await page.touchscreen.tap(two.x, two.y);
      assert.deepEqual(await sent(), ['2'], 'a finger is heard once, though the browser makes a click of it as well');
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
        'warning-overall': ['lockNow', 'help'],
        'warning-lifted': ['lockNow', 'help'],
        lockout: ['otherWay', 'help', 'back'],
        blocked: ['newPin', 'otherWay', 'help', 'back'],
        'key-blocked': ['otherWay', 'help', 'back'],
        unknown: ['help', 'back'],
        'unknown-demo': ['addBadge', 'help', 'back'],
        'unknown-code': ['addBadge', 'vouch', 'help', 'back'],
        revoked: ['help', 'back'],
        unproved: ['help', 'back'],
        'other-way': ['help', 'back'],
        'other-way-key': ['useKey', 'help', 'back'],
        'other-way-code': ['enterCode', 'help', 'back'],
        'other-way-any': ['useKey', 'enterCode', 'help', 'back'],
        key: ['usePin', 'help', 'back'],
        'call-it': ['help'],
        welcome: ['help'],
        help: ['practise', 'clean', 'testReader', 'back'],
        'help-open': ['changePin', 'clean', 'testReader', 'back'],
        'enrol-number': ['cancel', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'clear', '0', 'erase', 'help'],
        'vouch-tap': ['help', 'back'],
        'emergency-who': ['cancel', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'clear', '0', 'erase', 'help'],
        'emergency-why': ['reasonLife', 'reasonTreatment', 'reasonSignIn', 'reasonOther', 'help', 'back'],
        'practice-tap': ['help', 'back'],
        'practice-pin': ['cancel', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'clear', '0', 'erase', 'help'],
        'practice-take-over': ['switch', 'notNow', 'help', 'back'],
        'practice-no-badge': ['next', 'help', 'back'],
        'practice-emergency': ['next', 'help', 'emergency', 'back'],
        'practice-done': ['next', 'help', 'back'],
        'in-use': ['help', 'back'],
        cleaning: [],
        open: [],
        'open-lock': ['lockNow', 'help'],
        'open-emergency': ['lockNow', 'help'],
      } as const;
      for (const [name, gestures] of Object.entries(table)) {
        // A pad that stands longer is no pad that bounces.
        await page.clock.runFor(100);
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
}
