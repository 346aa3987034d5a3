/// <reference lib="dom" />
/** A bundle comes in; real Chromium pages with the face on them go out, each with a bridge that a test or the picture maker speaks through. */
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import type { ToFace } from '../core/bridge.ts';
import type { Tongue } from '../renderer/words/words.ts';
import { contentSecurityPolicy, type Files } from './bundle.ts';
import { sampleWall } from './screens.ts';

const chromiumPath = '/usr/bin/chromium';
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--force-color-profile=srgb',
  '--font-render-hinting=none',
];
const origin = 'https://face.internal';
/** A page may take this long to load, in milliseconds, before its clock is stopped at a moment that must not be past; less than the face waits for an agent before it says whom to call. */
const patience = 6_000;

export type Setting = {
  readonly width: number;
  readonly height: number;
  /** CSS pixels per millimetre; null: the display's size is not known. */
  readonly mm?: number | null;
  readonly tongue?: Tongue;
  readonly media?: Parameters<Page['emulateMedia']>[0];
  /** The text size a person set in the browser, in pixels; 16 is usual. */
  readonly text?: number;
  /** Let time pass by itself; otherwise the page's clock stands still until a test moves it. */
  readonly running?: boolean;
  /** Run in the page before its own script. */
  readonly scripts?: readonly string[];
};
export type Stage = {
  readonly page: Page;
  readonly show: (message: ToFace) => Promise<void>;
  readonly away: () => Promise<void>;
  /** Gestures sent since the last call, as text: a digit is itself. */
  readonly sent: () => Promise<readonly string[]>;
  /** Requests beyond the page's own three files, and what broke the policy. */
  readonly complaints: readonly string[];
};

type Hooks = { hear: (message: ToFace) => void; away: () => void; sent: string[] };

/** One browser for many stages. Close it. */
export const openBrowser = (): Promise<Browser> => chromium.launch({ executablePath: chromiumPath, headless: false, args: ['--headless=new', ...flags] });

/** Serves the bundle's files under the strict policy to pages of this context, and nothing else. */
export async function openContext(browser: Browser, files: Files, hasTouch = false): Promise<BrowserContext> {
  const context = await browser.newContext({ timezoneId: 'UTC', locale: 'en-GB', deviceScaleFactor: 1, hasTouch });
  await context.route('**', (route) => {
    const path = new URL(route.request().url()).pathname;
    const file = files.get(path === '/' ? '/index.html' : path);
    if (file === undefined) return route.fulfill({ status: 404, body: '' });
    return route.fulfill({ status: 200, contentType: file.type, body: Buffer.from(file.body), headers: { 'content-security-policy': contentSecurityPolicy } });
  });
  return context;
}

/** A new page with the face, not yet spoken to. */
export async function openStage(context: BrowserContext, { width, height, mm = 96 / 25.4, tongue, media, text = 16, running = false, scripts = [] }: Setting): Promise<Stage> {
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('request', (request) => {
    const { origin: from, pathname } = new URL(request.url());
    if (from !== origin || !['/', '/face.js', '/face.css', '/favicon.ico'].includes(pathname)) complaints.push(`request ${request.url()}`);
  });
  page.on('pageerror', (error) => complaints.push(`exception ${error.message}`));
  page.on('console', (message) => message.type() === 'error' && !message.location().url.endsWith('favicon.ico') && complaints.push(`console ${message.text()}`));
  await page.setViewportSize({ width, height });
  if (media !== undefined) await page.emulateMedia(media);
  if (text !== 16) await (await context.newCDPSession(page)).send('Page.setFontSizes', { fontSizes: { standard: text, fixed: text } });
  if (!running) await page.clock.install({ time: sampleWall - patience });
  for (const content of scripts) await page.addInitScript({ content });
  await page.addInitScript(
    ({ given, spoken }) => {
      const hooks: Hooks = { hear: () => undefined, away: () => undefined, sent: [] };
      Object.assign(window, {
        hooks,
        tapward: {
          ...(given === null ? {} : { mm: given }),
          ...(spoken === null ? {} : { tongueOf: () => spoken }),
          listen: (hear: Hooks['hear']) => (hooks.hear = hear),
          onAway: (away: Hooks['away']) => (hooks.away = away),
          send: (bytes: Uint8Array) => hooks.sent.push(String.fromCharCode(...bytes)),
        },
      });
    },
    { given: mm, spoken: tongue ?? null },
  );
  await page.goto(`${origin}/`);
  if (!running) await page.clock.pauseAt(sampleWall + 1_000);
  return {
    page,
    complaints,
    show: (message) => page.evaluate((m) => (window as unknown as { hooks: Hooks }).hooks.hear(m), message),
    away: () => page.evaluate(() => (window as unknown as { hooks: Hooks }).hooks.away()),
    sent: () => page.evaluate(() => (window as unknown as { hooks: Hooks }).hooks.sent.splice(0)),
  };
}

/** The evaluation page as it stands after one message and one tray, without an agent. */
export async function openEvaluation(context: BrowserContext, { width, height }: Setting, first: ToFace, tray: object): Promise<Page> {
  const page = await context.newPage();
  await page.setViewportSize({ width, height });
  await page.clock.install({ time: sampleWall - patience });
  await page.addInitScript(
    (said) => {
      class Stream extends EventTarget {
        constructor() {
          super();
          setTimeout(() => {
            for (const [type, data] of said) this.dispatchEvent(new MessageEvent(type, { data: JSON.stringify(data) }));
          });
        }
        close(): void {}
      }
      Object.assign(window, { EventSource: Stream });
    },
    [
      ['message', first],
      ['tray', tray],
    ] as const,
  );
  await page.goto(`${origin}/`);
  await page.clock.pauseAt(sampleWall + 1_000);
  return page;
}
