/** Names, keys and extensions come in; X.509 certificates in DER go out, written by hand (RFC 5280 §4.1): no library that the verifier uses has made them. */
import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

const tlv = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  const length = body.length < 0x80 ? [body.length] : body.length < 0x100 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Uint8Array.of(tag, ...length), body]);
};
const sequence = (...parts: readonly Uint8Array[]): Buffer => tlv(0x30, ...parts);
const octets = (body: Uint8Array): Buffer => tlv(0x04, body);
const boolean = (is: boolean): Buffer => tlv(0x01, Uint8Array.of(is ? 0xff : 0x00));
const integer = (value: Uint8Array): Buffer => tlv(0x02, value);
const oid = (text: string): Buffer => {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const base128 = (n: number): readonly number[] => (n < 0x80 ? [n] : [...base128(n >> 7).map((b) => b | 0x80), n & 0x7f]);
  return tlv(0x06, Uint8Array.from([first * 40 + second, ...rest.flatMap(base128)]));
};
const time = (at: Date): Buffer =>
  tlv(
    0x18,
    Buffer.from(
      `${at
        .toISOString()
        .replace(/[-:T]|\.\d+/g, '')
        .slice(0, 14)}Z`,
    ),
  );

const ecdsaWithSha256 = sequence(oid('1.2.840.10045.4.3.2'));
const nameOids = { C: '2.5.4.6', O: '2.5.4.10', OU: '2.5.4.11', CN: '2.5.4.3' } as const;
export type Name = Readonly<Partial<Record<keyof typeof nameOids, string>>>;
const nameOf = (name: Name): Buffer =>
  sequence(
    ...(Object.keys(nameOids) as (keyof typeof nameOids)[])
      .filter((key) => name[key] !== undefined)
      .map((key) => tlv(0x31, sequence(oid(nameOids[key]), tlv(key === 'C' ? 0x13 : 0x0c, Buffer.from(name[key] ?? ''))))),
  );
const extension = (id: string, critical: boolean, value: Uint8Array): Buffer => sequence(oid(id), ...(critical ? [boolean(true)] : []), octets(value));

export type Issued = { readonly der: Uint8Array; readonly pem: string; readonly name: Name; readonly key: KeyObject };
export type Wanted = {
  readonly name: Name;
  /** null: signed by itself. */
  readonly by: Issued | null;
  readonly ca: boolean;
  /** Of id-fido-gen-ce-aaguid (WebAuthn L3 §8.2.1). */
  readonly aaguid?: Uint8Array;
  /** Where its revocation list would be. */
  readonly crl?: string;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
};

const year = 365 * 86_400_000;

/** A P-256 key pair, and the certificate of it. */
export function issue({ name, by, ca, aaguid, crl, notBefore = new Date(Date.now() - year), notAfter = new Date(Date.now() + 10 * year) }: Wanted): Issued {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const serial = randomBytes(8);
  serial[0] = 0x01;
  const extensions = [
    extension('2.5.29.19', true, sequence(...(ca ? [boolean(true)] : []))),
    ...(aaguid ? [extension('1.3.6.1.4.1.45724.1.1.4', false, octets(aaguid))] : []),
    ...(crl ? [extension('2.5.29.31', false, sequence(sequence(tlv(0xa0, tlv(0xa0, tlv(0x86, Buffer.from(crl)))))))] : []),
  ];
  const content = sequence(
    tlv(0xa0, integer(Uint8Array.of(2))),
    integer(serial),
    ecdsaWithSha256,
    nameOf(by?.name ?? name),
    sequence(time(notBefore), time(notAfter)),
    nameOf(name),
    publicKey,
    tlv(0xa3, sequence(...extensions)),
  );
  const signature = sign('sha256', content, by?.key ?? privateKey);
  const der = sequence(content, ecdsaWithSha256, tlv(0x03, Uint8Array.of(0), signature));
  const pem = `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
  return { der, pem, name, key: privateKey };
}

/** A maker of security keys: its root, and what its factory puts into each key of one model. */
export function maker(aaguid: Uint8Array, wanted: Partial<Wanted> = {}): { readonly root: Issued; readonly leaf: Issued } {
  const root = issue({ name: { C: 'CH', O: 'Software Keys', CN: 'Software Keys Root' }, by: null, ca: true });
  const leaf = issue({ name: { C: 'CH', O: 'Software Keys', OU: 'Authenticator Attestation', CN: 'Model 1' }, by: root, ca: false, aaguid, ...wanted });
  return { root, leaf };
}
