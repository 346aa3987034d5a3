/** Agent, helper and face of an installed kiosk are killed at random moments of taps, openings and switches: never is somebody's desktop seen without an agent that says so, never two, and what starts again starts locked. */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ended, until } from '../face/screen.ts';
import { need } from '../needs.ts';
import { virtualCard } from '../virtual-reader/card.ts';
import { enrol, type Who, ward } from './hands.ts';
import { openPlace, seen } from './kiosk-place.ts';
import { type Agent, type Face, startInstalled } from './station.ts';

const skip = need('linux', 'root', 'logind', 'vts', 'polkit', 'systemd', 'pcscd', 'compiler', 'namespaces', 'display', 'contexts');
/** `build/nightly.sh` asks for fifty. */
const rounds = Number(process.env['TAPWARD_KILLS'] ?? 3);

test(`installed kiosk: ${rounds} kills at random moments leave nobody’s work in view, and nobody shut out`, { skip }, async (t) => {
  await using stack = new AsyncDisposableStack();
  const station = stack.use(await startInstalled({ sessions: 'kiosk', kioskAccount: 'games', takeOver: 'switch', hookTimeout: '15 s' }));
  const { session, startHelper } = stack.use(await openPlace(station));
  const { stand } = station;
  let agent: Agent = await station.start();
  let helper: ChildProcess = startHelper();
  for (const who of ['Sam', 'Ana'] as const) await enrol(station, who);
  let face: Face = await station.face();
  await sleep(1_500);
  let opened = 0;
  /** A whole tap, as far as it comes; whatever is killed meanwhile. */
  const tap = async (who: Who): Promise<boolean> => {
    stand.insert(1, virtualCard(ward[who].badge));
    try {
      await face.until('pin', (v) => v.screen.kind === 'pin', 1_500);
      face.type('184629');
      await face.until('open', (v) => v.screen.kind === 'open' && v.screen.person.given === who, 3_000);
      return true;
    } catch {
      return false;
    } finally {
      stand.remove(1);
    }
  };
  for (let round = 0; round < rounds; round++) {
    const what = (['agent', 'helper', 'face'] as const)[round % 3] ?? 'agent';
    const when = Math.random() * 1_500;
    const trace = `round ${round}: ${what} after ${when.toFixed(0)} ms`;
    const going = tap(round % 2 === 0 ? 'Sam' : 'Ana');
    await sleep(when);
    if (what === 'agent') {
      agent.child.kill('SIGKILL');
      await agent.ended;
    } else if (what === 'helper') await ended(helper);
    else face.close();
    const isOpen = await going;
    if (what === 'agent') {
      await until(`${trace}: nothing is seen without an agent`, async () => (await seen(session)).length === 0, 8_000);
      face.close();
      agent = await station.start();
      face = await station.face();
      assert.deepEqual(await seen(session), [], `${trace}: the next agent starts locked`);
    } else if (what === 'helper') {
      helper = startHelper();
      await until(`${trace}: parked by the next helper`, async () => (await seen(session)).length === 0, 8_000);
    } else {
      face = await station.face();
    }
    assert.ok((await seen(session)).length <= 1, `${trace}: two people’s desktops`);
    // And somebody is let in again, alone on the screen.
    const who = round % 2 === 0 ? 'Ana' : 'Sam';
    await until(
      `${trace}: ${who} gets in`,
      async () => {
        await sleep(1_100);
        return tap(who);
      },
      30_000,
    );
    assert.equal((await seen(session)).length, 1, trace);
    opened += isOpen ? 2 : 1;
  }
  t.diagnostic(`${opened} openings, ${rounds} kills`);
});
