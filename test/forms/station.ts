/** A folder comes in; a real agent with store, ledger and queue goes out, on clocks that only move when told, with people who have staff numbers, codes for them, and hands that tap and type. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Agent, startAgent } from '../../agent/agent.ts';
import type { DiagnosticId } from '../../agent/diagnostics.ts';
import { byUid } from '../../agent/enrolment.ts';
import { createTrayReader, type TrayReader } from '../../agent/evaluation/tray-reader.ts';
import { digitsOfCode } from '../../agent/forms/codes.ts';
import { readEntries } from '../../agent/ledger/reading.ts';
import { ledgerDir, openDurable } from '../../agent/store/durable.ts';
import type { CodePurpose } from '../../agent/store/records.ts';
import type { Entry } from '../../core/entry.ts';
import { defaultPolicy, inForce as inForceAt, type Policy } from '../../core/policy.ts';
import type { SubscriberId } from '../../core/types.ts';
import type { Screen, View } from '../../core/view.ts';
import { chooseKeys } from '../../native/keys/choice.ts';
import { createEmbedded } from '../../native/session/embedded.ts';
import { type HeadlessFace, headlessFace } from '../e2e/headless.ts';
import { type Cleanup, digits, uidOf } from '../store/place.ts';

export type Who = { readonly given: string; readonly number: string; readonly uid: string; readonly pin: string };
export const sam: Who = { given: 'Sam', number: '204817', uid: '04a1b2c3d4e501', pin: '482915' };
export const ana: Who = { given: 'Ana', number: '730551', uid: '04a1b2c3d4e502', pin: '730164' };
export const strangerUid = '04f0e1d2c3b4a5';
/** Good to choose, and nobody's. */
export const fresh = '629470';

/** Station time and wall clock, moved apart or together. */
export type Clocks = { at: number; wall: number; readonly pass: (milliseconds: number) => void };
export const newClocks = (): Clocks => {
  const clocks = {
    at: 1_000_000,
    wall: Date.parse('2026-11-22T06:00:00Z'),
    pass: (milliseconds: number) => {
      clocks.at += milliseconds;
      clocks.wall += milliseconds;
    },
  };
  return clocks;
};

export type FormStation = AsyncDisposable & {
  readonly agent: Agent;
  readonly face: HeadlessFace;
  readonly clocks: Clocks;
  readonly told: readonly DiagnosticId[];
  readonly tap: (uid: string) => void;
  readonly entries: () => readonly Entry[];
  readonly kinds: () => readonly Entry['kind'][];
  readonly idOf: (who: Pick<Who, 'given'>) => SubscriberId;
  /** A code as IT would issue it. */
  readonly code: (who: Who, purpose: CodePurpose, code?: string) => Promise<string>;
  readonly shows: (kind: Screen['kind']) => Promise<View>;
  /** The form's step that is typed next. */
  readonly asks: (step: string) => Promise<Extract<Screen, { kind: 'form' }>>;
  readonly signIn: (who: Who) => Promise<void>;
  readonly stop: () => Promise<void>;
};

export const everything: Partial<Policy> = { sameBadgeAfter: 0, addBadge: 'code', shiftCodes: 'on', vouching: 'on' };
const codes: Readonly<Record<CodePurpose, string>> = { enrol: '4816234208151', shift: '90314762', newPin: '1357924680135' };
assert.ok(Object.entries(codes).every(([purpose, code]) => code.length === digitsOfCode[purpose as CodePurpose]));

export function folder(t: Cleanup): string {
  const dir = mkdtempSync(join(tmpdir(), 'tapward-forms-'));
  t.after(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  return dir;
}

/** The same folder again is the same station after a restart. */
export async function startStation(dir: string, policy: Partial<Policy> = {}, clocks: Clocks = newClocks()): Promise<FormStation> {
  const clock = { now: (): number => clocks.at };
  const durable = openDurable({ dir, ...chooseKeys(dir, 'evaluation'), clock, mode: 'evaluation' });
  if (durable.kind === 'inUse') throw new Error('the store is in use');
  durable.startKey?.fill(0);
  const told: DiagnosticId[] = [];
  let tray: TrayReader | null = null;
  // People are enrolled before the policy of the test holds.
  let inForce: Policy = { ...defaultPolicy, ...everything };
  const agent = await startAgent({
    mode: 'evaluation',
    version: '0.0.0',
    clock,
    durable,
    wall: () => clocks.wall,
    policy: () => inForceAt(inForce, clocks.wall),
    diagnose: (id) => told.push(id),
    sessions: createEmbedded(clock),
    readers: (next) => [(tray = createTrayReader(clock, next, () => undefined))],
  });
  const face = headlessFace(agent);
  const { enrolment } = agent;
  assert.ok(enrolment !== null);
  for (const { given, number, uid, pin } of [sam, ana]) {
    if (enrolment.people().some(({ subscriber }) => subscriber.given === given)) continue;
    const made = await enrolment.enrol({ given, initial: 'B', language: null, number }, byUid(uidOf(uid)), digits(pin), 'test');
    assert.equal(made.kind, 'enrolled');
  }
  inForce = { ...inForce, ...policy };
  const before = readEntries(ledgerDir(dir)).length;
  const entries = (): readonly Entry[] =>
    readEntries(ledgerDir(dir))
      .slice(before)
      .map(({ entry }) => entry);
  const idOf = ({ given }: Pick<Who, 'given'>): SubscriberId => enrolment.people().find(({ subscriber }) => subscriber.given === given)?.subscriber.id ?? assert.fail(given);
  const tap = (uid: string): void => {
    tray?.place({ id: 'badge', label: 'badge', uid: () => uidOf(uid) }, false);
    tray?.lift();
  };
  const shows = (kind: Screen['kind']): Promise<View> => face.until(kind, ({ screen }) => screen.kind === kind);
  let stopped = false;
  const stop = async (): Promise<void> => {
    if (stopped) return;
    stopped = true;
    face[Symbol.dispose]();
    await agent.stop('test over').catch(() => undefined);
  };
  return {
    agent,
    face,
    clocks,
    told,
    tap,
    entries,
    idOf,
    shows,
    kinds: () => entries().map(({ kind }) => kind),
    code: async (who, purpose, code = codes[purpose]) => {
      const issued = await agent.codes?.issue({ subscriber: idOf(who), purpose, checked: 'knew her voice', hours: 12 }, digits(code), 'test');
      assert.equal(issued?.kind, 'done');
      return code;
    },
    asks: async (step) => {
      const { screen } = await face.until(`a form at ${step}`, (view) => view.screen.kind === 'form' && view.screen.step === step && view.screen.checkingSince === null);
      return screen.kind === 'form' ? screen : assert.fail();
    },
    signIn: async ({ uid, pin }) => {
      tap(uid);
      await shows('pin');
      face.type(pin);
      await shows('open');
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
