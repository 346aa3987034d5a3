/** Switches between two people's sessions on the real logind, grant to “her session is active and unlocked”, the other's lock and the VT's change in it; against logind's bare ActivateSession with the same VT change. In turn, in the same run. */
import { setTimeout as sleep } from 'node:timers/promises';
import { connectBus } from '../../native/dbus/bus.ts';
import { openLogin } from '../../native/session/logind/login.ts';
import { need } from '../needs.ts';
import { grantFor, place } from '../session/logind/place.ts';
import { shownVt, startSeat } from '../session/logind/stand.ts';
import { type Measurement, percentile, row } from './row.ts';

const rounds = 100;

export const measurement: Measurement = {
  ids: ['logind-switch'],
  run: async (progress) => {
    const lacking = need('linux', 'root', 'logind', 'vts');
    if (lacking !== false) throw new Error(lacking);
    await using seat = await startSeat();
    await using p = await place(seat);
    const ids = { 's-sam': await seat.enter('sam', { vt: 5 }), 's-ana': await seat.enter('ana', { vt: 6 }) };
    await p.c.lock('start', false);
    await using bus = await connectBus(seat.address);
    const bare = await openLogin(bus, () => undefined);
    /** The call, and until the kernel shows that VT. */
    const activate = async (id: string, vt: string): Promise<void> => {
      await bare.activate(id);
      for (const end = performance.now() + 5_000; shownVt() !== vt; await new Promise(setImmediate)) if (performance.now() > end) throw new Error('the VT did not change');
    };
    progress(`${rounds} switches with one locker that obeys in each session, in turn with the bare call`);
    const [ours, bareCall]: [number[], number[]] = [[], []];
    for (let round = 0; round <= rounds; round++) {
      const who = round % 2 === 0 ? 's-sam' : 's-ana';
      const grant = grantFor(who, 'switch', await p.c.snapshot());
      const began = performance.now();
      const outcome = await p.c.open(grant);
      const took = performance.now() - began;
      if (outcome.kind !== 'done' || outcome.session?.key.id !== ids[who]) throw new Error(`not switched: ${JSON.stringify(outcome)}`);
      await p.c.lock('tapOut', false);
      await sleep(10);
      const [away, vt] = who === 's-sam' ? [ids['s-ana'], 'tty6'] : [ids['s-sam'], 'tty5'];
      const from = performance.now();
      await activate(away, vt);
      const took2 = performance.now() - from;
      await activate(ids[who], who === 's-sam' ? 'tty5' : 'tty6');
      // Open again as it was left, so that the next switch has somebody to lock; the first round warms up.
      await p.c.open(grantFor(who, 'unlock', await p.c.snapshot()));
      if (round === 0) continue;
      ours.push(took);
      bareCall.push(took2);
    }
    return [row('logind-switch', 'ms', ours, { 'bare ActivateSession': percentile(ours, 50) / percentile(bareCall, 50), 'bare ms': percentile(bareCall, 50) })];
  },
};
