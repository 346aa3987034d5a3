/** Files of the screen and the person's wishes come in; a whole station in evaluation mode goes out: real agent, real store, demo people, every PC/SC reader and the tray. */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { inForce, type Policy } from '../../core/policy.ts';
import type { CardReader, Clock } from '../../core/ports.ts';
import { cards } from '../../native/cards.ts';
import { createClock } from '../../native/clock/clock.ts';
import { chooseKeys } from '../../native/keys/choice.ts';
import { createPcscReader } from '../../native/pcsc/reader.ts';
import { ownAccount, peerOf } from '../../native/peer/peer.ts';
import { programOf } from '../../native/peer/program.ts';
import { createEmbedded } from '../../native/session/embedded.ts';
import { rememberNotes } from '../admin/notes.ts';
import { type Agent, startAgent } from '../agent.ts';
import { createDiagnostics, pcscDiagnosticId } from '../diagnostics.ts';
import { createDoors, stepUpIn } from '../doors.ts';
import { codePath, setUpEmergency } from '../emergency/code.ts';
import { byUid, type Person, refusalSentence } from '../enrolment.ts';
import type { FaceProgram } from '../face/supervisor.ts';
import { type Durable, openDurable } from '../store/durable.ts';
import { facePlace, type KeyPlace } from '../webauthn/face-keys.ts';
import { type Bundle, type Endpoint, openEndpoint } from './endpoint.ts';
import { type FacePaths, type Kiosk, openKiosk } from './kiosk.ts';
import { addedPeople, type DemoPerson, demoEmergencyCode, demoPeople, digitsOf, strangerUid } from './people.ts';
import { createTrayReader, phoneUid, type TrayBadge, type TrayReader } from './tray-reader.ts';
import type { TrayState, TrayWish } from './wish.ts';

export type EvaluationOptions = {
  readonly dir: string;
  readonly version: string;
  readonly policy: Policy;
  readonly fresh: boolean;
  /** The tray of virtual badges beside the screen, an in-process reader; without it only PC/SC readers count. */
  readonly tray: boolean;
  /** Added to the reader program's environment: where its PC/SC service is, if not the system's. */
  readonly pcscEnv?: Readonly<Record<string, string>>;
  /** Unix milliseconds, where the computer's own clock is not to be believed. */
  readonly wall?: () => number;
  readonly say: (line: string) => void;
};
export type Evaluation = {
  readonly agent: Agent;
  /** Base64url of the ledger's start key, from the run that set the station up; null later. */
  readonly startKey: string | null;
  /** Throws where the station was started without one. */
  readonly tray: () => TrayReader;
  /** The screen in a browser's window. */
  readonly openScreen: (files: Bundle, contentSecurityPolicy: string) => Promise<Endpoint>;
  /** The screen in a face of its own, which is started, and started again. */
  readonly openFace: (program: (paths: FacePaths) => Promise<FaceProgram>) => Promise<Kiosk>;
  readonly stop: (why: string) => Promise<void>;
};

/** Throws one clear sentence when another evaluation runs in the same folder. */
export async function startEvaluation({ dir, version, policy, fresh, tray, pcscEnv = {}, wall = Date.now, say }: EvaluationOptions): Promise<Evaluation> {
  const clock = createClock();
  if (fresh) forget(open(dir, clock), dir);
  const durable = open(dir, clock);
  const startKey = durable.startKey?.toString('base64url') ?? null;
  durable.startKey?.fill(0);
  const { diagnose, notes } = rememberNotes(createDiagnostics(dir));
  let trayReader: TrayReader | null = null;
  let endpoint: Endpoint | null = null;
  const doors = createDoors();
  let kiosk: Kiosk | null = null;
  let keyPlace: KeyPlace = facePlace(process.platform);
  const trayChanged = (): void => {
    endpoint?.trayChanged();
    kiosk?.trayChanged();
  };
  await setUpDemoEmergency(durable);
  const agent = await startAgent({
    mode: 'evaluation',
    version,
    clock,
    wall,
    durable,
    diagnose,
    natives: cards,
    keyPlace: () => keyPlace,
    asks: doors.asks,
    policy: () => inForce(policy, wall()),
    sessions: createEmbedded(clock),
    emergency: { dir, hasSession: () => true },
    readers: (nextPresentation) => {
      const readers: CardReader[] = [createPcscReader({ clock, nextPresentation, env: pcscEnv, diagnose: ({ id, text }) => diagnose(pcscDiagnosticId(id), text) })];
      if (tray) {
        trayReader = createTrayReader(clock, nextPresentation, trayChanged);
        readers.push(trayReader);
      }
      return readers;
    },
    addBadge: (station, presentation) => void addUnknown(station, presentation, say).catch(station.queue.crash),
  });
  await enrolDemoPeople(agent, say);
  await doors.open({
    agent,
    notes,
    dir,
    policy: () => inForce(policy, wall()),
    peerOf,
    programOf: ({ pid }) => programOf(pid),
    ownAccount: ownAccount(),
    diagnose,
    stepUp: { path: stepUpIn(dir), accepts: ({ uid }) => uid === process.getuid?.() || uid === 0 },
  });
  const badges: readonly TrayBadge[] = [
    ...demoPeople.map((p) => ({ id: p.uid, label: `${p.given} ${p.initial}.`, uid: () => Uint8Array.from(Buffer.from(p.uid, 'hex')) })),
    { id: 'unknown', label: 'Unknown badge', uid: () => Uint8Array.from(Buffer.from(strangerUid, 'hex')) },
    { id: 'phone', label: 'Phone', uid: phoneUid },
  ];
  const trayState = (): TrayState => ({ badges: badges.map(({ id, label }) => ({ id, label })), plugged: trayReader?.plugged() ?? false });
  const wish = (wished: TrayWish): void => {
    const badge = badges.find((b) => b.id === wished.badge);
    if ((wished.do === 'tap' || wished.do === 'place') && badge !== undefined) trayReader?.place(badge, wished.do === 'tap');
    if (wished.do === 'lift' || wished.do === 'plug' || wished.do === 'unplug') trayReader?.[wished.do]();
  };
  return {
    agent,
    startKey,
    tray: () => {
      if (trayReader === null) throw new Error('this evaluation has no tray');
      return trayReader;
    },
    openScreen: async (files, contentSecurityPolicy) => {
      endpoint = await openEndpoint({
        files,
        policy: contentSecurityPolicy,
        faces: agent.faces,
        gesture: agent.gesture,
        answer: agent.keyAnswer,
        tray: trayState,
        wish,
      });
      // A browser asks for a key's PIN itself.
      keyPlace = { origin: endpoint.origin, rpId: 'localhost', verifies: true };
      return endpoint;
    },
    openFace: async (program) => (kiosk = await openKiosk({ agent, peerOf, tray: trayState, wish, program, diagnose })),
    stop: async (why) => {
      await doors.close();
      await endpoint?.close();
      // The screen stays until what lies beneath it is locked.
      try {
        await agent.stop(why);
      } finally {
        await kiosk?.close();
      }
    },
  };
}

function open(dir: string, clock: Clock): Durable {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const durable = openDurable({ dir, ...chooseKeys(dir, 'evaluation'), clock, mode: 'evaluation' });
  if (durable.kind === 'inUse') throw new Error('An evaluation is already running here: end it first, or use a copy of the folder.');
  return durable;
}

/** What a station makes in its folder, and all that starting over takes away; whatever else lies there stays. */
const made = [
  'store.db',
  'store.db-wal',
  'store.db-shm',
  'store.db-journal',
  'store.db.new',
  'ledger',
  'ledger.new',
  'step-up.sock',
  'machine.key',
  'machine.cred',
  'counter',
  'emergency.code',
  'emergency.code.new',
  'emergency.tries',
  'emergency.reserve',
  'emergency.reserve.new',
  'agent.log',
  'agent.log.1',
];

function forget({ ledger, store, startKey }: Durable, dir: string): void {
  startKey?.fill(0);
  ledger?.[Symbol.dispose]();
  store?.[Symbol.dispose]();
  for (const name of made) rmSync(join(dir, name), { recursive: true, force: true });
}

/** As `tapward emergency setup` does; a code of the site's own is left alone. */
async function setUpDemoEmergency({ dir, emergencyKey: key }: Durable): Promise<void> {
  if (key !== null && !existsSync(codePath(dir))) await setUpEmergency({ dir, key }, { code: demoEmergencyCode, cost: { m: 1_024, t: 1, p: 1 } });
}

const isNamed =
  (p: Pick<DemoPerson, 'given' | 'initial'>) =>
  ({ subscriber }: Person): boolean =>
    subscriber.given === p.given && subscriber.initial === p.initial;

/** Those of the five who are not there yet: a start that was cut short is made good by the next one. Whoever is there from before people had staff numbers gets hers. */
async function enrolDemoPeople({ enrolment }: Agent, say: (line: string) => void): Promise<void> {
  if (enrolment === null) return;
  for (const person of demoPeople) {
    const known = enrolment.people().find(isNamed(person));
    if (known !== undefined) {
      if (known.number === null && known.subscriber.role === null && !known.revoked)
        enrolment.setDetails(known.subscriber.id, { role: person.role, number: person.number }, 'screen');
      continue;
    }
    const enrolled = await enrolment.enrol(person, byUid(Uint8Array.from(Buffer.from(person.uid, 'hex'))), digitsOf(person.pin), 'screen');
    if (enrolled.kind !== 'enrolled') say(`${person.given} ${person.initial}. is not here: ${refusalSentence(enrolled)}`);
  }
}

/** One step for an engineer's own badge: it becomes the next demo person's, or one more of the last one's. */
async function addUnknown({ intake, enrolment, queue }: Agent, presentation: number, say: (line: string) => void): Promise<void> {
  const seen = intake.lastUnknown(presentation);
  if (seen === null || enrolment === null) return;
  const uid = Uint8Array.from(seen.uid);
  const people = enrolment.people();
  const next = addedPeople.find((p) => !people.some(isNamed(p))) ?? addedPeople.at(-1);
  if (next === undefined) return;
  const known = people.find(isNamed(next));
  const outcome = known === undefined ? await enrolment.enrol(next, byUid(uid), digitsOf(next.pin), 'screen') : enrolment.addBadge(known.subscriber.id, byUid(uid), 'screen');
  if (outcome.kind !== 'enrolled') {
    say(`The badge was not added: ${refusalSentence(outcome)}`);
    return queue.dispatch({ kind: 'back' });
  }
  say(`Badge added: ${outcome.subscriber.given} ${outcome.subscriber.initial}., PIN ${next.pin}`);
  queue.dispatch({ kind: 'badgeAdded', presentation, subscriber: outcome.subscriber });
}
