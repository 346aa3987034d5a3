/** Bytes or a line from the evaluation's page come in; what a hand wishes at the tray goes out, or null. */
export type TrayState = { readonly badges: readonly { readonly id: string; readonly label: string }[]; readonly plugged: boolean };
export type TrayWish = { readonly do: 'tap' | 'place' | 'lift' | 'unplug' | 'plug' | 'end'; readonly badge?: string };

export const longestWish = 256;

/** `end` ends the evaluation: a kiosk has no other way out. */
export function wishIn(bytes: Uint8Array | null): TrayWish | null {
  try {
    const wish: unknown = JSON.parse(Buffer.from(bytes ?? []).toString());
    if (typeof wish !== 'object' || wish === null || !('do' in wish)) return null;
    const what = (['tap', 'place', 'lift', 'unplug', 'plug', 'end'] as const).find((w) => w === wish.do);
    if (what === undefined) return null;
    return 'badge' in wish && typeof wish.badge === 'string' ? { do: what, badge: wish.badge } : { do: what };
  } catch {
    return null;
  }
}
