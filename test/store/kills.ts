/** A program and a number of rounds come in; it is started, killed with SIGKILL at a random moment and judged by what it had acknowledged, once a round. For any program that prints a line after each thing it has made durable. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { random, seed } from './random.ts';

export type Kills = {
  /** Run by the Node that runs the test. */
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly rounds: number;
  /** The program is killed so many milliseconds at most after its line `ready`. */
  readonly within: number;
  /** Whole lines since `ready`: all that was acknowledged. A line that was being written when the program died is none. */
  readonly judge: (acknowledged: readonly string[], round: number) => Promise<void> | void;
};

/** Rejects when the program ends by itself, or with what `judge` finds; says in which round, and with which seed. */
export async function killAtRandomMoments({ args, env, rounds, within, judge }: Kills): Promise<void> {
  const chance = random(seed);
  for (let round = 0; round < rounds; round++) {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], ...(env === undefined ? {} : { env }) });
    const ended = once(child, 'close');
    let out = '';
    const ready = new Promise<void>((resolve) => {
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        out += text;
        if (out.includes('ready\n')) resolve();
      });
    });
    const early = await Promise.race([ready.then(() => false), ended.then(() => true)]);
    // Below a millisecond as well: a busy program does many things in one.
    const waited = (chance.below(within * 1_000) + 1) / 1_000;
    if (!early) await sleep(waited);
    const endedItself = child.exitCode !== null;
    child.kill('SIGKILL');
    await ended;
    if (early || endedItself) throw new Error(`Round ${round}: the program ended by itself with exit code ${child.exitCode}.`);
    const lines = out
      .slice(out.indexOf('ready\n') + 'ready\n'.length)
      .split('\n')
      .slice(0, -1);
    try {
      await judge(lines, round);
    } catch (why) {
      throw new Error(`Round ${round} (seed ${seed}, killed after ${waited} ms): ${why instanceof Error ? why.message : String(why)}`, { cause: why });
    }
  }
}
