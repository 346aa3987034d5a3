/** Files of CAs and revocations are put down, damaged and taken away under a running station; what its next tap comes to, in the ledger and in the log, goes out. */
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createTrustBook } from '../../agent/proofs/trust.ts';
import { readTrust } from '../../native/piv/trust.ts';
import type { SoftwareCard } from '../cards/card.ts';
import { type Authority, asCa, asCard, type Issued, openAuthority } from '../cards/piv/authority.ts';
import { pivCard } from '../cards/piv/card.ts';
import { need } from '../needs.ts';
import { skip, startWard, type Ward } from './ward.ts';

const day = 86_400_000;
let authority: Authority;
let root: Issued;
let issuing: Issued;
let leaf: Issued;
let other: Issued;
before(() => {
  if (need('openssl') !== false) return;
  authority = openAuthority();
  root = authority.issue({ subject: 'Root', by: null, extensions: asCa, days: 3650 });
  issuing = authority.issue({ subject: 'Issuing CA', by: root, extensions: asCa, days: 3650 });
  leaf = authority.issue({ subject: 'Card', by: issuing, extensions: asCard, days: 30 });
  other = authority.issue({ subject: 'Card', by: issuing, extensions: asCard, days: 30 });
});
after(() => {
  if (need('openssl') === false) authority[Symbol.dispose]();
});

test('the files are read anew when they are others, at most once a second; another path counts at once, and each complaint is told once', { skip: need('openssl') }, () => {
  const [roots, crl] = [authority.keep(root.pem), authority.keep(authority.crl({ by: root }))];
  const told: (readonly string[])[] = [];
  let at = 0;
  let reads = 0;
  let pivCrl: string | null = crl;
  const book = createTrustBook({
    policy: () => ({ pivRoots: roots, pivIntermediates: null, pivCrl }),
    readTrust: (files) => {
      reads += 1;
      return readTrust(files);
    },
    now: () => at,
    complain: (complaints) => told.push(complaints),
  });
  const kind = (later: number): string => {
    at += later;
    return book.current().revocation.kind;
  };
  assert.deepEqual([kind(0), kind(5_000), reads], ['lists', 'lists', 1], 'the same files are not read again');
  writeFileSync(crl, 'damaged');
  assert.deepEqual([kind(100), kind(1_000), kind(1_000), reads], ['lists', 'refused', 'refused', 2]);
  rmSync(crl);
  assert.deepEqual([kind(1_000), reads], ['refused', 3]);
  pivCrl = authority.keep(authority.crl({ by: root }));
  assert.equal(kind(0), 'lists', 'as the policy says now');
  pivCrl = null;
  assert.equal(kind(0), 'off');
  assert.deepEqual(
    told.map((complaints) => complaints.map((complaint) => complaint.slice(0, 25))),
    [['The CRL file is damaged, '], ['The CRL file that policy '], []],
  );
});

test('at the reader: withdrawn, damaged, overdue and run out, each in the ledger, and none opens', { skip: need('openssl') || skip }, async () => {
  const files = { roots: authority.keep(root.pem), intermediates: authority.keep(issuing.pem), crl: authority.keep('') };
  const lists = (revoked: readonly Issued[], cas: readonly Issued[] = []): string => authority.crl({ by: root, revoked: cas }) + authority.crl({ by: issuing, revoked });
  writeFileSync(files.crl, lists([]));
  let ahead = 0;
  await using ward: Ward = await startWard(
    { pivRoots: files.roots, pivIntermediates: files.intermediates, pivCrl: files.crl, pivCrlGrace: day, leastGrade: 'aes' },
    () => Date.now() + ahead,
  );
  const card: SoftwareCard = pivCard({ certificate: leaf.der, key: leaf.key, uid: Uint8Array.from(Buffer.from('04a1b2c3d4e5b1', 'hex')) });
  const lastProof = () => ward.entries().findLast((entry) => entry.kind === 'proof')?.result;
  const log = (): string => readFileSync(join(ward.evaluation.agent.durable.dir, 'agent.log'), 'utf8');
  assert.equal(await ward.enrol(card), null);
  assert.equal(await ward.tap(card), 'asked');
  assert.equal(lastProof(), 'piv');
  await ward.pin();
  await ward.lock();
  assert.equal(await ward.tap(card), 'inWindow', 'a list that withdraws nobody clears her');
  await ward.lock();

  /** Each is dropped in; the station reads it at the next tap. */
  const refused = async (what: string, because: string): Promise<void> => {
    assert.equal(await ward.tap(card), 'unproved', what);
    assert.equal(lastProof(), because, what);
    assert.equal(ward.evaluation.agent.queue.state().desk.kind, 'locked', what);
  };
  writeFileSync(files.crl, lists([leaf]));
  await refused('her certificate is in the list', 'withdrawn');
  writeFileSync(files.crl, lists([], [issuing]));
  await refused('her CA is in the list of its root', 'withdrawn');
  writeFileSync(files.crl, 'not a list at all');
  await refused('a damaged list clears nobody', 'untrusted');
  assert.match(log(), /TW1404 .*The CRL file is damaged, too large/);
  writeFileSync(files.crl, lists([other]));
  assert.equal(await ward.tap(card), 'asked', 'another card of the same name is in the list; her windows had ended');
  assert.match(log(), /TW1404 .*can be used again/);
  ward.evaluation.agent.gesture({ kind: 'cancel' });
  ahead = 7.5 * day;
  assert.equal(await ward.tap(card), 'asked', 'overdue, within its grace');
  ward.evaluation.agent.gesture({ kind: 'cancel' });
  ahead = 9 * day;
  await refused('overdue beyond its grace', 'untrusted');
  ahead = 31 * day;
  await refused('her certificate has run out', 'expired');
  ahead = 0;
  writeFileSync(files.roots, other.pem);
  await refused('no root of hers is trusted any more', 'untrusted');
});
