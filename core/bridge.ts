/** The one contract between agent and face: Frames, cues and a security key's ceremonies out, Gestures and the key's answers in. A digit is a frame of one byte of its own, never JSON, so that no string ever holds it. */
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
  /** An Electron accelerator that locks at once, whatever has the focus; null: none. */
  readonly lockKey: string | null;
};
/** One whole picture. `now` is the station time it was made at, `wall` the same moment in milliseconds of Unix time. */
export type Frame = { readonly view: View; readonly now: Millis; readonly wall: number; readonly station: Station };
export type ToFace =
  | { readonly kind: 'frame'; readonly frame: Frame }
  | { readonly kind: 'cue'; readonly tone: 'accepted' | 'refused' }
  | Ceremony
  /** Whatever it still waits for, it waits in vain. */
  | { readonly kind: 'ceremonyEnd'; readonly id: number };
/** A security key is to be asked, with options in the JSON of WebAuthn L3 §5.1.8 and §5.1.9. A face holds one ceremony at a time: a new one ends the one before. */
export type Ceremony = { readonly kind: 'ceremony'; readonly id: number; readonly what: 'get' | 'create'; readonly options: string };
/** What came of the ceremony `id`. `json`: the key's response, of which nothing is believed yet; null: there is none. */
export type CeremonyAnswer = { readonly id: number; readonly json: string | null };

const gestureKinds = [
  'erase',
  'clear',
  'cancel',
  'switch',
  'notNow',
  'keepWorking',
  'lockNow',
  'help',
  'back',
  'addBadge',
  'otherWay',
  'testReader',
  'useKey',
  'usePin',
  'key',
  'pointer',
  'enterCode',
  'newPin',
  'changePin',
  'vouch',
  'emergency',
  'reasonLife',
  'reasonTreatment',
  'reasonSignIn',
  'reasonOther',
  'clean',
  'practise',
  'next',
] as const;
/** `key` and `pointer`: the signed-in person used the evaluation desktop. */
export type Gesture = { readonly kind: (typeof gestureKinds)[number] } | { readonly kind: 'digit'; readonly digit: number };

/** Which part of a station a window of the face is: the pad stands on one display, backdrops cover the others, a strip lies over open work, and a banner on every display while an emergency session is open. */
export type Role = 'pad' | 'backdrop' | 'strip' | 'banner';

/** What a face's page is given, by Electron's preload, the evaluation's link or a test. */
export type Bridge = {
  /** Each message of the agent, in order. */
  readonly listen: (heard: (message: ToFace) => void) => void;
  /** One gesture, as `encodeGesture` wrote it. The receiver overwrites a digit's byte once it is sent. */
  readonly send: (bytes: Uint8Array) => void;
  /** The one answer to a ceremony. */
  readonly answer: (answer: CeremonyAnswer) => void;
  /** The agent is not to be heard. The next message ends it. */
  readonly onAway: (away: () => void) => void;
  /** Where there are several windows: what this one is, at once and whenever it changes. A page that is not told is the pad. */
  readonly onRole?: (changed: (role: Role) => void) => void;
};

/** The one host the face's content comes from, and the relying party of every security key (WebAuthn L3 §5.1.2): a name reserved for private use, answered by the face itself. */
export const stationHost = 'station.tapward.internal';

/** The largest gesture message in bytes; anything longer is refused unread. */
export const maxGestureBytes = 64;

/** The longest options of a ceremony, and the longest JSON of an answer, in characters. A registration with its certificates takes about 4,000. */
export const longestOptions = 16 * 1024;
export const longestResponse = 32 * 1024;
/** The largest answer to a ceremony in bytes. */
export const maxAnswerBytes = 4 + longestResponse;

/** The number of a ceremony, as both ends take it. */
export const isCeremonyId = (id: unknown): id is number => typeof id === 'number' && Number.isInteger(id) && id >= 0 && id <= 0xffff_ffff;
/** WebAuthn's JSON is base64url and names: printable ASCII, one byte each. */
const isPrintable = (json: string): boolean => /^[ -~]+$/.test(json);

/** An answer as bytes: its ceremony's number (4 bytes, little-endian), then the JSON in ASCII, or nothing. A response that the contract has no room for is none. */
export function encodeAnswer({ id, json }: CeremonyAnswer): Uint8Array<ArrayBuffer> {
  const said = json !== null && json.length <= longestResponse && isPrintable(json) ? json : '';
  const bytes = new Uint8Array(4 + said.length);
  new DataView(bytes.buffer).setUint32(0, id, true);
  for (let at = 0; at < said.length; at++) bytes[4 + at] = said.charCodeAt(at);
  return bytes;
}

/** The answer these bytes say, or null for anything that is not exactly one. */
export function decodeAnswer(bytes: Uint8Array): CeremonyAnswer | null {
  if (bytes.length < 4 || bytes.length > maxAnswerBytes) return null;
  const id = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  if (bytes.length === 4) return { id, json: null };
  const parts: string[] = [];
  for (let at = 4; at < bytes.length; at += 4_096) parts.push(String.fromCharCode(...bytes.subarray(at, at + 4_096)));
  const json = parts.join('');
  return isPrintable(json) ? { id, json } : null;
}

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
