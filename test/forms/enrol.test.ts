/** An unknown badge at a real agent becomes somebody's by a code from IT, or does not, for each reason there is; what is durable and in the ledger afterwards goes out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Policy } from '../../core/policy.ts';
import { uidOf } from '../store/place.ts';
import { ana, type FormStation, folder, fresh, sam, startStation, strangerUid } from './station.ts';

/** As far as the number. */
async function begin(station: FormStation, uid = strangerUid): Promise<void> {
  station.tap(uid);
  await station.shows('unknown');
  station.face.do('addBadge');
  await station.asks('number');
}
const holder = ({ agent }: FormStation, uid: string): string | null => agent.durable.store?.findByBadge(uidOf(uid))?.subscriber.id ?? null;

test('she has a PIN: number, code and that PIN make the badge hers, and the code is used up', async (t) => {
  await using station = await startStation(folder(t));
  const { face } = station;
  const code = await station.code(sam, 'enrol');
  await begin(station);
  face.type(sam.number);
  await station.asks('code');
  face.type(code);
  const { person } = await station.asks('pin');
  assert.equal(person?.given, 'Sam');
  face.type(sam.pin);
  await station.shows('added');
  assert.equal(holder(station, strangerUid), station.idOf(sam));
  const her = station.agent.enrolment?.people().find(({ subscriber }) => subscriber.id === station.idOf(sam));
  assert.deepEqual(
    station.entries().filter(({ kind }) => kind === 'enrolled'),
    [{ kind: 'enrolled', subscriber: station.idOf(sam), badge: her?.badges.at(-1)?.id, actor: 'screen', grade: 'uid' }],
  );
  await station.signIn({ ...sam, uid: strangerUid });
  station.face.do('lockNow');
  await station.shows('idle');
  // Once is once.
  await begin(station, '04f0e1d2c3b4a6');
  face.type(sam.number);
  await station.asks('code');
  face.type(code);
  assert.deepEqual((await station.asks('number')).remark, { kind: 'wrongCode' });
  assert.equal(holder(station, '04f0e1d2c3b4a6'), null);
});

test('a new colleague without a PIN chooses one: guessable and differing ones come again, and the chosen one opens', async (t) => {
  await using station = await startStation(folder(t));
  const { face, agent } = station;
  const added = agent.enrolment?.addPerson({ given: 'Noor', initial: 'D', language: 'es', number: '551177', role: 'nurse' }, 'it');
  assert.equal(added?.kind, 'done');
  const noor = { given: 'Noor', number: '551177', uid: strangerUid, pin: fresh };
  const code = await station.code(noor, 'enrol');
  await begin(station);
  face.type(noor.number);
  await station.asks('code');
  face.type(code);
  await station.asks('newPin');
  face.type('123456');
  await face.until('a remark', ({ screen }) => screen.kind === 'form' && screen.remark?.kind === 'guessable');
  face.type(fresh);
  await station.asks('again');
  face.type('629471');
  assert.deepEqual((await station.asks('newPin')).remark, { kind: 'differ' });
  face.type(fresh);
  await station.asks('again');
  face.type(fresh);
  await station.shows('added');
  assert.deepEqual(agent.durable.store?.findByBadge(uidOf(strangerUid))?.subscriber, { id: station.idOf(noor), given: 'Noor', initial: 'D', language: 'es', role: 'nurse' });
  await station.signIn(noor);
});

const refusals: readonly (readonly [
  what: string,
  policy: Partial<Policy>,
  spoil: (station: FormStation) => Promise<void> | void,
  ends: 'number' | 'notAllowed' | 'blocked' | 'badgeTaken' | 'unreachable',
])[] = [
  ['a wrong code', {}, () => undefined, 'number'],
  ['somebody else’s number', {}, () => undefined, 'number'],
  ['a card that the policy denies', { deniedCards: [{ type: null, from: '04f0e1d2c3b400', to: '04f0e1d2c3b4ff' }] }, () => undefined, 'notAllowed'],
  ['a card outside those allowed', { allowedCards: [{ type: null, from: '05000000000000', to: '05ffffffffffff' }] }, () => undefined, 'notAllowed'],
  ['a badge of less than the least grade', { leastGrade: 'aes' }, () => undefined, 'notAllowed'],
  [
    'a blocked PIN',
    {},
    ({ agent, idOf }) => {
      const record = agent.durable.store?.pin(idOf(sam)) ?? assert.fail();
      agent.durable.store?.write([{ ...record, failures: 10 }], 'counted');
    },
    'blocked',
  ],
  [
    'a badge that IT gave to another meanwhile',
    {},
    ({ agent, idOf }) => {
      const given = agent.enrolment?.addBadge(idOf(ana), { number: uidOf(strangerUid), proof: { kind: 'uid' } }, 'it');
      assert.equal(given?.kind, 'enrolled');
    },
    'badgeTaken',
  ],
  ['a code that was replaced meanwhile', {}, async (station) => void (await station.code(sam, 'enrol', '9999999999999')), 'unreachable'],
];
for (const [what, policy, spoil, ends] of refusals) {
  test(`${what}: the badge stays nobody’s`, async (t) => {
    await using station = await startStation(folder(t), policy);
    const { face } = station;
    const code = await station.code(sam, 'enrol');
    const before = holder(station, strangerUid);
    const early = ends === 'blocked';
    if (early) await spoil(station);
    await begin(station);
    face.type(what.includes('number') ? ana.number : sam.number);
    // Of the card itself it is said at once.
    const codeAsked = policy.deniedCards === undefined && policy.allowedCards === undefined && policy.leastGrade === undefined;
    if (codeAsked) {
      await station.asks('code');
      face.type(what === 'a wrong code' ? '0000000000000' : code);
    }
    if (ends === 'number') assert.deepEqual((await station.asks('number')).remark, { kind: 'wrongCode' });
    else {
      if (codeAsked && !early) {
        await station.asks('pin');
        await spoil(station);
        face.type(sam.pin);
      }
      await station.shows(ends);
      assert.notEqual(holder(station, strangerUid), station.idOf(sam));
    }
    assert.equal(before, null);
    assert.equal(station.agent.queue.state().health.kind, 'ok');
  });
}

test('the badge held there again, or another one, while she types does not take the place of the first', async (t) => {
  await using station = await startStation(folder(t));
  const { face } = station;
  const code = await station.code(sam, 'enrol');
  await begin(station);
  face.type(sam.number.slice(0, 3));
  station.tap(strangerUid);
  station.tap('04f0e1d2c3b4a7');
  face.type(sam.number.slice(3));
  await station.asks('code');
  face.type(code);
  await station.asks('pin');
  face.type(sam.pin);
  await station.shows('added');
  assert.equal(holder(station, strangerUid), station.idOf(sam));
  assert.equal(holder(station, '04f0e1d2c3b4a7'), null);
});

test('cancelled while the PIN is being stored: nothing is', async (t) => {
  await using station = await startStation(folder(t));
  const { face, agent } = station;
  const code = await station.code(sam, 'enrol');
  await begin(station);
  face.type(sam.number);
  await station.asks('code');
  face.type(code);
  await station.asks('pin');
  face.type(sam.pin);
  // The KDF runs on another thread: its answer comes in a later turn than this.
  agent.queue.dispatch({ kind: 'revoked', subscriber: station.idOf(sam) });
  await station.shows('idle');
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(holder(station, strangerUid), null);
  assert.ok(!station.kinds().includes('enrolled'));
  assert.equal(agent.durable.store?.code(`${station.idOf(sam)}.enrol`)?.spent, false);
});
