/** The agent's last frame, or its absence, comes in; what the displays owe goes out: how they are covered, what each window is told, and what must then stand there. */
import type { Frame, Role } from '../core/bridge.ts';
import type { ToPage } from './channels.ts';

export type Asked =
  | { readonly kind: 'away' }
  /** `heardAt`: milliseconds of this process's clock. */
  | { readonly kind: 'frame'; readonly frame: Frame; readonly heardAt: number };

/** `hidden`: nothing of ours is on any display. `strip`: small windows of ours lie over open work. `warning`: every display is covered and her keyboard stays hers. `locked`: covered, and the keyboard is ours. */
export type Cover = 'hidden' | 'strip' | 'warning' | 'locked';

/** What a window is. `lock` holds the buttons over open work, and is a strip to its page. */
export type Part = Role | 'lock';

/** What lies over open work: a strip, the buttons that lock or help, a banner on every display. */
export type Overlays = { readonly strip: boolean; readonly lock: boolean; readonly banner: boolean };

/** Nothing lies over work that is covered: the cover says it all. */
export function overlaysOf(asked: Asked): Overlays {
  if (asked.kind === 'away' || asked.frame.view.help !== null || asked.frame.view.screen.kind !== 'open') return { strip: false, lock: false, banner: false };
  const { screen, emergency } = asked.frame.view;
  return { strip: screen.strip !== null, lock: screen.lockButton, banner: emergency.until !== null };
}

/** Without a frame there is nothing but locked. */
export function coverOf(asked: Asked): Cover {
  if (asked.kind === 'away') return 'locked';
  const { screen, help } = asked.frame.view;
  if (help !== null) return 'locked';
  if (screen.kind === 'open') return Object.values(overlaysOf(asked)).includes(true) ? 'strip' : 'hidden';
  return screen.kind === 'away' ? 'warning' : 'locked';
}

type View = Frame['view'];
const none: View['emergency'] = { offered: false, until: null };

/** What each window is told. Backdrop and banner learn nothing of anybody: the station's own settings, and that an emergency session is open. */
function viewOf(part: Part, view: View): View {
  const { screen, emergency } = view;
  const bare: View = { screen: { kind: 'idle' }, help: null, language: null, emergency: { ...none, until: emergency.until } };
  switch (part) {
    case 'pad':
      return view;
    case 'backdrop':
      return bare;
    case 'banner':
      return { ...bare, language: view.language };
    case 'strip':
      return { ...view, emergency: none, screen: screen.kind === 'open' ? { ...screen, lockButton: false } : screen };
    case 'lock':
      return { ...view, emergency: none, screen: screen.kind === 'open' ? { ...screen, strip: null } : screen };
    default:
      return part satisfies never;
  }
}

/** What a window is told at `now`. */
export function toldTo(part: Part, asked: Asked, now: number): ToPage {
  if (asked.kind === 'away') return { kind: 'away' };
  const { frame } = asked;
  const late = now - asked.heardAt;
  return { kind: 'message', message: { kind: 'frame', frame: { ...frame, view: viewOf(part, frame.view), now: frame.now + late, wall: frame.wall + late } } };
}

/** The section that stands in a window once it has drawn that; renderer/picture.ts chooses it. */
export function sectionOf(part: Part, asked: Asked): string {
  if (asked.kind === 'away') return 'lost';
  if (part === 'backdrop' || part === 'banner') return 'idle';
  const { screen, help } = asked.frame.view;
  if (help !== null) return 'help';
  switch (screen.kind) {
    // The question of an application, and a key's own PIN, stand on the PIN pad.
    case 'confirm':
    case 'keyPin':
      return 'pin';
    case 'form':
      return screen.length > 0 ? 'pin' : screen.step === 'reason' ? 'reason' : 'colleague';
    case 'practice':
      return screen.length > 0 ? 'pin' : 'practice';
    case 'keyBlocked':
      return 'blocked';
    case 'badgeTaken':
      return 'revoked';
    case 'addedDemo':
      return 'added';
    case 'codeWait':
    case 'limit':
    case 'notAllowed':
    case 'noEmergency':
      return 'turnedAway';
    default:
      return screen.kind;
  }
}
