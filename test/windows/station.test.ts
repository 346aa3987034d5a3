/** A stand-in for Windows' host and a real agent with store, ledger and queue come in; a tap and a PIN at the tile are followed to the session event that opens, and every way it can end otherwise. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Agent } from '../../agent/agent.ts';
import { byUid } from '../../agent/enrolment.ts';
import { createTrayReader, type TrayReader } from '../../agent/evaluation/tray-reader.ts';
import { createAccounts } from '../../agent/store/accounts.ts';
import { openDurable } from '../../agent/store/durable.ts';
import { startWindowsStation } from '../../agent/windows/station.ts';
import { defaultPolicy, type Policy } from '../../core/policy.ts';
import { createClock } from '../../native/clock/clock.ts';
import { chooseKeys } from '../../native/keys/choice.ts';
import { createWindows } from '../../native/session/windows/controller.ts';
import { connectHost } from '../../native/session/windows/host.ts';
import { accountParts } from '../../native/session/windows/opening.ts';
import { type HeadlessFace, headlessFace } from '../e2e/headless.ts';
import { digits, uidOf } from '../store/place.ts';
import { type StandIn, startStandIn } from './stand-in.ts';

const folder = mkdtempSync(join(tmpdir(), 'tapward-windows-station-'));
const over: (() => Promise<void>)[] = [];
after(async () => {
  for (const end of over) await end();
  rmSync(folder, { recursive: true, force: true });
});

const ana = { given: 'Ana', initial: 'R', account: 'WARD\\ana', uid: '04a1b2c3d4e502', pin: '730164' };
const sam = { given: 'Sam', initial: 'B', account: 'WARD\\sam', uid: '04a1b2c3d4e501', pin: '482915' };
type Who = typeof ana;

type Made = {
  readonly host: StandIn;
  readonly agent: Agent;
  readonly face: HeadlessFace;
  readonly said: string[];
  readonly tap: (who: Who) => void;
  /** At the tile, by its host. */
  readonly types: (pin: string) => void;
  /** The line that the host hears next with this beginning. */
  readonly hears: (beginning: string) => Promise<string>;
  readonly desk: (kind: 'open' | 'locked') => Promise<void>;
  readonly opens: (who: Who, pin?: string) => Promise<string>;
};
let made = 0;
async function make(policy: Partial<Policy> = {}): Promise<Made> {
  const host = await startStandIn(folder);
  const dir = join(folder, `station-${++made}`);
  const clock = createClock();
  const durable = openDurable({ dir, ...chooseKeys(dir, 'evaluation'), clock, mode: 'evaluation' });
  if (durable.kind === 'inUse' || durable.store === null) throw new Error('no store');
  const accounts = createAccounts(durable.store);
  const link = connectHost(host.path);
  const said: string[] = [];
  const times = { lock: 300, disconnect: 300, logoff: 300, logon: 1_000, connect: 300 };
  let tray: TrayReader | null = null;
  const { agent, stop } = await startWindowsStation({
    mode: 'evaluation',
    version: '0.0.0',
    clock,
    durable,
    accounts,
    host: link,
    partsOf: accountParts,
    policy: () => ({ ...defaultPolicy, sameBadgeAfter: 0, ...policy }),
    diagnose: (id, text) => said.push(`${id} ${text}`),
    create: (shareOf) => createWindows({ clock, accounts, host: link, shareOf, reconnect: 'off', endUnlocked: 'off', times, diagnose: (text) => said.push(text) }),
    readers: (next) => [(tray = createTrayReader(clock, next, () => undefined))],
  });
  const face = headlessFace(agent);
  for (const { given, initial, account, uid, pin } of [ana, sam]) {
    assert.equal((await agent.enrolment?.enrol({ given, initial, language: null, account }, byUid(uidOf(uid)), digits(pin), 'test'))?.kind, 'enrolled');
  }
  over.push(async () => {
    face[Symbol.dispose]();
    await stop('test over');
    await host[Symbol.asyncDispose]();
  });
  const until = async (what: () => string, holds: () => boolean): Promise<void> => {
    for (const began = performance.now(); !holds(); await sleep(5)) assert.ok(performance.now() - began < 10_000, what());
  };
  let heard = 0;
  const station: Made = {
    host,
    agent,
    face,
    said,
    tap: ({ uid }) => {
      tray?.place({ id: 'badge', label: 'badge', uid: () => uidOf(uid) }, false);
      tray?.lift();
    },
    types: (pin) => host.say(`PIN\t1\t${pin}`),
    hears: async (beginning) => {
      let at = -1;
      await until(
        () => `${beginning} after ${JSON.stringify(host.heard.slice(heard))}`,
        () => (at = host.heard.findIndex((line, place) => place >= heard && line.startsWith(beginning))) >= 0,
      );
      heard = at + 1;
      return host.heard[at] ?? '';
    },
    desk: (kind) =>
      until(
        () => `${kind}, but ${JSON.stringify(agent.queue.state().desk)} ${said.join('; ')}`,
        () => agent.queue.state().desk.kind === kind,
      ),
    opens: async (who, pin = who.pin) => {
      station.tap(who);
      assert.equal(await station.hears('SHOW\tpin'), `SHOW\tpin\t6\t${who.given} ${who.initial}`);
      station.types(pin);
      const offer = await station.hears('OFFER');
      await station.desk('open');
      return offer.split('\t').at(-1) ?? '';
    },
  };
  await station.desk('locked');
  return station;
}

test('a tap, a PIN at the tile, a grant, its redemption, Windows’ own event: open; another person’s tap closes hers first', async () => {
  const station = await make();
  const share = await station.opens(ana);
  assert.equal(Buffer.from(share, 'base64').length, 32);
  const { desk } = station.agent.queue.state();
  assert.equal(desk.kind === 'open' && desk.subscriber.given, 'Ana');
  // A colleague at the open session: its own screen asks, and the desk is locked before hers is offered.
  station.tap(sam);
  await station.face.until('the question', ({ screen }) => screen.kind === 'choose');
  station.face.do('switch');
  await station.face.until('her PIN', ({ screen }) => screen.kind === 'pin');
  station.face.type(sam.pin);
  await station.hears('LOCK\t2');
  const other = (await station.hears('OFFER')).split('\t');
  assert.equal(other[4], 'sam');
  await station.face.until('open', ({ screen }) => screen.kind === 'open' && screen.person.given === 'Sam');
  assert.notEqual(other.at(-1), share);
});

test('her share is the same each time, another person’s is another, a new PIN’s is new, and it is there once', async () => {
  const station = await make();
  const [hers, again] = [
    await station.opens(ana),
    await (async () => {
      station.agent.queue.dispatch({ kind: 'lockNow' });
      await station.desk('locked');
      return station.opens(ana);
    })(),
  ];
  assert.equal(again, hers);
  station.agent.queue.dispatch({ kind: 'lockNow' });
  await station.desk('locked');
  const id = station.agent.enrolment?.people().find(({ subscriber }) => subscriber.given === 'Ana')?.subscriber.id ?? '';
  assert.equal((await station.agent.enrolment?.resetPin(id, digits('629471'), 'test'))?.kind, 'done');
  const fresh = await station.opens(ana, '629471');
  assert.equal(Buffer.from(fresh, 'base64').length, 32);
  assert.notEqual(fresh, hers);
  station.agent.queue.dispatch({ kind: 'lockNow' });
  await station.desk('locked');
  assert.equal((await station.agent.enrolment?.resetPin(id, digits(ana.pin), 'test'))?.kind, 'done');
  const back = await station.opens(ana);
  assert.ok(back !== hers && back !== fresh, 'the old PIN, set anew, is another secret');
});

test('a wrong PIN at the tile is said there with the tries that are left, and the next one counts', async () => {
  const station = await make();
  station.tap(ana);
  await station.hears('SHOW\tpin');
  station.types('111111');
  assert.match(await station.hears('SHOW'), /^SHOW\twrong\t\d\tAna R$/);
  station.types('222222');
  assert.match(await station.hears('SHOW'), /^SHOW\twrong\t\d\tAna R$/, 'said again, and nothing between');
  station.types(ana.pin);
  await station.hears('OFFER');
  await station.desk('open');
});

test('digits that nobody asked for, or of another length, go nowhere', async () => {
  const station = await make();
  station.types(ana.pin);
  await sleep(100);
  station.tap(ana);
  await station.hears('SHOW\tpin');
  station.types('7301');
  station.types('730164730164');
  await sleep(100);
  const { claim } = station.agent.queue.state();
  assert.equal(claim.kind === 'pin' && claim.digits, 0);
  station.host.say('CANCEL\t1');
  assert.equal(await station.hears('SHOW\tidle'), 'SHOW\tidle\t0\t');
  station.types(ana.pin);
  await sleep(100);
  assert.equal(station.agent.queue.state().claim.kind, 'none');
  assert.ok(!station.host.heard.some((line) => line.startsWith('OFFER')));
});

test('a password that is none or too old: one try, then the tile asks for hers, and what she types there opens and stays open', async () => {
  for (const lies of [{ refuse: 'noSecret' }, { logon: 'status c000006d' }] as const) {
    const station = await make();
    Object.assign(station.host.lies, lies);
    station.tap(ana);
    await station.hears('SHOW\tpin');
    station.types(ana.pin);
    await station.hears('OFFER');
    assert.equal(await station.hears('SHOW\tpassword'), 'SHOW\tpassword\t0\tAna R');
    await station.desk('locked');
    assert.equal(station.host.heard.filter((line) => line.startsWith('OFFER')).length, 1);
    station.host.typed('ana');
    await station.desk('open');
    await sleep(200);
    const { desk } = station.agent.queue.state();
    assert.ok(desk.kind === 'open' && desk.by.kind === 'elsewhere', 'LSA’s no was the end of that grant: nothing of it is waited for, and locked');
  }
});

test('a tap alone inside her window is offered without a share, by the key that the host was told to keep; without her window it is told to drop it', async () => {
  const station = await make({ uidWindow: { lasts: 3_600_000, until: Date.parse('2099-01-01') } as Policy['uidWindow'] });
  station.tap(ana);
  await station.hears('SHOW\tpin');
  station.types(ana.pin);
  assert.match(await station.hears('KEEP'), /^KEEP\tWARD\tana\t\d{6,8}$/);
  assert.notEqual((await station.hears('OFFER')).split('\t').at(-1), '-', 'kept first, then offered');
  await station.desk('open');
  station.agent.queue.dispatch({ kind: 'lockNow' });
  await station.desk('locked');
  station.tap(ana);
  assert.equal((await station.hears('OFFER')).split('\t').at(-1), '-');
  await station.desk('open');
  station.agent.queue.dispatch({ kind: 'pinReset', subscriber: station.agent.enrolment?.people().find(({ subscriber }) => subscriber.given === 'Ana')?.subscriber.id ?? '' });
  assert.equal(await station.hears('DROP'), 'DROP\tWARD\tana');
});

test('a host that is lost is a session that nobody vouches for: locked, and asked for again when it is back', async () => {
  const station = await make();
  await station.opens(ana);
  station.host.drop();
  await station.face.until('no longer open', ({ screen }) => screen.kind !== 'open');
  assert.notEqual(station.agent.queue.state().desk.kind, 'open');
  await station.hears('HELLO');
  await station.hears('DISCONNECT\t2');
  await station.desk('locked');
  assert.ok(station.agent.queue.state().snapshot.sessions.every(({ lock }) => lock === 'locked'));
  assert.equal(
    station.host.heard.findLast((line) => line.startsWith('SHOW')),
    'SHOW\tidle\t0\t',
  );
});
