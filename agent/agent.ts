/** Readers, sessions, a folder and a policy come in; one running agent goes out: queue, store, ledger and faces wired to each other. */
import { hostname } from 'node:os';
import type { CeremonyAnswer, Gesture } from '../core/bridge.ts';
import type { Policy } from '../core/policy.ts';
import type { Accounts, CardReader, Clock, ReaderEvent, SessionController, Verifier } from '../core/ports.ts';
import type { Ask, AttemptId, Millis, Presentation, State, Subscriber } from '../core/types.ts';
import { withLives } from './badge-lives.ts';
import type { Diagnose } from './diagnostics.ts';
import { type Asks, noAsks, noForms, noKeys, perform } from './effects.ts';
import { besideEmergency, createEmergency, type EmergencyPlace, withoutUnready } from './emergency/emergency.ts';
import { createEnrolment, type Enrolment, publicPart } from './enrolment.ts';
import { createLedgerEvents } from './events/ledger-events.ts';
import { createCeremonies } from './face/ceremonies.ts';
import { type Keyboard, watchKeyboard } from './face/keyboard.ts';
import { createFaces, type Faces, stationOf } from './faces.ts';
import type { Codes } from './forms/codes.ts';
import { createTries } from './forms/tries.ts';
import { takeGesture } from './hands.ts';
import { createIntake, type Intake } from './intake.ts';
import { createKeyVerifier } from './key-verifier.ts';
import { createNotifier, notifying } from './notify.ts';
import { FixedPinBuffer } from './pin-buffer.ts';
import type { Appraiser } from './proofs/appraisal.ts';
import type { Binder } from './proofs/binding.ts';
import type { Natives } from './proofs/natives.ts';
import { createProofs } from './proofs/proofs.ts';
import { createQueue, type Queue } from './queue.ts';
import { createSelfHelp, wantedIn } from './self-help.ts';
import { hearSessions, stranger } from './session-news.ts';
import { inWords, recordStart, tellCheckpoint } from './start-record.ts';
import { createAccounts } from './store/accounts.ts';
import { type Durable, ledgerDir } from './store/durable.ts';
import { createNoticed } from './trouble.ts';
import { createVerifier, type VerifierParts } from './verifier.ts';
import { createChallenges } from './webauthn/challenges.ts';
import { createFaceKeys, type KeyPlace } from './webauthn/face-keys.ts';
import { createOwnAsks, createRegistrar, type Registrar } from './webauthn/key-registration.ts';
import { warmUp } from './webauthn/warm-up.ts';

export type Mode = 'evaluation' | 'installed';
export type AgentParts = {
  readonly mode: Mode;
  readonly version: string;
  readonly clock: Clock;
  readonly durable: Durable;
  readonly policy: () => Policy;
  readonly sessions: SessionController;
  /** Each gets the same numbering of presentations. */
  readonly readers: (nextPresentation: () => Presentation) => readonly CardReader[];
  readonly diagnose: Diagnose;
  /** How to speak to cards; without it only badges that prove nothing count. */
  readonly natives?: Natives;
  /** Adds the unknown badge of this presentation from the screen; only evaluation gives it. */
  readonly addBadge?: (agent: Agent, presentation: Presentation) => void;
  /** Where the face's page stands, for security keys; without it every such ceremony ends unanswered. */
  readonly keyPlace?: () => KeyPlace | null;
  /** Whose the operating system's accounts are; without it as the store says. */
  readonly accounts?: Accounts;
  /** Unix milliseconds; the computer's own unless given. */
  readonly wall?: () => number;
  /** Where emergencies are kept possible; without it no button shows. */
  readonly emergency?: EmergencyPlace;
  /** See VerifierParts. */
  readonly proved?: VerifierParts['proved'];
  /** Told of each state before anything that it asks for is done. */
  readonly seen?: (state: State, at: Millis) => void;
  /** Who answers applications; without it nobody can ask. */
  readonly asks?: Asks;
};
export type Agent = {
  readonly mode: Mode;
  readonly version: string;
  readonly clock: Clock;
  readonly durable: Durable;
  readonly policy: () => Policy;
  readonly queue: Queue;
  readonly faces: Faces;
  /** For the doors of faces. */
  readonly keyboard: Keyboard;
  readonly intake: Intake;
  /** null while the station is degraded. */
  readonly enrolment: Enrolment | null;
  /** null: as above, or no way to speak to cards. */
  readonly appraiser: Appraiser | null;
  readonly binder: Binder | null;
  /** Of the help desk's; null while the station is degraded. */
  readonly codes: Codes | null;
  readonly gesture: (gesture: Gesture) => void;
  /** From any face: what came of a security key's ceremony. */
  readonly keyAnswer: (answer: CeremonyAnswer) => void;
  /** null while the station is degraded. */
  readonly registerKey: Registrar | null;
  /** An application in the open session asks; answered through `asks`, always once. */
  readonly stepUp: (ask: Ask) => void;
  /** Locks, records the stop and lets everything go. */
  readonly stop: (why: string) => Promise<void>;
};

/** Resolves once the readers have been listed (or their service is known to be away): from then on a tap counts. */
export async function startAgent(parts: AgentParts): Promise<Agent> {
  const { durable, clock, sessions, diagnose, mode, version, wall = Date.now } = parts;
  const { store } = durable;
  const pin = new FixedPinBuffer();
  const notifier = createNotifier({ policy: parts.policy, diagnose, isEnrolled: (person) => (store?.subscriber(person)?.badges.length ?? 0) > 0 });
  const noticed = createNoticed(wall);
  const events = createLedgerEvents(diagnose);
  const ledger =
    durable.ledger &&
    notifying(durable.ledger, notifier, (entry) => {
      noticed.hear(entry);
      events.hear(entry);
    });
  // As long as there is a store, PINs are checked for an emergency, whatever else is broken.
  const checked: Verifier | null =
    store && createVerifier({ store, clock, policy: parts.policy, diagnose: (why) => diagnose('TW1301', inWords(why)), ...(parts.proved && { proved: parts.proved }) });
  const verifier = durable.degraded === null ? checked : null;
  const tries = store && createTries({ store, clock, policy: parts.policy });
  const emergency = createEmergency({
    place: parts.emergency ?? null,
    durable,
    ledger,
    notifier,
    clock,
    policy: parts.policy,
    pin,
    verifier: checked,
    tries,
    diagnose,
    heard: events.hear,
  });
  const policy = withoutUnready(parts.policy, emergency.ready);
  const enrolment = store === null || ledger === null || durable.degraded !== null ? null : createEnrolment({ store, ledger, policy, at: () => clock.now(), wall });
  const faces = createFaces(clock, policy, () => stationOf(policy(), { computer: hostname(), version, mode }));
  diagnose('TW1001', `version ${version}, ${mode}`);
  const unrecorded = recordStart(parts, emergency.takeOver);
  const fault = durable.degraded ?? unrecorded;
  const proofs = store === null || durable.degraded !== null || parts.natives === undefined ? null : createProofs({ store, clock, policy, natives: parts.natives, wall, diagnose });
  const keyVerifier =
    store === null || proofs === null
      ? null
      : createKeyVerifier({
          store,
          policy,
          natives: proofs.natives,
          challenges: proofs.challenges,
          inField: (badge) => intake.keyInField(badge),
          diagnose: (why) => diagnose('TW1301', inWords(why)),
        });
  const ceremonies = createCeremonies(faces);
  const keys =
    store === null || verifier === null
      ? null
      : createFaceKeys({
          store,
          policy,
          ceremonies,
          challenges: proofs?.challenges ?? createChallenges(clock),
          standing: (person) => verifier.standing(person),
          place: parts.keyPlace ?? (() => null),
        });
  const selfHelp =
    store === null || ledger === null || verifier === null || tries === null
      ? null
      : createSelfHelp({
          store,
          ledger,
          verifier,
          tries,
          pin,
          policy,
          clock,
          wall,
          diagnose,
          state: () => queue.state(),
          lastUnknown: (presentation) => intake.lastUnknown(presentation),
          pinChanged: (subscriber) => queue.dispatch({ kind: 'pinReset', subscriber }),
        });
  // Off the way of the first tap, like the rest that can wait.
  if (durable.ledger !== null) setImmediate(() => void noticed.remember(ledgerDir(durable.dir)));
  const ownAsks = createOwnAsks(parts.asks ?? noAsks);
  const world = {
    record: emergency.record,
    verifier,
    keyVerifier,
    sessions,
    pin,
    faces,
    securityKeys: keys === null ? noKeys : selfHelp === null ? keys : withLives(keys, selfHelp.lives),
    asks: ownAsks.asks,
    forms: besideEmergency(emergency.form, selfHelp?.forms ?? noForms),
    addBadge: (presentation: Presentation) => parts.addBadge?.(agent, presentation),
  };
  const accounts = parts.accounts ?? (store && createAccounts(store));
  const ownerOf = (account: string): Subscriber => {
    const known = accounts?.subscriberOf(account) ?? null;
    const record = known === null ? null : (store?.subscriber(known) ?? null);
    return record === null ? stranger(account) : publicPart(record);
  };
  const queue: Queue = createQueue({
    clock,
    policy,
    perform: (effect) => perform(effect, world, () => queue),
    publish: (state, at) => {
      faces.publish(state, at);
      parts.seen?.(state, at);
    },
    diagnose: (why) => diagnose('TW1101', inWords(why)),
  });
  if (proofs !== null) {
    // Off the way of the first tap: what verifies security keys takes a moment to load.
    setImmediate(() => void warmUp().then((works) => works || diagnose('TW1304', 'a made-up key was not verified')));
  }
  const intake = createIntake({
    clock,
    vault: () => store,
    verifier: () => verifier,
    keyVerifier: () => keyVerifier,
    prover: () => proofs?.prover ?? null,
    dispatch: queue.dispatch,
    crash: queue.crash,
    lives: () => selfHelp?.lives ?? null,
    hint: noticed.hint,
    wanted: () => wantedIn(queue.state()),
    keepUnknown: () => keepsUnknown(parts.addBadge !== undefined, policy(), proofs?.appraiser ?? null),
  });
  sessions.watch((snapshot) => queue.dispatch({ kind: 'sessions', snapshot }));
  sessions.hear((news) => hearSessions(news, queue, ownerOf));
  queue.begin();
  if (fault !== null) {
    diagnose('TW1003', `${fault.cause}: ${fault.detail}`);
    // Before anything else that is recorded: what cannot be is this fault's doing, and none of its own.
    queue.dispatch({ kind: 'broken', cause: fault.cause });
  }
  queue.dispatch({ kind: 'sessions', snapshot: await sessions.snapshot() });
  // Without a ledger nobody knows how far the numbers were: what an emergency leaves in the reserve must not bear an old one.
  let presentation = ledger === null ? Math.floor(Date.now() / 1000) : durable.lastPresentation;
  const nextAttempt = (): AttemptId => ++presentation;
  const readers = parts.readers(nextAttempt);
  const agent: Agent = {
    mode,
    version,
    clock,
    policy,
    queue,
    faces,
    keyboard: watchKeyboard((text) => diagnose('TW1606', text)),
    intake,
    enrolment,
    appraiser: proofs?.appraiser ?? null,
    binder: proofs?.binder ?? null,
    codes: selfHelp?.codes ?? null,
    durable: { ...durable, degraded: fault },
    gesture: (gesture) => takeGesture(gesture, pin, queue, nextAttempt),
    keyAnswer: ceremonies.answer,
    registerKey: keys === null ? null : createRegistrar({ queue, keys, nextAttempt, ownAsks }),
    stepUp: (ask) => queue.dispatch({ kind: 'stepUp', attempt: nextAttempt(), ask }),
    stop: async (why) => {
      await using stack = new AsyncDisposableStack();
      stack.defer(() => diagnose('TW1002', why));
      if (store !== null) stack.use(store);
      if (durable.ledger !== null) stack.use(durable.ledger);
      stack.use(emergency);
      stack.use(notifier);
      stack.use(events);
      stack.use(sessions);
      queue.stop();
      pin.wipe();
      for (const reader of readers) stack.use(reader);
      selfHelp?.lives.flush();
      const locked = await sessions.lock('stop', false);
      try {
        if (ledger !== null || queue.state().desk.kind !== 'locked') emergency.record({ kind: 'locked', why: 'stop', subscriber: null, confirmed: locked.kind === 'done' });
        ledger?.append({ kind: 'stopped', why });
        tellCheckpoint(parts);
      } catch (unwritten) {
        diagnose('TW1102', inWords(unwritten));
      }
    },
  };
  const hear = (event: ReaderEvent): void => {
    try {
      intake.take(event);
    } catch (why) {
      queue.crash(why);
    }
  };
  await Promise.all(readers.map((reader) => reader.start(hear)));
  return agent;
}

/** Whether an unknown badge may be added from the screen; only self-enrolment asks what it can prove, and only where that may be more than its number. */
function keepsUnknown(demo: boolean, { addBadge, vouching, pivRoots }: Policy, appraiser: Appraiser | null): ReturnType<Parameters<typeof createIntake>[0]['keepUnknown']> {
  if (!demo && addBadge !== 'code' && vouching !== 'on') return null;
  return { appraiser: addBadge === 'code' && pivRoots !== null ? appraiser : null };
}
