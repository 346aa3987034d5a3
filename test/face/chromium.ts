/** A door comes in; the same renderer goes out in Debian's Chromium, behind the face's own preload script, its intake with its throttle, and its link: only Electron's two ends of a wire are this file's. */
import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import type { WebContents } from 'electron';
import { build } from 'esbuild';
import { bundle } from '../../build/bundle.ts';
import { openBrowser, openContext } from '../../build/stage.ts';
import { hearPage } from '../../electron/bridge.ts';
import type { ToPage } from '../../electron/channels.ts';
import { startLink } from '../../electron/link.ts';
import type { Driver } from './driver.ts';

const origin = 'https://face.internal';
/** What passes from the page: bytes as numbers, which Playwright's wire would make an object of. */
type Said = number | string | { readonly bytes: readonly number[] };
type Wire = { said: (channel: string, args: readonly Said[]) => void; told: (number: number, said: ToPage) => void };

/** The page's end, in front of the preload script: what `require('electron')` gives it. */
const pageEnd = `const require = () => ({
  contextBridge: { exposeInMainWorld: (name, api) => Object.assign(window, { [name]: api }) },
  ipcRenderer: {
    on: (_channel, listener) => Object.assign(window, { told: (number, said) => listener(null, number, said) }),
    send: (channel, ...args) => window.said(channel, args.map((arg) => (arg instanceof Uint8Array ? { bytes: [...arg] } : arg))),
  },
});`;

async function preload(): Promise<string> {
  const entryPoints = [join(import.meta.dirname, '../../electron/preload.ts')];
  const { outputFiles } = await build({ entryPoints, bundle: true, format: 'cjs', platform: 'node', external: ['electron'], write: false, logLevel: 'silent' });
  return `(() => { ${pageEnd}\n${outputFiles[0]?.text ?? ''} })();`;
}

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
      // The main process's end: of Electron's WebContents, what the intake looks at.
      const mainFrame = {
        get url() {
          return page.url();
        },
      };
      const ipc = new EventEmitter();
      const contents = { ipc, mainFrame } as unknown as WebContents;
      await context.exposeBinding('said', ({ frame }, channel: string, args: readonly Said[]) => {
        const senderFrame = frame === page.mainFrame() ? mainFrame : null;
        ipc.emit(channel, { sender: contents, senderFrame }, ...args.map((arg) => (typeof arg === 'object' ? Uint8Array.from(arg.bytes) : arg)));
      });
      const nothing = (): void => undefined;
      hearPage(contents, origin, {
        gesture: (gesture) => link.send({ kind: 'gesture', gesture }),
        answer: (answer) => link.send({ kind: 'key', answer }),
        ready: nothing,
        drawn: nothing,
        alive: nothing,
        touched: nothing,
        extension: nothing,
      });
      await page.addInitScript(await preload());
      await page.goto(`${origin}/`);
      const tell = (said: ToPage): void => void page.evaluate((told) => (window as unknown as Wire).told(0, told), said).catch(nothing);
      const link = startLink(
        { path: door, fault: () => null },
        { connected: nothing, message: (message) => tell({ kind: 'message', message }), away: () => tell({ kind: 'away' }) },
      );
      const beat = setInterval(() => link.send({ kind: 'beat', covers: true }), 1_000);
      stack.defer(() => {
        clearInterval(beat);
        link.end();
      });
      const kept = stack.move();
      return {
        pad: () => Promise.resolve(page),
        uncovered: () => page.evaluate(() => getComputedStyle(document.getElementById('face') as HTMLElement).backgroundColor === 'rgba(0, 0, 0, 0)'),
        [Symbol.asyncDispose]: () => kept.disposeAsync(),
      };
    },
  };
}
