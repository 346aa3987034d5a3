/** Cards of each grade come in through `tapward enrol --as`, and a new person with a card that is made provable on the way; the report of what can be copied, and what the doctor says of it, go out. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Finding } from '../../agent/cli/doctor/finding.ts';
import { demoPeople } from '../../agent/evaluation/people.ts';
import { softwareKey } from '../cards/fido/key.ts';
import { type Authority, asCa, asCard, openAuthority } from '../cards/piv/authority.ts';
import { pivCard } from '../cards/piv/card.ts';
import { newCard } from '../desfire/rig.ts';
import { need } from '../needs.ts';
import { skip as noReader, type ReaderStation, startReaderStation } from './reader-station.ts';
import { tapwardJson } from './running.ts';

const skip = noReader === false ? need('openssl') : noReader;
let station: ReaderStation;
let authority: Authority;
let cards: Readonly<Record<'known' | 'soon' | 'stranger', ReturnType<typeof pivCard>>>;
const last = (text: string): string => text.trimEnd().split('\n').at(-1) ?? '';
const ids: Record<string, string> = {};
const once = 'Lift it, then hold it there once more: it is checked as a tap is.';
const threeSteps = ['1 of 3: reading the badge.', '2 of 3: binding the key it proves itself by.', '3 of 3: checking it as a tap does.'];
const steps = (text: string): readonly string[] => text.split('\n').filter((line) => /^(\d of \d|Lift it)/.test(line));

before(async () => {
  if (skip !== false) return;
  authority = openAuthority();
  const root = authority.issue({ subject: 'Root', by: null, extensions: asCa });
  const other = authority.issue({ subject: 'Other root', by: null, extensions: asCa });
  const issued = (subject: string, by: typeof root, uid: string, days = 365) => {
    const leaf = authority.issue({ subject, by, key: 'p256', days, extensions: asCard });
    return pivCard({ certificate: leaf.der, key: leaf.key, uid: Uint8Array.from(Buffer.from(uid, 'hex')) });
  };
  cards = { known: issued('Known', root, '04a1b2c3d4e5b1'), soon: issued('Soon', root, '04a1b2c3d4e5b2', 10), stranger: issued('Stranger', other, '04a1b2c3d4e5b3') };
  station = await startReaderStation({ pivRoots: authority.keep(root.pem), pivPins: 'on', leastGrade: 'aes' });
  for (const { given } of demoPeople) ids[given] = await station.idOf(given);
});
after(async () => {
  if (skip !== false) return;
  await station[Symbol.asyncDispose]();
  authority[Symbol.dispose]();
});

test('a station that takes provable badges only has no badge that proves nothing', { skip }, async () => {
  assert.deepEqual(await station.badges(), []);
  const said = await station.hold(newCard('EV3', '04A1B2C3D4E5C1'), ['enrol', '--pin-stdin'], { input: 'Noor\nD\n184629\n' });
  assert.deepEqual(
    [said.code, last(said.err)],
    [1, 'The policy asks for badges of grade aes or higher: take another badge, or have this one prove more (`tapward badge personalise`).'],
  );
  assert.equal((await station.run(['badges'])).out, 'No badge is enrolled: run tapward enrol.\n');
});

test('a new person is enrolled with a card that becomes provable on the way', { skip }, async () => {
  const keyFile = join(station.path, 'site.key');
  assert.equal((await station.run(['site-key', 'create', keyFile])).code, 0);
  const card = newCard('EV2', '04A1B2C3D4E5C2');
  const said = await station.hold(card, ['badge', 'personalise', '--site-key', keyFile, '--pin-stdin'], { input: 'Noor\nD\n184629\n' });
  assert.match(said.out, /^Noor D\. is enrolled as [0-9a-f]{16} with badge [0-9a-f]{16}: a badge that proves itself by its own AES key\.\n/);
  await station.signIn(card, '184629');
  ids['Noor'] = await station.idOf('Noor');
});

test('each way to enrol says what the badge will have to prove', { skip }, async () => {
  const noor = ids['Noor'] ?? '';
  const table: readonly (readonly [card: Parameters<ReaderStation['hold']>[0], as: string, code: number, words: RegExp])[] = [
    [cards.known, 'piv', 0, /: a badge that proves itself by its PIV key\.$/],
    [cards.soon, 'best', 0, /: a badge that proves itself by its PIV key\.$/],
    [cards.stranger, 'piv', 1, /^No configured root stands behind the certificate of this card/],
    [cards.stranger, 'piv-pinned', 0, /: a badge that proves itself by its PIV key\.$/],
    [softwareKey({ uid: '04f1d0c0ffee91' }), 'fido', 0, /: a security key that proves itself by its FIDO2 key\.$/],
    [newCard('EV3', '04A1B2C3D4E5C3'), 'uid', 1, /have this one prove more/],
  ];
  for (const [card, as, code, words] of table) {
    const said = await station.hold(card, ['enrol', '--for', noor, '--as', as]);
    assert.equal(said.code, code, `${as}: ${said.err}`);
    assert.match(last(code === 0 ? said.out : said.err), words);
    if (code === 0) assert.deepEqual(steps(said.err), as === 'fido' ? [...threeSteps.slice(0, 2), once, ...threeSteps.slice(2)] : threeSteps, as);
  }
});

test('a key that is another in its second stay is nobody’s', { skip }, async () => {
  const noor = ids['Noor'] ?? '';
  const were = (await station.badges()).length;
  const said = await station.hold(softwareKey({ uid: '04f1d0c0ffee92' }), ['enrol', '--for', noor, '--as', 'fido'], { second: softwareKey({ uid: '04f1d0c0ffee92' }) });
  assert.deepEqual([said.code, last(said.err)], [1, 'It did not prove itself as a tap must, so nothing was stored: begin again, and take another badge if it stays so.']);
  assert.equal((await station.badges()).length, were);
});

test('what cannot be asked for is said before anybody is asked for a badge', { skip }, async () => {
  for (const [args, why] of [
    [['enrol', '--as', 'fido', '--pin-stdin'], 'A security key is registered for somebody who is enrolled: name the person with --for.\n'],
    [['enrol', '--as', 'nfc', '--pin-stdin'], '--as takes best, uid, piv, piv-pinned or fido; a DESFire card is made to prove itself with `tapward badge personalise`.\n'],
  ] as const) {
    const said = await station.run(args, { input: 'Kim\nP\n184629\n' });
    assert.deepEqual([said.code, said.err], [2, why]);
  }
});

test('the report: clonable ones first and by whom, what each reaches, what runs out, and revoked ones last', { skip }, async () => {
  const all = await station.badges();
  assert.deepEqual(
    all.map(({ proves, clonable, by, reaches }) => [proves.kind, clonable, by, reaches]),
    [
      ['aes', true, 'whoever opens this station', 'AAL1'],
      ['piv', false, 'nobody we know of', 'AAL1'],
      ['piv', false, 'nobody we know of', 'AAL1'],
      ['piv', false, 'nobody we know of', 'AAL1'],
      ['fido', false, 'nobody we know of', 'AAL1'],
    ],
  );
  const { out } = await station.run(['badges']);
  const [head = '', first = ''] = out.split('\n');
  assert.match(head, /^PERSON +NAME +BADGE +GRADE +CLONABLE +BY +WITH A PIN OF 6 +MORE$/);
  assert.match(first, /^[0-9a-f]{16} +Noor D\. +[0-9a-f]{16} +aes +yes +whoever opens this station +AAL1 +key version 1$/);
  assert.match(out, / piv +no +nobody we know of +AAL1 +until \d{4}-\d\d-\d\d, key pinned\n/);
  assert.match(out, / fido +no +nobody we know of +AAL1 +model [0-9a-f-]{36} \(claimed\), counter \d+\n/);
  assert.match(out, /\n\n1 badge of 5 in use can be copied\. The policy takes grade aes and above\.\n$/);
  assert.equal((await station.run(['revoke', '--badge', all[0]?.id ?? ''])).code, 0);
  const [revoked] = (await station.badges()).slice(-1);
  assert.deepEqual([revoked?.id, revoked?.revoked, revoked?.reaches], [all[0]?.id, true, 'none']);
});

test('the doctor names what runs out, and what the policy’s files lack', { skip }, async () => {
  const policy = (content: object): void => writeFileSync(join(station.dir, 'policy.json'), JSON.stringify(content), { mode: 0o600 });
  const found = async (...which: readonly string[]) =>
    ((await tapwardJson(station.dir, ['doctor'])).json as { readonly findings: readonly Finding[] }).findings
      .filter(({ id }) => which.includes(id))
      .map(({ grade, what, mend }) => [grade, what, mend]);
  const badges = await found('badges');
  assert.equal(badges.length, 1);
  assert.match(String(badges[0]?.[1]), /^The PIV certificate of badge [0-9a-f]{16} of [0-9a-f]{16} runs out on \d{4}-\d\d-\d\d$/);
  const root = authority.keep('no certificate');
  policy({
    pivRoots: root,
    pivCrl: '/nonexistent/crl.pem',
    keyRoots: root,
    keyModels: ['7461707d-6172-6420-736f-667477617265'],
    uidWindow: { owner: 'Head of IT', until: '2027-03-31', lasts: '1 h' },
  });
  const complaints = await found('piv', 'keys', 'exception', 'policy');
  assert.deepEqual(
    complaints.map(([grade, what]) => [grade, String(what).replace(/ \(.*/, '')]),
    [
      ['ok', 'The policy file holds'],
      ['bad', 'The file of roots for PIV cards cannot be read'],
      ['bad', complaints[2]?.[1]],
      ['bad', complaints[3]?.[1]],
      ['warn', 'Badges that prove nothing open by a tap alone until 2027-03-31; Head of IT answers for it'],
    ],
  );
  assert.match(String(complaints[2]?.[1]), /revocation|CRL/i);
  assert.match(String(complaints[3]?.[1]), /attestation|models/i);
  for (const [, , mend] of complaints.slice(1)) assert.match(String(mend), /^[A-Z].*\.$/);
  policy({ uidWindow: { owner: 'Head of IT', until: '2020-01-01', lasts: '1 h' }, leastGrade: 'gold' });
  assert.deepEqual(
    (await found('policy')).map(([grade, what]) => [grade, what]),
    [['bad', 'line 1: "leastGrade" must be one of uid, aes, piv, fido']],
  );
});
