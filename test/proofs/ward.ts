/** A policy comes in; a station with a real pcscd and its agent goes out, at which cards written in software are enrolled, held to the reader and answered for. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NewBadge } from '../../agent/enrolment.ts';
import { type Evaluation, startEvaluation } from '../../agent/evaluation/evaluation.ts';
import { digitsOf } from '../../agent/evaluation/people.ts';
import type { Captured } from '../../agent/intake.ts';
import { readEntries } from '../../agent/ledger/reading.ts';
import type { Wanted } from '../../agent/proofs/appraisal.ts';
import { ledgerDir } from '../../agent/store/durable.ts';
import type { Entry } from '../../core/entry.ts';
import { defaultPolicy, type Policy } from '../../core/policy.ts';
import type { State, TapReason } from '../../core/types.ts';
import type { SoftwareCard } from '../cards/card.ts';
import { need } from '../needs.ts';
import { inField, type VirtualCard } from '../virtual-reader/card.ts';
import { type Stand, startStand } from '../virtual-reader/stand.ts';

export const skip = need('linux', 'pcscd', 'compiler', 'namespaces');
export const nurse = { pin: '48291506' } as const;

export type Ward = AsyncDisposable & {
  readonly evaluation: Evaluation;
  readonly stand: Stand;
  /** Holds the card there until the work with its open card is done; a badge of Sam's is no tap then. */
  readonly open: <T>(card: SoftwareCard, work: (card: Captured) => Promise<T>) => Promise<T>;
  /** Appraises the card, holds it there once more where that is asked, and makes it Sam's; its refusal in words otherwise. */
  readonly enrol: (card: SoftwareCard, wanted?: Wanted) => Promise<string | null>;
  readonly addBadge: (badge: NewBadge) => string | null;
  readonly sam: () => string;
  /** One tap from the field to the rule that decided it. */
  readonly tap: (card: SoftwareCard | VirtualCard) => Promise<TapReason>;
  /** Lays the card there and leaves it, until it is decided; `lift` takes it away for long enough to count again. */
  readonly lay: (card: SoftwareCard) => Promise<void>;
  readonly lift: () => Promise<void>;
  /** Digits as hands press them. */
  readonly type: (digits: string) => void;
  readonly pin: () => Promise<void>;
  readonly lock: () => Promise<void>;
  readonly until: (what: string, when: (state: State) => boolean) => Promise<State>;
  readonly entries: () => readonly Entry[];
};

/** `wall`: Unix milliseconds, for certificates and days. */
export async function startWard(policy: Partial<Policy> = {}, wall: () => number = Date.now): Promise<Ward> {
  await using stack = new AsyncDisposableStack();
  const dir = mkdtempSync(join(tmpdir(), 'tapward-proofs-'));
  stack.defer(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  const stand = stack.use(await startStand({ readers: [1] }));
  const evaluation = await startEvaluation({
    dir,
    version: '0.0.0',
    policy: { ...defaultPolicy, pinLength: 8, ...policy },
    fresh: false,
    tray: false,
    pcscEnv: stand.env,
    wall,
    say: () => undefined,
  });
  stack.defer(() => evaluation.stop('test over'));
  const { agent } = evaluation;
  /** The same badge counts again only after a while out of the field. */
  const { sameBadgeAfter } = agent.policy();
  const rest = (): Promise<void> => sleep(sameBadgeAfter === 0 ? 0 : sameBadgeAfter + 50);
  const { enrolment, appraiser, intake, queue } = agent;
  if (enrolment === null || appraiser === null) throw new Error('the station is degraded');
  const sam = await theNurse(evaluation);
  const until: Ward['until'] = async (what, when) => {
    for (let i = 0; i < 500; i++) {
      if (when(queue.state())) return queue.state();
      await sleep(20);
    }
    throw new Error(`never: ${what}; ${JSON.stringify(queue.state())}`);
  };
  await until('a reader', (s) => s.readers.length > 0);

  const open: Ward['open'] = async (card, work) => {
    const held = Promise.withResolvers<Captured>();
    const stop = intake.capture(held.resolve, () => held.reject(new Error('no badge to enrol')), sam);
    stand.insert(1, inField(card));
    try {
      return await work(await held.promise);
    } finally {
      stop();
      stand.remove(1);
      await until('the card is gone', (s) => s.field.length === 0);
      await rest();
    }
  };
  const addBadge: Ward['addBadge'] = (badge) => {
    const added = enrolment.addBadge(sam, badge, 'test');
    return added.kind === 'enrolled' ? null : added.kind;
  };
  const type: Ward['type'] = (digits) => {
    for (const digit of digits) agent.gesture({ kind: 'digit', digit: Number(digit) });
  };
  const kept = stack.move();
  return {
    evaluation,
    stand,
    open,
    until,
    addBadge,
    sam: () => sam,
    enrol: async (card, wanted = { as: 'best' }) => {
      const first = await open(card, (held) => appraiser.appraise(held, wanted));
      const found = first.kind === 'again' ? await open(card, first.check) : first;
      return found.kind === 'badge' ? addBadge(found.badge) : found.kind === 'refused' ? found.why : 'once more';
    },
    tap: async (card) => {
      const before = queue.state().lastTap?.presentation;
      stand.insert(1, 'respond' in card ? inField(card) : card);
      const { lastTap } = await until('the tap is decided', (s) => s.lastTap !== null && s.lastTap.presentation !== before && s.claim.kind !== 'reading');
      // Decided: the reason the ledger has, whatever has come of it meanwhile.
      const presentation = lastTap?.presentation;
      stand.remove(1);
      await until('the card is gone', (s) => s.field.length === 0);
      const tapped = entriesIn(dir).findLast((e) => e.kind === 'tap' && e.tap === presentation);
      await rest();
      return tapped?.kind === 'tap' ? tapped.reason : 'unreadable';
    },
    lay: async (card) => {
      const before = queue.state().lastTap?.presentation;
      stand.insert(1, inField(card));
      await until('the tap is decided', (s) => s.lastTap !== null && s.lastTap.presentation !== before && s.claim.kind !== 'reading');
    },
    lift: async () => {
      stand.remove(1);
      await until('the card is gone', (s) => s.field.length === 0);
      await rest();
    },
    type,
    pin: async () => {
      type(nurse.pin);
      await until('open', (s) => s.desk.kind === 'open');
      // The owner's tap within 3 s of opening keeps.
    },
    lock: async () => {
      agent.gesture({ kind: 'lockNow' });
      await until('locked', (s) => s.desk.kind === 'locked');
    },
    entries: () => entriesIn(dir),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

const entriesIn = (dir: string): readonly Entry[] => [...readEntries(ledgerDir(dir))].map(({ entry }) => entry);

/** Enrolled by a badge that nobody has and that is revoked at once: what counts is what the test gives her. */
async function theNurse({ agent: { enrolment } }: Evaluation): Promise<string> {
  const number = Uint8Array.of(4, 9, 9, 9, 9, 9, 9);
  const enrolled = await enrolment?.enrol(
    { given: 'Sam', initial: 'Q', language: null },
    { number, proof: { kind: 'aes', aid: '', keyNo: 1, keyVersion: 1, key: '', uid: '' } },
    digitsOf(nurse.pin),
    'test',
  );
  if (enrolled?.kind !== 'enrolled') throw new Error(`not enrolled: ${enrolled?.kind}`);
  enrolment?.revokeBadge(enrolled.badge, 'test');
  return enrolled.subscriber.id;
}
