/** A running evaluation comes in; its screen goes out: on Electron where there is one, in a browser's window, or at an address for the person to open; and which of them it is, in words. */
import { openWindow, type Window } from '../agent/evaluation/browser.ts';
import type { Evaluation } from '../agent/evaluation/evaluation.ts';
import { bundle, contentSecurityPolicy } from './bundle.ts';
import { electronHere, evaluationFace } from './kiosk.ts';

type Say = (line: string) => void;
export type OpenScreen = {
  /** For the terminal. */
  readonly opened: string;
  /** Settles with why once a hand has ended it. */
  readonly ended: Promise<string>;
  /** Before the station stops; a face of the station's own stays until it has locked, and goes with it. */
  readonly close: () => Promise<void>;
};

/** A window that is gone sooner than this was never shown. */
const shownAtAll = 3_000;
const never = new Promise<never>(() => undefined);

/** null: there is no Electron, or it cannot show anything here; why was said. */
export async function openElectron(station: Evaluation, windowed: boolean, say: Say): Promise<OpenScreen | null> {
  const found = await electronHere(say);
  if (found.kind === 'none') {
    say(`No Electron here (${found.why}): the screen is a browser's window.`);
    return null;
  }
  const { electron } = found;
  const face = await station.openFace(evaluationFace(electron, windowed)).catch((why: unknown) => {
    say(`The kiosk could not be opened (${why instanceof Error ? why.message : String(why)}): the screen is a browser's window.`);
    return null;
  });
  if (face === null) return null;
  if (!(await Promise.race([face.stands, face.ended.then(() => true)]))) {
    await face.close();
    say(`Electron ${electron.version} ended before it showed anything (agent.log says how, under TW1601): the screen is a browser's window.`);
    return null;
  }
  const what = windowed ? 'a window' : 'the kiosk, on every display';
  return { opened: `Opened on Electron ${electron.version}: ${what}. “End” on the tray ends it.`, ended: face.ended, close: async () => undefined };
}

/** The address works once, in the window that opens or in any browser of this computer. */
export async function openBrowser(station: Evaluation, withWindow: boolean, say: Say): Promise<OpenScreen> {
  const { files } = await bundle('evaluation');
  const { address } = await station.openScreen(files, contentSecurityPolicy);
  const window = withWindow ? await openWindow(address) : null;
  if (window === null) return { opened: `Open this once in a browser:\n  ${address}`, ended: never, close: async () => undefined };
  return { opened: `Opened in ${window.what}. Should nothing appear, open this once:\n  ${address}`, ended: closedByHand(window, say), close: window.close };
}

/** Never settles for a window that could not be shown: its address still works. */
async function closedByHand({ closed }: Window, say: Say): Promise<string> {
  const opened = performance.now();
  await closed;
  if (performance.now() - opened >= shownAtAll) return 'window closed';
  say('\nThe window closed at once, so none can be shown here: open the address above in another browser.');
  return never;
}
