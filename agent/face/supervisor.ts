/** The command of a face's program comes in; that program runs from then on: ended, it is started again; hung, it is killed; nothing but `stop` and its own refusal end it for good. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { faceExits } from '../../core/face-link.ts';
import type { Millis } from '../../core/types.ts';

export type FaceProgram = {
  readonly command: string;
  readonly args: readonly string[];
  /** All of its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** The exit code with which it says that a hand has closed it; without one, no hand may. */
  readonly leavesWith?: number;
};
export type SupervisorParts = {
  readonly program: FaceProgram;
  /** Starts, ends, kills, each in words; `refused` and `left` are the last: it is not started any more. */
  readonly noted: (what: 'started' | 'ended' | 'hung' | 'refused' | 'left', text: string) => void;
  readonly limits?: Partial<SupervisorLimits>;
};
/** Milliseconds. */
export type SupervisorLimits = {
  /** Until the first beat of one that was just started, on the slowest machine. */
  readonly toFirstBeat: Millis;
  /** Between beats, once it has beaten. */
  readonly betweenBeats: Millis;
  /** Whatever ended sooner than this, or never beat, is started again a little later each time. */
  readonly settled: Millis;
  readonly firstWait: Millis;
  /** One that never came to its first beat: its next will hardly fare better. */
  readonly lastWait: Millis;
  /** One that has beaten, however soon it ended: it can cover, and until the next one does nothing covers the work below. */
  readonly lastWaitBeaten: Millis;
  /** From SIGTERM to SIGKILL. */
  readonly toEnd: Millis;
};
export type Supervisor = {
  readonly pid: () => number | null;
  /** The program with this process id answers; another's beat is not heard. */
  readonly beaten: (pid: number) => void;
  /** Asks it to end, and makes it after a while; resolves when it has ended and will not come back. */
  readonly stop: () => Promise<void>;
};

const usual: SupervisorLimits = { toFirstBeat: 20_000, betweenBeats: 8_000, settled: 2_000, firstWait: 250, lastWait: 30_000, lastWaitBeaten: 500, toEnd: 2_000 };
const lastWords: Millis = 100;

/** Its own process group, so that Ctrl-C in a terminal reaches the agent alone, and with it go the processes it started. */
export function superviseFace({ program: { command, args, env, leavesWith }, noted, limits: some }: SupervisorParts): Supervisor {
  const limits = { ...usual, ...some };
  let child: ChildProcess | null = null;
  let ended: Promise<void> = Promise.resolve();
  let stopping = false;
  let failures = 0;
  let hasBeaten = false;
  let again: NodeJS.Timeout | undefined;
  let watchdog: NodeJS.Timeout | undefined;

  const kill = (signal: NodeJS.Signals): void => {
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
  };
  const watch = (within: Millis): void => {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => {
      noted('hung', `It has not answered for ${Math.round(within / 1000)} s and is killed.`);
      kill('SIGKILL');
    }, within);
  };

  const start = (): void => {
    const began = performance.now();
    hasBeaten = false;
    const started = spawn(command, args, { env, stdio: ['ignore', 'ignore', 'pipe'], detached: process.platform !== 'win32', windowsHide: true });
    child = started;
    watch(limits.toFirstBeat);
    let said = '';
    started.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2_000)));
    ended = end(started).then(async ({ code, how }) => {
      const lived = performance.now() - began;
      clearTimeout(watchdog);
      sweep(started.pid);
      child = null;
      // What it said last may still lie in the pipe; it is worth a moment where there was no face to lose.
      if (!hasBeaten) await Promise.race([once(started.stderr, 'close'), sleep(lastWords)]);
      if (!stopping) restart(code, hasBeaten ? how : `${how}${lastLine(said)}`, lived);
    });
    if (started.pid !== undefined) noted('started', `Process ${started.pid}.`);
  };

  const restart = (code: number, how: string, lived: Millis): void => {
    if (code === faceExits.refused)
      return noted('refused', 'It was started with a switch that opens it to other programs, and would be again: take the switch away and start the agent again.');
    if (code === leavesWith) return noted('left', 'It was closed by hand.');
    // One that stood for a while is back at once, one that stood at all is soon; one that never did comes back ever later.
    failures = hasBeaten && lived >= limits.settled ? 0 : failures + 1;
    const wait = failures <= 1 && hasBeaten ? 0 : Math.min(hasBeaten ? limits.lastWaitBeaten : limits.lastWait, limits.firstWait * 2 ** Math.max(0, failures - 1));
    noted('ended', `It ended (${how}) after ${(lived / 1000).toFixed(1)} s and is started again ${wait === 0 ? 'at once' : `in ${(wait / 1000).toFixed(1)} s`}.`);
    again = setTimeout(start, wait);
  };

  start();
  return {
    pid: () => child?.pid ?? null,
    beaten: (pid) => {
      if (stopping || child?.pid !== pid) return;
      hasBeaten = true;
      watch(limits.betweenBeats);
    },
    stop: async () => {
      stopping = true;
      clearTimeout(again);
      clearTimeout(watchdog);
      kill('SIGTERM');
      const late = setTimeout(() => {
        noted('hung', 'It did not end when it was asked to, and is killed.');
        kill('SIGKILL');
      }, limits.toEnd);
      await ended;
      clearTimeout(late);
    },
  };
}

/** `code` is −1 where there is none. */
async function end(child: ChildProcess): Promise<{ readonly code: number; readonly how: string }> {
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    return { code: code ?? -1, how: signal ?? `code ${code}` };
  } catch (why) {
    return { code: -1, how: why instanceof Error ? why.message : 'it could not be started' };
  }
}

/** What it complained about, as the reason of a program that never came to draw. */
const lastLine = (said: string): string => {
  const line = said.trim().split('\n').at(-1) ?? '';
  return line === '' ? '' : `: ${line.slice(0, 200)}`;
};

/** What a program left behind in its process group, once it has ended itself: a killed Chromium's helpers can outlive it for a moment, and hold its display. */
function sweep(group: number | undefined): void {
  if (group === undefined || process.platform === 'win32') return;
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // Nobody was left.
  }
}
