/** What the evaluation's page is connected by comes in: Electron's preload or the loopback; one link for face, desktop and tray goes out. */
import type { Bridge, ToFace } from '../../core/bridge.ts';

export type Tray = { readonly badges: readonly { readonly id: string; readonly label: string }[]; readonly plugged: boolean };
export type TrayDeed = { readonly do: 'tap' | 'place' | 'lift'; readonly badge: string } | { readonly do: 'unplug' | 'plug' };
export type Link = Bridge & {
  readonly onTray: (changed: (tray: Tray) => void) => void;
  readonly tray: (deed: TrayDeed) => void;
  /** Ends the evaluation; null where a window's own button does. */
  readonly end: (() => void) | null;
};
/** What Electron's preload gives this page beside the Bridge. */
export type TrayBridge = {
  readonly onTray: (changed: (said: unknown) => void) => void;
  readonly tray: (deed: TrayDeed | { readonly do: 'end' | 'ask' }) => void;
};

/** The tray's state, rebuilt field by field; null for anything else. */
export function readTray(said: unknown): Tray | null {
  if (typeof said !== 'object' || said === null || !('badges' in said) || !('plugged' in said)) return null;
  const { badges, plugged } = said;
  if (typeof plugged !== 'boolean' || !Array.isArray(badges) || badges.length > 100) return null;
  const read = badges.map((badge: unknown) => {
    const { id, label } = (typeof badge === 'object' && badge !== null ? badge : {}) as Readonly<Record<string, unknown>>;
    return typeof id === 'string' && typeof label === 'string' ? { id, label } : null;
  });
  return read.every((badge) => badge !== null) ? { badges: read, plugged } : null;
}

/** A preload's Bridge takes one hearer of each kind; here face and desktop both listen. */
export function preloadLink(bridge: Bridge, beside: TrayBridge): Link {
  const hearers = new Set<(message: ToFace) => void>();
  const aways = new Set<() => void>();
  let away = false;
  bridge.listen((message) => {
    // What lay on the tray meanwhile nobody knows.
    if (away) beside.tray({ do: 'ask' });
    away = false;
    for (const hear of hearers) hear(message);
  });
  bridge.onAway(() => {
    away = true;
    for (const hear of aways) hear();
  });
  return {
    listen: (heard) => void hearers.add(heard),
    onAway: (heard) => void aways.add(heard),
    onRole: (changed) =>
      bridge.onRole?.((role) => {
        changed(role);
        // The tray's state is told to the pad alone.
        if (role === 'pad') beside.tray({ do: 'ask' });
      }),
    send: (bytes) => bridge.send(bytes),
    answer: (answer) => bridge.answer(answer),
    onTray: (changed) =>
      beside.onTray((said) => {
        const tray = readTray(said);
        if (tray !== null && !away) changed(tray);
      }),
    tray: (deed) => beside.tray(deed),
    end: () => beside.tray({ do: 'end' }),
  };
}
