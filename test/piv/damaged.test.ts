/** Certificates and CRLs that were damaged, made to exhaust, or are weak by design come in; none is trusted, none clears anybody, and nothing throws. */
import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { readCertificate } from '../../native/piv/certificate.ts';
import { examineCertificate } from '../../native/piv/examine.ts';
import { readRevocation } from '../../native/piv/revocation.ts';
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
