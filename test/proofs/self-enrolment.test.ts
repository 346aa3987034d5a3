/** PIV cards that nobody has, written in software, are held to a real reader and added at the screen by a code from IT: as what they prove, or not at all. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { digitsOf } from '../../agent/evaluation/people.ts';
import type { State } from '../../core/types.ts';
import type { SoftwareCard } from '../cards/card.ts';
import { type Authority, asCa, asCard, openAuthority } from '../cards/piv/authority.ts';
import { pivCard } from '../cards/piv/card.ts';
import { inField } from '../virtual-reader/card.ts';
import { nurse, skip, startWard, type Ward } from './ward.ts';

const number = '204817';
const code = '4816234208151';
let authority: Authority;
let ward: Ward;
let trusted: SoftwareCard;
let copied: SoftwareCard;
let another: SoftwareCard;

before(async () => {
  if (skip !== false) return;
  authority = openAuthority();
  const root = authority.issue({ subject: 'Root', by: null, extensions: asCa });
  const leaves = [1, 2].map(() => authority.issue({ subject: 'Card', by: root, key: 'p256', extensions: asCard }));
  const [one, other] = leaves;
  assert.ok(one && other);
  const card = (uid: string, certificate: typeof one, key: typeof one): SoftwareCard =>
    pivCard({ certificate: certificate.der, key: key.key, uid: Uint8Array.from(Buffer.from(uid, 'hex')) });
  ward = await startWard({ pivRoots: authority.keep(root.pem), addBadge: 'code' });
  trusted = card('04a1b2c3d4e5c1', one, one);
  copied = card('04a1b2c3d4e5c2', one, other);
  another = card('04a1b2c3d4e5c3', other, other);
  const { enrolment } = ward.evaluation.agent;
  assert.equal(enrolment?.setDetails(ward.sam(), { number }, 'test').kind, 'done');
});
after(async () => {
  if (skip !== false) return;
  await ward[Symbol.asyncDispose]();
  authority[Symbol.dispose]();
});

const atStep =
  (step: string) =>
  ({ claim }: State): boolean =>
    claim.kind === 'form' && claim.step === step && claim.checking === null;
const issueCode = async (): Promise<void> => {
  const issued = await ward.evaluation.agent.codes?.issue({ subscriber: ward.sam(), purpose: 'enrol', checked: 'at the desk', hours: 1 }, digitsOf(code), 'test');
  assert.equal(issued?.kind, 'done');
};

test('a PIV card under a root of the policy becomes a badge that proves itself, from a tap that is long over', { skip }, async () => {
  await issueCode();
  assert.equal(await ward.tap(trusted), 'unknown');
  ward.evaluation.agent.gesture({ kind: 'addBadge' });
  await ward.until('the number is asked', atStep('number'));
  ward.type(number);
  await ward.until('the code is asked', atStep('code'));
  ward.type(code);
  await ward.until('the PIN is asked', atStep('pin'));
  ward.type(nurse.pin);
  await ward.until('added', ({ claim }) => claim.kind === 'notice' && claim.notice === 'added');
  const added = ward.entries().findLast(({ kind }) => kind === 'enrolled');
  assert.deepEqual(added, {
    kind: 'enrolled',
    subscriber: ward.sam(),
    badge: ward.evaluation.agent.enrolment
      ?.people()
      .find(({ subscriber }) => subscriber.id === ward.sam())
      ?.badges.at(-1)?.id,
    actor: 'screen',
    grade: 'piv',
  });
  ward.evaluation.agent.gesture({ kind: 'back' });
  await ward.tap(trusted);
  assert.equal(ward.entries().findLast((entry) => entry.kind === 'proof')?.result, 'piv');
  ward.evaluation.agent.gesture({ kind: 'cancel' });
});

test('a copy, with the certificate and without its key, is not added as less', { skip }, async () => {
  await issueCode();
  assert.equal(await ward.tap(copied), 'unknown');
  ward.evaluation.agent.gesture({ kind: 'addBadge' });
  await ward.until('the number is asked', atStep('number'));
  ward.type(number);
  await ward.until('not allowed', ({ claim }) => claim.kind === 'notice' && claim.notice === 'notAllowed');
  assert.equal(ward.evaluation.agent.durable.store?.findByBadge(Uint8Array.from(Buffer.from('04a1b2c3d4e5c2', 'hex'))), null);
});

test('one that left before it could prove anything is to be held there still', { skip }, async () => {
  const earlier = ward.evaluation.agent.queue.state().lastTap?.presentation;
  ward.stand.insert(1, inField(another, { computing: () => 1_500 }));
  await ward.until('it is being read', ({ claim }) => claim.kind === 'reading');
  ward.stand.remove(1);
  const { claim } = await ward.until('it is decided', ({ lastTap }) => lastTap !== null && lastTap.presentation !== earlier);
  assert.equal(claim.kind === 'notice' && claim.notice, 'unreadable');
  assert.equal(ward.entries().findLast((entry) => entry.kind === 'tap')?.reason, 'goneTooSoon');
});
