/** A stand-in for the Windows host comes in; that its controller keeps the contract, believes only events, and takes every failure as locked or unknown, is tested. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { SessionController } from '../../core/ports.ts';
import type { Grant, Outcome, SessionNews } from '../../core/types.ts';
import { createWindows, type WindowsOptions } from '../../native/session/windows/controller.ts';
import { connectHost } from '../../native/session/windows/host.ts';
import { sessionControllerContract } from '../contract/session-controller.ts';
import { type Lies, type StandIn, startStandIn } from './stand-in.ts';

const folder = mkdtempSync(join(tmpdir(), 'tapward-windows-'));
const clock = { now: () => performance.now() };
const accounts = { accountOf: (who: string) => (who === 'nobody' ? null : `WARD\\${who}`), subscriberOf: (account: string) => account.split('\\')[1] ?? null };
const times = { lock: 150, disconnect: 150, logoff: 150, logon: 200, connect: 150 };
const standIns: StandIn[] = [];
after(async () => {
  for (const standIn of standIns) await standIn[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

type Made = { readonly host: StandIn; readonly controller: SessionController; readonly said: string[]; readonly news: SessionNews[] };
async function make(more: Partial<WindowsOptions> = {}): Promise<Made> {
  const host = await startStandIn(folder);
  standIns.push(host);
  const said: string[] = [];
  const news: SessionNews[] = [];
  const controller = await createWindows({
    clock,
    accounts,
    host: connectHost(host.path),
    shareOf: () => new Uint8Array(32).fill(7),
    reconnect: 'off',
    endUnlocked: 'off',
    times,
    diagnose: (text) => said.push(text),
    ...more,
  });
  controller.hear((one) => news.push(one));
  return { host, controller, said, news };
}
let number = 0;
const grantFor = async (c: SessionController, subscriber: string, intent: Grant['intent'] = 'signIn'): Promise<Grant> => ({
  id: `grant-${++number}`,
  subscriber,
  intent,
  seq: (await c.snapshot()).seq,
  expiresAt: clock.now() + 500,
});
const opens = async (c: SessionController, subscriber: string, intent?: Grant['intent']): Promise<Outcome> => c.open(await grantFor(c, subscriber, intent));
const brief = (outcome: Outcome): string => (outcome.kind === 'done' ? 'done' : `${outcome.code} ${outcome.screen}`);

sessionControllerContract('windows, over a stand-in', { clock, make: async () => (await make()).controller, people: ['ana', 'sam'] });

test('what Windows said yes to and no event confirmed is never taken as done', async (t) => {
  const cases: readonly (readonly [string, Lies, string, string])[] = [
    ['a lock that never happens is escalated, and confirmed by the disconnect', { lock: 'fake' }, 'done', 'LOCK DISCONNECT'],
    ['a refused lock is escalated at once', { lock: 'refused' }, 'done', 'LOCK DISCONNECT'],
    ['a faked lock and a faked disconnect are unconfirmed', { lock: 'fake', disconnect: 'fake' }, 'unconfirmed unknown', 'LOCK DISCONNECT'],
    ['both refused: unconfirmed', { lock: 'refused', disconnect: 'refused' }, 'unconfirmed unknown', 'LOCK DISCONNECT'],
  ];
  for (const [what, lies, expected, calls] of cases) {
    await t.test(what, async () => {
      const { host, controller } = await make();
      await using _ = controller;
      assert.equal(brief(await opens(controller, 'ana')), 'done');
      Object.assign(host.lies, lies);
      host.heard.length = 0;
      assert.equal(brief(await controller.lock('tapOut', false)), expected);
      assert.equal(host.heard.map((line) => line.split('\t')[0]).join(' '), calls);
      assert.equal((await controller.snapshot()).active?.lock === 'unlocked', expected !== 'done');
    });
  }
});

test('an unconfirmed lock ends in a sign-out only where the site wants that, and that too only by an event', async () => {
  for (const [endUnlocked, lies, expected, last] of [
    ['off', {}, 'unconfirmed unknown', 'DISCONNECT'],
    ['on', {}, 'done', 'LOGOFF'],
    ['on', { logoff: 'fake' }, 'unconfirmed unknown', 'LOGOFF'],
  ] as const) {
    const { host, controller } = await make({ endUnlocked });
    await using _ = controller;
    await opens(controller, 'ana');
    Object.assign(host.lies, { lock: 'fake', disconnect: 'fake', ...lies });
    assert.equal(brief(await controller.lock('notConfirmed', true)), expected);
    assert.equal(host.heard.at(-1)?.split('\t')[0], last);
  }
});

test('a list without the console, as Wine gives it, is nothing known: no lock counts and nothing opens', async () => {
  const { host, controller } = await make();
  await using _ = controller;
  host.lies.list = 'empty';
  host.say('SESSIONS\t0\t1\tsoftware');
  while ((await controller.snapshot()).healthy) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(brief(await controller.lock('start', false)), 'unconfirmed unknown');
  assert.match(host.heard.join(' '), /DISCONNECT\t1/, 'it is asked for all the same');
  assert.equal((await controller.snapshot()).healthy, false);
  assert.equal(brief(await opens(controller, 'ana')), 'unsupported unknown');
});

test('each way a logon can fail has its code, and leaves the screen locked', async (t) => {
  const cases: readonly (readonly [string, Lies, string])[] = [
    ['success without a session', { logon: 'fake' }, 'unconfirmed locked'],
    ['no word of LogonUI', { logon: 'silent' }, 'timeout locked'],
    ['never redeemed', { logon: 'never' }, 'expired locked'],
    ['wrong password', { logon: 'status c000006d' }, 'staleSecret locked'],
    ['expired password', { logon: 'status C0000071' }, 'staleSecret locked'],
    ['must change', { logon: 'status c0000224' }, 'staleSecret locked'],
    ['locked out', { logon: 'status c0000234' }, 'staleSecret locked'],
    ['disabled account', { logon: 'status c0000072' }, 'account locked'],
    ['something else', { logon: 'status c000005e' }, 'rejected locked'],
    ['no record', { refuse: 'noSecret' }, 'staleSecret locked'],
    ['stale record', { refuse: 'stale' }, 'staleSecret locked'],
    ['a remote session has the console', { refuse: 'notConsole' }, 'notConsole locked'],
    ['a word of a later host', { refuse: 'somethingNew' }, 'rejected locked'],
  ];
  for (const [what, lies, expected] of cases) {
    await t.test(what, async () => {
      const { host, controller, news } = await make();
      await using _ = controller;
      Object.assign(host.lies, lies);
      assert.equal(brief(await opens(controller, 'ana')), expected);
      assert.equal(news.filter(({ kind }) => kind === 'redeemed').length, lies.logon === undefined || lies.logon === 'never' ? 0 : 1);
      assert.notEqual((await controller.snapshot()).active?.lock, 'unlocked');
    });
  }
  const { controller } = await make();
  await using _ = controller;
  assert.equal(brief(await opens(controller, 'nobody')), 'account locked');
  assert.equal(brief(await opens(controller, 'ana', 'switch')), 'noSession locked');
});

test('nobody is let in beside work that is not confirmed locked', async () => {
  const { host, controller } = await make();
  await using _ = controller;
  await opens(controller, 'ana');
  Object.assign(host.lies, { lock: 'fake', disconnect: 'fake' });
  host.heard.length = 0;
  assert.equal(brief(await opens(controller, 'sam')), 'unconfirmed unknown');
  assert.doesNotMatch(host.heard.join(' '), /OFFER/);
});

test('the newest tap wins before Windows has taken the grant, never after', async () => {
  const { host, controller } = await make();
  await using _ = controller;
  host.lies.logon = 'never';
  const first = opens(controller, 'ana');
  await new Promise((resolve) => setTimeout(resolve, 50));
  delete host.lies.logon;
  const second = opens(controller, 'sam');
  assert.equal(brief(await first), 'revoked locked');
  assert.equal(brief(await second), 'done');
  assert.equal((await controller.snapshot()).active?.subscriber, 'sam');

  await controller.lock('tapOut', false);
  host.lies.logon = 'silent';
  const taken = opens(controller, 'ana');
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(brief(await opens(controller, 'sam')), 'busy locked');
  assert.equal(brief(await taken), 'timeout locked');
});

test('a lock overtakes a grant that Windows has taken; what still comes of it is closed', async () => {
  const { host, controller, news } = await make();
  await using _ = controller;
  host.lies.logon = 'silent';
  const opening = opens(controller, 'ana');
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(brief(await controller.lock('lockNow', false)), 'done');
  assert.equal(brief(await opening), 'revoked locked');
  host.typed('ana');
  while (host.sessions().some(({ locked }) => !locked)) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual(
    news.filter(({ kind }) => kind === 'openedElsewhere'),
    [],
  );
});

test('a password typed at Windows’ own screen is told before the snapshot that shows it; remote sessions are none of ours', async () => {
  const { host, controller, news } = await make();
  await using _ = controller;
  const order: string[] = [];
  controller.hear(({ kind }) => order.push(kind));
  controller.watch(({ active }) => order.push(active?.lock ?? 'nobody'));
  host.typed('far', { remote: true });
  host.typed('sam');
  while (order.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual(order, ['openedElsewhere', 'unlocked']);
  const [told] = news;
  assert.equal(told?.kind === 'openedElsewhere' && `${told.account} ${told.session.subscriber}`, 'WARD\\sam sam');
  assert.deepEqual(
    (await controller.snapshot()).sessions.map(({ subscriber }) => subscriber),
    ['sam'],
  );
  host.say('SLEEP');
  while (!order.includes('sleep')) await new Promise((resolve) => setTimeout(resolve, 10));
});

test('a session that vanishes or a host that goes leaves nobody open', async () => {
  const { host, controller } = await make();
  await using _ = controller;
  await opens(controller, 'ana');
  host.vanish('ana');
  while ((await controller.snapshot()).sessions.length > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(brief(await opens(controller, 'ana', 'unlock')), 'noSession locked');
  host.drop();
  while ((await controller.snapshot()).healthy) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(brief(await controller.lock('sessionLost', false)), 'unconfirmed unknown');
  while (!(await controller.snapshot()).healthy) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(brief(await opens(controller, 'sam')), 'done', 'and it comes back by itself');
});

test('with reconnect, a session comes back without a password where Windows shows it unlocked', async () => {
  const { host, controller } = await make({ reconnect: 'on' });
  await using _ = controller;
  await opens(controller, 'ana');
  await opens(controller, 'sam');
  const ana = host.sessions().find(({ user }) => user === 'ana');
  assert.ok(ana !== undefined);
  ana.locked = false;
  host.heard.length = 0;
  assert.equal(brief(await opens(controller, 'ana', 'switch')), 'done');
  assert.doesNotMatch(host.heard.join(' '), /OFFER/);
  // Sam's is shown locked: the grant is offered as well.
  assert.equal(brief(await opens(controller, 'sam', 'switch')), 'done');
  assert.match(host.heard.join(' '), /CONNECT\t\d+ OFFER/);
});
