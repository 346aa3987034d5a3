/** A badge in the field to its UID in the program, beside a bare C program and nfc-pcsc: tap by tap in turn, each in front of a real pcscd of its own. */
import { setTimeout as sleep } from 'node:timers/promises';
import { baseline, type Contestant, enter, ours, peer } from './contestant.ts';
import { type Measurement, percentile, type Row, row } from './row.ts';

const uidOf = (i: number): string => `04${i.toString(16).padStart(12, '0')}`;
const medianOf = (samples: readonly number[]): number => percentile(samples, 50);

type Field = { readonly name: string; readonly contestant: Contestant; readonly rounds: number[][] };

/** `tap-event`: 5 rounds of 100 taps each, the contestants in turn; the ratio is the median of the rounds' ratios. */
async function events(fields: readonly Field[], progress: (line: string) => void): Promise<Row> {
  for (let round = 0; round < 5; round++) {
    progress(`round ${round + 1} of 5, 100 taps each`);
    for (const field of fields) field.rounds.push([]);
    for (let i = 0; i < 100; i++) {
      for (const { contestant, rounds } of fields) {
        const ms = await contestant.tap(uidOf(round * 100 + i), 2_000);
        if (ms !== null) rounds[round]?.push(ms);
        await sleep(15);
      }
    }
  }
  const [mine, ...others] = fields;
  if (mine === undefined) throw new Error('nobody was tapped');
  const against = Object.fromEntries(others.map(({ name, rounds }) => [name, medianOf(mine.rounds.map((samples, i) => medianOf(samples) / medianOf(rounds[i] ?? [])))]));
  return row('tap-event', 'ms', mine.rounds.flat(), against);
}

/** `tap-missed`: 2,500 taps, the next as soon as the one before was seen (or given up after half a second). */
async function missed(contestant: Contestant): Promise<number> {
  let none = 0;
  for (let i = 0; i < 2_500; i++) {
    if ((await contestant.tap(uidOf(10_000 + i), 500)) === null) none++;
    await sleep(4);
  }
  return none;
}

/** `tap-recovery`: the daemon is killed and started; how long until a card that lies there by then is read. */
async function recovery({ stand, until }: Contestant, times: number): Promise<readonly number[]> {
  const { virtualCard } = await import('../virtual-reader/card.ts');
  const samples: number[] = [];
  for (let i = 0; i < times; i++) {
    await stand.killDaemon('SIGKILL');
    await stand.startDaemon();
    const uid = uidOf(20_000 + i);
    stand.insert(1, virtualCard(uid));
    const ms = await until(uid, 15_000);
    if (ms === null) throw new Error('no tap was read within 15 s of the restart');
    samples.push(ms);
    stand.remove(1);
    await sleep(500);
  }
  return samples;
}

export const measurement: Measurement = {
  ids: ['tap-event', 'tap-missed', 'tap-recovery'],
  run: async (progress) => {
    const other = peer();
    if (typeof other === 'string') progress(other);
    await using mine = await enter(ours());
    await using bare = await enter(baseline());
    await using nfc = typeof other === 'string' ? null : await enter(other);
    const fields: Field[] = [
      { name: 'ours', contestant: mine, rounds: [] },
      { name: 'C', contestant: bare, rounds: [] },
    ];
    if (nfc !== null) fields.push({ name: 'nfc-pcsc', contestant: nfc, rounds: [] });
    const event = await events(fields, progress);
    progress('2,500 taps back to back');
    const own = await missed(mine);
    if (nfc !== null) progress('2,500 taps back to back, nfc-pcsc');
    const theirs = nfc === null ? null : await missed(nfc);
    progress('10 restarts of the daemon');
    const recovered = await recovery(mine, 10);
    const bareRecovered = await recovery(bare, 10);
    return [
      event,
      { id: 'tap-missed', unit: 'of 2500', n: 1, p50: own, p95: own, p99: own, against: theirs === null ? {} : { 'nfc-pcsc': theirs } },
      row('tap-recovery', 'ms', recovered, { C: medianOf(recovered) / medianOf(bareRecovered) }),
    ];
  },
};
