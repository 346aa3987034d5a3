/** The files of IT and cards to enrol come in; which are enrolled, in which steps, and the sentence that each refusal has are held fast. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, describe, test } from 'node:test';
import type { EnrolmentStep, PivEnrolment } from '../../native/piv/enrolment.ts';
import { enrolPiv } from '../../native/piv/enrolment.ts';
import type { TrustFiles } from '../../native/piv/trust.ts';
import { readTrust } from '../../native/piv/trust.ts';
import type { SoftwareCard } from '../cards/card.ts';
import { asCa, asCard, openAuthority } from '../cards/piv/authority.ts';
import { pivCard } from '../cards/piv/card.ts';
import { need } from '../needs.ts';
import { wire } from './world.ts';

describe('enrolling a PIV card by the files of IT', { skip: need('openssl') }, () => {
  const authority = openAuthority();
  after(() => authority[Symbol.dispose]());
  const root = authority.issue({ subject: 'Root', by: null, extensions: asCa });
  const middle = authority.issue({ subject: 'Issuing CA', by: root, extensions: asCa });
  const leaf = authority.issue({ subject: 'Card', by: middle, extensions: asCard });
  const card = pivCard({ certificate: leaf.der, key: leaf.key });
  const files: TrustFiles = { roots: Buffer.from(root.pem), intermediates: Buffer.from(middle.pem), crl: Buffer.from(authority.crl({ by: middle })) };

  const enrol = async (present: SoftwareCard, given: Partial<TrustFiles> = {}, lost = 0): Promise<readonly [PivEnrolment, readonly EnrolmentStep[], readonly string[]]> => {
    const { complaints, ...site } = readTrust({ ...files, ...given });
    const steps: EnrolmentStep[] = [];
    const { transmit } = wire(present, (answer, _, count) => (count === lost ? null : answer));
    const trust = { ...site, now: Date.now() + 60_000, staleGrace: 0, pinByPolicy: false };
    return [await enrolPiv(transmit, trust, randomBytes, (step) => steps.push(step)), steps, complaints];
  };

  test('a good card is enrolled in three steps', async () => {
    const [enrolment, steps, complaints] = await enrol(card);
    assert.equal(enrolment.kind, 'enrolled');
    assert.deepEqual([steps, complaints], [['reading', 'examining', 'proving'], []]);
  });

  test('a copy of a good card, all but its key, is refused in the last step', async () => {
    const [enrolment, steps] = await enrol(pivCard({ certificate: leaf.der, key: root.key }));
    assert.ok(enrolment.kind === 'refused');
    assert.deepEqual([enrolment.because, steps.length], ['wrong', 3]);
    assert.match(enrolment.sentence, /copy/);
  });

  test('each file that cannot be used is complained of, and trusts nobody', async () => {
    const rows: readonly (readonly [Partial<TrustFiles>, RegExp | null, RegExp | null])[] = [
      [{ crl: null }, null, null],
      [{ roots: root.der, intermediates: middle.der }, null, null],
      [{ roots: Buffer.from(authority.issue({ subject: 'Other', by: null, extensions: asCa }).pem + root.pem) }, null, null],
      [{ roots: null, intermediates: null, crl: null }, null, /No root certificate is configured/],
      [{ roots: 'absent', crl: null }, /roots .* not there/, /No root certificate is configured/],
      [{ roots: Buffer.from('garbage'), crl: null }, /roots .* cannot be read/, /No root certificate is configured/],
      [{ roots: Buffer.from(root.pem + root.pem.replace('MII', 'MIJ')), crl: null }, /roots .* cannot be read/, /No root certificate is configured/],
      [{ intermediates: 'absent', crl: null }, /intermediates .* not there/, /No configured root stands behind/],
      [{ intermediates: Buffer.alloc(2 * 1024 * 1024, 0x30), crl: null }, /intermediates .* cannot be read/, /No configured root stands behind/],
      [{ crl: 'absent' }, /CRL file that policy names is not there/, /CRL file that policy names is not there/],
      [{ crl: Buffer.from(root.pem) }, /CRL file is damaged/, /CRL file is damaged/],
      [{ crl: Buffer.from(authority.crl({ by: root })) }, null, /No CRL in the file is of the CA/],
    ];
    for (const [given, complaint, sentence] of rows) {
      const [enrolment, , complaints] = await enrol(card, given);
      assert.equal(complaints.length, complaint === null ? 0 : 1, JSON.stringify(complaints));
      if (complaint) assert.match(complaints[0] ?? '', complaint);
      assert.equal(enrolment.kind, sentence === null ? 'enrolled' : 'refused');
      if (sentence && enrolment.kind === 'refused') assert.match(enrolment.sentence, sentence);
    }
  });

  test('a card that leaves, at whichever command, is told to be held still; one without PIV, what it lacks', async () => {
    for (const lost of [1, 2, 4, 5]) {
      const [enrolment] = await enrol(card, {}, lost);
      assert.ok(enrolment.kind === 'refused');
      assert.equal(enrolment.because, 'gone');
      assert.match(enrolment.sentence, /hold it still/);
    }
    const [enrolment] = await enrol({ ...card, respond: () => Uint8Array.of(0x6a, 0x82) });
    assert.ok(enrolment.kind === 'refused' && /no PIV Card Authentication/.test(enrolment.sentence));
  });
});
