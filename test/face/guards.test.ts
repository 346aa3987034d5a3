/** Every way out of a kiosk that its page, its keyboard, its windows or another program could try comes in, on real Electron; each is refused, and the face stands as before. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { findElectron } from '../../build/electron.ts';
import { faceExits } from '../../core/face-link.ts';
import { sam } from '../e2e/station.ts';
import { need } from '../needs.ts';
import { aWhile, type ElectronFace, electronName, helpersOf, openElectron, spawnFace } from './electron.ts';
import { ended, until } from './screen.ts';
import { type FaceStation, startFaceStation } from './station.ts';

const skip = need('linux', 'pcscd', 'compiler', 'namespaces', 'display', 'electron');
let station: FaceStation;
let face: ElectronFace;
let page: Page;
before(async () => {
  if (skip !== false) return;
  console.log(`# the guards are tried on ${electronName}`);
  station = await startFaceStation();
  face = await openElectron(station.door);
  page = await face.pad();
  await until('the face covers', () => station.present(), 20_000);
});
after(async () => {
  if (skip !== false) return;
  await face?.[Symbol.asyncDispose]();
  await station?.[Symbol.asyncDispose]();
});

/** Everything as it was: one window over the whole display, with the same page in it, still alive. */
async function unmoved(): Promise<void> {
  await aWhile();
  const now = await face.app.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows().map((w) => ({
      visible: w.isVisible(),
      bounds: w.getBounds(),
      url: w.webContents.getURL(),
      zoom: w.webContents.getZoomFactor(),
      tools: w.webContents.isDevToolsOpened(),
    })),
  );
  assert.deepEqual(now, [{ visible: true, bounds: { x: 0, y: 0, width: 1280, height: 800 }, url: 'https://station.tapward.internal/', zoom: 1, tools: false }]);
  assert.equal(await page.evaluate(() => document.getElementById('face')?.dataset['section']), 'idle');
  assert.equal(await page.evaluate(() => (window as unknown as { mark?: string }).mark), 'here', 'the page was loaded again');
  assert.equal(await face.uncovered(), false);
}

test('the page cannot leave, open, reach, ask for or download anything', { skip }, async () => {
  await page.evaluate(() => Object.assign(window, { mark: 'here' }));
  const tried = await page.evaluate(async () => {
    const outcome = async (work: () => unknown): Promise<string> => {
      try {
        return String(await work());
      } catch (why) {
        return why instanceof Error ? why.name : String(why);
      }
    };
    const click = (attributes: Record<string, string>): void => {
      const link = Object.assign(document.createElement('a'), attributes);
      document.body.append(link);
      link.click();
      link.remove();
    };
    const frame = (src: string): Promise<string> =>
      new Promise((resolve) => {
        const element = document.createElement('iframe');
        element.src = src;
        element.addEventListener('load', () => resolve(element.contentDocument === null ? 'refused' : 'loaded'));
        document.body.append(element);
        setTimeout(() => resolve('refused'), 300);
      });
    return {
      open: await outcome(() => window.open('https://station.tapward.internal/')),
      openOther: await outcome(() => window.open('https://example.com/', '_blank', 'width=200')),
      fetch: await outcome(() => fetch('https://example.com/')),
      fetchUnknown: await outcome(async () => (await fetch('/../main.js')).status),
      fetchFile: await outcome(() => fetch('file:///etc/passwd')),
      post: await outcome(async () => (await fetch('/', { method: 'POST' })).status),
      socket: await outcome(
        () =>
          new Promise((resolve) => {
            const socket = new WebSocket('ws://127.0.0.1:1');
            socket.addEventListener('error', () => resolve('refused'));
          }),
      ),
      code: await outcome(() => String(Reflect.construct(Function, ['return 1']))),
      markup: await outcome(() => {
        document.body.innerHTML = '<b>x</b>';
      }),
      camera: await outcome(() => navigator.mediaDevices.getUserMedia({ video: true })),
      screen: await outcome(() => navigator.mediaDevices.getDisplayMedia()),
      notification: await outcome(() => Notification.requestPermission()),
      place: await outcome(
        () =>
          new Promise((resolve) =>
            navigator.geolocation.getCurrentPosition(
              () => resolve('found'),
              () => resolve('denied'),
            ),
          ),
      ),
      clipboard: await outcome(() => navigator.clipboard.readText()),
      midi: await outcome(() => navigator.requestMIDIAccess()),
      node: await outcome(() => `${typeof (window as unknown as { require?: unknown }).require} ${typeof (window as unknown as { process?: unknown }).process}`),
      bridge: await outcome(() =>
        Object.keys((window as unknown as { tapward: object }).tapward)
          .sort()
          .join(' '),
      ),
      frame: await frame('https://station.tapward.internal/'),
      close: await outcome(() => window.close()),
      download: await outcome(() => click({ href: '/face.css', download: 'face.css' })),
      link: await outcome(() => click({ href: 'https://example.com/' })),
      blank: await outcome(() => click({ href: '/', target: '_blank' })),
      assign: await outcome(() => location.assign('https://example.com/')),
      file: await outcome(() => location.assign('file:///etc/passwd')),
      replace: await outcome(() => location.replace('/face.js')),
      reload: await outcome(() => location.reload()),
      again: await outcome(() => history.go(0)),
      back: await outcome(() => history.back()),
      print: await outcome(() => window.print()),
    };
  });
  // biome-ignore format: an answer each, in the order asked.
  assert.deepEqual(tried, {
    open: 'null', openOther: 'null', fetch: 'TypeError', fetchUnknown: '403', fetchFile: 'TypeError', post: '403', socket: 'refused', code: 'EvalError', markup: 'TypeError',
    camera: tried.camera, screen: tried.screen, notification: 'denied', place: 'denied', clipboard: 'NotAllowedError', midi: 'SecurityError', node: 'undefined undefined',
    bridge: 'answer listen onAway onRole send', frame: 'refused', close: 'undefined', download: 'undefined', link: 'undefined', blank: 'undefined', assign: 'undefined', file: 'undefined',
    replace: 'undefined', reload: 'undefined', again: 'undefined', back: 'undefined', print: 'undefined',
  });
  // Where there is no camera, that comes before the permission.
  assert.match(tried.camera, /^Not(Allowed|Found)Error$/);
  assert.match(tried.screen, /^(NotAllowedError|NotSupportedError|AbortError|InvalidStateError)$/);
  await unmoved();
});

test('no key of a browser or a window does anything: reload, close, quit, zoom, developer tools, find, print, full screen', { skip }, async () => {
  // biome-ignore format: keys by what they do.
  await face.display.keys(
    'F5', 'ctrl+r', 'ctrl+shift+r', 'ctrl+w', 'ctrl+q', 'alt+F4', 'ctrl+shift+i', 'F12', 'ctrl+plus', 'ctrl+equal', 'ctrl+minus', 'ctrl+0', 'F11', 'ctrl+n', 'ctrl+t', 'ctrl+p', 'ctrl+f', 'ctrl+u', 'ctrl+o',
    'alt+Left', 'alt+Home', 'ctrl+j', 'F7', 'shift+F10', 'Menu', 'F1', 'ctrl+shift+Delete', 'F10', 'alt+space', 'ctrl+shift+m',
  );
  await unmoved();
});

test('a window manager that shows the desktop, or puts the window away, has it back at once', { skip }, async () => {
  await face.display.keys('super+d');
  await until('it stands again', async () => !(await face.uncovered()), 3_000);
  await face.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.minimize());
  await until('it stands again', async () => !(await face.uncovered()), 3_000);
  await unmoved();
});

test('nor does the wheel with Ctrl, a right click, or what is dropped on it', { skip }, async () => {
  execFileSync('xdotool', ['mousemove', '300', '300', 'keydown', 'ctrl', 'click', '--repeat', '5', '4', 'keyup', 'ctrl', 'click', '3', 'click', '2'], { env: face.display.env });
  const session = await face.app.context().newCDPSession(page);
  const data = { items: [{ mimeType: 'text/uri-list', data: 'file:///etc/passwd' }], files: ['/etc/passwd'], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) await session.send('Input.dispatchDragEvent', { type, x: 400, y: 400, data });
  await session.send('Input.dispatchMouseEvent', { type: 'mouseWheel', x: 300, y: 300, deltaX: 0, deltaY: -500, modifiers: 2 });
  await unmoved();
});

test('nor do the main process’s own doors to close, quit, reload elsewhere, zoom or developer tools', { skip }, async () => {
  await face.app.evaluate(({ app, BrowserWindow, Menu }) => {
    const [window] = BrowserWindow.getAllWindows();
    window?.close();
    app.quit();
    window?.webContents.openDevTools();
    window?.webContents.toggleDevTools();
    if (Menu.getApplicationMenu() !== null) throw new Error('there is a menu');
    window?.webContents.session.downloadURL('https://station.tapward.internal/face.css');
  });
  await unmoved();
});

test('a second face for the same person leaves, and the first stays', { skip }, async () => {
  const second = await spawnFace(station.door, face.profile, face.display.env);
  const [code] = (await once(second, 'exit')) as [number];
  assert.equal(code, faceExits.second);
  await unmoved();
});

test('a page that hangs is ended and loaded again, locked, and hands are heard', { skip }, async () => {
  const [hung = 0] = helpersOf(face.pid, 'renderer');
  void page
    .evaluate(() => {
      for (;;);
    })
    .catch(() => undefined);
  await until('another page process stands', () => helpersOf(face.pid, 'renderer').some((pid) => pid !== hung) && !helpersOf(face.pid, 'renderer').includes(hung), 20_000);
  assert.equal(await face.uncovered(), false);
  await station.tap(sam.uid, 'pin');
  station.told();
  await until('a digit is heard', async () => {
    await face.display.keys('4');
    return station.told().some(({ kind }) => kind === 'gesture');
  });
  assert.equal(await face.uncovered(), false);
});

test('as an ordinary user every page is in Chromium’s sandbox', { skip: skip === false ? need('root') : skip }, async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'tapward-user-'));
  t.after(() => rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  chmodSync(home, 0o777);
  const nobody = 65_534;
  const started = await asUser(nobody, home);
  t.after(() => ended(started));
  await until('it has a page', () => helpersOf(started.pid ?? 0, 'renderer').length > 0, 20_000);
  const [renderer = 0] = helpersOf(started.pid ?? 0, 'renderer');
  const status = (field: string): string | undefined => new RegExp(`^${field}:\\s+(.*)$`, 'm').exec(readFileSync(`/proc/${renderer}/status`, 'utf8'))?.[1];
  await until('the renderer has entered its sandbox', () => status('Seccomp') === '2');
  assert.equal(status('NoNewPrivs'), '1');
  assert.equal(status('CapEff'), '0000000000000000');
  for (const space of ['user', 'pid', 'net'] as const) assert.notEqual(readlinkSync(`/proc/${renderer}/ns/${space}`), readlinkSync(`/proc/self/ns/${space}`), `${space} namespace`);
});

/** The face of an ordinary person, on the same display, in a profile of her own. */
async function asUser(uid: number, home: string): Promise<ChildProcess> {
  const { faceCommand } = await import('./electron.ts');
  const { spawn } = await import('node:child_process');
  const { args } = await faceCommand(station.door, join(home, 'profile'), []);
  const app = join(home, 'app');
  cpSync(args.find((arg) => arg.includes('tapward-app-')) ?? '', app, { recursive: true });
  chmodSync(app, 0o755);
  return spawn(
    findElectron()?.executable ?? '',
    args.map((arg) => (arg.includes('tapward-app-') ? app : arg)),
    {
      uid,
      gid: uid,
      stdio: 'ignore',
      env: { ...face.display.env, HOME: home, XDG_CONFIG_HOME: home, XDG_RUNTIME_DIR: home },
    },
  );
}
