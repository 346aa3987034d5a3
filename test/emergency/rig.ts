/** A folder comes in; a station with an emergency code and a person with a staff number goes out, to be started with whatever is broken. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Agent, startAgent } from '../../agent/agent.ts';
import type { DiagnosticId } from '../../agent/diagnostics.ts';
import { setUpEmergency } from '../../agent/emergency/code.ts';
import { openReserve } from '../../agent/emergency/reserve.ts';
import { byUid } from '../../agent/enrolment.ts';
import { createTrayReader, type TrayReader } from '../../agent/evaluation/tray-reader.ts';
import { type Recorded, readEntries } from '../../agent/ledger/reading.ts';
import { ledgerDir, openDurable } from '../../agent/store/durable.ts';
import type { Entry } from '../../core/entry.ts';
import { defaultPolicy, type Policy } from '../../core/policy.ts';
import { createClock } from '../../native/clock/clock.ts';
import { chooseKeys } from '../../native/keys/choice.ts';
import { createEmbedded } from '../../native/session/embedded.ts';
import { type HeadlessFace, headlessFace } from '../e2e/headless.ts';
import { digits, quick, uidOf } from '../store/place.ts';

export const code = '481623420815';
export const number = '204817';
export const pin = '482915';
export const uid = '04a1b2c3d4e5f6';

export type Station = AsyncDisposable & {
  readonly agent: Agent;
  readonly face: HeadlessFace;
  /** Ids of what was diagnosed, in order. */
  readonly told: readonly DiagnosticId[];
  readonly tap: (uid: string) => void;
  readonly stop: () => Promise<void>;
};

/** A station that was used: Sam is enrolled with a staff number, and IT has made a code. Her id. */
export async function setUp(dir: string): Promise<string> {
  mkdirSync(dir, { recursive: true });
  const station = await start(dir);
  const { enrolment, durable } = station.agent;
  const enrolled = await enrolment?.enrol({ given: 'Sam', initial: 'B', language: null }, byUid(uidOf(uid)), digits(pin), 'test');
  if (enrolled?.kind !== 'enrolled' || durable.store === null || durable.emergencyKey === null) throw new Error('nobody was enrolled');
  const record = durable.store.subscriber(enrolled.subscriber.id);
  if (record === null) throw new Error('she is not there');
  durable.store.write([{ ...record, number: durable.store.numbered(number) }], 'counted');
  await setUpEmergency({ dir, key: durable.emergencyKey }, { code, cost: quick });
  await station.stop();
  return enrolled.subscriber.id;
}

/** Its reader is unplugged unless asked for: emergencies need none. */
export async function start(dir: string, policy: Partial<Policy> = {}, hasSession = true, withReader = false): Promise<Station> {
  const clock = createClock();
  const durable = openDurable({ dir, ...chooseKeys(dir, 'evaluation'), clock, mode: 'evaluation' });
  if (durable.kind === 'inUse') throw new Error('the store is in use');
  durable.startKey?.fill(0);
  const told: DiagnosticId[] = [];
  let tray: TrayReader | null = null;
  const inForce: Policy = { ...defaultPolicy, emergency: 'on', emergencyClaims: 'on', ...policy };
  const agent = await startAgent({
    mode: 'evaluation',
    version: '0.0.0',
    clock,
    durable,
    policy: () => inForce,
    diagnose: (id) => told.push(id),
    sessions: createEmbedded(clock),
    readers: (next) => [(tray = createTrayReader(clock, next, () => undefined))],
    emergency: { dir, hasSession: () => hasSession },
  });
  const face = headlessFace(agent);
  let stopped = false;
  const stop = async (): Promise<void> => {
    if (stopped) return;
    stopped = true;
    face[Symbol.dispose]();
    await agent.stop('test over').catch(() => undefined);
  };
  if (!withReader) (tray as TrayReader | null)?.unplug();
  const tap = (hex: string): void => {
    tray?.place({ id: hex, label: '', uid: () => uidOf(hex) }, false);
    tray?.lift();
  };
  return { agent, face, told, tap, stop, [Symbol.asyncDispose]: stop };
}

export const isOpen = ({ agent }: Station): boolean => agent.queue.state().desk.kind === 'open';
export const entriesIn = (dir: string): readonly Recorded[] => readEntries(ledgerDir(dir));

/** What the state comes to, whether the screen changes with it or not. */
export async function settled(what: string, seen: () => boolean): Promise<void> {
  for (let n = 0; !seen(); n++) {
    if (n > 1_000) throw new Error(`it never came to: ${what}`);
    await new Promise((resume) => setTimeout(resume, 10));
  }
}
export const isLocked = ({ agent }: Station): boolean => agent.queue.state().desk.kind === 'locked';

/** Through the screen: her number, her PIN or, where that step comes, the code; then why. */
export async function claimEmergency({ face }: Station, secret: string, typed = number): Promise<void> {
  await face.until('the emergency button', (v) => v.emergency.offered);
  face.do('emergency');
  await face.until('her number', (v) => v.screen.kind === 'form' && v.screen.step === 'number');
  face.type(typed);
  await face.until('PIN or code', (v) => v.screen.kind === 'form' && v.screen.step === (secret === code ? 'code' : 'pin'));
  face.type(secret);
  await face.until('the reasons', (v) => v.screen.kind === 'form' && v.screen.step === 'reason');
  face.do('reasonLife');
}
export const stationIn = (root: string): string => join(root, 'station');

/** What stands in the reserve of this folder, without its key. */
export const kindsIn = (dir: string): readonly Entry[] => {
  const opened = openReserve({ dir, key: null, clock: { now: () => 0 } });
  if (opened.kind === 'none') throw new Error(opened.why);
  const entries = opened.reserve.found.map(({ entry }) => entry);
  opened.reserve[Symbol.dispose]();
  return entries;
};
export const opened = (station: Station): Promise<void> => settled('the emergency session', () => isOpen(station));
export const emergencies = (entries: readonly Entry[]): readonly Entry[] => entries.filter((entry) => entry.kind === 'emergency');
