/** Certificates and CRLs that were damaged, made to exhaust, or are weak by design come in; none is trusted, none clears anybody, and nothing throws. */
import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { readCertificate } from '../../native/piv/certificate.ts';
import { examineCertificate } from '../../native/piv/examine.ts';
import { readRevocation } from '../../native/piv/revocation.ts';
import { readAll, readOnly, tlv } from '../../native/piv/tlv.ts';
import { asCa, asCard, openAuthority } from '../cards/piv/authority.ts';
import { need } from '../needs.ts';
import { enrolled, examine } from './world.ts';

describe('damaged certificates and lists', { skip: need('openssl') }, () => {
  const authority = openAuthority();
  after(() => authority[Symbol.dispose]());
  const p256 = enrolled(authority, 'p256');
  const rsa = enrolled(authority, 'rsa2048');

  test('a certificate with any byte changed or cut off is never trusted, and nothing is thrown', () => {
    const { der } = p256.leaf;
    for (let at = 0; at < der.length; at += 1) {
      for (const change of [0x01, 0x80, 0xff])
        assert.equal(
          examine(
            der.map((byte, index) => (index === at ? byte ^ change : byte)),
            [p256.root],
          ).kind,
          'refused',
          `byte ${at}`,
        );
      assert.equal(examine(der.subarray(0, at), [p256.root], true).kind, 'refused');
    }
    assert.equal(examine(Buffer.concat([der, Buffer.of(0)]), [p256.root], true).kind, 'refused');
    for (let round = 0; round < 2_000; round += 1) assert.equal(examine(randomBytes(round), [p256.root], true).kind, 'refused');
  });

  test('a CRL with any byte changed or cut off withdraws nobody and clears nobody', () => {
    const root = authority.issue({ subject: 'Root', by: null, extensions: asCa });
    const leaf = authority.issue({ subject: 'Card', by: root, extensions: asCard });
    const pem = authority.crl({ by: root, revoked: [leaf] });
    const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
    const authorities = [readCertificate(root.der) ?? assert.fail('no root')];
    assert.equal(readRevocation(der, authorities).kind, 'lists');
    for (let at = 0; at < der.length; at += 1) {
      for (const change of [0x01, 0x80])
        assert.equal(
          readRevocation(
            der.map((byte, index) => (index === at ? byte ^ change : byte)),
            authorities,
          ).kind,
          'refused',
          `byte ${at}`,
        );
      assert.deepEqual(readRevocation(der.subarray(0, at), authorities), { kind: 'refused', why: 'crlUnreadable' });
    }
    const rows: readonly (readonly [string | Uint8Array, string])[] = [
      ['', 'crlUnreadable'],
      ['not a CRL', 'crlUnreadable'],
      [pem.replace('END', 'ENDE'), 'crlUnreadable'],
      [`${pem}${pem.slice(0, 100)}`, 'crlUnreadable'],
      [root.pem, 'crlUnreadable'],
      [new Uint8Array(5 * 1024 * 1024).fill(0x30), 'crlUnreadable'],
      [authority.crl({ by: root, extensions: ['1.2.3.4=critical,DER:0500'] }), 'crlPartial'],
      [authority.crl({ by: root, extensions: ['2.5.29.27=critical,DER:020101'] }), 'crlPartial'],
    ];
    for (const [file, why] of rows) assert.deepEqual(readRevocation(Buffer.from(file), authorities), { kind: 'refused', why });
    const revocation = readRevocation(Buffer.from(pem + pem), authorities);
    const trust = { roots: authorities, intermediates: [], now: Date.now() + 60_000, revocation, staleGrace: 0, pinByPolicy: false };
    assert.deepEqual(examineCertificate(leaf.der, trust), { kind: 'refused', because: 'withdrawn', why: 'withdrawn' });
    assert.deepEqual(examineCertificate(leaf.der, { ...trust, pinByPolicy: true }), { kind: 'refused', because: 'withdrawn', why: 'withdrawn' });
  });

  test('a CRL is read as strictly where its signature holds', () => {
    const root = authority.issue({ subject: 'Root', by: null, extensions: asCa });
    const leaf = authority.issue({ subject: 'Card', by: root, extensions: asCard });
    const der = Buffer.from(authority.crl({ by: root, revoked: [leaf] }).replace(/-----[^-]+-----|\s/g, ''), 'base64');
    const authorities = [readCertificate(root.der) ?? assert.fail('no root')];
    const [body] = readAll(readOnly(der, 0x30, 'der') ?? assert.fail('no CRL'), 'der') ?? [];
    const parts = (readAll(body?.value ?? assert.fail('no list'), 'der') ?? []).map(({ whole }) => Buffer.from(whole));
    const [version, algorithm, issuer, , , revoked, extensions] = parts as [Buffer, Buffer, Buffer, Buffer, Buffer, Buffer, Buffer];
    const time = (text: string): Buffer => Buffer.from(tlv(text.length === 13 ? 0x17 : 0x18, Buffer.from(text)));
    const [then, later] = [time('260101000000Z'), time('20560101000000Z')];
    /** These parts, and the signature of the CA over them. */
    const signed = (...list: readonly Uint8Array[]): Uint8Array => {
      const whole = tlv(0x30, ...list);
      return tlv(0x30, whole, algorithm, tlv(0x03, Buffer.of(0), sign('sha256', whole, root.key)));
    };
    const entry = (serial: string, ...more: readonly Uint8Array[]): Uint8Array => tlv(0x30, tlv(0x30, tlv(0x02, Buffer.from(serial, 'hex')), then, ...more));
    const critical = (id: string): Uint8Array => tlv(0x30, tlv(0x06, Buffer.from(id, 'hex')), tlv(0x01, Buffer.of(0xff)), tlv(0x04, Buffer.of(5, 0)));
    const sha384 = Buffer.from(algorithm.toString('hex').replace('2a8648ce3d040302', '2a8648ce3d040303'), 'hex');
    const rows: Readonly<Record<string, readonly [Uint8Array, string]>> = {
      whole: [signed(version, algorithm, issuer, then, later, revoked, extensions), 'lists'],
      'of version 1': [signed(algorithm, issuer, then, later, revoked), 'lists'],
      'that withdraws nobody': [signed(version, algorithm, issuer, then, later, extensions), 'lists'],
      'that names another algorithm inside': [signed(version, sha384, issuer, then, later, revoked, extensions), 'crlUnreadable'],
      'with more behind its parts': [signed(version, algorithm, issuer, then, later, revoked, extensions, extensions), 'crlUnreadable'],
      'without a next issue': [signed(version, algorithm, issuer, then, revoked, extensions), 'crlUnreadable'],
      'whose next issue was before it': [signed(version, algorithm, issuer, later, then, revoked, extensions), 'crlUnreadable'],
      'of a 30th of February': [signed(version, algorithm, issuer, time('260230000000Z'), later, revoked, extensions), 'crlUnreadable'],
      'of a time without seconds': [signed(version, algorithm, issuer, Buffer.from(tlv(0x17, Buffer.from('2601010000Z'))), later, revoked, extensions), 'crlUnreadable'],
      'with an entry of one part': [signed(version, algorithm, issuer, then, later, tlv(0x30, tlv(0x30, tlv(0x02, Buffer.of(5)))), extensions), 'crlUnreadable'],
      'with an entry of another issuer': [signed(version, algorithm, issuer, then, later, entry('05', tlv(0x30, critical('551d1d'))), extensions), 'crlPartial'],
      'with a length longer than DER writes it': [
        signed(version, algorithm, issuer, then, later, tlv(0x30, tlv(0x30, Buffer.of(0x02, 0x81, 0x01, 0x05), then)), extensions),
        'crlUnreadable',
      ],
      'with an extension twice': [signed(version, algorithm, issuer, then, later, tlv(0xa0, tlv(0x30, critical('551d1d'), critical('551d1d')))), 'crlUnreadable'],
    };
    for (const [name, [list, expected]] of Object.entries(rows)) {
      const revocation = readRevocation(list, authorities);
      assert.equal(revocation.kind === 'refused' ? revocation.why : revocation.kind, expected, name);
    }
    const padded = readRevocation(signed(version, algorithm, issuer, then, later, entry(`0000${leaf.serial}`)), authorities);
    const trust = { roots: authorities, intermediates: [], now: Date.now() + 60_000, revocation: padded, staleGrace: 0, pinByPolicy: false };
    assert.deepEqual(examineCertificate(leaf.der, trust), { kind: 'refused', because: 'withdrawn', why: 'withdrawn' }, 'a serial number with zeros before it is the same number');
  });

  test('an RSA key with a small exponent is refused before it is pinned: under 1, every number would be a signature', () => {
    const keyFile = authority.keep(generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 }).privateKey.export({ format: 'pem', type: 'pkcs8' }));
    const leaf = authority.issue({ subject: 'Exponent', by: null, keyOf: { ...rsa.leaf, keyFile }, extensions: asCard });
    assert.deepEqual(examine(leaf.der, [], true), { kind: 'refused', because: 'malformed', why: 'keyKind' });
  });

  test('CAs that all issue one another come to an end, with a root and without', () => {
    const [head, ...mesh] = Array.from({ length: 12 }, () => authority.issue({ subject: 'Mesh', by: null, keyOf: p256.root, extensions: asCa })).map(({ der }) =>
      readCertificate(der),
    );
    const leaf = authority.issue({ subject: 'Card', by: authority.issue({ subject: 'Mesh', by: null, keyOf: p256.root, extensions: asCa }), extensions: asCard });
    const intermediates = mesh.filter((certificate) => certificate !== null);
    assert.ok(head && intermediates.length === 11);
    const trust = { intermediates, now: Date.now() + 60_000, revocation: { kind: 'off' }, staleGrace: 0, pinByPolicy: false } as const;
    const foreign = readCertificate(rsa.root.der) ?? assert.fail('no root');
    assert.deepEqual(examineCertificate(leaf.der, { ...trust, roots: [foreign] }), { kind: 'refused', because: 'untrusted', why: 'noPath' });
    assert.equal(examineCertificate(leaf.der, { ...trust, roots: [head] }).kind, 'trusted');
  });
});
