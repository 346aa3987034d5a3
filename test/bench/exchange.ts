/** Commands to a card that answers at once, beside a bare C program: card by card in turn, each in front of a real pcscd of its own; how long an exchange takes goes out. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from '../../build/setup.mjs';
import { echoCard } from '../cards/echo.ts';
import { inField } from '../virtual-reader/card.ts';
import { type Stand, startStand } from '../virtual-reader/stand.ts';
import { type Measurement, percentile, row } from './row.ts';

/** Of one card: more than any proof takes, so that the first says what connecting costs and the others what an exchange does. */
const perCard = 50;
const cardsPerRound = 20;
const rounds = 5;

type Party = AsyncDisposable & {
  /** Milliseconds of each exchange with one card. */
  readonly run: () => Promise<readonly number[]>;
};

async function enter(command: readonly string[]): Promise<Party> {
  const stand: Stand = await startStand();
  const [program = '', ...args] = command;
  const child: ChildProcess = spawn(program, [...args, String(perCard)], { env: { ...process.env, ...stand.env }, stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const line = await lines.next();
    if (line.done) throw new Error('the program that exchanges has ended');
    return line.value;
  };
  await next();
  let cards = 0;
  return {
    async run() {
      stand.insert(1, inField(echoCard((0x04000000 + cards++).toString(16).padStart(8, '0'))));
      const [, ...took] = (await next()).split(' ');
      stand.remove(1);
      return took.map((nanoseconds) => Number(nanoseconds) / 1e6);
    },
    async [Symbol.asyncDispose]() {
      child.stdin?.end();
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      await stand[Symbol.asyncDispose]();
    },
  };
}

/** The C program, compiled into the cache. */
function baseline(): readonly string[] {
  const cache = join(root, '.cache');
  mkdirSync(cache, { recursive: true });
  const program = join(cache, 'exchange-baseline');
  execFileSync('gcc', ['-O2', '-Wall', '-Wextra', '-Werror', '-I/usr/include/PCSC', '-o', program, join(import.meta.dirname, 'exchange-baseline.c'), '-lpcsclite']);
  return [program];
}

type Samples = { readonly first: number[][]; readonly later: number[][] };
const ratio = (mine: readonly number[][], other: readonly number[][]): number =>
  percentile(
    mine.map((samples, round) => percentile(samples, 50) / percentile(other[round] ?? [], 50)),
    50,
  );

export const measurement: Measurement = {
  ids: ['exchange', 'exchange-first'],
  run: async (progress) => {
    await using mine = await enter([process.execPath, join(import.meta.dirname, 'exchange-agent.ts')]);
    await using bare = await enter(baseline());
    const ours: Samples = { first: [], later: [] };
    const theirs: Samples = { first: [], later: [] };
    for (let round = 0; round < rounds; round++) {
      progress(`round ${round + 1} of ${rounds}, ${cardsPerRound} cards each`);
      for (const { first, later } of [ours, theirs]) {
        first.push([]);
        later.push([]);
      }
      for (let card = 0; card < cardsPerRound; card++) {
        for (const [party, samples] of [
          [mine, ours],
          [bare, theirs],
        ] as const) {
          const [connecting = Number.NaN, ...others] = await party.run();
          samples.first[round]?.push(connecting);
          samples.later[round]?.push(...others);
          // So long that the next card finds nothing of this one.
          await sleep(30);
        }
      }
    }
    return [
      row('exchange', 'ms', ours.later.flat(), { C: ratio(ours.later, theirs.later) }),
      row('exchange-first', 'ms', ours.first.flat(), { C: ratio(ours.first, theirs.first) }),
    ];
  },
};
