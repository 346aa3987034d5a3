/** The evaluation page comes in; face, desktop and tray go out, bound to one link: that of Electron's preload where there is one, else the loopback. */
import type { Bridge } from '../../core/bridge.ts';
import { startFace } from '../face.ts';
import { startDesktop } from './desktop.ts';
import { preloadLink, type TrayBridge } from './link.ts';
import { listenToLockKey } from './lock-key.ts';
import { loopback } from './loopback.ts';
import { startTray } from './tray.ts';

/** CSS pixels per millimetre. A browser does not know its display's size: CSS means 96 to the inch, and small touch screens are nearer 150. Approximate by nature. */
function approximateMm(): number {
  const small = matchMedia('(pointer: coarse)').matches && Math.min(screen.width, screen.height) < 850;
  return (small ? 150 : 96) / 25.4;
}

const byId = (id: string): HTMLElement => {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no ${id}`);
  return element;
};
const given = window as { readonly tapward?: Bridge; readonly tapwardTray?: TrayBridge };
const link = given.tapward !== undefined && given.tapwardTray !== undefined ? preloadLink(given.tapward, given.tapwardTray) : loopback();
startDesktop(byId('desktop'), link);
listenToLockKey(document, link);
startFace(byId('face'), link, { mm: approximateMm() });
const tray = document.querySelector<HTMLElement>('aside');
if (tray !== null) startTray(tray, link);
