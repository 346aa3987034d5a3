/** Nothing comes in; a station with a real pcscd, its agent in a process of its own and `tapward` beside it goes out, where nobody is enrolled; and hands for it. */
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openDurable } from '../../agent/store/durable.ts';
import type { Screen } from '../../core/view.ts';
import { createClock } from '../../native/clock/clock.ts';
import { chooseKeys } from '../../native/keys/choice.ts';
import { type Around, type Printed, type RunningAgent, startAgentProcess, startTapward, tapward } from '../cli/running.ts';
import { virtualCard } from '../virtual-reader/card.ts';
import { type Stand, startStand } from '../virtual-reader/stand.ts';
import { writePeople } from './carried-people.ts';

export type CarriedStation = AsyncDisposable & {
  readonly dir: string;
  readonly agent: RunningAgent;
  readonly stand: Stand;
  readonly printed: readonly Printed[];
  readonly run: (args: readonly string[], around?: Around) => Promise<Printed>;
  /** `tapward enrol` with this badge held there; her number. */
  readonly enrol: (given: string, uid: string, pin: string) => Promise<string>;
  /** A tap: what the screen shows for it. */
  readonly tap: (uid: string, shows: Screen['kind']) => Promise<void>;
};

export async function startCarriedStation(path: string): Promise<CarriedStation> {
  await using stack = new AsyncDisposableStack();
  const dir = join(path, `station-${randomBytes(3).toString('hex')}`);
  const stand = stack.use(await startStand({ readers: [1] }));
  const agent = stack.use(await startAgentProcess(dir, { tray: false, pcscEnv: stand.env }, fileURLToPath(new URL('station-program.ts', import.meta.url))));
  const printed: Printed[] = [];
  const noted = async (said: Promise<Printed>): Promise<Printed> => {
    printed.push(await said);
    return said;
  };
  const kept = stack.move();
  return {
    dir,
    agent,
    stand,
    printed,
    run: (args, around) => noted(tapward(dir, args, around)),
    enrol: async (given, uid, pin) => {
      const enrolling = startTapward(dir, ['enrol', '--pin-stdin'], { input: `${given}\nB\n${pin}\n` });
      await enrolling.says('Hold the badge');
      stand.insert(1, virtualCard(uid));
      const { out } = await noted(enrolling.ended);
      stand.remove(1);
      // The same badge counts again only after a second out of the field.
      await sleep(1_100);
      return /enrolled as ([0-9a-f]{16})/.exec(out)?.[1] ?? '';
    },
    tap: async (uid, shows) => {
      stand.insert(1, virtualCard(uid));
      try {
        await agent.do({ do: 'until', screen: shows });
      } finally {
        stand.remove(1);
      }
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** A folder gets a station with so many people. */
export function populate(dir: string, count: number): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const durable = openDurable({ dir, ...chooseKeys(dir, 'evaluation'), clock: createClock(), mode: 'evaluation' });
  if (durable.kind === 'inUse' || durable.store === null) throw new Error('no store');
  const { store, ledger } = durable;
  // By which a command knows what kind of station it is.
  ledger?.append({ kind: 'started', version: '0.0.0', mode: 'evaluation' });
  writePeople(store, count);
  ledger?.[Symbol.dispose]();
  store[Symbol.dispose]();
  durable.startKey?.fill(0);
}
