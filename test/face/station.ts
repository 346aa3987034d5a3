/** A policy comes in; a station goes out whose agent runs in a process of its own, on a real pcscd, so that it can be killed while badges and faces stay. */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Gesture } from '../../core/bridge.ts';
import type { Policy } from '../../core/policy.ts';
import type { Screen } from '../../core/view.ts';
import { virtualCard } from '../virtual-reader/card.ts';
import { type Stand, startStand } from '../virtual-reader/stand.ts';
import { ended, until } from './screen.ts';
import type { Told } from './station-process.ts';

export type FaceStation = AsyncDisposable & {
  readonly stand: Stand;
  /** Path of the door for faces. */
  readonly door: string;
  readonly screen: () => Screen;
  readonly present: () => boolean;
  /** How often work was opened while no face said that it covers. */
  readonly openedUncovered: () => number;
  /** What was told since it was last asked, without screens. */
  readonly told: () => readonly Told[];
  /** Resolves with the milliseconds it took once the agent shows a screen of this kind. */
  readonly shows: (kind: Screen['kind'], patience?: number) => Promise<number>;
  readonly gesture: (gesture: Gesture) => void;
  /** Hears the process id of each face that answers. */
  onBeat: (pid: number) => void;
  /** A hand's tap: held until the agent shows `kind`. */
  readonly tap: (uid: string, kind: Screen['kind']) => Promise<void>;
  readonly kill: () => Promise<void>;
  /** To the agent's process. */
  readonly signal: (name: 'SIGSTOP' | 'SIGCONT') => void;
  /** Resolves once it shows its first screen. */
  readonly start: () => Promise<void>;
};

const away: Screen = { kind: 'idle' };

export async function startFaceStation(policy: Partial<Policy> = {}): Promise<FaceStation> {
  await using stack = new AsyncDisposableStack();
  const dir = mkdtempSync(join(tmpdir(), 'tapward-face-'));
  stack.defer(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  const stand = stack.use(await startStand());
  const door = join(dir, 'face.sock');
  let child: ChildProcess | null = null;
  let screen: Screen | null = null;
  let present = false;
  let openedUncovered = 0;
  const told: Told[] = [];

  const kill = async (): Promise<void> => {
    if (child !== null) await ended(child);
    child = null;
    screen = null;
    present = false;
  };
  const start = async (): Promise<void> => {
    const started = fork(join(import.meta.dirname, 'station-process.ts'), [join(dir, 'station'), door, JSON.stringify(policy)], { env: { ...process.env, ...stand.env } });
    child = started;
    started.on('message', (said) => {
      if (child !== started) return;
      const now = said as Told;
      if (now.kind === 'screen') {
        if (!present && now.screen.kind === 'open' && screen?.kind !== 'open' && screen?.kind !== 'away') openedUncovered += 1;
        screen = now.screen;
      } else if (now.kind === 'beat') station.onBeat(now.pid);
      else told.push(now);
      if (now.kind === 'present') present = now.present;
    });
    await until('the agent shows something', () => screen !== null, 20_000);
  };
  stack.defer(kill);
  const station = { onBeat: (_pid: number): void => undefined };
  await start();
  const shows: FaceStation['shows'] = (kind, patience) =>
    until(`the agent shows ${kind}`, () => screen?.kind === kind, patience).catch(() =>
      Promise.reject(new Error(`the agent should show ${kind} and shows ${JSON.stringify(screen)}`)),
    );
  await shows('idle');
  const kept = stack.move();
  return Object.assign(station, {
    stand,
    door,
    shows,
    kill,
    signal: (name: NodeJS.Signals) => void child?.kill(name),
    start,
    screen: () => screen ?? away,
    present: () => present,
    openedUncovered: () => openedUncovered,
    told: () => told.splice(0),
    gesture: (gesture: Gesture) => void child?.send(gesture),
    tap: async (uid: string, kind: Screen['kind']) => {
      stand.insert(1, virtualCard(uid));
      try {
        await shows(kind);
      } finally {
        stand.remove(1);
      }
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  });
}
