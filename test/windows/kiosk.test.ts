/** A stand-in for the Windows host comes in; that the shared kiosk on Windows believes only beats and session events is tested. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { SessionController } from '../../core/ports.ts';
import type { Grant, Outcome } from '../../core/types.ts';
import type { Contexts, HookReport } from '../../native/session/contexts.ts';
import { connectHost } from '../../native/session/windows/host.ts';
import { createWindowsKiosk } from '../../native/session/windows/kiosk.ts';
import { sessionControllerContract } from '../contract/session-controller.ts';
import { type StandIn, startStandIn } from './stand-in.ts';

const folder = mkdtempSync(join(tmpdir(), 'tapward-windows-kiosk-'));
const clock = { now: () => performance.now() };
const over: (() => Promise<void>)[] = [];
after(async () => {
  for (const end of over) await end();
  rmSync(folder, { recursive: true, force: true });
});

type Made = { readonly host: StandIn; readonly controller: SessionController; readonly ran: string[]; readonly words: string[]; face: 'covered' | 'open' | null };
/** Session 2 is the generic account's; its face beats as long as `face` is not null. */
async function make(report: HookReport = { how: 'done', hook: null }): Promise<Made> {
  const host = await startStandIn(folder);
  host.typed('kiosk');
  const ran: string[] = [];
  const words: string[] = [];
  const contexts: Contexts = {
    run: async (event, context) => {
      ran.push(`${event} ${context}`);
      return report;
    },
    watch: (changed) => changed({ session: '2', shown: null }),
    hear: () => undefined,
  };
  const link = connectHost(host.path);
  const controller = createWindowsKiosk({
    clock,
    contexts,
    host: link,
    session: 2,
    contextOf: (who) => `context-${who}`,
    hookTimeout: () => 1_000,
    noted: () => undefined,
    heard: (word) => words.push(word),
  });
  const made: Made = { host, controller, ran, words, face: 'covered' };
  const beating = setInterval(() => made.face !== null && host.say(`FACE\t2\t${made.face}`), 50);
  over.push(async () => {
    clearInterval(beating);
    await host[Symbol.asyncDispose]();
  });
  while (!words.includes('covered') || !host.heard.includes('KIOSK\t2')) await new Promise((resolve) => setTimeout(resolve, 10));
  return made;
}
let number = 0;
const opens = async (c: SessionController, subscriber: string, intent: Grant['intent'] = 'signIn'): Promise<Outcome> =>
  c.open({ id: `kiosk-${++number}`, subscriber, intent, seq: (await c.snapshot()).seq, expiresAt: clock.now() + 5_000 });
const brief = (outcome: Outcome): string => (outcome.kind === 'done' ? 'done' : `${outcome.code} ${outcome.screen}`);

sessionControllerContract('windows kiosk, over a stand-in', { clock, make: async () => (await make()).controller, people: ['ana', 'sam'] });

test('a lock counts only once the face has said anew that it covers', async () => {
  const made = await make();
  await using controller = made.controller;
  assert.equal(brief(await opens(controller, 'ana')), 'done');
  made.face = 'open';
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(brief(await controller.lock('tapOut', false)), 'unconfirmed unknown');
  made.face = 'covered';
  assert.equal(brief(await controller.lock('tapOut', false)), 'done');
});

test('without a face the session is signed out at escalation, and only Windows’ own event says that it was', async () => {
  for (const [lies, expected] of [
    [{}, 'done'],
    [{ logoff: 'fake' }, 'unconfirmed unknown'],
  ] as const) {
    const made = await make();
    await using controller = made.controller;
    await opens(controller, 'ana');
    made.face = null;
    made.host.say('FACE\t2\tsilent');
    assert.equal(brief(await controller.lock('notConfirmed', false)), 'unconfirmed unknown');
    Object.assign(made.host.lies, lies);
    assert.equal(brief(await controller.lock('notConfirmed', true)), expected);
    assert.equal(made.host.heard.at(-1), 'LOGOFF\t2');
    assert.deepEqual(made.words, ['covered', 'silent']);
  }
});

test('a list that does not hold the kiosk’s session confirms no end', async () => {
  const made = await make();
  await using controller = made.controller;
  await opens(controller, 'ana');
  made.face = null;
  made.host.lies.list = 'empty';
  made.host.say('SESSIONS\t0\t2\tsoftware');
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(brief(await controller.lock('notConfirmed', true)), 'unconfirmed unknown');
});

test('nobody is let in without a face that covers, nor by a hook that failed', async () => {
  const bare = await make();
  await using one = bare.controller;
  bare.face = null;
  bare.host.say('FACE\t2\tsilent');
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(brief(await opens(one, 'ana')), 'unconfirmed unknown');
  const failing = await make({ how: 'failed', hook: '10-browser' });
  await using two = failing.controller;
  assert.equal(brief(await opens(two, 'ana')), 'unconfirmed locked');
});
