/** An address comes in; a window on it goes out: Chromium, Chrome or Edge in app mode with a profile of its own, else the default browser. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const onPath = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge', 'microsoft-edge-stable'];
const macApps = ['Google Chrome', 'Chromium', 'Microsoft Edge'].map((app) => `/Applications/${app}.app/Contents/MacOS/${app}`);
const windowsApps = ['Microsoft\\Edge\\Application\\msedge.exe', 'Google\\Chrome\\Application\\chrome.exe', 'Chromium\\Application\\chrome.exe'];

/** The Chromium family's executable on this machine, or null. */
export function findBrowser(platform = process.platform, env = process.env, there = existsSync): string | null {
  const candidates =
    platform === 'darwin'
      ? macApps
      : platform === 'win32'
        ? ['ProgramFiles(x86)', 'ProgramFiles', 'LOCALAPPDATA'].flatMap((v) => windowsApps.map((app) => `${env[v] ?? 'C:'}\\${app}`))
        : (env['PATH'] ?? '').split(delimiter).flatMap((dir) => onPath.map((name) => join(dir, name)));
  return candidates.find((path) => there(path)) ?? null;
}

/** Whether a window could be shown at all. */
export const hasDisplay = (platform = process.platform, env = process.env): boolean =>
  platform === 'win32' || platform === 'darwin' || Boolean(env['DISPLAY'] ?? env['WAYLAND_DISPLAY']);

export type Window = {
  /** What opened, in words for the terminal. */
  readonly what: string;
  /** Settles when the window was closed by hand; never for a default browser, which is not ours to watch. */
  readonly closed: Promise<void>;
  readonly close: () => Promise<void>;
};

/** null: no window can be shown, the address has to be opened by hand. */
export async function openWindow(address: string): Promise<Window | null> {
  if (!hasDisplay()) return null;
  const browser = findBrowser();
  return browser === null ? openDefault(address) : openApp(browser, await versionOf(browser), address);
}

/** In its own words; on Windows a browser that is asked opens a window instead. */
async function versionOf(browser: string): Promise<string> {
  if (process.platform === 'win32') return browser;
  const { stdout } = await promisify(execFile)(browser, ['--version'], { timeout: 3_000 }).catch(() => ({ stdout: '' }));
  return stdout.trim().split('\n')[0] || browser;
}

function openApp(browser: string, version: string, address: string): Window {
  const profile = mkdtempSync(join(tmpdir(), 'tapward-face-'));
  // Chromium's sandbox refuses root; evaluation shows local content only.
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const child = spawn(
    browser,
    [
      `--app=${address}`,
      `--user-data-dir=${profile}`,
      '--no-first-run',
      '--no-default-browser-check',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--autoplay-policy=no-user-gesture-required',
      '--window-size=1366,768',
      ...asRoot,
    ],
    { stdio: 'ignore' },
  );
  const closed = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  return {
    what: `a window of ${version}`,
    closed,
    close: async () => {
      child.kill();
      await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 3000))]);
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

function openDefault(address: string): Window {
  const [command = 'xdg-open', ...args] =
    process.platform === 'win32' ? ['cmd', '/c', 'start', '', address] : process.platform === 'darwin' ? ['open', address] : ['xdg-open', address];
  const child: ChildProcess = spawn(command, args, { stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
  return { what: 'the default browser', closed: new Promise(() => undefined), close: async () => undefined };
}
