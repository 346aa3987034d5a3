/** Codes and PINs come in at a real agent, typed step by step, and badges that nobody used for long; who gets in, with what, and what the ledger says of it goes out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBadgeLives, withLives } from '../../agent/badge-lives.ts';
import { dayOf } from '../../agent/enrolment/wall.ts';
import { defaultPolicy } from '../../core/policy.ts';
import { digits, uidOf } from '../store/place.ts';
import { ana, type FormStation, folder, fresh, newClocks, sam, startStation } from './station.ts';

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
    assert.deepEqual(permits.map(({ by, factors, reached, subscriber }) => ({ by, factors, reached, subscriber })).at(-1), {
      by: 'code',
      factors: ['code', 'pin'],
      reached: 'none',
      subscriber: station.idOf(sam),
    });
    face.do('lockNow');
    await station.shows('idle');
  }
  assert.deepEqual(
    station.entries().filter(({ kind }) => kind === 'codeIssued'),
    [{ kind: 'codeIssued', subscriber: station.idOf(sam), actor: 'test', purpose: 'shift', checked: 'knew her voice' }],
  );
  clocks.pass(12 * 3_600_000);
  await typeCode(station, sam.number, code);
  assert.deepEqual((await station.asks('number')).remark, { kind: 'wrongCode' }, 'the shift is over');
});

const tried = (station: FormStation): readonly unknown[] => station.entries().flatMap((entry) => (entry.kind === 'tried' ? [[entry.step, entry.subscriber, entry.verdict]] : []));

test('each wrong code stands in the ledger with whose it would be, until it is not looked at', async (t) => {
  await using station = await startStation(folder(t));
  await station.code(sam, 'shift');
  for (const number of [sam.number, '999999', sam.number, sam.number, sam.number]) {
    await typeCode(station, number, '00000000');
    await station.face.until('an answer', ({ screen }) => screen.kind === 'codeWait' || (screen.kind === 'form' && screen.step === 'number' && screen.remark !== null));
    station.face.do('back');
  }
  const id = station.idOf(sam);
  assert.deepEqual(tried(station), [
    ['code', id, 'refused'],
    ['code', null, 'refused'],
    ['code', id, 'refused'],
    ['code', id, 'refused'],
    ['code', id, 'wait'],
  ]);
});

test('the wrong PIN beside a right code counts as any wrong PIN', async (t) => {
  await using station = await startStation(folder(t));
  const code = await station.code(sam, 'shift');
  await typeCode(station, sam.number, code);
  await station.asks('pin');
  station.face.type(ana.pin);
  await station.face.until('a remark', ({ screen }) => screen.kind === 'form' && screen.remark?.kind === 'wrong');
  assert.equal(station.agent.durable.store?.pin(station.idOf(sam))?.failures, 1);
  assert.deepEqual(tried(station), [['pin', station.idOf(sam), 'refused']]);
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
  assert.deepEqual(
    station.entries().filter(({ kind }) => kind === 'pinChanged'),
    [{ kind: 'pinChanged', subscriber: station.idOf(sam) }],
  );
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

test('codes by role: what the policy takes from her role is no code of hers', async (t) => {
  await using station = await startStation(folder(t), { roles: { student: { shiftCodes: 'off' } } });
  const code = await station.code(sam, 'shift');
  assert.equal(station.agent.enrolment?.setDetails(station.idOf(sam), { role: 'student' }, 'it').kind, 'done');
  await typeCode(station, sam.number, code);
  assert.deepEqual((await station.asks('number')).remark, { kind: 'wrongCode' });
  assert.deepEqual(await station.agent.codes?.issue({ subscriber: station.idOf(sam), purpose: 'shift', checked: 'at the desk', hours: 12 }, digits('12345678'), 'it'), {
    kind: 'off',
  });
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
  const hers = station.agent.enrolment?.people().find(({ subscriber }) => subscriber.id === station.idOf(ana))?.badges[0]?.id;
  assert.deepEqual(
    station.entries().filter(({ kind }) => kind === 'retired'),
    [{ kind: 'retired', subscriber: station.idOf(ana), badge: hers, actor: 'policy' }],
    'said once a run',
  );
  assert.deepEqual(
    station.agent.enrolment?.retireBadges('it').map(({ subscriber }) => subscriber),
    [station.idOf(ana)],
  );
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

test('a security key at the face keeps its day too, and one that nobody used for long is withdrawn where the policy says so', async (t) => {
  const clocks = newClocks();
  await using station = await startStation(folder(t), { staleBadges: 'retire' }, clocks);
  const store = station.agent.durable.store ?? assert.fail();
  const ledger = station.agent.durable.ledger ?? assert.fail();
  const { badge } = store.findByBadge(uidOf(sam.uid)) ?? assert.fail();
  const lives = createBadgeLives({
    store,
    ledger,
    policy: () => ({ ...defaultPolicy, staleBadges: 'retire' }),
    clock: { now: () => 0 },
    wall: () => clocks.wall,
    diagnose: (why) => assert.fail(String(why)),
  });
  const answer = {
    kind: 'proved',
    badge,
    subscriber: { id: station.idOf(sam), given: 'Sam', initial: 'B', language: null, role: null },
    verified: false,
    standing: { kind: 'allowed', left: 5 },
  } as const;
  const keys = withLives({ ask: async () => answer, end: () => undefined }, lives);
  assert.deepEqual(await keys.ask(1, null), answer);
  lives.flush();
  assert.equal(store.badge(badge)?.lastUsed, dayOf(clocks.wall));
  clocks.pass(91 * 86_400_000);
  assert.deepEqual(await keys.ask(2, null), { kind: 'unproved', subscriber: station.idOf(sam), because: 'withdrawn' });
});
