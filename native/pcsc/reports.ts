/** What the reader program has to say comes in as a Report, frames of bytes go out; and back, where nothing in a frame is trusted. */
import type { Millis, ReaderServiceCause, UnreadableCause } from '../../core/types.ts';
import type { StayNumber } from './requests.ts';
import { longestResponse, shortestResponse } from './requests.ts';

/** A reader under the number the program has given it: a reader that comes back gets a new one. */
export type ReaderNumber = number;
export type SkipCause = 'sam' | 'contact' | 'token' | 'tooMany' | 'byPolicy';

export type Report =
  /** The program is alive and the service has answered it, or has been found away. */
  | { readonly kind: 'beat' }
  | { readonly kind: 'service'; readonly cause: Exclude<ReaderServiceCause, 'hung'> | null }
  | { readonly kind: 'found'; readonly reader: ReaderNumber; readonly name: string }
  | { readonly kind: 'skipped'; readonly why: SkipCause; readonly name: string }
  | { readonly kind: 'lost'; readonly reader: ReaderNumber }
  /** All readers of the first listing of a service have been reported. */
  | { readonly kind: 'listed' }
  /** The first look at a reader found no card. */
  | { readonly kind: 'empty'; readonly reader: ReaderNumber }
  | { readonly kind: 'arrived'; readonly reader: ReaderNumber; readonly at: Millis }
  | { readonly kind: 'read'; readonly reader: ReaderNumber; readonly at: Millis; readonly stay: StayNumber; readonly uid: Uint8Array; readonly atr: Uint8Array }
  | { readonly kind: 'unreadable'; readonly reader: ReaderNumber; readonly at: Millis; readonly why: UnreadableCause }
  | { readonly kind: 'gone'; readonly reader: ReaderNumber; readonly at: Millis }
  /** To the request with this number: the whole response APDU, untouched, or null where there was none. */
  | { readonly kind: 'answered'; readonly request: number; readonly response: Uint8Array | null }
  /** For the diagnosis, under a stable id. Never holds bytes of a card. */
  | { readonly kind: 'note'; readonly id: string; readonly text: string };

const kinds = [
  'beat',
  'service',
  'found',
  'skipped',
  'lost',
  'listed',
  'empty',
  'arrived',
  'read',
  'unreadable',
  'gone',
  'answered',
  'note',
] as const satisfies readonly Report['kind'][];
const services = [null, 'noLibrary', 'noService', 'refused'] as const;
const skips = ['sam', 'contact', 'token', 'tooMany', 'byPolicy'] as const satisfies readonly SkipCause[];
const whys = ['mute', 'pulled', 'busy', 'silent', 'noUid'] as const satisfies readonly UnreadableCause[];
const longestUid = 10;
const longestAtr = 33;

/** Bytes of a report beside a response: far fewer, even in a note of two texts. */
const mostFields = 1_024;
const scratch = Buffer.alloc(mostFields + longestResponse);
let filled = 0;

/** A frame: its length after these 4 bytes (little-endian), the kind, then the kind's fields. Made without lists of parts: a tap waits for it. */
export function encodeReport(report: Report): Buffer {
  filled = 4;
  putByte(kinds.indexOf(report.kind));
  putFields(report);
  scratch.writeUInt32LE(filled - 4, 0);
  return Buffer.from(scratch.subarray(0, filled));
}

function putFields(report: Report): void {
  switch (report.kind) {
    case 'beat':
    case 'listed':
      return;
    case 'service':
      putByte(services.indexOf(report.cause));
      return;
    case 'found':
      putNumber(report.reader);
      putText(report.name);
      return;
    case 'skipped':
      putByte(skips.indexOf(report.why));
      putText(report.name);
      return;
    case 'lost':
    case 'empty':
      putNumber(report.reader);
      return;
    case 'arrived':
    case 'gone':
      putNumber(report.reader);
      putMillis(report.at);
      return;
    case 'read':
      putNumber(report.reader);
      putMillis(report.at);
      putNumber(report.stay);
      putBytes(report.uid);
      putBytes(report.atr);
      return;
    case 'unreadable':
      putNumber(report.reader);
      putMillis(report.at);
      putByte(whys.indexOf(report.why));
      return;
    case 'answered':
      putNumber(report.request);
      putResponse(report.response);
      return;
    case 'note':
      putText(report.id);
      putText(report.text);
      return;
    default:
      report satisfies never;
  }
}

const putByte = (value: number): void => void (filled = scratch.writeUInt8(value, filled));
const putNumber = (value: number): void => void (filled = scratch.writeUInt32LE(value, filled));
const putMillis = (value: Millis): void => void (filled = scratch.writeDoubleLE(value, filled));
const putBytes = (value: Uint8Array): void => {
  putByte(value.length);
  scratch.set(value, filled);
  filled += value.length;
};
/** null is told from any response by its length. */
const putResponse = (value: Uint8Array | null): void => {
  putNumber(value?.length ?? 0);
  scratch.set(value ?? [], filled);
  filled += value?.length ?? 0;
};
const putText = (value: string): void => putBytes(Buffer.from(value).subarray(0, 255));

/** Collects chunks and hands out each whole report, or null once for what is no report: nothing after that can be understood. */
export function reportDecoder(hand: (report: Report | null) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  let broken = false;
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (!broken && rest.length >= 4) {
      const end = 4 + rest.readUInt32LE(0);
      const isTooLong = end > scratch.length;
      if (rest.length < end && !isTooLong) return;
      const report = isTooLong ? null : decodeReport(rest.subarray(4, end));
      rest = rest.subarray(end);
      broken = report === null;
      hand(report);
    }
  };
}

/** null for anything but exactly one well-formed report; left-over bytes make it ill-formed. */
export function decodeReport(frame: Buffer): Report | null {
  const cursor = { frame, at: 0, bad: false };
  const kind = kinds[takeByte(cursor)];
  const report = kind === undefined ? null : take(kind, cursor);
  return cursor.bad || cursor.at !== frame.length ? null : report;
}

type Cursor = { readonly frame: Buffer; at: number; bad: boolean };

function take(kind: Report['kind'], cursor: Cursor): Report | null {
  switch (kind) {
    case 'beat':
    case 'listed':
      return { kind };
    case 'service': {
      const cause = services[takeByte(cursor)];
      return cause === undefined ? null : { kind, cause };
    }
    case 'found':
      return { kind, reader: takeNumber(cursor), name: takeText(cursor) };
    case 'skipped': {
      const why = skips[takeByte(cursor)];
      return why === undefined ? null : { kind, why, name: takeText(cursor) };
    }
    case 'lost':
    case 'empty':
      return { kind, reader: takeNumber(cursor) };
    case 'arrived':
    case 'gone':
      return { kind, reader: takeNumber(cursor), at: takeMillis(cursor) };
    case 'read': {
      const report = { kind, reader: takeNumber(cursor), at: takeMillis(cursor), stay: takeNumber(cursor), uid: takeBytes(cursor), atr: takeBytes(cursor) };
      return report.uid.length === 0 || report.uid.length > longestUid || report.atr.length > longestAtr ? null : report;
    }
    case 'unreadable': {
      const [reader, at, why] = [takeNumber(cursor), takeMillis(cursor), whys[takeByte(cursor)]];
      return why === undefined ? null : { kind, reader, at, why };
    }
    case 'answered': {
      const [request, length] = [takeNumber(cursor), takeNumber(cursor)];
      if (length === 0) return { kind, request, response: null };
      return length < shortestResponse || length > longestResponse ? null : { kind, request, response: Uint8Array.from(takePart(cursor, length)) };
    }
    case 'note':
      return { kind, id: takeText(cursor), text: takeText(cursor) };
    default:
      return kind satisfies never;
  }
}

/** The next `length` bytes; zeros, and the cursor marked bad, when the frame is over. */
function takePart(cursor: Cursor, length: number): Buffer {
  const part = cursor.frame.subarray(cursor.at, cursor.at + length);
  cursor.at += length;
  if (part.length === length) return part;
  cursor.bad = true;
  return Buffer.alloc(length);
}
const takeByte = (cursor: Cursor): number => takePart(cursor, 1).readUInt8();
const takeNumber = (cursor: Cursor): number => takePart(cursor, 4).readUInt32LE();
const takeMillis = (cursor: Cursor): Millis => {
  const at = takePart(cursor, 8).readDoubleLE();
  cursor.bad ||= !Number.isFinite(at);
  return at;
};
const takeBytes = (cursor: Cursor): Uint8Array => Uint8Array.from(takePart(cursor, takeByte(cursor)));
const takeText = (cursor: Cursor): string => Buffer.from(takeBytes(cursor)).toString();
