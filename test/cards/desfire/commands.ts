/** A card's memory and an opened command come in; the memory changes, and data or a status goes out: what DESFire's commands do, without their secure messaging. */

import type { CommMode, Opened } from './channel.ts';
import { crc32 } from './cipher.ts';
import type { Application, Memory } from './memory.ts';
import { access, mayChangeKey, mayChangeSettings, mayCreate, mayList } from './rights.ts';

/** The application that is selected, and the key its session was begun with. */
export type Place = { readonly memory: Memory; readonly application: Application; readonly keyNo: number | null };
export type Outcome = { readonly data: Buffer } | { readonly status: number };
/** `mode` is that of a session; without one everything is plain. `header` counts the bytes never enciphered. `ends`: the session is over with it, its answer without a MAC. */
export type CommandKind = {
  readonly mode: (place: Place, payload: Buffer) => CommMode | { readonly status: number };
  readonly header: number;
  readonly run: (place: Place, opened: Opened) => Outcome;
  readonly ends?: (place: Place, opened: Opened) => boolean;
};

const done: Outcome = { data: Buffer.alloc(0) };
const refuse = (status: number): Outcome => ({ status });
const always = (mode: CommMode) => (): CommMode => mode;
const le3 = (bytes: Buffer, at: number): number => bytes.readUIntLE(at, 3);
const isPicc = ({ memory, application }: Place): boolean => application === memory.picc;

const fileMode =
  (how: 'read' | 'write') =>
  ({ application, keyNo }: Place, payload: Buffer): CommMode | { readonly status: number } => {
    const file = application.files.get(payload[0] ?? -1);
    if (!file) return { status: 0xf0 };
    return access(file, keyNo, how) ?? { status: keyNo === null ? 0xae : 0x9d };
  };

/** By instruction. */
export const commands: ReadonlyMap<number, CommandKind> = new Map<number, CommandKind>([
  [0x51, { mode: always('full'), header: 0, run: ({ memory, keyNo }, { data }) => (data.length > 0 ? refuse(0x7e) : keyNo === null ? refuse(0xae) : { data: memory.uid }) }],
  [
    0x6a,
    {
      mode: always('mac'),
      header: 0,
      run: (place) =>
        !isPicc(place) ? refuse(0x9d) : !mayList(place.application, place.keyNo) ? refuse(0xae) : { data: Buffer.from([...place.memory.applications.keys()].join(''), 'hex') },
    },
  ],
  [
    0xca,
    {
      mode: always('mac'),
      header: 5,
      run: (place, { header, data }) => {
        const aid = header.subarray(0, 3).toString('hex');
        const { memory } = place;
        if (data.length > 0) return refuse(0x7e);
        if (!isPicc(place)) return refuse(0x9d);
        if (!mayCreate(memory.picc, place.keyNo)) return refuse(0xae);
        if (memory.applications.has(aid) || aid === '000000') return refuse(0xde);
        const [, , , settings = 0, kinds = 0] = header;
        if ((kinds & 0xf0) !== 0x80 || (kinds & 0x0f) > 14) return refuse(0x9e);
        const keys = Array.from({ length: kinds & 0x0f }, () => ({ value: Buffer.alloc(16), version: 0, kind: 'aes' as const }));
        memory.applications.set(aid, { settings, keys, files: new Map() });
        return done;
      },
    },
  ],
  [
    0x45,
    {
      mode: always('mac'),
      header: 0,
      run: (place) =>
        mayList(place.application, place.keyNo) ? { data: Buffer.of(place.application.settings, (isPicc(place) ? 0 : 0x80) | place.application.keys.length) } : refuse(0xae),
    },
  ],
  [
    0x54,
    {
      mode: always('full'),
      header: 0,
      run: ({ application, keyNo }, { data }) => {
        if (data.length !== 1) return refuse(0x7e);
        if (!mayChangeSettings(application, keyNo)) return refuse(keyNo === null ? 0xae : 0x9d);
        application.settings = data[0] ?? 0;
        return done;
      },
    },
  ],
  [
    0x64,
    {
      mode: always('mac'),
      header: 1,
      run: ({ application }, { header }) => {
        const key = application.keys[header[0] ?? -1];
        return key ? { data: Buffer.of(key.version) } : refuse(0x40);
      },
    },
  ],
  [
    0xc4,
    {
      mode: always('full'),
      header: 1,
      ends: ({ keyNo }, { header }) => ((header[0] ?? 0) & 0x3f) === keyNo,
      run: (place, { header, data }) => {
        const number = (header[0] ?? 0) & 0x3f;
        const key = place.application.keys[number];
        if (!key) return refuse(0x40);
        if (place.keyNo === null) return refuse(0xae);
        if (!mayChangeKey(place.application, place.keyNo, number)) return refuse(0x9d);
        const isOwn = number === place.keyNo;
        if (data.length !== (isOwn ? 17 : 21)) return refuse(0x7e);
        const value = Buffer.from(data.subarray(0, 16).map((byte, at) => (isOwn ? byte : byte ^ (key.value[at] ?? 0))));
        if (!isOwn && !crc32(value).equals(data.subarray(17))) return refuse(0x1e);
        Object.assign(key, { value, version: data[16], kind: 'aes' });
        return done;
      },
    },
  ],
  [
    0x5c,
    {
      mode: always('full'),
      header: 1,
      run: (place, { header, data }) => {
        if (!isPicc(place) || place.keyNo !== 0) return refuse(0xae);
        if (header[0] !== 0 || data.length !== 1 || ((data[0] ?? 0) & 0xfc) !== 0) return refuse(0x9e);
        // Once set it stays.
        place.memory.randomUid ||= ((data[0] ?? 0) & 0x02) !== 0;
        return done;
      },
    },
  ],
  [
    0xcd,
    {
      mode: always('mac'),
      header: 7,
      run: ({ application, keyNo, ...place }, { header, data }) => {
        if (data.length > 0) return refuse(0x7e);
        if (isPicc({ ...place, application, keyNo })) return refuse(0x9d);
        if (!mayCreate(application, keyNo)) return refuse(0xae);
        const [number = 0, comm = 0] = header;
        if (application.files.has(number)) return refuse(0xde);
        if (number > 31 || le3(header, 4) === 0) return refuse(0x9e);
        application.files.set(number, { comm, rights: header.readUInt16LE(2), data: Buffer.alloc(le3(header, 4)) });
        return done;
      },
    },
  ],
  [0x6f, { mode: always('mac'), header: 0, run: ({ application, keyNo }) => (mayList(application, keyNo) ? { data: Buffer.from([...application.files.keys()]) } : refuse(0xae)) }],
  [
    0xf5,
    {
      mode: always('mac'),
      header: 1,
      run: ({ application, keyNo }, { header }) => {
        const file = application.files.get(header[0] ?? -1);
        if (!mayList(application, keyNo)) return refuse(0xae);
        if (!file) return refuse(0xf0);
        const size = Buffer.alloc(3);
        size.writeUIntLE(file.data.length, 0, 3);
        return { data: Buffer.concat([Buffer.of(0x00, file.comm, file.rights & 0xff, file.rights >> 8), size]) };
      },
    },
  ],
  [
    0xbd,
    {
      mode: fileMode('read'),
      header: 7,
      run: ({ application }, { header, data }) => {
        const file = application.files.get(header[0] ?? -1);
        if (data.length > 0) return refuse(0x7e);
        if (!file) return refuse(0xf0);
        const from = le3(header, 1);
        const end = le3(header, 4) === 0 ? file.data.length : from + le3(header, 4);
        return end > file.data.length || from >= file.data.length ? refuse(0xbe) : { data: Buffer.from(file.data.subarray(from, end)) };
      },
    },
  ],
  [
    0x3d,
    {
      mode: fileMode('write'),
      header: 7,
      run: ({ application }, { header, data }) => {
        const file = application.files.get(header[0] ?? -1);
        if (!file) return refuse(0xf0);
        if (data.length !== le3(header, 4)) return refuse(0x7e);
        if (le3(header, 1) + data.length > file.data.length) return refuse(0xbe);
        data.copy(file.data, le3(header, 1));
        return done;
      },
    },
  ],
  [
    0xfc,
    {
      mode: always('mac'),
      header: 0,
      run: (place) => {
        if (!isPicc(place) || place.keyNo !== 0) return refuse(0xae);
        place.memory.formats++;
        place.memory.applications.clear();
        return done;
      },
    },
  ],
]);
