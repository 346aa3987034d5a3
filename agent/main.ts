/** An installed station's folders come in, by systemd's word or as they are by default; its agent runs until it is told to stop, and locks when it does. */
import { type KeyObject, randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { inForce, type Policy } from '../core/policy.ts';
import type { SessionInfo } from '../core/types.ts';
import { cards } from '../native/cards.ts';
import { createClock } from '../native/clock/clock.ts';
import { chooseKeys } from '../native/keys/choice.ts';
import { machineMarks } from '../native/machine/marks.ts';
import { keepWatchdog, notifyManager, tellJournal } from '../native/notify/notify.ts';
import { createPcscReader } from '../native/pcsc/reader.ts';
import { ownAccount, peerOf, uidOf } from '../native/peer/peer.ts';
import { programOf } from '../native/peer/program.ts';
import { sessionOf } from '../native/peer/session.ts';
import { createEmbedded } from '../native/session/embedded.ts';
import { createKiosk } from '../native/session/kiosk.ts';
import { createLogind } from '../native/session/logind/controller.ts';
import { endSessionsOf } from '../native/session/logind/ending.ts';
import type { LockerReport } from '../native/session/logind/locker.ts';
import { createOffers } from '../native/session/offers.ts';
import { rememberNotes } from './admin/notes.ts';
import { type Agent, startAgent } from './agent.ts';
import { createDiagnostics, pcscDiagnosticId } from './diagnostics.ts';
import { createDoors, stepUpIn } from './doors.ts';
import { withEmergency } from './emergency/account.ts';
import { openFaceDoor } from './face/door.ts';
import { recordRefusal } from './face/refusal.ts';
import { helped } from './helper/helped.ts';
import { createSessionHelpers, type SessionHelpers } from './helper/session-helpers.ts';
import { contextOfPerson, openSharedKiosk } from './helper/shared-kiosk.ts';
import { nobody, openInstalled, ownVersion } from './installed.ts';
import { openPamDoors } from './pam/doors.ts';
import { installedPlaces, type Places } from './places.ts';
import { noRegistry } from './policy/reading.ts';
import { followPolicy, openPolicy } from './policy/running.ts';
import type { SessionParts, Sessions } from './sessions.ts';
import { createAccounts } from './store/accounts.ts';
import type { Durable } from './store/durable.ts';
import { facePlace } from './webauthn/face-keys.ts';

/** Where the system tells of no sessions: any person's account may show the face, which opens nothing. */
const firstPerson = 1_000;

/** Of a station that cannot open its store only until it stops: nobody signs in there anyway. */
const nameKey = ({ store }: Durable): KeyObject | Uint8Array => store?.contextKey ?? randomBytes(32);

async function logindSessions({ policy, now, clock, durable, accounts: people, places, diagnose }: SessionParts): Promise<Sessions> {
  const accounts = withEmergency(people, policy.emergencyAccount);
  const names = nameKey(durable);
  const offers = createOffers(clock);
  const listeners: ((report: LockerReport) => void)[] = [];
  let present: ReadonlyMap<number, string> = new Map();
  let shown: number | null = null;
  let helpers: SessionHelpers | null = null;
  let changed: () => void = () => undefined;
  const controller = await createLogind({
    clock,
    accounts,
    offers,
    endUnlocked: policy.endUnlocked,
    greeterVt: policy.greeterVt,
    locker: policy.locker === 'hint' ? { kind: 'hint' } : { kind: 'locker', onReport: (listener) => void listeners.push(listener) },
    present: (here, active) => {
      present = here;
      shown = active;
      changed();
    },
    diagnose: (text) => diagnose('TW1701', text),
  });
  const beside = async (agent: Agent): Promise<AsyncDisposable> => {
    const doors = await openPamDoors({
      dir: places.run,
      agent,
      accounts,
      now: () => clock.now(),
      offers,
      peerOf,
      sessionOf,
      diagnose,
      heard: ({ account, session, kind }) => {
        for (const listener of listeners) listener({ account, session, how: kind === 'lockerDied' ? 'died' : kind });
      },
      // logind's own report of that session follows, and is the one that counts.
      opened: () => undefined,
    });
    const hooked = (helpers = createSessionHelpers({
      dir: places.run,
      peerOf,
      contextOf: (subscriber) => contextOfPerson(names, subscriber),
      hookTimeout: () => now().hookTimeout,
      diagnose,
      uidOf: (subscriber) => [...present].find(([, account]) => account === accounts.accountOf(subscriber))?.[0] ?? null,
      used: (how) => agent.queue.dispatch({ kind: 'activity', how }),
    }));
    controller.watch(hooked.saw);
    let admitted: readonly number[] = [];
    changed = () => {
      for (const [uid, account] of present) void Promise.all([doors.admit(uid, account), hooked.admit(uid)]);
      for (const uid of admitted) if (!present.has(uid)) void Promise.all([doors.dismiss(uid), hooked.dismiss(uid)]);
      admitted = [...present.keys()];
    };
    changed();
    const both = new AsyncDisposableStack();
    both.use(doors);
    both.use(hooked);
    return both;
  };
  const hooks = { warn: (session: SessionInfo): void => helpers?.warn(session), leaving: async (session: SessionInfo): Promise<void> => helpers?.leaving(session) };
  const { sessions } = await controller.snapshot();
  return {
    controller: helped(controller, hooks, sessions),
    beside,
    cover: null,
    beneath: null,
    isHere: (uid) => present.has(uid),
    isShown: (uid) => uid === shown,
    programOf: async (application) => helpers?.programOf(application) ?? null,
    hasEmergency: policy.emergencyAccount !== '' && uidOf(policy.emergencyAccount) !== null,
  };
}

async function kioskSessions({ policy, now, clock, durable, places, diagnose }: SessionParts): Promise<Sessions> {
  const account = policy.kioskAccount;
  const uid = uidOf(account);
  if (uid === null) throw new Error('The kiosk’s account is not one of this computer’s: set "kioskAccount" to the one that is signed in here.');
  if (durable.store === null) throw new Error('A kiosk needs the station’s store, which does not open: see `tapward doctor`.');
  const kiosk = await openSharedKiosk({
    // By its account alone: which program another account runs is not the agent's to see.
    clock,
    create: createKiosk,
    path: join(places.run, 'helper.sock'),
    peerOf,
    accepts: (peer) => peer.uid === uid,
    diagnose,
    key: nameKey(durable),
    endSession: () => endSessionsOf(account, { diagnose: (text) => diagnose('TW1701', text) }),
    hookTimeout: () => now().hookTimeout,
  });
  const isHere = (peer: number): boolean => peer === uid;
  return {
    controller: kiosk.controller,
    cover: kiosk.cover,
    isHere,
    isShown: isHere,
    beside: async () => null,
    beneath: kiosk,
    programOf: async (application) => (isHere(application.uid) ? kiosk.programOf(application.pid) : null),
    // Like everybody's: a desktop that the hooks make, and one that they make anew.
    hasEmergency: true,
  };
}

function aloneSessions({ clock }: SessionParts): Sessions {
  const isHere = (uid: number): boolean => uid >= firstPerson;
  // Where the station's own screen is all there is to open, giving way is the emergency session.
  return { controller: createEmbedded(clock), cover: null, isHere, isShown: isHere, beside: async () => null, beneath: null, programOf: async () => null, hasEmergency: true };
}

function sessionsFor(parts: SessionParts): Promise<Sessions> {
  switch (parts.policy.sessions) {
    case 'logind':
      return logindSessions(parts);
    case 'windows':
      throw new Error('"sessions": "windows" is for Windows: set "logind".');
    case 'kiosk':
      return kioskSessions(parts);
    case 'none':
      return Promise.resolve(aloneSessions(parts));
    default:
      return parts.policy.sessions satisfies never;
  }
}

async function run(places: Places, { diagnose, notes }: ReturnType<typeof rememberNotes>): Promise<string> {
  const stopped = new Promise<string>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal));
  });
  const clock = createClock();
  const durable = openInstalled({ dir: places.state, keys: chooseKeys(places.state, 'installed'), clock, marks: machineMarks(), diagnose });
  const place = { places, registry: noRegistry, computer: hostname() };
  const live = openPolicy(place, durable.policyKey, diagnose);
  const policy = (): Policy => inForce(live.policy(), Date.now());
  const accounts = durable.store === null ? nobody : createAccounts(durable.store);
  const sessions = await sessionsFor({ policy: live.policy(), now: policy, clock, durable, accounts, places, diagnose });
  const doors = createDoors();
  const agent = await startAgent({
    mode: 'installed',
    version: ownVersion(),
    clock,
    durable,
    diagnose,
    policy,
    accounts,
    natives: cards,
    asks: doors.asks,
    seen: live.seen,
    keyPlace: () => facePlace(process.platform),
    sessions: sessions.controller,
    emergency: { dir: places.state, hasSession: () => sessions.hasEmergency },
    readers: (nextPresentation) => [createPcscReader({ clock, nextPresentation, env: {}, diagnose: ({ id, text }) => diagnose(pcscDiagnosticId(id), text) })],
  });
  // An exception that nobody caught locks like any other, and then ends the agent: systemd locks what is left, and starts it anew.
  const failed = new Promise<string>((resolve) => {
    process.once('uncaughtException', (cause) => {
      agent.queue.crash(cause);
      process.exitCode = 1;
      resolve('exception');
    });
  });
  await using stack = new AsyncDisposableStack();
  let why = 'start-up failed';
  if (sessions.beneath !== null) stack.use(sessions.beneath);
  const isOwn = (uid: number): boolean => uid === process.geteuid?.() || uid === 0;
  const isShown = ({ uid }: { readonly uid: number }): boolean => isOwn(uid) || sessions.isShown(uid);
  const face = await openFaceDoor({
    path: join(places.run, 'face.sock'),
    mode: 0o666,
    peerOf,
    accepts: (peer) => peer !== null && (isOwn(peer.uid) || sessions.isHere(peer.uid)),
    mayAct: (peer) => peer !== null && isShown(peer),
    faces: agent.faces,
    gesture: agent.gesture,
    answer: agent.keyAnswer,
    keyboard: agent.keyboard,
    presence: (present) => {
      diagnose('TW1605', present ? 'covered' : 'not covered');
      sessions.cover?.presence(present);
      agent.queue.dispatch({ kind: 'face', present });
    },
    beaten: (_peer, covers) => sessions.cover?.beaten(covers),
    refused: (what) => recordRefusal(agent, what),
    noted: (text) => diagnose('TW1603', text),
  }).catch((because: unknown) => {
    diagnose('TW1604', because instanceof Error ? because.message : String(because));
    return null;
  });
  stack.use(followPolicy(live, agent, place, diagnose));
  // The screen stays until what lies beneath it is locked.
  stack.defer(async () => face?.close());
  stack.defer(() => agent.stop(why));
  const beside = await sessions.beside(agent);
  if (beside !== null) stack.use(beside);
  // A folder of its own: bound into people's namespaces, it shows them the next agent's socket too. Whatever the unit's UMask: others pass through it.
  const stepUp = join(places.run, 'step-up');
  mkdirSync(stepUp, { recursive: true });
  chmodSync(stepUp, 0o755);
  await doors.open({
    agent,
    notes,
    live,
    dir: places.state,
    stepUp: { path: stepUpIn(stepUp), mode: 0o666, accepts: isShown },
    policy,
    peerOf,
    ownAccount: ownAccount(),
    diagnose,
    programOf: async (application) => programOf(application.pid) ?? sessions.programOf(application),
  });
  stack.defer(doors.close);
  notifyManager('READY=1');
  stack.defer(keepWatchdog());
  why = await Promise.race([stopped, failed]);
  notifyManager('STOPPING=1');
  return why;
}

/** Runs until it is told to stop; where it cannot run, one sentence stands on standard error and the exit code is 1. */
export async function runAgent(): Promise<void> {
  const places = installedPlaces();
  const notes = rememberNotes(createDiagnostics(places.state, { journal: tellJournal }));
  try {
    await run(places, notes);
  } catch (why) {
    const words = why instanceof Error ? why.message : String(why);
    notes.diagnose('TW1702', words);
    process.stderr.write(`${words}\n`);
    process.exitCode = 1;
  }
}

if (import.meta.main) void runAgent();
