/** Whole stations on which store, ledger, key, reader or disk are gone come in; an emergency opens on each with a durable entry, and on none without. */
import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { reservePath } from '../../agent/emergency/reserve.ts';
import { ledgerDir } from '../../agent/store/durable.ts';
import { storePath } from '../../agent/store/opening.ts';
import { stationTries } from '../../agent/store/records.ts';
import { folder } from '../store/place.ts';
import { claimEmergency, code, emergencies, entriesIn, isLocked, isOpen, kindsIn, number, opened, pin, settled, setUp, start, stationIn, uid } from './rig.ts';

test('everything works but the reader: her number and PIN, proved, in the ledger before it opens', async (t) => {
  const dir = stationIn(folder(t));
  const sam = await setUp(dir);
  await using station = await start(dir);
  await claimEmergency(station, pin);
  await opened(station);
  const { desk } = station.agent.queue.state();
  assert.ok(desk.kind === 'open' && desk.by.kind === 'emergency');
  assert.equal(station.agent.queue.state().snapshot.active?.subscriber, 'emergency', 'nobody’s own session');
  station.face.do('lockNow');
  await settled('locked', () => isLocked(station));
  const entries = entriesIn(dir).map(({ entry }) => entry);
  const at = entries.findIndex((entry) => entry.kind === 'emergency');
  const entry = entries[at];
  assert.ok(entry?.kind === 'emergency');
  assert.deepEqual([entry.claimant, entry.reason, entry.minutes], [{ kind: 'proved', subscriber: sam }, 'life', 30]);
  assert.ok(at < entries.findIndex((e) => e.kind === 'outcome' && e.result === 'opened'));
  assert.deepEqual(kindsIn(dir), []);
});

test('wrong PINs are counted together with those at the door; a claim follows when they are used up, and a stranger’s number looks the same', async (t) => {
  const dir = stationIn(folder(t));
  const sam = await setUp(dir);
  await using station = await start(dir);
  const { face } = station;
  const remarks = async (typed: string): Promise<readonly unknown[]> => {
    face.do('emergency');
    await face.until('her number', (v) => v.screen.kind === 'form' && v.screen.step === 'number');
    face.type(typed);
    const seen = [];
    for (let n = 0; n < 5; n++) {
      await face.until('her PIN', (v) => v.screen.kind === 'form' && v.screen.step === 'pin' && v.screen.digits === 0);
      face.type('000000');
      const { screen } = await face.until('what it came to', (v) => v.screen.kind === 'form' && (v.screen.step === 'code' || (v.screen.remark !== null && v.screen.digits === 0)));
      seen.push(screen.kind === 'form' && [screen.step, screen.remark]);
    }
    face.do('cancel');
    await face.until('the form is over', (v) => v.screen.kind !== 'form');
    return seen;
  };
  const hers = await remarks(number);
  assert.deepEqual(hers, [...[4, 3, 2, 1].map((left) => ['pin', { kind: 'wrong', left }]), ['code', null]]);
  station.agent.durable.store?.write([{ kind: 'tries', id: stationTries, failures: 0 }], 'counted');
  assert.deepEqual(await remarks('999999'), hers);
  const tried = entriesIn(dir).flatMap(({ entry }) => (entry.kind === 'tried' ? [entry] : []));
  assert.deepEqual(
    tried.map(({ step, subscriber }) => [step, subscriber]),
    [...Array.from({ length: 5 }, () => ['pin', sam]), ...Array.from({ length: 5 }, () => ['pin', null])],
  );
  assert.deepEqual(
    tried.slice(0, 5).map(({ verdict }) => verdict),
    ['refused', 'refused', 'refused', 'refused', 'wait'],
  );
  assert.equal(station.agent.durable.store?.pin(station.agent.durable.store.subscribers()[0]?.id ?? '')?.failures, 5);
});

test('one guess at each colleague’s PIN is no free door: after five the station looks at none by number, and a badge or the sealed code still leads on', async (t) => {
  const dir = stationIn(folder(t));
  await setUp(dir);
  await using station = await start(dir, {}, true, true);
  const { face } = station;
  const asked = async (typed: string): Promise<string> => {
    face.do('emergency');
    await face.until('her number', (v) => v.screen.kind === 'form' && v.screen.step === 'number');
    face.type(typed);
    await face.until('her PIN', (v) => v.screen.kind === 'form' && v.screen.step === 'pin');
    face.type(pin);
    const { screen } = await face.until('what it came to', (v) => v.screen.kind === 'form' && (v.screen.step !== 'pin' || v.screen.remark !== null));
    face.do('cancel');
    await face.until('the form is over', (v) => v.screen.kind !== 'form');
    return screen.kind === 'form' ? screen.step : screen.kind;
  };
  const steps: string[] = [];
  for (const typed of ['999991', '999992', '999993', '999994', '999995', number]) steps.push(await asked(typed));
  assert.deepEqual(steps, ['pin', 'pin', 'pin', 'pin', 'code', 'code'], 'not even a right one is looked at');
  face.do('emergency');
  await face.until('her number', (v) => v.screen.kind === 'form' && v.screen.step === 'number');
  station.tap(uid);
  await face.until('her PIN', (v) => v.screen.kind === 'form' && v.screen.step === 'pin');
  face.type(pin);
  await face.until('the reason', (v) => v.screen.kind === 'form' && v.screen.step === 'reason');
});

test('a badge says who: her PIN alone is asked; once it has to wait, the code is next, and the ledger has the number IT noted for her', async (t) => {
  const dir = stationIn(folder(t));
  const sam = await setUp(dir);
  await using station = await start(dir, { sameBadgeAfter: 0 }, true, true);
  const { face, agent } = station;
  const begin = async (): Promise<void> => {
    await face.until('the emergency button', (v) => v.emergency.offered && v.screen.kind !== 'form');
    face.do('emergency');
    await face.until('who', (v) => v.screen.kind === 'form' && v.screen.step === 'number');
    station.tap(uid);
    await face.until('her PIN', (v) => v.screen.kind === 'form' && v.screen.step === 'pin');
  };
  await begin();
  face.type(pin);
  await face.until('the reasons', (v) => v.screen.kind === 'form' && v.screen.step === 'reason');
  face.do('reasonOther');
  await opened(station);
  face.do('lockNow');
  await settled('locked', () => isLocked(station));
  const { store } = agent.durable;
  const record = store?.pin(sam);
  assert.ok(store !== null && record != null);
  store.write([{ ...record, failures: 4 }], 'counted');
  await begin();
  // The last one before a wait, which no patient has time for.
  face.type('000000');
  await face.until('the code', (v) => v.screen.kind === 'form' && v.screen.step === 'code');
  face.type(code);
  await face.until('the reasons', (v) => v.screen.kind === 'form' && v.screen.step === 'reason');
  face.do('reasonSignIn');
  await opened(station);
  assert.deepEqual(
    emergencies(entriesIn(dir).map(({ entry }) => entry)).map((entry) => entry.kind === 'emergency' && [entry.claimant, entry.reason]),
    [
      [{ kind: 'proved', subscriber: sam }, 'other'],
      [{ kind: 'claimed', number }, 'signIn'],
    ],
  );
});

test('a role that the policy leaves out gets none, however she says who she is', async (t) => {
  const dir = stationIn(folder(t));
  const sam = await setUp(dir);
  await using station = await start(dir, { roles: { clerk: { emergency: 'off' } } });
  const { face, agent } = station;
  const { store } = agent.durable;
  const [record, her] = [store?.subscriber(sam), store?.pin(sam)];
  assert.ok(store !== null && record != null && her != null);
  store.write([{ ...record, role: 'clerk' }], 'counted');
  const tryIt = async (secret: string): Promise<void> => {
    await face.until('the emergency button', (v) => v.emergency.offered && v.screen.kind !== 'form');
    face.do('emergency');
    await face.until('her number', (v) => v.screen.kind === 'form' && v.screen.step === 'number');
    face.type(number);
    await face.until('her PIN', (v) => v.screen.kind === 'form' && v.screen.step === 'pin');
    face.type(pin);
    if (secret === code) {
      await face.until('the code', (v) => v.screen.kind === 'form' && v.screen.step === 'code');
      face.type(code);
    }
    await face.until('not allowed', (v) => v.screen.kind === 'notAllowed');
    face.do('back');
  };
  await tryIt(pin);
  store.write([{ ...her, failures: 10 }], 'counted');
  await tryIt(code);
  assert.deepEqual(emergencies(entriesIn(dir).map(({ entry }) => entry)), []);
});

for (const [what, destroy, inReserve] of [
  ['the store of people is damaged', (dir: string) => truncateSync(storePath(dir), 8_192), false],
  ['the store of people is gone', (dir: string) => renameSync(storePath(dir), `${storePath(dir)}.gone`), false],
  ['the machine key is gone, and with it store and ledger', (dir: string) => rmSync(join(dir, 'machine.key')), true],
  ['the ledger is gone', (dir: string) => rmSync(ledgerDir(dir), { recursive: true }), true],
] as const) {
  test(`${what}: an emergency opens, durable first`, async (t) => {
    const dir = stationIn(folder(t));
    await setUp(dir);
    destroy(dir);
    await using station = await start(dir);
    assert.equal(station.agent.queue.state().health.kind, 'degraded');
    // The ledger alone: her PIN can still be checked.
    await claimEmergency(station, what === 'the ledger is gone' ? pin : code);
    await opened(station);
    const kept = inReserve ? kindsIn(dir) : entriesIn(dir).map(({ entry }) => entry);
    const [entry] = emergencies(kept);
    assert.ok(entry?.kind === 'emergency');
    assert.equal(entry.claimant.kind, what === 'the ledger is gone' ? 'proved' : 'claimed');
    station.face.do('lockNow');
    await settled('locked', () => isLocked(station));
    const after = inReserve ? kindsIn(dir) : entriesIn(dir).map((recorded) => recorded.entry);
    assert.deepEqual(
      after
        .filter(({ kind }) => ['emergency', 'outcome', 'locked'].includes(kind))
        .map(({ kind }) => kind)
        .slice(inReserve ? 0 : -3),
      ['emergency', 'outcome', 'locked'],
    );
    assert.equal(station.told.includes('TW2103'), inReserve);
    assert.ok(station.told.includes('TW2201'), 'an emergency is an event, wherever it stands');
    assert.ok(what === 'the ledger is gone' || station.told.includes('TW2105'), 'nobody was told that the envelope was opened');
    // Nobody's own work opens meanwhile.
    assert.equal(station.agent.queue.state().health.kind, 'degraded');
  });
}

test('without claims nobody gets in where no PIN can be checked; without setup, or a session for it, there is no button', async (t) => {
  const dir = stationIn(folder(t));
  await setUp(dir);
  rmSync(join(dir, 'machine.key'));
  {
    await using station = await start(dir, { emergencyClaims: 'off' });
    station.face.do('emergency');
    await station.face.until('her number', (v) => v.screen.kind === 'form');
    station.face.type(number);
    await station.face.until('refused', (v) => v.screen.kind !== 'form');
    assert.equal(isOpen(station), false);
  }
  {
    await using station = await start(dir, {}, false);
    assert.equal(station.face.frame().view.emergency.offered, false);
  }
  rmSync(join(dir, 'emergency.code'));
  await using station = await start(dir);
  assert.equal(station.face.frame().view.emergency.offered, false);
});

test('neither ledger nor reserve: it stays locked', async (t) => {
  const dir = stationIn(folder(t));
  await setUp(dir);
  rmSync(reservePath(dir));
  mkdirSync(reservePath(dir));
  await using station = await start(dir);
  const { agent, face } = station;
  assert.ok(station.told.includes('TW2104'));
  // A ledger that is closed refuses from here on, as it does after any failed write.
  agent.durable.ledger?.[Symbol.dispose]();
  await claimEmergency(station, pin);
  await face.until('the end', (v) => v.screen.kind !== 'form');
  assert.equal(agent.queue.state().health.kind, 'degraded');
  assert.equal(isOpen(station), false);
  assert.deepEqual(emergencies(entriesIn(dir).map(({ entry }) => entry)), []);
});
