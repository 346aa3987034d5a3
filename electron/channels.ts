/** Nothing comes in; the names and shapes of what main process and page say to each other go out. Both ends check what they hear. */
import type { Role, ToFace } from '../core/bridge.ts';

/** What a page is told; each with a number that it answers once it has drawn it. */
export type ToPage =
  | { readonly kind: 'role'; readonly role: Role }
  | { readonly kind: 'away' }
  | { readonly kind: 'message'; readonly message: ToFace }
  /** Answered even by a page that nobody sees. */
  | { readonly kind: 'beat' };

export const channels = {
  /** To the page: (number, ToPage). */
  tell: 'tapward:tell',
  /** From the page, after its start: nothing more. */
  ready: 'tapward:ready',
  /** From the page: one gesture's bytes. */
  gesture: 'tapward:gesture',
  /** From the page: the bytes of one answer to a ceremony. */
  answer: 'tapward:answer',
  /** From the page: (number, section that stands). It was handed to the display. */
  drawn: 'tapward:drawn',
  /** From the page: the answer to a beat. */
  alive: 'tapward:alive',
  /** From the page: a finger or a button went down anywhere in it. */
  touched: 'tapward:touched',
  /** Both ways: what an extension says. The installed face never sends or hears it. */
  extension: 'tapward:extension',
} as const;
