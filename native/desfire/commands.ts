/** A card, a session if there is one, and parameters come in; one DESFire command is carried out, and what the card answered goes out with its length checked. */
import { crc32 } from 'node:zlib';
import type { Transmit } from '../../core/ports.ts';
import type { CardKey } from './authentication.ts';
import { fixed, joined, wipe } from './bytes.ts';
import { aidLength, keyLength, uidLength } from './diversification.ts';
import { type Answer, gathered, last, malformed, ok } from './exchange.ts';
import type { CommMode, Session } from './session.ts';

const none = new Uint8Array();
/** The application every card has: its own master key and settings. */
export const piccAid: Uint8Array = Uint8Array.of(0, 0, 0);

/** Lowest bits first: key 0 may be changed; free listing; free creating; settings may be changed. The upper half: which key changes others, 0 being the master key. */
export const keySettings = {
  /** Nothing is listed, made or changed without the master key; the master key may do all of it. */
  closed: 0x09,
} as const;

/** Access of a standard data file, four bits each: E anyone, F no one, else the key that is needed. */
export type FileRights = { readonly read: number; readonly write: number; readonly readWrite: number; readonly change: number };

/** Forgets any session on the card's side. */
export async function selectApplication(transmit: Transmit, aid: Uint8Array): Promise<Answer<null>> {
  return emptied(await last(transmit, 0x5a, aid));
}

/** The raw version data, 28 or 29 bytes: see version.ts. */
export const getVersion = (transmit: Transmit): Promise<Answer<Uint8Array>> => gathered(transmit, 0x60, none);

/** The UID behind a random one; needs a session with any key. */
export const getCardUid = (transmit: Transmit, session: Session): Promise<Answer<Uint8Array>> => within(transmit, session, 'full', 0x51, none, none, uidLength);

/** All AIDs, three bytes each. */
export async function getApplicationIds(transmit: Transmit, session: Session | null): Promise<Answer<readonly Uint8Array[]>> {
  const answer = await within(transmit, session, 'mac', 0x6a, none, none, null);
  if (answer.kind !== 'ok') return answer;
  const { value } = answer;
  if (value.length % aidLength !== 0) return malformed;
  return ok(Array.from({ length: value.length / aidLength }, (_, at) => value.slice(at * aidLength, (at + 1) * aidLength)));
}

/** `closed` settings say what needs its master key. All keys are AES and zero at first. */
export const createApplication = async (transmit: Transmit, session: Session | null, aid: Uint8Array, settings: number, keys: number): Promise<Answer<null>> =>
  emptied(await within(transmit, session, 'mac', 0xca, joined(aid, [settings, 0x80 | keys]), none, 0));

/** Two bytes: the settings, and the number and kind of keys (80 AES). */
export const getKeySettings = (transmit: Transmit, session: Session | null): Promise<Answer<Uint8Array>> => within(transmit, session, 'mac', 0x45, none, none, 2);

export const changeKeySettings = async (transmit: Transmit, session: Session, settings: number): Promise<Answer<null>> =>
  emptied(await within(transmit, session, 'full', 0x54, none, Uint8Array.of(settings), 0));

export async function getKeyVersion(transmit: Transmit, session: Session | null, keyNo: number): Promise<Answer<number>> {
  const answer = await within(transmit, session, 'mac', 0x64, Uint8Array.of(keyNo), none, 1);
  return answer.kind === 'ok' ? ok(answer.value[0] ?? 0) : answer;
}

/** The key the session was begun with. The card drops the session with its answer, which has no MAC: AN12196 §5.16.2. `keyNo`: 80 added for the card's own master key becoming AES. */
export async function changeOwnKey(transmit: Transmit, session: Session, { keyNo, key }: CardKey, keyVersion: number): Promise<Answer<null>> {
  const data = joined(key, [keyVersion]);
  const answer = await last(transmit, 0xc4, session.secured({ ins: 0xc4, header: Uint8Array.of(keyNo), data, mode: 'full' }));
  wipe(data);
  session[Symbol.dispose]();
  return emptied(answer);
}

/** Another key of the application: both keys mixed, and the new one's checksum, so that the card notices a wrong old key (91 1E): AN12196 §5.16.1. */
export async function changeOtherKey(transmit: Transmit, session: Session, { keyNo, key }: CardKey, keyVersion: number, oldKey: Uint8Array): Promise<Answer<null>> {
  const mixed = fixed(keyLength);
  for (const at of mixed.keys()) mixed[at] = (key[at] ?? 0) ^ (oldKey[at] ?? 0);
  const sum = checksum(key);
  const data = joined(mixed, [keyVersion], sum);
  const answer = await within(transmit, session, 'full', 0xc4, Uint8Array.of(keyNo), data, 0);
  wipe(mixed, sum, data);
  return emptied(answer);
}

/** CRC-32 without the final inversion, low byte first. */
export function checksum(bytes: Uint8Array): Uint8Array {
  const sum = fixed(4);
  new DataView(sum.buffer).setUint32(0, ~crc32(bytes) >>> 0, true);
  return sum;
}

/** Random UIDs from the next power-up on. A card cannot go back. */
export const setRandomUid = async (transmit: Transmit, session: Session): Promise<Answer<null>> =>
  emptied(await within(transmit, session, 'full', 0x5c, Uint8Array.of(0x00), Uint8Array.of(0x02), 0));

/** `size`: bytes. Full mode for whoever comes with a key; whoever may read without one reads it plain. */
export const createDataFile = async (transmit: Transmit, session: Session, fileNo: number, rights: FileRights, size: number): Promise<Answer<null>> =>
  emptied(await within(transmit, session, 'mac', 0xcd, joined([fileNo, commSetting], rightsBytes(rights), low3(size)), none, 0));

/** The numbers of the application's files. */
export const getFileIds = (transmit: Transmit, session: Session | null): Promise<Answer<Uint8Array>> => within(transmit, session, 'mac', 0x6f, none, none, null);

/** What GetFileSettings says of a standard data file in full mode with these rights and this size. */
export const fileSettings = (rights: FileRights, size: number): Uint8Array => joined([0x00, commSetting], rightsBytes(rights), low3(size));

/** The raw settings; a card may add bytes for features that are off. */
export const getFileSettings = (transmit: Transmit, session: Session | null, fileNo: number): Promise<Answer<Uint8Array>> =>
  within(transmit, session, 'mac', 0xf5, Uint8Array.of(fileNo), none, null);

/** `length` bytes from the beginning. Without a session: plain, where anyone may read. */
export const readData = (transmit: Transmit, session: Session | null, fileNo: number, length: number): Promise<Answer<Uint8Array>> =>
  within(transmit, session, 'full', 0xbd, joined([fileNo], low3(0), low3(length)), none, length);

/** From the beginning; up to 200 bytes, which is one frame. */
export const writeData = async (transmit: Transmit, session: Session, fileNo: number, data: Uint8Array): Promise<Answer<null>> =>
  emptied(await within(transmit, session, 'full', 0x3d, joined([fileNo], low3(0), low3(data.length)), data, 0));

const commSetting = 0x03;
const low3 = (value: number): readonly number[] => [value & 0xff, (value >> 8) & 0xff, value >> 16];
const rightsBytes = ({ read, write, readWrite, change }: FileRights): readonly number[] => [(readWrite << 4) | change, (read << 4) | write];

/** `length`: what the answer must have once it is open; null: the caller looks. */
async function within(
  transmit: Transmit,
  session: Session | null,
  mode: CommMode,
  ins: number,
  header: Uint8Array,
  data: Uint8Array,
  length: number | null,
): Promise<Answer<Uint8Array>> {
  const sent = session ? session.secured({ ins, header, data, mode }) : joined(header, data);
  const answer = await gathered(transmit, ins, sent);
  if (answer.kind !== 'ok') {
    session?.[Symbol.dispose]();
    return answer;
  }
  const open = session ? session.opened(answer.value, mode) : answer;
  return open.kind === 'ok' && length !== null && open.value.length !== length ? malformed : open;
}

const emptied = (answer: Answer<Uint8Array>): Answer<null> => (answer.kind !== 'ok' ? answer : answer.value.length === 0 ? ok(null) : malformed);
