/** The evaluation page on its real endpoint comes in: the tray taps, nobody's notes are lost, activity is told sparingly, and without an agent everything is covered. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { type Endpoint, openEndpoint } from '../../agent/evaluation/endpoint.ts';
import { bundle, contentSecurityPolicy } from '../../build/bundle.ts';
import { type ScreenName, sampleFrame, sampleTray } from '../../build/screens.ts';
import { openBrowser } from '../../build/stage.ts';
import type { ToFace } from '../../core/bridge.ts';
import type { PersonView } from '../../core/view.ts';
import { need } from '../needs.ts';

type Station = {
  readonly page: Page;
  readonly endpoint: Endpoint;
  readonly gestures: string[];
  readonly wishes: object[];
  readonly complaints: string[];
  plugged: boolean;
  say: (message: ToFace) => void;
};

const frame = (name: ScreenName, person?: PersonView): ToFace => {
  const made = sampleFrame(name, 'day');
  const screen = person === undefined ? made.view.screen : ({ kind: 'open', person, session: `session-${person.given}`, strip: null, lockButton: true } as const);
  return { kind: 'frame', frame: { ...made, view: { ...made.view, screen }, station: { ...made.station, mode: 'evaluation' } } };
};
const sam = { given: 'Sam', initial: 'B' } as const;
const ana = { given: 'Ana', initial: 'K' } as const;

describe('the evaluation page', { skip: need('chromium') }, () => {
  let browser: Browser;
  before(async () => {
    browser = await openBrowser();
  });
  after(() => browser.close());

  async function station(use: (station: Station) => Promise<void>, size = { width: 1366, height: 768 }): Promise<void> {
    const { files } = await bundle('evaluation');
    const page = await browser.newPage({ viewport: size });
    const [gestures, wishes, complaints]: [string[], object[], string[]] = [[], [], []];
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('console', (said) => said.type() === 'error' && complaints.push(said.text()));
    let hear: (message: ToFace) => void = () => undefined;
    const here = { page, gestures, wishes, complaints, plugged: true, say: (message: ToFace) => hear(message) } as { -readonly [K in keyof Station]: Station[K] };
    here.endpoint = await openEndpoint({
      files,
      policy: contentSecurityPolicy,
      faces: {
        connect: (face) => {
          hear = face;
          face(frame('idle'));
          return () => undefined;
        },
        publish: () => undefined,
        send: () => undefined,
      },
      gesture: (gesture) => gestures.push(gesture.kind === 'digit' ? String(gesture.digit) : gesture.kind),
      answer: () => undefined,
      tray: () => ({ badges: [...sampleTray.badges, { id: 'unknown', label: 'Unknown badge' }, { id: 'phone', label: 'Phone' }], plugged: here.plugged }),
      wish: (wish) => wishes.push(wish),
    });
    try {
      await page.goto(here.endpoint.address);
      await stands(page, 'idle');
      await use(here);
    } finally {
      await page.close();
      await here.endpoint.close();
    }
  }
  const stands = async (page: Page, section: string): Promise<void> => void (await page.waitForSelector(`#face[data-section="${section}"]`));
  const until = async (holds: () => boolean): Promise<void> => {
    for (let tries = 0; tries < 200 && !holds(); tries += 1) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.ok(holds());
  };

  test('a click on a badge taps it, or leaves it there; unknown badge, phone and plug have their buttons', async () => {
    await station(async ({ page, wishes, complaints }) => {
      const press = (name: string): Promise<void> => page.getByRole('complementary').getByRole('button', { name }).click();
      await press('Ana K.');
      await press('Unknown badge');
      await press('Phone');
      await page.getByLabel('Leave it on the reader').check();
      await press('Sam B.');
      assert.equal(await page.getByRole('button', { name: 'Sam B.' }).getAttribute('aria-pressed'), 'true');
      await press('Sam B.');
      await press('Unplug reader');
      await until(() => wishes.length === 6);
      assert.deepEqual(wishes, [
        { do: 'tap', badge: '1' },
        { do: 'tap', badge: 'unknown' },
        { do: 'tap', badge: 'phone' },
        { do: 'place', badge: '0' },
        { do: 'lift', badge: '0' },
        { do: 'unplug' },
      ]);
      assert.equal(await page.locator('.badges button').count(), 5, 'a badge stands once');
      assert.deepEqual(complaints, []);
    });
  });

  test('digits arrive in order, typed or tapped, also with the tray in use', async () => {
    await station(async ({ page, say, gestures }) => {
      say(frame('pin'));
      await stands(page, 'pin');
      await page.getByRole('button', { name: 'Ana K.' }).click();
      assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'H1', 'the tray takes no focus');
      await page.keyboard.type('123456');
      for (const digit of ['7', '8', '9', '0']) await page.locator(`[data-digit="${digit}"]`).click();
      await until(() => gestures.length === 10);
      assert.equal(gestures.join(''), '1234567890');
    });
  });

  test('each person’s notes stay hers while others work, and nobody reads them while locked', async () => {
    await station(async ({ page, say, complaints }) => {
      const paper = page.locator('#desktop textarea:visible');
      say(frame('open', sam));
      await stands(page, 'open');
      await page.keyboard.type('Bed 7 moved.');
      assert.match(await paper.inputValue(), /Bed 7 moved\.$/);
      say(frame('switch'));
      await stands(page, 'choose');
      assert.equal(await paper.count(), 0, 'covered work is not even painted');
      await page.keyboard.type('xyz');
      say(frame('open', ana));
      await page.waitForFunction(() => document.querySelector('.who')?.textContent === 'Ana K.');
      assert.doesNotMatch(await paper.inputValue(), /Bed 7 moved|xyz/);
      await page.keyboard.type('Ana writes.');
      say(frame('open', sam));
      await page.waitForFunction(() => document.querySelector('.who')?.textContent === 'Sam B.');
      assert.match(await paper.inputValue(), /Bed 7 moved\.$/);
      assert.deepEqual(complaints, []);
    });
  });

  test('keys and pointer on the desktop count as activity, at most one of each a second; on a covered one never', async () => {
    await station(async ({ page, say, gestures }) => {
      // The page's time stands still: whatever is done happens within one second.
      await page.clock.install();
      await page.reload();
      await page.clock.pauseAt(Date.now() + 60_000);
      await stands(page, 'idle');
      say(frame('open', sam));
      await stands(page, 'open');
      const use = async (): Promise<void> => {
        await page.mouse.move(300, 300);
        await page.mouse.move(320, 320, { steps: 10 });
        await page.keyboard.type('abcdef');
      };
      await use();
      await until(() => gestures.length === 2);
      await page.clock.runFor(1_000);
      await use();
      await until(() => gestures.length === 4);
      say(frame('warning'));
      await stands(page, 'away');
      await page.clock.runFor(1_000);
      await use();
      say(frame('pin'));
      await stands(page, 'pin');
      await page.keyboard.type('1');
      await until(() => gestures.length > 4);
      assert.deepEqual(gestures, ['pointer', 'key', 'pointer', 'key', '1']);
    });
  });

  test('the lock key locks from wherever the focus is, and only while the work is open; so does the button', async () => {
    await station(async ({ page, say, gestures }) => {
      const keyed = (name: ScreenName): ToFace => {
        const message = frame(name);
        return message.kind === 'frame' ? { ...message, frame: { ...message.frame, station: { ...message.frame.station, lockKey: 'F12' } } } : message;
      };
      say(keyed('pin'));
      await stands(page, 'pin');
      await page.keyboard.press('F12');
      say(keyed('open-who'));
      await stands(page, 'open');
      await page.locator('#desktop textarea:visible').focus();
      await page.keyboard.press('Control+F12');
      await page.keyboard.press('F12');
      await until(() => gestures.includes('lockNow'));
      await page.getByRole('button', { name: 'Lock now' }).click();
      await until(() => gestures.filter((kind) => kind === 'lockNow').length === 2);
      assert.deepEqual(
        gestures.filter((kind) => kind !== 'key' && kind !== 'pointer'),
        ['lockNow', 'lockNow'],
      );
    });
  });

  test('when the agent has gone everything is covered, and it says what to do', async () => {
    await station(async ({ page, say, endpoint }) => {
      say(frame('open', sam));
      await stands(page, 'open');
      await endpoint.close();
      await stands(page, 'lost');
      assert.equal(await page.locator('#desktop textarea:visible').count(), 0);
      assert.match(await page.locator('aside .state').innerText(), /does not answer/);
    });
  });

  test('axe finds nothing on the page, wide or narrow, and the tray stays in reach', async () => {
    const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    for (const size of [
      { width: 1366, height: 768 },
      { width: 700, height: 1000 },
    ]) {
      await station(async ({ page, say }) => {
        await page.evaluate(axe);
        for (const message of [frame('pin'), frame('open', sam)]) {
          say(message);
          await stands(page, message.kind === 'frame' && message.frame.view.screen.kind === 'pin' ? 'pin' : 'open');
          const found = await page.evaluate(async () => {
            type Axe = { run: (options: object) => Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
            const { violations } = await (window as unknown as { axe: Axe }).axe.run({ rules: { 'target-size': { enabled: true }, 'color-contrast-enhanced': { enabled: true } } });
            return violations.map(({ id, nodes }) => `${id} ${nodes[0]?.html}`);
          });
          assert.deepEqual(found, []);
        }
        for (const badge of await page.locator('aside button').all()) {
          await badge.scrollIntoViewIfNeeded();
          const box = await badge.boundingBox();
          assert.ok(box !== null && box.x >= 0 && box.x + box.width <= size.width && box.height >= 44);
        }
      }, size);
    }
  });
});
