/** A door comes in; the same renderer on the same bridge goes out, in Debian's Chromium: what Electron's main process does, the face's own link and this file do. */
import { setTimeout as sleep } from 'node:timers/promises';
import { bundle } from '../../build/bundle.ts';
import { openBrowser, openContext } from '../../build/stage.ts';
import { decodeGesture, maxGestureBytes, type ToFace } from '../../core/bridge.ts';
import { startLink } from '../../electron/link.ts';
import type { Driver } from './driver.ts';

type Hooks = { hear: (message: ToFace) => void; away: () => void; say: (bytes: readonly number[]) => void };

export async function chromiumDriver(): Promise<Driver> {
  const browser = await openBrowser();
  const name = `Chromium ${browser.version()}`;
  await browser.close();
  return {
    name,
    open: async (door) => {
      await using stack = new AsyncDisposableStack();
      const own = await openBrowser();
      stack.defer(() => own.close());
      const context = await openContext(own, (await bundle('face')).files);
      const page = await context.newPage();
      await page.setViewportSize({ width: 1280, height: 800 });
      await context.exposeBinding('say', (_source, bytes: number[]) => {
        const gesture = decodeGesture(Uint8Array.from(bytes));
        if (gesture !== null) link.send({ kind: 'gesture', gesture });
      });
      await page.addInitScript((longest) => {
        const hooks = window as unknown as Hooks;
        Object.assign(window, {
          tapward: {
            listen: (heard: Hooks['hear']) => Object.assign(window, { hear: heard }),
            answer: () => undefined,
            onAway: (away: Hooks['away']) => Object.assign(window, { away }),
            send: (bytes: unknown) => {
              if (!(bytes instanceof Uint8Array) || bytes.length > longest) return;
              hooks.say([...bytes]);
              bytes.fill(0);
            },
          },
        });
      }, maxGestureBytes);
      await page.goto('https://face.internal/');
      const tell = (what: 'hear' | 'away', message?: ToFace): void =>
        void page
          .evaluate(([which, said]) => (window as unknown as Record<string, (m: unknown) => void>)[which as string]?.(said), [what, message] as const)
          .catch(() => undefined);
      const link = startLink({ path: door, fault: () => null }, { connected: () => undefined, message: (message) => tell('hear', message), away: () => tell('away') });
      const beat = setInterval(() => link.send({ kind: 'beat', covers: true }), 1_000);
      stack.defer(() => {
        clearInterval(beat);
        link.end();
      });
      await sleep(0);
      const kept = stack.move();
      return {
        pad: () => Promise.resolve(page),
        uncovered: () => page.evaluate(() => getComputedStyle(document.getElementById('face') as HTMLElement).backgroundColor === 'rgba(0, 0, 0, 0)'),
        [Symbol.asyncDispose]: () => kept.disposeAsync(),
      };
    },
  };
}
