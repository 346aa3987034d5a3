/** What agent and face say to each other over the local door, as bytes: each message is its length (4 bytes, little-endian) and its body: to the face a ToFace as JSON in UTF-8, from it a kind and a few bytes. Nothing that comes in is trusted. */
import { type CeremonyAnswer, decodeAnswer, decodeGesture, encodeAnswer, encodeGesture, type Gesture, maxAnswerBytes, maxGestureBytes, type ToFace } from './bridge.ts';
import { readToFace } from './frame.ts';

export type FromFace =
  | { readonly kind: 'gesture'; readonly gesture: Gesture }
  /** What came of a security key's ceremony. */
  | { readonly kind: 'key'; readonly answer: CeremonyAnswer }
  /** Once a second. `covers`: every display shows what the last frame asked for. A face that stops saying so counts as missing. `hold`: left out by faces from before it was told. */
  | { readonly kind: 'beat'; readonly covers: boolean; readonly hold?: KeyboardHold }
  /** It was started in a way that opens it to others, and ends: `what` is the switch's name. */
  | { readonly kind: 'refused'; readonly what: RefusedSwitch };

/**
 * Of the keys that no window can stop (Alt+Tab, the system key). `none`: the face holds no keyboard here, and need not. `free`: it could, and need not now. `taken`: it should, and another program has
 * it, or the system does not give it. `missing`: its helper does not run. `noServer`: the helper reaches no X server, or one without XInput 2. `wayland`: only the compositor could.
 */
export const keyboardHolds = ['none', 'free', 'held', 'taken', 'missing', 'noServer', 'wayland'] as const;
export type KeyboardHold = (typeof keyboardHolds)[number];

/** Command line switches that open a Chromium to other programs; `argument`: any other word on the command line of an installed face, which takes none. */
export const refusedSwitches = ['remote-debugging-port', 'remote-debugging-pipe', 'inspect', 'argument'] as const;
export type RefusedSwitch = (typeof refusedSwitches)[number];

/** Exit codes of the face's program that tell its supervisor something; any other is an accident. */
export const faceExits = {
  /** It was started with a switch of `refusedSwitches`: started the same way again, it would end the same way. */
  refused: 78,
  /** Another face covers this session already. */
  second: 75,
} as const;

const kinds = { gesture: 0x67, key: 0x6b, beat: 0x62, refused: 0x72 } as const;

/** The longest body each side takes, in bytes; a longer one ends the connection. */
export const longestFromFace = 1 + maxAnswerBytes;
/** Of a body that begins with this byte: only a key's answer may be long. */
export const longestOfKind = (kind: number): number => (kind === kinds.key ? longestFromFace : 1 + maxGestureBytes);
export const longestToFace = 64 * 1024;

/** The receiver overwrites a digit's byte once it is read; the sender overwrites these bytes once they are sent. */
export function encodeFromFace(message: FromFace): Uint8Array<ArrayBuffer> {
  switch (message.kind) {
    case 'gesture':
      return tagged(kinds.gesture, encodeGesture(message.gesture));
    case 'key':
      return tagged(kinds.key, encodeAnswer(message.answer));
    case 'beat':
      return tagged(kinds.beat, Uint8Array.of(message.covers ? 1 : 0, ...(message.hold === undefined ? [] : [keyboardHolds.indexOf(message.hold)])));
    case 'refused':
      return tagged(kinds.refused, Uint8Array.of(refusedSwitches.indexOf(message.what)));
    default:
      return message satisfies never;
  }
}

/** The message of one body, or null for anything that is not exactly one. */
export function decodeFromFace(body: Uint8Array): FromFace | null {
  const rest = body.subarray(1);
  const only = rest.length === 1 ? rest[0] : undefined;
  switch (body[0]) {
    case kinds.gesture: {
      const gesture = decodeGesture(rest);
      return gesture && { kind: 'gesture', gesture };
    }
    case kinds.key: {
      const answer = decodeAnswer(rest);
      return answer && { kind: 'key', answer };
    }
    case kinds.beat: {
      const [covers = 2, said = 0] = rest;
      const hold = keyboardHolds[said];
      if (covers > 1 || rest.length > 2 || hold === undefined) return null;
      return { kind: 'beat', covers: covers === 1, ...(rest.length === 2 && { hold }) };
    }
    case kinds.refused: {
      const what = only === undefined ? undefined : refusedSwitches[only];
      return what === undefined ? null : { kind: 'refused', what };
    }
    default:
      return null;
  }
}

/** Typed arrays of up to 64 bytes lie on V8's heap unless they are given a buffer, and a collection copies them there. */
const offHeap = (length: number): Uint8Array<ArrayBuffer> => new Uint8Array(new ArrayBuffer(length));

function tagged(kind: number, rest: Uint8Array): Uint8Array<ArrayBuffer> {
  const body = offHeap(1 + rest.length);
  body[0] = kind;
  body.set(rest, 1);
  rest.fill(0);
  const bytes = framed(body);
  body.fill(0);
  return bytes;
}

/** The body, in JSON as well, that answers each beat which tells a `hold`: the agent lives. A face from before it was said would end the connection for it, and tells none. */
export const alive = '"alive"';

/** The message of one body that was decoded as UTF-8, or null for anything the face must not draw. */
export function decodeToFace(text: string): ToFace | null {
  try {
    return readToFace(JSON.parse(text));
  } catch (why) {
    if (why instanceof SyntaxError) return null;
    throw why;
  }
}

/** A body of any kind with its length before it. */
export function framed(body: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = offHeap(4 + body.length);
  new DataView(bytes.buffer).setUint32(0, body.length, true);
  bytes.set(body, 4);
  return bytes;
}

/** Takes bytes as they come and hands out whole bodies in order; `false`: a body is empty, longer than `longest`, or longer than `longestOf` its first byte, and nothing more is taken. Bodies are valid during the call and overwritten after it. */
export function bodies(longest: number, hear: (body: Uint8Array) => void, longestOf: (kind: number) => number = () => longest): (chunk: Uint8Array) => boolean {
  const held = offHeap(4 + longest);
  let filled = 0;
  let broken = false;
  return (chunk) => {
    for (let from = 0; from < chunk.length && !broken; ) {
      const due = filled < 4 ? 4 : filled === 4 ? 5 : 4 + new DataView(held.buffer).getUint32(0, true);
      const part = chunk.subarray(from, from + due - filled);
      held.set(part, filled);
      filled += part.length;
      from += part.length;
      if (filled < due) break;
      const length = new DataView(held.buffer).getUint32(0, true);
      if (filled === 4) {
        broken = length === 0 || length > longest;
        continue;
      }
      if (filled === 5) broken = length > longestOf(held[4] as number);
      if (broken || filled < 4 + length) continue;
      hear(held.subarray(4, filled));
      held.fill(0, 0, filled);
      filled = 0;
    }
    chunk.fill(0);
    return !broken;
  };
}
