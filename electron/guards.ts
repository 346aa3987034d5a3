/** A session, a window's contents or the whole program come in; every way out of them that Electron offers is refused. */
import { type App, type BrowserWindow, Menu, type Session, type WebContents, type WebPreferences, type WindowSessionEndEvent } from 'electron';
import { complain, faultIn } from './complaint.ts';
import { exitCodes, leave } from './exits.ts';

/** Of every page of the face. */
export const webPreferences: WebPreferences = {
  sandbox: true,
  contextIsolation: true,
  nodeIntegration: false,
  nodeIntegrationInWorker: false,
  nodeIntegrationInSubFrames: false,
  webSecurity: true,
  webviewTag: false,
  navigateOnDragDrop: false,
  enableWebSQL: false,
  spellcheck: false,
  devTools: false,
  disableDialogs: true,
  autoplayPolicy: 'no-user-gesture-required',
};

/** No permission, device, download, dictionary or proxy. */
export function guardSession(session: Session): void {
  session.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler((_request, answer) => answer({}));
  session.setSpellCheckerEnabled(false);
  // A key with the credentials of several people says nobody's name: none is chosen for them.
  session.on('select-webauthn-account', (_event, { accounts }, choose) => choose(accounts.length === 1 ? accounts[0]?.credentialId : null));
  session.on('will-download', (event) => event.preventDefault());
}

/** No other page, no window, no frame of another, no zoom, and none of a browser's keys. */
export function guardContents(contents: WebContents): void {
  contents.on('will-navigate', (event) => event.preventDefault());
  contents.on('will-redirect', (event) => event.preventDefault());
  contents.on('will-frame-navigate', (event) => event.preventDefault());
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.on('will-prevent-unload', (event) => event.preventDefault());
  contents.on('select-bluetooth-device', (event) => event.preventDefault());
  contents.on('login', (event) => event.preventDefault());
  contents.on('devtools-opened', () => contents.closeDevTools());
  contents.on('zoom-changed', () => contents.setZoomFactor(1));
  contents.on('before-input-event', (event, { type, key, control, alt, meta }) => {
    if (type === 'keyDown' && (control || alt || meta || /^(F\d+|Browser.*|Launch.*)$/.test(key))) event.preventDefault();
  });
  contents.on('dom-ready', () => {
    contents.setZoomFactor(1);
    void contents.setVisualZoomLevelLimits(1, 1);
  });
}

/**
 * The window stays: hands cannot close it. Windows, which asks first (`query-session-end`, and nobody here objects), is not held up at a sign-out or a shutdown: nothing of the session is left to cover. An
 * installer that only wants files (Restart Manager, `close-app`) is: the service ends the face where it must be replaced. Electron before 34 gives no reasons.
 */
export function guardWindow(window: BrowserWindow): void {
  window.setMenu(null);
  window.on('close', (event) => event.preventDefault());
  window.on('session-end', ({ reasons }: Partial<WindowSessionEndEvent>) => {
    if (reasons?.join() !== 'close-app') leave(exitCodes.asked);
  });
  window.on('page-title-updated', (event) => event.preventDefault());
}

/** Quitting by menu or key is refused. */
export function guardApp(app: App): void {
  Menu.setApplicationMenu(null);
  app.on('before-quit', (event) => event.preventDefault());
  app.on('window-all-closed', () => undefined);
  app.on('web-contents-created', (_event, contents) => guardContents(contents));
  app.on('certificate-error', (event, _contents, _url, _error, _certificate, answer) => {
    event.preventDefault();
    answer(false);
  });
  app.on('select-client-certificate', (event) => event.preventDefault());
  // The supervisor that read it may have been killed with the agent: the face goes on covering.
  process.stderr.on('error', () => undefined);
  // Electron would put a dialog over the lock and stand still: a face with a fault ends, and is started again.
  for (const fault of ['uncaughtException', 'unhandledRejection'] as const)
    process.on(fault, (why: unknown) => {
      complain(`The face ends by a fault of its own: ${faultIn(why)}.`);
      leave(exitCodes.broken);
    });
}

/** A signal ends the program at once. Chromium sets handlers of its own while it starts, which would ask the windows: call it once ready. */
export function endBySignal(): void {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => leave(exitCodes.asked));
}
