/** A colleague's word comes in at a real agent for somebody who forgot her badge; the spare that is hers for a while, and every reason why there is none, goes out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byUid } from '../../agent/enrolment.ts';
import { digits, uidOf } from '../store/place.ts';
import { ana, type FormStation, folder, newClocks, sam, startStation, strangerUid } from './station.ts';

/** Ana vouches for Sam, with the badge at hand. */
async function vouch({ tap, shows, face, asks }: FormStation, uid = strangerUid, numberAndPin = [sam.number, sam.pin]): Promise<void> {
  tap(uid);
  await shows('unknown');
  face.do('vouch');
  await asks('number');
  face.type(numberAndPin[0] ?? '');
  await asks('pin');
  face.type(numberAndPin[1] ?? '');
}
async function colleague({ tap, face, asks }: FormStation, uid = ana.uid, pin = ana.pin): Promise<void> {
  await asks('colleague');
  tap(uid);
  await asks('colleaguePin');
  face.type(pin);
}

test('a colleague’s badge and PIN lend her a spare until the shift ends; both are in the ledger, and then it is nobody’s again', async (t) => {
  await using station = await startStation(folder(t));
  const { clocks, agent } = station;
  await vouch(station);
  assert.equal((await station.asks('colleague')).person?.given, 'Sam');
  await colleague(station);
  await station.shows('spareReady');
  const until = clocks.wall + 12 * 3_600_000;
  assert.deepEqual(
    station.entries().filter(({ kind }) => kind === 'vouched'),
    [{ kind: 'vouched', subscriber: station.idOf(sam), voucher: station.idOf(ana), until }],
  );
  await station.signIn({ ...sam, uid: strangerUid });
  assert.equal(station.entries().findLast((entry) => entry.kind === 'permit')?.by, 'vouch');
  station.face.do('lockNow');
  await station.shows('idle');
  clocks.pass(12 * 3_600_000 - 1);
  station.tap(strangerUid);
  await station.shows('pin');
  station.face.do('cancel');
  await station.shows('idle');
  clocks.pass(1);
  station.tap(strangerUid);
  await station.shows('unknown');
  // And may be lent to somebody else.
  station.face.do('vouch');
  await station.asks('number');
  station.face.type(ana.number);
  await station.asks('pin');
  station.face.type(ana.pin);
  await colleague(station, sam.uid, sam.pin);
  await station.shows('spareReady');
  assert.equal(agent.durable.store?.findByBadge(uidOf(strangerUid))?.subscriber.id, station.idOf(ana));
  assert.ok(!agent.durable.store?.subscriber(station.idOf(sam))?.badges.includes(agent.durable.store.findByBadge(uidOf(strangerUid))?.badge ?? ''));
});

test('a spare counts no longer than the word it was lent on: whoever vouched is revoked, and it is nobody’s', async (t) => {
  await using station = await startStation(folder(t));
  await vouch(station);
  await colleague(station);
  await station.shows('spareReady');
  station.face.do('back');
  assert.equal(station.agent.enrolment?.revokePerson(station.idOf(ana), 'it').kind, 'done');
  station.tap(strangerUid);
  await station.shows('unknown');
});

test('where nobody vouches any more, a spare that is due is revoked', async (t) => {
  const dir = folder(t);
  const clocks = newClocks();
  {
    await using station = await startStation(dir, {}, clocks);
    await vouch(station);
    await colleague(station);
    await station.shows('spareReady');
  }
  clocks.pass(12 * 3_600_000);
  await using later = await startStation(dir, { vouching: 'off' }, clocks);
  later.tap(strangerUid);
  await later.shows('revoked');
});

test('a colleague vouches no more often in a week than the policy says, whoever it is for', async (t) => {
  await using station = await startStation(folder(t), { vouchesPerWeek: 1 });
  const luz = { given: 'Luz', number: '662299', uid: '04a1b2c3d4e503', pin: '915026' };
  const made = await station.agent.enrolment?.enrol({ given: luz.given, initial: 'M', language: 'es', number: luz.number }, byUid(uidOf(luz.uid)), digits(luz.pin), 'test');
  assert.equal(made?.kind, 'enrolled');
  await vouch(station);
  await colleague(station);
  await station.shows('spareReady');
  await vouch(station, '04f0e1d2c3b4a6', [luz.number, luz.pin]);
  await colleague(station);
  await station.shows('limit');
  assert.equal(station.agent.durable.store?.findByBadge(uidOf('04f0e1d2c3b4a6')), null);
  await vouch(station, '04f0e1d2c3b4a6', [luz.number, luz.pin]);
  await colleague(station, sam.uid, sam.pin);
  await station.shows('spareReady');
});

test('nobody vouches for herself, with a spare, or more often in a week than the policy says', async (t) => {
  await using station = await startStation(folder(t), { vouchesPerWeek: 1 });
  const { clocks, face } = station;
  await vouch(station);
  await station.asks('colleague');
  station.tap(sam.uid);
  await station.asks('colleague');
  await colleague(station);
  await station.shows('spareReady');
  // By the spare that was just lent: it is not her own badge.
  await vouch(station, '04f0e1d2c3b4a6', [ana.number, ana.pin]);
  await station.asks('colleague');
  station.tap(strangerUid);
  await station.asks('colleague');
  face.do('cancel');
  await station.shows('idle');
  await vouch(station, '04f0e1d2c3b4a6');
  await station.shows('limit');
  clocks.pass(7 * 86_400_000 - 1);
  await vouch(station, '04f0e1d2c3b4a6');
  await station.shows('limit');
  clocks.pass(1);
  await vouch(station, '04f0e1d2c3b4a6');
  await colleague(station);
  await station.shows('spareReady');
});

test('a number that is nobody’s, and a wrong PIN beside one that is, look the same to who types them', async (t) => {
  await using station = await startStation(folder(t));
  const seen: unknown[] = [];
  for (const [number, pin] of [
    ['999999', sam.pin],
    [sam.number, ana.pin],
  ] as const) {
    await vouch(station, strangerUid, [number, pin]);
    seen.push(await station.asks('number'));
    station.face.do('cancel');
    await station.shows('idle');
  }
  assert.deepEqual(seen[0], seen[1]);
  assert.deepEqual(
    station.entries().flatMap((entry) => (entry.kind === 'tried' ? [entry.subscriber] : [])),
    [null, station.idOf(sam)],
  );
  assert.equal(station.agent.durable.store?.tries('station').failures, 2);
});

test('whose role may not be lent a badge is told so, once she is known', async (t) => {
  await using station = await startStation(folder(t), { roles: { student: { vouching: 'off' } } });
  assert.equal(station.agent.enrolment?.setDetails(station.idOf(sam), { role: 'student' }, 'it').kind, 'done');
  await vouch(station);
  await station.shows('notAllowed');
  // And who may not be lent one vouches for nobody.
  await vouch(station, strangerUid, [ana.number, ana.pin]);
  await colleague(station, sam.uid, sam.pin);
  await station.shows('notAllowed');
});
