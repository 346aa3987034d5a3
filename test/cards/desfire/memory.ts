/** A UID comes in, the lasting memory of a DESFire as it left the factory goes out: applications, keys, files, settings. */

export type Key = { value: Buffer; version: number; kind: 'des' | 'aes' };
export type File = { readonly comm: number; readonly rights: number; readonly data: Buffer };
export type Application = { settings: number; readonly keys: Key[]; readonly files: Map<number, File> };
export type Generation = 'EV1' | 'EV2' | 'EV3' | 'Light' | 'phone';

export type Memory = {
  readonly uid: Buffer;
  readonly generation: Generation;
  readonly picc: Application;
  /** By AID in hexadecimal. */
  readonly applications: Map<string, Application>;
  randomUid: boolean;
  /** How often somebody erased the card: nothing of ours ever may. */
  formats: number;
};

/** Delivered: a master key of eight zeros, anyone may list and create. */
export const blank = (uid: string, generation: Generation): Memory => ({
  uid: Buffer.from(uid, 'hex'),
  generation,
  picc: { settings: 0x0f, keys: [{ value: Buffer.alloc(8), version: 0, kind: 'des' }], files: new Map() },
  applications: new Map(),
  randomUid: false,
  formats: 0,
});

/** Type, major and minor version of the hardware, and of the software: what GetVersion tells generations apart by. */
const versions: Readonly<Record<Generation, readonly [number, number, number, number]>> = {
  EV1: [0x01, 0x01, 0x00, 0x01],
  EV2: [0x01, 0x12, 0x00, 0x02],
  EV3: [0x01, 0x33, 0x00, 0x03],
  Light: [0x08, 0x30, 0x00, 0x00],
  phone: [0x91, 0x62, 0x01, 0x62],
};

/** Three parts: hardware, software, UID with batch and date. */
export function versionOf({ uid, generation, randomUid }: Memory): readonly Buffer[] {
  const [type, major, minor, software] = versions[generation];
  const shownUid = randomUid ? Buffer.alloc(7) : uid;
  return [
    Buffer.of(0x04, type, 0x01, major, minor, 0x1a, 0x05),
    Buffer.of(0x04, type, 0x01, software, 0x00, 0x1a, 0x05),
    Buffer.concat([shownUid, Buffer.from('ba553041901822', 'hex')]),
  ];
}
