/** Codes, forgotten badges and PINs come in at a real agent, typed step by step; who gets in, with what, and what the ledger says of it goes out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byUid } from '../../agent/enrolment.ts';
import { dayOf } from '../../agent/enrolment/wall.ts';
import { digits, uidOf } from '../store/place.ts';
import { ana, folder, fresh, type FormStation, newClocks, sam, startStation, strangerUid } from './station.ts';

/** A shift code, typed to its last digit. */
async function typeCode({ face, asks, shows }: FormStation, number: string, code: string): Promise<void> {
  await shows('idle');
  face.do('enterCode');
  await asks('number');
  face.type(number);
  await asks('code');
  face.type(code);
}

test('a shift code and her PIN open without a badge, again and again until its end; screen and ledger say how weak it is', async (t) => {
  await using station = await startStation(folder(t));
  const { face, clocks } = station;
  const code = await station.code(sam, 'shift');
  for (const round of [1, 2]) {
    await typeCode(station, sam.number, code);
    assert.equal((await station.asks('pin')).person?.given, 'Sam');
    face.type(sam.pin);
    const { screen } = await station.shows('welcome').catch(() => face.frame().view);
    assert.ok(screen.kind !== 'welcome' || screen.weak === 'code');
    await station.shows('open');
    const permits = station.entries().filter((entry) => entry.kind === 'permit');
    assert.equal(permits.length, round);
    assert.deepEqual(permits.map(({ by, factors, reached, subscriber }) => ({ by, factors, reached, subscriber })).at(-1), { by: 'code', factors: ['code', 'pin'], reached: 'none', subscriber: station.idOf(sam) });
    face.do('lockNow');
    await station.shows('idle');
  }
  assert.deepEqual(station.entries().filter(({ kind }) => kind === 'codeIssued'), [{ kind: 'codeIssued', subscriber: station.idOf(sam), actor: 'test', purpose: 'shift', checked: 'knew her voice' }]);
  clocks.pass(12 * 3_600_000);
  await typeCode(station, sam.number, code);
  assert.deepEqual((await station.asks('number')).remark, { kind: 'wrongCode' }, 'the shift is over');
});

test('the wrong PIN beside a right code counts as any wrong PIN', async (t) => {
  await using station = await startStation(folder(t));
  const code = await station.code(sam, 'shift');
  await typeCode(station, sam.number, code);
  await station.asks('pin');
  station.face.type(ana.pin);
  await station.face.until('a remark', ({ screen }) => screen.kind === 'form' && screen.remark?.kind === 'wrong');
  assert.equal(station.agent.durable.store?.pin(station.idOf(sam))?.failures, 1);
  station.face.type(sam.pin);
  await station.shows('open');
});

test('IT’s code gives a new PIN to one whose PIN is blocked; the old one is worth nothing and windows are over', async (t) => {
  await using station = await startStation(folder(t));
  const { face, agent } = station;
  const store = agent.durable.store ?? assert.fail();
  store.write([{ ...(store.pin(station.idOf(sam)) ?? assert.fail()), failures: 10, keyFailures: 3 }], 'counted');
  const code = await station.code(sam, 'newPin');
  station.tap(sam.uid);
  await station.shows('blocked');
  face.do('newPin');
  await station.asks('number');
  face.type(sam.number);
  await station.asks('code');
  face.type(code);
  await station.asks('newPin');
  face.type(fresh);
  await station.asks('again');
  face.type(fresh);
  await station.shows('pinChanged');
  assert.deepEqual(station.entries().filter(({ kind }) => kind === 'pinChanged'), [{ kind: 'pinChanged', subscriber: station.idOf(sam) }]);
  assert.equal(store.pin(station.idOf(sam))?.keyFailures, 3, 'wrong PINs of her keys are not forgotten with it');
  await station.signIn({ ...sam, pin: fresh });
});

test('she changes her PIN over her own open work: by the old one, and the new one counts from then on', async (t) => {
  await using station = await startStation(folder(t));
  const { face } = station;
  await station.signIn(sam);
  face.do('changePin');
  await station.asks('pin');
  face.type(ana.pin);
  assert.equal((await station.face.until('a remark', ({ screen }) => screen.kind === 'form' && screen.remark?.kind === 'wrong')).screen.kind, 'form');
  face.type(sam.pin);
  await station.asks('newPin');
  face.type(fresh);
  await station.asks('again');
  face.type(fresh);
  await station.shows('pinChanged');
  face.do('back');
  await station.shows('open');
  face.do('lockNow');
  await station.shows('idle');
  station.tap(sam.uid);
  await station.shows('pin');
  face.type(sam.pin);
  await face.until('the old one refused', ({ screen }) => screen.kind === 'pin' && screen.remark?.kind === 'wrong');
  face.type(fresh);
  await station.shows('open');
});

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
  assert.deepEqual(station.entries().filter(({ kind }) => kind === 'vouched'), [{ kind: 'vouched', subscriber: station.idOf(sam), voucher: station.idOf(ana), until }]);
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
  for (const [number, pin] of [['999999', sam.pin], [sam.number, ana.pin]] as const) {
    await vouch(station, strangerUid, [number, pin]);
    seen.push(await station.asks('number'));
    station.face.do('cancel');
    await station.shows('idle');
  }
  assert.deepEqual(seen[0], seen[1]);
  assert.equal(station.agent.durable.store?.tries('station').failures, 2);
});

test('codes by role: what the policy takes from her role is no code of hers', async (t) => {
  await using station = await startStation(folder(t), { roles: { student: { shiftCodes: 'off', vouching: 'off' } } });
  const code = await station.code(sam, 'shift');
  assert.equal(station.agent.enrolment?.setDetails(station.idOf(sam), { role: 'student' }, 'it').kind, 'done');
  await typeCode(station, sam.number, code);
  assert.deepEqual((await station.asks('number')).remark, { kind: 'wrongCode' });
  station.face.do('cancel');
  await station.shows('idle');
  await vouch(station);
  await station.shows('notAllowed');
  assert.deepEqual(await station.agent.codes?.issue({ subscriber: station.idOf(sam), purpose: 'shift', checked: 'at the desk', hours: 12 }, digits('12345678'), 'it'), { kind: 'off' });
});

test('the day of a badge’s last use is kept, and one that nobody used for long opens nothing where the policy says so', async (t) => {
  const dir = folder(t);
  const clocks = newClocks();
  {
    await using station = await startStation(dir, {}, clocks);
    clocks.pass(10 * 86_400_000);
    await station.signIn(sam);
  }
  const used = dayOf(clocks.wall);
  clocks.pass(85 * 86_400_000);
  await using station = await startStation(dir, { staleBadges: 'retire' }, clocks);
  const store = station.agent.durable.store ?? assert.fail();
  assert.equal(store.badge(store.findByBadge(uidOf(sam.uid))?.badge ?? '')?.lastUsed, used);
  await station.signIn(sam);
  station.face.do('lockNow');
  await station.shows('idle');
  station.tap(ana.uid);
  await station.shows('revoked');
  station.face.do('back');
  station.tap(ana.uid);
  await station.shows('revoked');
  assert.deepEqual(station.entries().filter(({ kind }) => kind === 'retired'), [{ kind: 'retired', subscriber: station.idOf(ana), actor: 'policy' }], 'said once a run');
  assert.deepEqual(station.agent.enrolment?.retireBadges('it').map(({ subscriber }) => subscriber), [station.idOf(ana)]);
  assert.equal(store.findByBadge(uidOf(ana.uid))?.revoked, true);
  assert.equal(store.findByBadge(uidOf(sam.uid))?.revoked, false);
});

test('a badge that nobody used for long still opens where the policy only lists it', async (t) => {
  const dir = folder(t);
  const clocks = newClocks();
  await (await startStation(dir, {}, clocks)).stop();
  clocks.pass(100 * 86_400_000);
  await using station = await startStation(dir, {}, clocks);
  await station.signIn(sam);
});
