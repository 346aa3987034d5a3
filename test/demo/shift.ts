/** A real pcscd comes in; a station set to provable badges only goes out, with software cards to hold to its reader, a face to press on and the real `tapward` beside it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Evaluation, startEvaluation } from '../../agent/evaluation/evaluation.ts';
import { readEntries } from '../../agent/ledger/reading.ts';
import { ledgerDir } from '../../agent/store/durable.ts';
import type { Entry } from '../../core/entry.ts';
import { defaultPolicy, type Policy } from '../../core/policy.ts';
import type { View } from '../../core/view.ts';
import type { SoftwareCard } from '../cards/card.ts';
import { startTapward } from '../cli/running.ts';
import { type HeadlessFace, headlessFace } from '../e2e/headless.ts';
import { inField, type VirtualCard } from '../virtual-reader/card.ts';
import type { Stand } from '../virtual-reader/stand.ts';

/** What a shift of the story is set to; a ward has hours where this has seconds. */
export const windowLasts = 15_000;
export const pinLength = 8;

type Tapped = SoftwareCard | VirtualCard;

/** Whose badge a station takes it for: a copy is the same one until it has to prove itself. A UID that changes (08) is no badge's. */
function badgeIn(card: Tapped): unknown {
  const uid = Buffer.from('respond' in card ? card.uid() : card.uid);
  return uid[0] === 0x08 ? card : uid.toString('hex');
}

export type Shift = AsyncDisposable & {
  readonly station: Evaluation;
  readonly face: HeadlessFace;
  readonly dir: string;
  /** Beside the station, as no site key is ever in one. */
  readonly keyFile: string;
  /** Milliseconds so far that hands waited for a badge to count again. */
  readonly waited: () => number;
  /** A hand's tap: into the field, until the screen shows it, out again; the same card not before it counts again. */
  readonly tap: (card: Tapped, seen: string, shows: (view: View) => boolean) => Promise<void>;
  /** Runs the command, with the card on the reader from when it asks for one, and once more where it asks for that; throws what it said unless it ends with `code`. */
  readonly command: (args: readonly string[], more?: { readonly card?: SoftwareCard; readonly input?: string; readonly code?: number }) => Promise<string>;
  readonly lock: () => Promise<void>;
  readonly entries: () => readonly Entry[];
  /** Stops the agent; its files stay until the shift is disposed of. */
  readonly end: () => Promise<void>;
};

/** `story`: its folder bears the name, so that two at once are told apart. */
export async function startShift({
  story,
  version,
  stand,
  policy,
}: {
  readonly story: 'provable' | 'shift';
  readonly version: string;
  readonly stand: Stand;
  readonly policy: Partial<Policy>;
}): Promise<Shift> {
  await using stack = new AsyncDisposableStack();
  const place = mkdtempSync(join(tmpdir(), `tapward-${story}-`));
  stack.defer(() => rmSync(place, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  const dir = join(place, 'station');
  const shift: Policy = { ...defaultPolicy, stationName: 'Ward 4 · Cart 12', leastGrade: 'aes', pinLength, takeOver: 'switch', windowOverall: windowLasts, ...policy };
  // The five of an evaluation have badges that prove nothing, so that none of them is enrolled here; it would say so.
  const station = await startEvaluation({ dir, version, policy: shift, fresh: false, tray: false, pcscEnv: stand.env, say: () => undefined });
  let ended: Promise<void> | null = null;
  const end = (): Promise<void> => (ended ??= station.stop('story over'));
  stack.defer(end);
  const face = stack.use(headlessFace(station.agent));
  const lifted = new Map<unknown, number>();
  let waited = 0;
  const untilItCounts = async (card: Tapped): Promise<void> => {
    const from = performance.now();
    await sleep(Math.max(0, (lifted.get(badgeIn(card)) ?? -10_000) + defaultPolicy.sameBadgeAfter + 100 - from));
    waited += performance.now() - from;
  };
  const lift = (card: Tapped): void => {
    stand.remove(1);
    lifted.set(badgeIn(card), performance.now());
  };
  const fieldEmpty = async (): Promise<void> => {
    for (let i = 0; i < 500 && station.agent.queue.state().field.length > 0; i++) await sleep(10);
  };
  const kept = stack.move();
  return {
    station,
    face,
    dir,
    end,
    waited: () => waited,
    keyFile: join(place, 'site.key'),
    tap: async (card, seen, shows) => {
      await untilItCounts(card);
      stand.insert(1, 'respond' in card ? inField(card) : card);
      try {
        await face.until(seen, shows);
      } finally {
        lift(card);
      }
      await fieldEmpty();
    },
    command: async (args, { card, input = '', code = 0 } = {}) => {
      const program = startTapward(dir, args, { input });
      if (card !== undefined) {
        await untilItCounts(card);
        await program.says('Hold the badge');
        stand.insert(1, inField(card));
      }
      const again = program.says('Lift it').then(
        async () => {
          if (card === undefined) return;
          lift(card);
          await fieldEmpty();
          await untilItCounts(card);
          stand.insert(1, inField(card));
        },
        () => undefined,
      );
      const said = await program.ended;
      await again;
      if (card !== undefined) lift(card);
      await fieldEmpty();
      if (said.code !== code) throw new Error(`tapward ${args.join(' ')} ended with ${said.code}: ${said.out}${said.err}`);
      return said.out + said.err;
    },
    lock: async () => {
      face.do('lockNow');
      await face.until('the locked screen', (v) => v.screen.kind === 'idle');
    },
    entries: () => readEntries(ledgerDir(dir)).map(({ entry }) => entry),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
