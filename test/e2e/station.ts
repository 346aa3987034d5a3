/** A policy comes in; a whole evaluation station goes out, on a real pcscd of its own, with Chromium on its real screen. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { type Evaluation, startEvaluation } from '../../agent/evaluation/evaluation.ts';
import { demoPeople } from '../../agent/evaluation/people.ts';
import { bundle, contentSecurityPolicy } from '../../build/bundle.ts';
import { defaultPolicy, type Policy } from '../../core/policy.ts';
import { virtualCard } from '../virtual-reader/card.ts';
import { type Stand, startStand } from '../virtual-reader/stand.ts';

export const [sam, ana, luz, omar, mei] = demoPeople as [Person, Person, Person, Person, Person];
export type Person = (typeof demoPeople)[number];

export type WardStation = AsyncDisposable & {
  readonly evaluation: Evaluation;
  readonly stand: Stand;
  readonly page: Page;
  readonly dir: string;
  readonly address: string;
  /** Resolves once this section of the screen is shown. */
  readonly shows: (section: string) => Promise<void>;
  /** A hand's tap on reader `slot`: held until `shows`, then taken away. */
  readonly tap: (uid: string, section: string, slot?: number) => Promise<void>;
  /** Presses the PIN on the pad of the screen. */
  readonly press: (pin: string) => Promise<void>;
  readonly signIn: (who: Person) => Promise<void>;
};

const chromiumFlags = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A browser of its own profile; closed with the station that uses it. */
export const launchChromium = (profile: string): Promise<BrowserContext> =>
  chromium.launchPersistentContext(profile, { executablePath: '/usr/bin/chromium', headless: false, viewport: { width: 1366, height: 768 }, args: chromiumFlags });

/** `wall`: what the station takes for the time of day, in Unix milliseconds; the computer's own unless given. */
export async function startWardStation(policy: Partial<Policy> = {}, readers: readonly number[] = [1, 2], wall: () => number = Date.now): Promise<WardStation> {
  await using stack = new AsyncDisposableStack();
  const dir = mkdtempSync(join(tmpdir(), 'tapward-e2e-'));
  stack.defer(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  const stand = stack.use(await startStand({ readers }));
  const evaluation = await startEvaluation({
    dir: join(dir, 'station'),
    version: '0.0.0',
    policy: { ...defaultPolicy, addBadge: 'demo', theme: 'night', stationName: 'Ward 4 · Cart 12', ...policy },
    fresh: false,
    tray: true,
    pcscEnv: stand.env,
    wall,
    say: () => undefined,
  });
  stack.defer(() => evaluation.stop('test over'));
  const { files } = await bundle('evaluation');
  const endpoint = await evaluation.openScreen(files, contentSecurityPolicy);
  const context = await launchChromium(join(dir, 'profile'));
  stack.defer(() => context.close());
  const page = context.pages()[0] ?? (await context.newPage());
  await page.goto(endpoint.address);
  const shows = (section: string): Promise<void> => page.waitForSelector(`#face[data-section="${section}"]`, { state: 'attached', timeout: 10_000 }).then(() => undefined);
  const tap = async (uid: string, section: string, slot = 1): Promise<void> => {
    stand.insert(slot, virtualCard(uid));
    try {
      await shows(section);
    } finally {
      stand.remove(slot);
    }
  };
  const press = async (pin: string): Promise<void> => {
    for (let i = 0; i < pin.length; i++) {
      // The pad takes a second contact on one key within 60 ms for a bounce; no hand is as quick as this one.
      if (pin[i - 1] === pin[i]) await page.waitForTimeout(80);
      await page.click(`[data-section="pin"] [data-digit="${pin[i]}"]`);
    }
  };
  await shows('idle');
  const kept = stack.move();
  return {
    evaluation,
    stand,
    page,
    dir,
    address: endpoint.address,
    shows,
    tap,
    press,
    signIn: async (who) => {
      await tap(who.uid, 'pin');
      await press(who.pin);
      await shows('open');
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
