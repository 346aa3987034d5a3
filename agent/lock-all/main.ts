/** Nothing comes in but that the agent has ended (ExecStopPost, systemd.service(5)); every session at its seat is locked, or the greeter shown, and the exit status says whether that was confirmed. */
import { hostname } from 'node:os';
import { createClock } from '../../native/clock/clock.ts';
import { tellJournal } from '../../native/notify/notify.ts';
import { createLogind } from '../../native/session/logind/controller.ts';
import { createDiagnostics } from '../diagnostics.ts';
import { installedPlaces, readInstalledPolicy } from '../places.ts';

/** Ends the process: 0 where every session is confirmed locked, or none is this station’s to lock. */
export async function lockAll(): Promise<void> {
  const places = installedPlaces();
  const { policy } = readInstalledPolicy(places, hostname());
  if (policy.sessions === 'logind') {
    const diagnose = createDiagnostics(places.state, { journal: tellJournal });
    // Lockers report to the agent, which is no more: where they alone could say so, the greeter is what is left.
    const sessions = await createLogind({
      clock: createClock(),
      accounts: { accountOf: () => null, subscriberOf: () => null },
      offers: null,
      locker: { kind: 'hint' },
      endUnlocked: policy.endUnlocked,
      greeterVt: policy.greeterVt,
      diagnose: (text) => diagnose('TW1701', text),
    });
    const outcome = await sessions.lock('stop', true);
    if (outcome.kind === 'failed') diagnose('TW1701', `the agent ended, and not every session is confirmed locked: the screen is ${outcome.screen}`);
    process.exit(outcome.kind === 'done' ? 0 : 1);
  }
}

if (import.meta.main) void lockAll();
