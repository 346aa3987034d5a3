/** The evaluation page comes in; face, desktop and tray go out, bound to one loopback link. */
import { startFace } from '../face.ts';
import { startDesktop } from './desktop.ts';
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
const link = loopback();
startDesktop(byId('desktop'), link);
startFace(byId('face'), link, { mm: approximateMm() });
const tray = document.querySelector<HTMLElement>('aside');
if (tray !== null) startTray(tray, link);
