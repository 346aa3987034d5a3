/** DER of a certificate or a certificate revocation list comes in; the fields that node:crypto does not give go out, or null for what is not whole. */
import type { Tlv } from './tlv.ts';
import { readAll, readOnly, readTlv } from './tlv.ts';

/** Milliseconds of Unix time. */
export type WallTime = number;

const tag = { boolean: 0x01, integer: 0x02, bitString: 0x03, octetString: 0x04, oid: 0x06, utcTime: 0x17, generalizedTime: 0x18, sequence: 0x30 } as const;

/** `id`: the object identifier's bytes in hexadecimal, as `oid` writes them. */
export type Extension = { readonly id: string; readonly critical: boolean; readonly value: Uint8Array };

export type CertificateFields = {
  readonly signatureOid: string;
  /** DER of the names, compared byte by byte: both come from one issuer's hand. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly serial: string;
  readonly extensions: readonly Extension[];
};

/** Certificate, RFC 5280 §4.1. Only what is read here is checked; the rest is for X509Certificate to refuse. */
export function readCertificateFields(der: Uint8Array): CertificateFields | null {
  const signed = readSigned(der);
  if (signed === null) return null;
  const fields = [...signed.fields];
  if (fields[0]?.tag === 0xa0) fields.shift(); // [0] version
  const [serial, , issuer, , subject, , ...rest] = fields;
  if (serial?.tag !== tag.integer || issuer?.tag !== tag.sequence || subject?.tag !== tag.sequence) return null;
  const tail = rest.find((field) => field.tag === 0xa3);
  const extensions = tail ? readExtensions(readOnly(tail.value, tag.sequence, 'der')) : [];
  return extensions && { signatureOid: signed.signatureOid, issuer: issuer.whole, subject: subject.whole, serial: serialOf(serial.value), extensions };
}

export type CrlFields = {
  /** The bytes the signature is over. */
  readonly signedPart: Uint8Array;
  readonly signatureOid: string;
  readonly signature: Uint8Array;
  readonly issuer: Uint8Array;
  readonly thisUpdate: WallTime;
  /** null: the list names no next issue, against RFC 5280 §5.1.2.5. */
  readonly nextUpdate: WallTime | null;
  readonly revoked: ReadonlySet<string>;
  /** Of the list and of all its entries. */
  readonly extensions: readonly Extension[];
};

/** CertificateList, RFC 5280 §5.1. */
export function readCrlFields(der: Uint8Array): CrlFields | null {
  const signed = readSigned(der);
  if (signed === null) return null;
  const fields = [...signed.fields];
  if (fields[0]?.tag === tag.integer) fields.shift(); // version
  const [, issuer, first, ...rest] = fields;
  const thisUpdate = first ? timeOf(first) : null;
  if (issuer?.tag !== tag.sequence || thisUpdate === null) return null;
  const second = rest[0] ? timeOf(rest[0]) : null;
  if (second !== null) rest.shift();
  const list = rest[0]?.tag === tag.sequence ? rest.shift() : undefined;
  const tail = rest[0]?.tag === 0xa0 ? rest.shift() : undefined;
  const own = tail ? readExtensions(readOnly(tail.value, tag.sequence, 'der')) : [];
  const entries = list ? readEntries(list.value) : { serials: new Set<string>(), extensions: [] };
  if (rest.length > 0 || own === null || entries === null) return null;
  return {
    signedPart: signed.signedPart,
    signatureOid: signed.signatureOid,
    signature: signed.signature,
    issuer: issuer.whole,
    thisUpdate,
    nextUpdate: second,
    revoked: entries.serials,
    extensions: [...own, ...entries.extensions],
  };
}

/** An object identifier in dots as its DER bytes in hexadecimal (ITU-T X.690 §8.19). */
export function oid(dotted: string): string {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((arc) => {
    const digits = [arc & 0x7f];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) digits.unshift((left & 0x7f) | 0x80);
    return digits;
  });
  return Buffer.from(bytes).toString('hex');
}

type Signed = { readonly fields: readonly Tlv[]; readonly signedPart: Uint8Array; readonly signatureOid: string; readonly signature: Uint8Array };

/** The objects in one of that tag; none where it is another, or not made of objects: then what is looked for in it is missed. */
const inside = (object: Tlv | undefined, expected: number): readonly Tlv[] => (object?.tag === expected ? (readAll(object.value, 'der') ?? []) : []);

/** SEQUENCE { what is signed, algorithm, BIT STRING }; the algorithm named inside must be the one outside (RFC 5280 §4.1.1.2, §5.1.1.2). */
function readSigned(der: Uint8Array): Signed | null {
  const outer = readTlv(der, 0, 'der');
  if (outer?.end !== der.length) return null;
  const [body, algorithm, bits, ...more] = inside(outer, tag.sequence);
  const fields = inside(body, tag.sequence);
  const [named] = inside(algorithm, tag.sequence);
  if (body === undefined || algorithm === undefined || bits?.tag !== tag.bitString || bits.value[0] !== 0 || more.length > 0) return null;
  if (named?.tag !== tag.oid || !fields.some((field) => Buffer.compare(field.whole, algorithm.whole) === 0)) return null;
  return { fields, signedPart: body.whole, signatureOid: Buffer.from(named.value).toString('hex'), signature: bits.value.subarray(1) };
}

/** RFC 5280 §4.1: SEQUENCE { OID, critical BOOLEAN DEFAULT FALSE, OCTET STRING }, no extension twice (§4.2). */
function readExtensions(list: Uint8Array | null): readonly Extension[] | null {
  const found = (list && readAll(list, 'der'))?.map((item): Extension | null => {
    const parts = [...inside(item, tag.sequence)];
    const name = parts.shift();
    const critical = parts[0]?.tag === tag.boolean ? parts.shift()?.value : undefined;
    const [value, ...more] = parts;
    if (name?.tag !== tag.oid || value?.tag !== tag.octetString || more.length > 0) return null;
    return { id: Buffer.from(name.value).toString('hex'), critical: critical !== undefined && critical[0] !== 0, value: value.value };
  });
  if (!found || found.some((extension) => extension === null)) return null;
  const whole = found.filter((extension) => extension !== null);
  return new Set(whole.map(({ id }) => id)).size === whole.length ? whole : null;
}

/** revokedCertificates: SEQUENCE OF { serial, date, extensions OPTIONAL }. Whatever the reason given, the certificate is withdrawn. */
function readEntries(list: Uint8Array): { readonly serials: ReadonlySet<string>; readonly extensions: readonly Extension[] } | null {
  const serials = new Set<string>();
  const extensions: Extension[] = [];
  // One at a time: a list may have a hundred thousand.
  for (let at = 0; at < list.length; ) {
    const entry = readTlv(list, at, 'der');
    if (entry === null) return null;
    at = entry.end;
    const [serial, date, tail, ...more] = inside(entry, tag.sequence);
    const own = tail ? readExtensions(tail.tag === tag.sequence ? tail.value : null) : [];
    if (serial?.tag !== tag.integer || date === undefined || !isTime(date) || own === null || more.length > 0) return null;
    serials.add(serialOf(serial.value));
    // Only critical ones are of interest, and a long list has none.
    extensions.push(...own.filter(({ critical }) => critical));
  }
  return { serials, extensions };
}

/** Hexadecimal without leading zero bytes, so that two writings of one number are one. */
function serialOf(integer: Uint8Array): string {
  const text = Buffer.from(integer).toString('hex');
  return text.replace(/^(00)+(?=..)/, '');
}

const isTime = ({ tag: kind }: Tlv): boolean => kind === tag.utcTime || kind === tag.generalizedTime;

/** UTCTime or GeneralizedTime in the one form of RFC 5280 §4.1.2.5: to the second, in UTC, with a year below 50 in this century. null: no such time. */
function timeOf(object: Tlv): WallTime | null {
  if (!isTime(object)) return null;
  const { tag: kind, value } = object;
  const text = Buffer.from(value).toString('latin1');
  const century = kind === tag.generalizedTime ? '' : Number(text.slice(0, 2)) < 50 ? '20' : '19';
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(century + text);
  if (match === null) return null;
  const [, year, month, day, hour, minute, second] = match;
  const written = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  const at = Date.parse(written);
  // A 30th of February would be moved into March.
  return !Number.isNaN(at) && new Date(at).toISOString() === written ? at : null;
}
