/** What the face must never do: show the work without an agent, keep a name, ask the network, bend the policy. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contentSecurityPolicy } from '../../build/bundle.ts';
import { screenNames } from '../../build/screens.ts';
import { openContext } from '../../build/stage.ts';
import type { ToFace } from '../../core/bridge.ts';
import { message, type Suite, sample } from './suite.ts';

export function trust(suite: Suite): void {
  const section = '#face';

  test('covered before the first frame, when the agent is away, and until it speaks again', async () => {
    await suite.stage({}, async ({ page, show, away }) => {
      const stands = (): Promise<string | null> => page.locator(section).getAttribute('data-section');
      const heading = (): Promise<string | null> => page.locator('h1:visible').textContent();
      assert.deepEqual([await stands(), await heading()], ['lost', 'Wait a moment']);
      await page.clock.runFor(10_000);
      assert.equal(await heading(), 'Call IT');
      await show(sample('open'));
      assert.equal(await stands(), 'open');
      await away();
      assert.deepEqual([await stands(), await heading()], ['lost', 'Wait a moment']);
      await page.clock.runFor(60_000);
      assert.deepEqual([await stands(), await heading()], ['lost', 'Call IT on 4321']);
      await show({ kind: 'cue', tone: 'accepted' });
      assert.equal(await stands(), 'lost', 'a cue opens nothing');
      assert.equal(await page.locator('#face button:visible').count(), 0);
      await show(sample('idle'));
      assert.equal(await stands(), 'idle');
    });
  });

  test('a frame the face does not understand covers everything', async () => {
    for (const screen of [{ kind: 'opened' }, { kind: 'help' }, {}, null]) {
      const broken = {
        ...message({}),
        frame: { ...sampleFrameOf(message({})), view: { screen, help: null, language: null, emergency: { offered: false, until: null } } },
      } as unknown as ToFace;
      const context = await openContext(suite.browser, suite.files);
      const page = await context.newPage();
      await page.addInitScript(() =>
        Object.assign(window, { tapward: { mm: 4, listen: (hear: unknown) => Object.assign(window, { hear }), onAway: () => undefined, send: () => undefined } }),
      );
      await page.goto('https://face.internal/');
      const hear = (m: ToFace): Promise<string> =>
        page.evaluate((sent) => {
          try {
            (window as unknown as { hear: (m: ToFace) => void }).hear(sent);
            return 'drawn';
          } catch {
            return 'thrown';
          }
        }, m);
      assert.equal(await hear(sample('open')), 'drawn');
      assert.equal(await page.locator(section).getAttribute('data-section'), 'open');
      assert.equal(await hear(broken), 'thrown', JSON.stringify(screen));
      assert.deepEqual([await page.locator(section).getAttribute('data-section'), await page.locator('h1:visible').count()], ['lost', 1]);
      assert.deepEqual(await suite.pixels.alpha(await page.screenshot({ omitBackground: true })), [255, 255]);
      await context.close();
    }
  });

  test('covered without any script at all', async () => {
    const context = await suite.browser.newContext({ javaScriptEnabled: false, viewport: { width: 1366, height: 768 } });
    await context.route('**', (route) => {
      const file = suite.files.get(new URL(route.request().url()).pathname.replace(/^\/$/, '/index.html'));
      return route.fulfill({
        status: file === undefined ? 404 : 200,
        body: Buffer.from(file?.body ?? []),
        ...(file === undefined ? {} : { contentType: file.type }),
        headers: { 'content-security-policy': contentSecurityPolicy },
      });
    });
    const page = await context.newPage();
    await page.goto('https://face.internal/');
    assert.equal(await page.locator('h1:visible').textContent(), 'Wait a moment');
    assert.deepEqual(await suite.pixels.alpha(await page.screenshot({ omitBackground: true })), [255, 255]);
    await context.close();
  });

  test('no name stays in the document once its screen has gone', async () => {
    await suite.stage({}, async ({ page, show }) => {
      for (const name of screenNames) {
        await show(sample(name));
        await show(sample('idle'));
        assert.doesNotMatch((await page.locator(section).textContent()) ?? '', /Sam|Ana/, name);
      }
    });
  });

  test('the face breaks the policy nowhere, and the policy holds', async () => {
    // `stage` fails on any complaint of the page.
    await suite.stage({}, async ({ show }) => {
      for (const name of screenNames) await show(sample(name));
    });
    const context = await openContext(suite.browser, suite.files);
    const page = await context.newPage();
    await page.goto('https://face.internal/');
    const refused = await page.evaluate(async () => {
      const seen = new Set<string>();
      document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => seen.add(effectiveDirective));
      const attempts: readonly (() => unknown)[] = [
        () => (document.body.innerHTML = '<b>x</b>'),
        () => (window as unknown as { trustedTypes: { createPolicy: (name: string, rules: object) => void } }).trustedTypes.createPolicy('x', {}),
        () => document.head.append(Object.assign(document.createElement('style'), { textContent: 'b{}' })),
        () => document.body.append(Object.assign(document.createElement('img'), { src: 'https://elsewhere.internal/x.png' })),
        () => document.body.append(Object.assign(document.createElement('iframe'), { src: 'https://elsewhere.internal/' })),
        () => fetch('https://elsewhere.internal/'),
      ];
      for (const attempt of attempts)
        await Promise.resolve()
          .then(attempt)
          .catch(() => undefined);
      // They are told when the browser gets to it; one that is not told at all is missed for as long.
      for (let waits = 0; waits < 100 && seen.size < attempts.length; waits++) await new Promise((resolve) => setTimeout(resolve, 50));
      return [...seen].sort();
    });
    assert.deepEqual(refused, ['connect-src', 'frame-src', 'img-src', 'require-trusted-types-for', 'style-src-elem', 'trusted-types']);
    await context.close();
  });

  test('the strip lets the pointer through everywhere but on itself', async () => {
    await suite.stage({}, async ({ page, show, sent }) => {
      await show(sample('open-who'));
      const at = (x: number, y: number): Promise<string | undefined> => page.evaluate(([px, py]) => document.elementFromPoint(px, py)?.tagName, [x, y] as const);
      assert.equal(await at(600, 300), 'BODY');
      await page.mouse.click(600, 300);
      assert.deepEqual(await sent(), []);
      await page.locator('.strip').click();
      assert.deepEqual(await sent(), ['pointer']);
    });
  });
}

const sampleFrameOf = (m: ToFace): object => (m.kind === 'frame' ? m.frame : {});
