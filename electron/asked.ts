/** The agent's last frame, or its absence, comes in; what the displays owe goes out: how they are covered, what each window is told, and what must then stand there. */
import type { Frame, Role } from '../core/bridge.ts';
import type { ToPage } from './channels.ts';

export type Asked =
  | { readonly kind: 'away' }
  /** `heardAt`: milliseconds of this process's clock. */
  | { readonly kind: 'frame'; readonly frame: Frame; readonly heardAt: number };

/** `hidden`: nothing of ours is on any display. `strip`: one strip lies over open work. `warning`: every display is covered and her keyboard stays hers. `locked`: covered, and the keyboard is ours. */
export type Cover = 'hidden' | 'strip' | 'warning' | 'locked';

/** Without a frame there is nothing but locked. */
export function coverOf(asked: Asked): Cover {
  if (asked.kind === 'away') return 'locked';
  const { screen, help } = asked.frame.view;
  if (help !== null) return 'locked';
  if (screen.kind === 'open') return screen.strip === null ? 'hidden' : 'strip';
  return screen.kind === 'away' ? 'warning' : 'locked';
}

const empty: Frame['view'] = { screen: { kind: 'idle' }, help: null, language: null };

/** What a window of this role is told at `now`. A backdrop learns nothing of anybody: only the station's own settings. */
export function toldTo(role: Role, asked: Asked, now: number): ToPage {
  if (asked.kind === 'away') return { kind: 'away' };
  const late = now - asked.heardAt;
  const frame = { ...asked.frame, now: asked.frame.now + late, wall: asked.frame.wall + late };
  return { kind: 'message', message: { kind: 'frame', frame: role === 'backdrop' ? { ...frame, view: empty } : frame } };
}

/** The section that stands in a window of this role once it has drawn that. */
export function sectionOf(role: Role, asked: Asked): string {
  if (asked.kind === 'away') return 'lost';
  if (role === 'backdrop') return 'idle';
  const { screen, help } = asked.frame.view;
  if (help !== null) return 'help';
  // The question of an application, and a key's own PIN, stand on the PIN pad.
  if (screen.kind === 'confirm' || screen.kind === 'keyPin') return 'pin';
  return screen.kind === 'keyBlocked' ? 'blocked' : screen.kind;
}
