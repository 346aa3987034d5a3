/** Files of the screen and the person's wishes come in; a whole station in evaluation mode goes out: real agent, real store, demo people, every PC/SC reader and the tray. */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Policy } from '../../core/policy.ts';
import type { CardReader, Clock } from '../../core/ports.ts';
import { createClock } from '../../native/clock/clock.ts';
import { chooseKeys } from '../../native/keys/choice.ts';
import { createPcscReader } from '../../native/pcsc/reader.ts';
import { ownAccount, peerOf } from '../../native/peer/peer.ts';
import { createEmbedded } from '../../native/session/embedded.ts';
import { type Door, openDoor } from '../admin/door.ts';
import { rememberNotes } from '../admin/notes.ts';
import { administer } from '../admin/station.ts';
import { type Agent, startAgent } from '../agent.ts';
import { createDiagnostics, pcscDiagnosticId } from '../diagnostics.ts';
import { refusalSentence } from '../enrolment.ts';
import { type Durable, openDurable } from '../store/durable.ts';
import { type Endpoint, openEndpoint, type Bundle } from './endpoint.ts';
import { addedPeople, demoPeople, digitsOf, strangerUid } from './people.ts';
import { createTrayReader, phoneUid, type TrayBadge, type TrayReader } from './tray-reader.ts';

export type EvaluationOptions = {
  readonly dir: string;
  readonly version: string;
  readonly policy: Policy;
  readonly fresh: boolean;
  /** The tray of virtual badges beside the screen, an in-process reader; without it only PC/SC readers count. */
  readonly tray: boolean;
  /** Added to the reader program's environment: where its PC/SC service is, if not the system's. */
  readonly pcscEnv?: Readonly<Record<string, string>>;
  readonly say: (line: string) => void;
};
export type Evaluation = {
  readonly agent: Agent;
  /** Base64url of the ledger's start key, from the run that set the station up; null later. */
  readonly startKey: string | null;
  /** Throws where the station was started without one. */
  readonly tray: () => TrayReader;
  readonly openScreen: (files: Bundle, contentSecurityPolicy: string) => Promise<Endpoint>;
  readonly stop: (why: string) => Promise<void>;
};

/** Throws one clear sentence when another evaluation runs in the same folder. */
export async function startEvaluation({ dir, version, policy, fresh, tray, pcscEnv = {}, say }: EvaluationOptions): Promise<Evaluation> {
  const clock = createClock();
  if (fresh) forget(open(dir, clock), dir);
  const durable = open(dir, clock);
  const startKey = durable.startKey?.toString('base64url') ?? null;
  durable.startKey?.fill(0);
  const { diagnose, notes } = rememberNotes(createDiagnostics(dir));
  let trayReader: TrayReader | null = null;
  let endpoint: Endpoint | null = null;
  const agent = await startAgent({
    mode: 'evaluation', version, clock, durable, diagnose,
    policy: () => policy,
    sessions: createEmbedded(clock),
    readers: (nextPresentation) => {
      const readers: CardReader[] = [createPcscReader({ clock, nextPresentation, env: pcscEnv, diagnose: ({ id, text }) => diagnose(pcscDiagnosticId(id), text) })];
      if (tray) {
        trayReader = createTrayReader(clock, nextPresentation, () => endpoint?.trayChanged());
        readers.push(trayReader);
      }
      return readers;
    },
    addBadge: (station, presentation) => void addUnknown(station, presentation, say).catch(station.queue.crash),
  });
  await enrolDemoPeople(agent);
  const door = await openDoor({ dir, station: administer(agent, notes), peerOf, ownAccount: ownAccount(), noted: (text) => diagnose('TW1501', text) }).catch((why: unknown): Door | null => {
    diagnose('TW1502', why instanceof Error ? why.message : String(why));
    return null;
  });
  const badges: readonly TrayBadge[] = [
    ...demoPeople.map((p) => ({ id: p.uid, label: `${p.given} ${p.initial}.`, uid: () => Uint8Array.from(Buffer.from(p.uid, 'hex')) })),
    { id: 'unknown', label: 'Unknown badge', uid: () => Uint8Array.from(Buffer.from(strangerUid, 'hex')) },
    { id: 'phone', label: 'Phone', uid: phoneUid },
  ];
  return {
    agent,
    startKey,
    tray: () => {
      if (trayReader === null) throw new Error('this evaluation has no tray');
      return trayReader;
    },
    openScreen: async (files, contentSecurityPolicy) => {
      endpoint = await openEndpoint({
        files, policy: contentSecurityPolicy, faces: agent.faces, gesture: agent.gesture,
        tray: () => ({ badges: badges.map(({ id, label }) => ({ id, label })), plugged: trayReader?.plugged() ?? false }),
        wish: (wish) => {
          const badge = badges.find((b) => b.id === wish.badge);
          if ((wish.do === 'tap' || wish.do === 'place') && badge !== undefined) trayReader?.place(badge, wish.do === 'tap');
          if (wish.do === 'lift' || wish.do === 'plug' || wish.do === 'unplug') trayReader?.[wish.do]();
        },
      });
      return endpoint;
    },
    stop: async (why) => {
      await door?.close();
      await endpoint?.close();
      await agent.stop(why);
    },
  };
}

function open(dir: string, clock: Clock): Durable {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const durable = openDurable({ dir, ...chooseKeys(dir, 'evaluation'), clock, mode: 'evaluation' });
  if (durable.kind === 'inUse') throw new Error('An evaluation is already running here: end it first, or use a copy of the folder.');
  return durable;
}

/** Only what nobody else holds is taken away. A site's own policy.json is no memory of earlier runs. */
function forget({ ledger, store, startKey }: Durable, dir: string): void {
  startKey?.fill(0);
  ledger?.[Symbol.dispose]();
  store?.[Symbol.dispose]();
  for (const name of readdirSync(dir)) if (name !== 'policy.json') rmSync(join(dir, name), { recursive: true, force: true });
}

async function enrolDemoPeople({ enrolment }: Agent): Promise<void> {
  if (enrolment === null || enrolment.people().length > 0) return;
  for (const { given, initial, language, uid, pin } of demoPeople) {
    const enrolled = await enrolment.enrol({ given, initial, language }, Uint8Array.from(Buffer.from(uid, 'hex')), digitsOf(pin), 'screen');
    if (enrolled.kind !== 'enrolled') throw new Error(refusalSentence(enrolled));
  }
}

/** One step for an engineer's own badge: it becomes the next demo person's, or one more of the last one's. */
async function addUnknown(agent: Agent, presentation: number, say: (line: string) => void): Promise<void> {
  const seen = agent.intake.lastUnknown(presentation);
  if (seen === null || agent.enrolment === null) return;
  const uid = Uint8Array.from(seen.uid);
  const people = agent.enrolment.people();
  const added = people.length - demoPeople.length;
  const person = addedPeople[Math.min(Math.max(0, added), addedPeople.length - 1)];
  if (person === undefined) return;
  const last = people.at(-1);
  const outcome =
    added >= addedPeople.length && last !== undefined
      ? agent.enrolment.addBadge(last.subscriber.id, uid, 'screen')
      : await agent.enrolment.enrol({ given: person.given, initial: person.initial, language: person.language }, uid, digitsOf(person.pin), 'screen');
  if (outcome.kind !== 'enrolled') throw new Error(refusalSentence(outcome));
  say(`Badge added: ${person.given} ${person.initial}., PIN ${person.pin}`);
  agent.queue.dispatch({ kind: 'badgeAdded', presentation, subscriber: outcome.subscriber });
}
