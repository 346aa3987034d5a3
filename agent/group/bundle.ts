/** A bundle's header and sealed people come in, the bytes of its file go out, and back: nothing of a file is believed before the group vouches for the station that signed all of it. Whatever the bytes are, the answer is a union. */
import { createHash, createPublicKey, hkdfSync, type KeyObject, randomBytes, sign, verify } from 'node:crypto';
import { z } from 'zod';
import { rawPublicKey, type StationIdentity, stationId } from '../station/identity.ts';
import { fields, seal, take, unseal } from '../store/sealing.ts';

/**
 * The file: this line; the header, one line of JSON; the station's Ed25519 signature over it, base64url, one line; the sealed people to the end of the file.
 * `sha256` and `bytes` in the header are those of the sealed part, so one signature holds all.
 */
const magic = 'tapward people 1';
/** Of the three lines in front. */
const longestFront = 4_096;
/** 5,000 people take 3 to 20 MB, by what their badges prove. */
export const longestBundle = 64 * 1024 * 1024;

const id = z.string().regex(/^[0-9a-f]{16}$/);
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const base64url = (bytes: number): z.ZodString =>
  z
    .string()
    .length(Math.ceil((bytes * 4) / 3))
    .regex(/^[A-Za-z0-9_-]+$/);
const headerSchema = z.strictObject({
  format: z.literal(1),
  group: id,
  station: id,
  /** The station's public key (Ed25519, raw), and the group's word that it may export. */
  key: base64url(32),
  vouched: base64url(64),
  /** Rises from bundle to bundle. */
  sequence: z.int().min(1),
  /** The station's bundle before this one, and the SHA-256 of its file; null: its first. */
  before: z.strictObject({ sequence: z.int().min(1), sha256: digest }).nullable(),
  /** For people: nothing is decided by it. */
  created: z.iso.datetime(),
  salt: base64url(32),
  /** The end of the station's ledger, so that it is known elsewhere too. */
  ledger: z.strictObject({ ledger: z.string().max(64), count: z.int().min(0), head: z.string().max(64) }).nullable(),
  bytes: z.int().min(1).max(longestBundle),
  sha256: digest,
});
export type BundleHeader = z.infer<typeof headerSchema>;
export type NewBundle = Pick<BundleHeader, 'group' | 'sequence' | 'before' | 'created' | 'ledger'>;

/** Why a file was not taken; `refusalOf` says each in words. */
export type BundleFault = 'notBundle' | 'newer' | 'cutShort' | 'changed' | 'otherGroup' | 'notVouched';
export type ReadBundle =
  | { readonly kind: 'bundle'; readonly header: BundleHeader; readonly sealed: Buffer; readonly fileSha256: string }
  | { readonly kind: 'fault'; readonly fault: BundleFault };

/** What the group's authority signs for a station that may export. */
const vouching = (group: string, key: Uint8Array): Buffer => fields('tapward group station v1', group, key);
const signed = (header: Uint8Array): Buffer => fields('tapward people bundle v1', header);
const sealedName = (group: string, station: string, sequence: number): Buffer => fields('tapward people', group, station, sequence);

/** One key a bundle, from the group's. */
function bundleKey(groupKey: KeyObject, salt: Uint8Array): KeyObject {
  const raw = groupKey.export();
  const key = take(Buffer.from(hkdfSync('sha256', raw, salt, 'tapward people bundle v1', 32)));
  raw.fill(0);
  return key;
}

/** `people`: overwritten. `authority`: the group's private key. */
export function sealBundle(made: NewBundle, people: Buffer, keys: { readonly bundle: KeyObject; readonly authority: KeyObject; readonly station: StationIdentity }): Buffer {
  const { station } = keys;
  const key = rawPublicKey(station.publicKey);
  const salt = randomBytes(32);
  const sealed = seal(bundleKey(keys.bundle, salt), sealedName(made.group, station.id, made.sequence), people);
  people.fill(0);
  const header: BundleHeader = {
    format: 1,
    ...made,
    station: station.id,
    key: key.toString('base64url'),
    vouched: sign(null, vouching(made.group, key), keys.authority).toString('base64url'),
    salt: salt.toString('base64url'),
    bytes: sealed.length,
    sha256: sha256(sealed),
  };
  const line = Buffer.from(JSON.stringify(header));
  return Buffer.concat([Buffer.from(`${magic}\n`), line, Buffer.from(`\n${station.sign(signed(line)).toString('base64url')}\n`), sealed]);
}

/** `authority`: the group's public key, raw, base64url. */
export function readBundle(file: Buffer, group: string, authority: string): ReadBundle {
  const fault = (why: BundleFault): ReadBundle => ({ kind: 'fault', fault: why });
  const front = frontOf(file);
  if (front === null)
    return fault(file.subarray(0, 15).toString('latin1') === magic.slice(0, 15) && !file.subarray(0, magic.length + 1).equals(Buffer.from(`${magic}\n`)) ? 'newer' : 'notBundle');
  const header = headerOf(front.header);
  if (header === null) return fault('notBundle');
  if (header.group !== group) return fault('otherGroup');
  const sealed = file.subarray(front.end);
  if (sealed.length < header.bytes) return fault('cutShort');
  if (sealed.length > header.bytes || sha256(sealed) !== header.sha256) return fault('changed');
  const key = Buffer.from(header.key, 'base64url');
  const station = publicKeyOf(key);
  const vouches = publicKeyOf(Buffer.from(authority, 'base64url'));
  if (station === null || vouches === null || stationId(station) !== header.station) return fault('notVouched');
  if (!verify(null, vouching(group, key), vouches, Buffer.from(header.vouched, 'base64url'))) return fault('notVouched');
  if (!verify(null, signed(front.header), station, front.signature)) return fault('changed');
  return { kind: 'bundle', header, sealed, fileSha256: sha256(file) };
}

/** null: sealed under another key, or another bundle's; the caller overwrites it. */
export function openBundle({ group, station, sequence, salt }: BundleHeader, sealed: Uint8Array, key: KeyObject): Buffer | null {
  return unseal(bundleKey(key, Buffer.from(salt, 'base64url')), sealedName(group, station, sequence), sealed);
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

type Front = { readonly header: Buffer; readonly signature: Buffer; readonly end: number };
function frontOf(file: Buffer): Front | null {
  const front = file.subarray(0, longestFront);
  const first = front.indexOf(0x0a);
  const second = front.indexOf(0x0a, first + 1);
  const third = front.indexOf(0x0a, second + 1);
  if (first < 0 || second < 0 || third < 0 || front.toString('latin1', 0, first) !== magic) return null;
  const signature = front.toString('latin1', second + 1, third);
  return base64url(64).safeParse(signature).success ? { header: front.subarray(first + 1, second), signature: Buffer.from(signature, 'base64url'), end: third + 1 } : null;
}

function headerOf(line: Buffer): BundleHeader | null {
  try {
    const parsed = headerSchema.safeParse(JSON.parse(line.toString('utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

function publicKeyOf(raw: Buffer): KeyObject | null {
  try {
    return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') }, format: 'jwk' });
  } catch {
    return null;
  }
}
