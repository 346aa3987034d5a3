/** Whatever the evaluation's page said comes in; the deed at the tray that it means goes out, rebuilt, or null. */
export type Deed = { readonly do: 'tap' | 'place' | 'lift'; readonly badge: string } | { readonly do: 'unplug' | 'plug' | 'end' | 'ask' };

const atBadge = ['tap', 'place', 'lift'] as const;
const bare = ['unplug', 'plug', 'end', 'ask'] as const;

/** `ask`: the page is the pad from now on, and knows no tray yet. */
export function readDeed(said: unknown): Deed | null {
  if (typeof said !== 'object' || said === null || !('do' in said)) return null;
  const plain = bare.find((kind) => kind === said.do);
  if (plain !== undefined) return { do: plain };
  const kind = atBadge.find((one) => one === said.do);
  return kind !== undefined && 'badge' in said && typeof said.badge === 'string' && said.badge.length <= 64 ? { do: kind, badge: said.badge } : null;
}
