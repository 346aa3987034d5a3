/** A policy comes in; a station with a real pcscd and its agent in a process of its own goes out, `tapward` beside it, and hands that hold software cards to its reader. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readEntries } from '../../agent/ledger/reading.ts';
import type { BadgeAccount } from '../../agent/proofs/account.ts';
import type { Entry } from '../../core/entry.ts';
import type { Policy } from '../../core/policy.ts';
import type { Screen } from '../../core/view.ts';
import type { SoftwareCard } from '../cards/card.ts';
import { need } from '../needs.ts';
import { inField, type Pace } from '../virtual-reader/card.ts';
import { type Stand, startStand } from '../virtual-reader/stand.ts';
import { type Around, folder, type Printed, type RunningAgent, startAgentProcess, startTapward, tapward, tapwardJson } from './running.ts';

export const skip = need('linux', 'pcscd', 'compiler', 'namespaces');

export type Held = Around & {
  /** How fast the card answers. */
  readonly pace?: Pace;
  /** Pulled out with the answer to command APDU number `pulledAt`, counted from 1. */
  readonly pulledAt?: number;
  /** What is held there the second time; the same card otherwise. */
  readonly second?: SoftwareCard;
};
export type ReaderStation = AsyncDisposable & {
  readonly path: string;
  readonly dir: string;
  readonly agent: RunningAgent;
  readonly stand: Stand;
  /** Everything any command has printed. */
  readonly printed: readonly Printed[];
  readonly run: (args: readonly string[], around?: Around) => Promise<Printed>;
  /** Runs the command and holds the card there from when it asks for one until it ends; a second time where it asks for that. */
  readonly hold: (card: SoftwareCard, args: readonly string[], held?: Held) => Promise<Printed>;
  /** A tap: what the screen shows for it. */
  readonly tap: (card: SoftwareCard, shows: Screen['kind']) => Promise<void>;
  /** Tap, PIN, open; and locked again. */
  readonly signIn: (card: SoftwareCard, pin: string) => Promise<void>;
  readonly idOf: (given: string) => Promise<string>;
  readonly badges: () => Promise<readonly (BadgeAccount & { readonly clonable: boolean; readonly by: string; readonly reaches: string })[]>;
  readonly entries: () => readonly Entry[];
};

export async function startReaderStation(policy: Partial<Policy> = {}): Promise<ReaderStation> {
  await using stack = new AsyncDisposableStack();
  const place = stack.use(folder());
  const dir = join(place.path, 'station');
  const stand = stack.use(await startStand({ readers: [1] }));
  const agent = stack.use(await startAgentProcess(dir, { policy, tray: false, pcscEnv: stand.env }));
  const printed: Printed[] = [];
  const noted = async (said: Promise<Printed>): Promise<Printed> => {
    printed.push(await said);
    return said;
  };
  const gone = new Map<SoftwareCard, number>();
  const lift = (card: SoftwareCard): void => {
    stand.remove(1);
    gone.set(card, performance.now());
  };
  /** The same badge counts again only after 1 s out of the field; another one once the reader has seen that one go. */
  const insert = async (card: SoftwareCard, virtual = inField(card)): Promise<void> => {
    const lastTap = Math.max(Number.NEGATIVE_INFINITY, ...gone.values());
    await sleep(Math.max(0, (gone.get(card) ?? Number.NEGATIVE_INFINITY) + 1_100 - performance.now(), lastTap + 200 - performance.now()));
    stand.insert(1, virtual);
  };
  const tap: ReaderStation['tap'] = async (card, shows) => {
    await insert(card);
    try {
      await agent.do({ do: 'until', screen: shows });
    } finally {
      lift(card);
    }
  };
  const kept = stack.move();
  return {
    path: place.path,
    dir,
    agent,
    stand,
    printed,
    tap,
    run: (args, around) => noted(tapward(dir, args, around)),
    hold: async (card, args, { pace, pulledAt, second = card, ...around } = {}) => {
      const program = startTapward(dir, args, { input: '', ...around });
      const asked = program.says('Hold the badge').then(
        () => true,
        () => false,
      );
      if (await asked) await insert(card, inField(pulledAt === undefined ? card : pulledCard(card, pulledAt, () => stand.remove(1)), pace));
      const again = program.says('Lift it').then(
        () => {
          lift(card);
          return insert(second, inField(second, pace));
        },
        () => undefined,
      );
      try {
        return await noted(program.ended);
      } finally {
        await again;
        lift(second);
      }
    },
    signIn: async (card, pin) => {
      await tap(card, 'pin');
      await agent.do({ do: 'type', pin });
      await agent.do({ do: 'until', screen: 'open' });
      await agent.do({ do: 'gesture', kind: 'lockNow' });
      await agent.do({ do: 'until', screen: 'idle' });
    },
    idOf: async (given) => {
      const { people } = (await tapwardJson(dir, ['people'])).json as { readonly people: readonly { readonly subscriber: { readonly id: string; readonly given: string } }[] };
      return people.find(({ subscriber }) => subscriber.given === given)?.subscriber.id ?? 'nobody';
    },
    badges: async () => ((await tapwardJson(dir, ['badges'])).json as { readonly badges: Awaited<ReturnType<ReaderStation['badges']>> }).badges,
    entries: () => readEntries(join(dir, 'ledger')).map(({ entry }) => entry),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** The command reached the card, and its answer is lost. */
function pulledCard(card: SoftwareCard, at: number, pull: () => void): SoftwareCard {
  let count = 0;
  return {
    ...card,
    respond: (command) => {
      const response = card.respond(command);
      if (++count === at) setImmediate(pull);
      return count >= at ? Uint8Array.of() : response;
    },
  };
}
