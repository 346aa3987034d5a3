/** How many events a second `step` takes, over a nurse's whole tap again and again. */
import { defaultPolicy } from '../../core/policy.ts';
import { start, step } from '../../core/step.ts';
import type { State } from '../../core/types.ts';
import { badge, done, sam, type Untimed } from '../core/world.ts';
import { type Measurement, row } from './row.ts';

const perTap: readonly Untimed[] = [
  { kind: 'cardArrived', reader: 'R1', presentation: 1 },
  { kind: 'cardRead', reader: 'R1', presentation: 1, card: badge(sam) },
  { kind: 'cardGone', presentation: 1 },
  ...Array.from({ length: 6 }, (): Untimed => ({ kind: 'digit' })),
  { kind: 'verdict', attempt: 1, subscriber: 's1', verdict: { kind: 'accepted', factors: ['badge', 'pin'], reached: 'none' } },
  { kind: 'opened', grant: 'g1', outcome: done('s1') },
  ...Array.from({ length: 8 }, (_, i): Untimed => ({ kind: 'activity', how: i % 2 === 0 ? 'key' : 'pointer' })),
  { kind: 'lockNow' },
  { kind: 'locked', outcome: done(null) },
];

function batch(events: number): number {
  let state: State = step(start(0).state, { kind: 'locked', outcome: done(null), at: 0 }, defaultPolicy).state;
  let at = 0;
  let opened = 0;
  const began = process.hrtime.bigint();
  for (let i = 0; i < events; i++) {
    const next = perTap[i % perTap.length] as Untimed;
    at += 100;
    ({ state } = step(state, { ...next, at }, defaultPolicy));
    if (state.desk.kind === 'open') opened++;
  }
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  if (opened < events / 4) throw new Error('the taps did not open the station: this measures nothing');
  return events / seconds;
}

export const measurement: Measurement = {
  ids: ['step'],
  run: async (progress) => {
    batch(200_000);
    progress('20 batches of 200,000 events');
    return [
      row(
        'step',
        'events/s',
        Array.from({ length: 20 }, () => batch(200_000)),
      ),
    ];
  },
};
