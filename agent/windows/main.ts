/** An installed Windows station's folder comes in, as the host made it; its agent, the host's child, runs until it is ended, and whatever it had opened is the host's to close then. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { inForce, type Policy } from '../../core/policy.ts';
import type { Presentation, SubscriberId } from '../../core/types.ts';
import { cards } from '../../native/cards.ts';
import { createClock } from '../../native/clock/clock.ts';
import { windowsKeys } from '../../native/keys/dpapi-key.ts';
import { machineMarks } from '../../native/machine/marks.ts';
import { programBehind } from '../../native/pcsc/pipe.ts';
import { createPcscReader } from '../../native/pcsc/reader.ts';
import { ownAccount, peerOf } from '../../native/peer/peer.ts';
import { createWindows } from '../../native/session/windows/controller.ts';
import { connectHost } from '../../native/session/windows/host.ts';
import { createWindowsKiosk, kioskSession } from '../../native/session/windows/kiosk.ts';
import { accountParts } from '../../native/session/windows/opening.ts';
import { watchSeat } from '../../native/session/windows/seat.ts';
import { openEventLog } from '../../native/windows-events/event-log.ts';
import { readMachineKey } from '../../native/winreg/machine-key.ts';
import { rememberNotes } from '../admin/notes.ts';
import { createDiagnostics, pcscDiagnosticId } from '../diagnostics.ts';
import { createDoors, stepUpIn } from '../doors.ts';
import { helped } from '../helper/helped.ts';
import { contextOfPerson } from '../helper/shared-kiosk.ts';
import { nobody, openInstalled, ownVersion } from '../installed.ts';
import { installedPlaces, type Places } from '../places.ts';
import { followPolicy, openPolicy } from '../policy/running.ts';
import { createAccounts } from '../store/accounts.ts';
import { startKioskStation } from './kiosk-station.ts';
import { seatSessionFaces } from './session-faces.ts';
import { createWindowsHelpers } from './session-helpers.ts';
import { startWindowsStation, type WindowsStation } from './station.ts';

async function run(places: Places, { diagnose, notes }: ReturnType<typeof rememberNotes>): Promise<void> {
  const { state } = places;
  const clock = createClock();
  const durable = openInstalled({ dir: state, keys: windowsKeys(state), clock, marks: machineMarks(), diagnose });
  const place = { places, registry: readMachineKey, computer: hostname() };
  const live = openPolicy(place, durable.policyKey, diagnose);
  const { sessions, endUnlocked, kioskAccount } = live.policy();
  if (sessions !== 'windows' && sessions !== 'kiosk') {
    const standing = live.standing();
    const [fault] = standing.kind === 'current' ? [] : standing.faults;
    throw new Error(fault?.sentence ?? `"sessions": "${sessions}" opens nothing on Windows, and passwords go on to work: set "windows" or "kiosk".`);
  }
  if (sessions === 'kiosk' && (kioskAccount === '' || durable.store === null)) {
    throw new Error(
      kioskAccount === ''
        ? 'A kiosk needs the account that is signed in here: set "kioskAccount" to it.'
        : 'A kiosk needs the station’s store, which does not open: see `tapward doctor`.',
    );
  }
  const policy = (): Policy => inForce(live.policy(), Date.now());
  const accounts = durable.store === null ? nobody : createAccounts(durable.store);
  const host = connectHost();
  const doors = createDoors();
  const seat = watchSeat(host, accounts, () => undefined);
  const names = durable.store?.contextKey ?? randomBytes(32);
  const hooked = { contextOf: (who: SubscriberId) => contextOfPerson(names, who), hookTimeout: () => policy().hookTimeout, diagnose };
  const common = {
    mode: 'installed' as const,
    version: ownVersion(),
    clock,
    durable,
    diagnose,
    policy,
    accounts,
    natives: cards,
    asks: doors.asks,
    seen: live.seen,
    host,
    readers: (nextPresentation: () => Presentation) => [
      createPcscReader({ clock, nextPresentation, begin: programBehind(), diagnose: ({ id, text }) => diagnose(pcscDiagnosticId(id), text) }),
    ],
  };
  const shared = (): Promise<WindowsStation> =>
    startKioskStation({
      ...common,
      ...hooked,
      isKiosk: (session) => kioskSession(seat.sessions(), kioskAccount) === session,
      emergency: { dir: state, hasSession: () => true },
      create: (ports) => createWindowsKiosk({ ...ports, clock, host, session: kioskAccount }),
    });
  const own = async (): Promise<WindowsStation> => {
    const helpers = createWindowsHelpers({ ...hooked, host, used: (how) => station.agent.queue.dispatch({ kind: 'activity', how }) });
    return startWindowsStation({
      ...common,
      partsOf: accountParts,
      create: async (shareOf) => {
        const controller = await createWindows({ clock, accounts, host, shareOf, reconnect: 'off', endUnlocked, diagnose: (text) => diagnose('TW2000', text) });
        controller.watch(helpers.saw);
        return helped(controller, helpers);
      },
    });
  };
  const station = await (sessions === 'kiosk' ? shared() : own());
  seatSessionFaces({ agent: station.agent, host, hasConsole: (session) => seat.console() === String(session), isLock: sessions === 'kiosk', diagnose });
  const following = followPolicy(live, station.agent, place, diagnose);
  // An exception that nobody caught locks like any other, and then ends the agent: the host closes what is left, and starts it anew.
  process.once('uncaughtException', (cause) => {
    station.agent.queue.crash(cause);
    process.exitCode = 1;
    following[Symbol.dispose]();
    void station.stop('exception').finally(() => process.exit());
  });
  await doors.open({
    agent: station.agent,
    notes,
    live,
    dir: state,
    stepUp: { path: stepUpIn(state), accepts: () => false },
    policy,
    peerOf,
    programOf: async () => null,
    ownAccount: ownAccount(),
    diagnose,
  });
}

/** Runs until its host ends it; where it cannot run, one sentence stands on standard error and the exit code is 1. */
export async function runAgent(): Promise<void> {
  const places = installedPlaces();
  const notes = rememberNotes(createDiagnostics(places.state, { windows: openEventLog() }));
  try {
    await run(places, notes);
  } catch (why) {
    const words = why instanceof Error ? why.message : String(why);
    notes.diagnose('TW1702', words);
    process.stderr.write(`${words}\n`);
    // Its connection to the host would keep it alive.
    process.exit(1);
  }
}

if (import.meta.main) void runAgent();
