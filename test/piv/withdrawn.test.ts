/** A card that was enrolled under an issuing CA comes in, and what the site trusts later; that a tap is held to what is trusted then, not to what was, goes out. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { provePiv } from '../../native/piv/proof.ts';
import type { PivRecord } from '../../native/piv/record.ts';
import { readTrust, type TrustFiles } from '../../native/piv/trust.ts';
import { asCa, asCard, type Issued, openAuthority } from '../cards/piv/authority.ts';
import { pivCard } from '../cards/piv/card.ts';
import { need } from '../needs.ts';
import { certificatesOf, examine, wire } from './world.ts';

const day = 86_400_000;

describe('trust that is withdrawn after enrolment', { skip: need('openssl') }, () => {
  const authority = openAuthority();
  after(() => authority[Symbol.dispose]());
  const { issue, crl } = authority;
  const root = issue({ subject: 'Root', by: null, extensions: asCa, days: 3650 });
  const other = issue({ subject: 'Other Root', by: null, extensions: asCa, days: 3650 });
  const issuing = issue({ subject: 'Issuing CA', by: root, extensions: asCa, days: 20 });
  const renewed = issue({ subject: 'Issuing CA', by: root, keyOf: issuing, extensions: asCa, days: 60 });
  const leaf = issue({ subject: 'Card', by: issuing, extensions: asCard, days: 40 });
  const card = pivCard({ certificate: leaf.der, key: leaf.key });
  const enrolledThen = examineUnder(root, issuing);
  const now = Date.now() + 60_000;

  function examineUnder(anchor: Issued, middle: Issued): PivRecord {
    const examined = examine(leaf.der, [anchor], false, certificatesOf([middle]));
    if (examined.kind !== 'trusted') throw new Error(examined.why);
    return examined.record;
  }
  const pem = (...issued: readonly Issued[]): Uint8Array => Buffer.from(issued.map((one) => one.pem).join(''));
  const list = (...lists: readonly string[]): Uint8Array => Buffer.from(lists.join(''));
  const asEnrolled: TrustFiles = { roots: pem(root), intermediates: pem(issuing), crl: null };

  const rows: Readonly<Record<string, readonly [now: Partial<TrustFiles>, at: number, expected: string]>> = {
    'as it was enrolled': [{}, now, 'proved'],
    'with fresh lists that withdraw nobody': [{ crl: list(crl({ by: root }), crl({ by: issuing })) }, now, 'proved'],
    'the root was taken out, and no CRL is asked for': [{ roots: null }, now, 'untrusted'],
    'another root took its place': [{ roots: pem(other) }, now, 'untrusted'],
    'its file is gone': [{ roots: 'absent' }, now, 'untrusted'],
    'its file is damaged': [{ roots: Buffer.from('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n') }, now, 'untrusted'],
    'the issuing CA was taken out': [{ intermediates: null }, now, 'untrusted'],
    'the root withdraws the issuing CA, which goes on to clear its cards': [{ crl: list(crl({ by: root, revoked: [issuing] }), crl({ by: issuing })) }, now, 'withdrawn'],
    'the issuing CA ran out, and goes on to clear its cards': [{ crl: list(crl({ by: root, days: 60 }), crl({ by: issuing, days: 60 })) }, now + 25 * day, 'expired'],
    'it ran out and was renewed with the same key': [{ intermediates: pem(issuing, renewed) }, now + 25 * day, 'proved'],
    'the card itself ran out': [{ intermediates: pem(renewed) }, now + 41 * day, 'expired'],
    'the clock stands before its certificate': [{}, now - 2 * day, 'untrusted'],
  };
  for (const [name, [given, at, expected]] of Object.entries(rows)) {
    test(`${name}: ${expected}`, async () => {
      const { transmit, seen } = wire(card);
      const proof = await provePiv(transmit, { ...readTrust({ ...asEnrolled, ...given }), record: enrolledThen, now: at, staleGrace: 0 }, randomBytes);
      assert.equal(proof.kind === 'proved' ? 'proved' : proof.because, expected);
      assert.equal(seen.length, expected === 'proved' ? 2 : 0, 'the card is not spoken to where it cannot count');
    });
  }

  test('a record that holds another certificate than its key’s is a bug, and thrown', async () => {
    const stranger = issue({ subject: 'Stranger', by: issuing, extensions: asCard, days: 40 });
    const { transmit } = wire(card);
    const trust = { ...readTrust(asEnrolled), now, staleGrace: 0 };
    await assert.rejects(provePiv(transmit, { ...trust, record: { ...enrolledThen, certificate: stranger.der } }, randomBytes), /does not fit/);
  });
});
