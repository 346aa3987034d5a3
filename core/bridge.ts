/** The one contract between agent and face: Frames and cues out, Gestures in. A digit is a frame of one byte of its own, never JSON, so that no string ever holds it. */
import type { Language, Millis } from './types.ts';
import type { View } from './view.ts';

export type Station = {
  readonly name: string;
  readonly computer: string;
  readonly version: string;
  readonly phone: string;
  readonly language: Language;
  readonly theme: 'day' | 'night' | 'auto';
  readonly nightSound: 'low' | 'off';
  readonly mode: 'evaluation' | 'installed';
};
/** One whole picture. `now` is the station time it was made at, `wall` the same moment in milliseconds of Unix time. */
export type Frame = { readonly view: View; readonly now: Millis; readonly wall: number; readonly station: Station };
export type ToFace = { readonly kind: 'frame'; readonly frame: Frame } | { readonly kind: 'cue'; readonly tone: 'accepted' | 'refused' };

const gestureKinds = [
  'erase', 'clear', 'cancel', 'switch', 'notNow', 'keepWorking', 'lockNow', 'help', 'back', 'addBadge', 'otherWay', 'testReader', 'useKey', 'usePin', 'key', 'pointer',
] as const;
/** `key` and `pointer`: the signed-in person used the evaluation desktop. */
export type Gesture = { readonly kind: (typeof gestureKinds)[number] } | { readonly kind: 'digit'; readonly digit: number };

/** Which part of a station a window of the face is: the pad stands on one display, backdrops cover the others, a strip lies over open work. */
export type Role = 'pad' | 'backdrop' | 'strip';

/** What a face's page is given, by Electron's preload, the evaluation's link or a test. */
export type Bridge = {
  /** Each message of the agent, in order. */
  readonly listen: (heard: (message: ToFace) => void) => void;
  /** One gesture, as `encodeGesture` wrote it. The receiver overwrites a digit's byte once it is sent. */
  readonly send: (bytes: Uint8Array) => void;
  /** The agent is not to be heard. The next message ends it. */
  readonly onAway: (away: () => void) => void;
  /** Where there are several windows: what this one is, at once and whenever it changes. A page that is not told is the pad. */
  readonly onRole?: (changed: (role: Role) => void) => void;
};

/** The one host the face's content comes from, and the relying party of every security key (WebAuthn L3 §5.1.2): a name reserved for private use, answered by the face itself. */
export const stationHost = 'station.tapward.internal';

/** The largest gesture message in bytes; anything longer is refused unread. */
export const maxGestureBytes = 64;

/** A gesture as bytes: ASCII `0`–`9` alone for a digit, else its kind's name. */
export function encodeGesture(gesture: Gesture): Uint8Array {
  if (gesture.kind === 'digit') return Uint8Array.of(0x30 + gesture.digit);
  return Uint8Array.from(gesture.kind, (c) => c.charCodeAt(0));
}

/** The gesture these bytes say, or null for anything that is not exactly one. A digit's byte is overwritten once read. */
export function decodeGesture(bytes: Uint8Array): Gesture | null {
  const first = bytes[0];
  if (first === undefined || bytes.length > maxGestureBytes) return null;
  if (bytes.length === 1 && first >= 0x30 && first <= 0x39) {
    bytes[0] = 0;
    return { kind: 'digit', digit: first - 0x30 };
  }
  const kind = gestureKinds.find((k) => k.length === bytes.length && bytes.every((b, i) => b === k.charCodeAt(i)));
  return kind === undefined ? null : { kind };
}
