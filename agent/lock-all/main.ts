/** Nothing comes in but that the agent has ended (ExecStopPost, systemd.service(5)); every session at its seat is locked, or the greeter shown, and the exit status says whether that was confirmed. */
import { hostname } from 'node:os';
import type { SessionController } from '../../core/ports.ts';
import type { Outcome } from '../../core/types.ts';
import { createClock } from '../../native/clock/clock.ts';
import { tellJournal } from '../../native/notify/notify.ts';
import { peerOf } from '../../native/peer/peer.ts';
import { sessionOf } from '../../native/peer/session.ts';
import { createLogind } from '../../native/session/logind/controller.ts';
import type { LockerReport } from '../../native/session/logind/locker.ts';
import { createOffers } from '../../native/session/offers.ts';
import { createDiagnostics } from '../diagnostics.ts';
import type { LockerNews } from '../pam/locker-door.ts';
import { openLockerDoors } from '../pam/locker-doors.ts';
import { installedPlaces, readInstalledPolicy } from '../places.ts';

/** Twice, as "endUnlocked" promises: the second attempt may end a session, the first never. */
async function lockTwice(sessions: SessionController): Promise<Outcome> {
  const first = await sessions.lock('stop', false);
  return first.kind === 'done' ? first : sessions.lock('stop', true);
}

/** Ends the process: 0 where every session is confirmed locked, or none is this station’s to lock. */
export async function lockAll(): Promise<void> {
  const places = installedPlaces();
  const { policy } = readInstalledPolicy(places, hostname());
  if (policy.sessions === 'logind') {
    const diagnose = createDiagnostics(places.state, { journal: tellJournal });
    const clock = createClock();
    const listeners: ((report: LockerReport) => void)[] = [];
    const isHint = policy.locker === 'hint';
    // Lockers report to the agent, which is no more: their doors are opened here, and one that covers says so again within a second.
    const heard = ({ account, session, kind }: LockerNews): void => {
      for (const listener of listeners) listener({ account, session, how: kind === 'lockerDied' ? 'died' : kind });
    };
    const doors = isHint ? null : openLockerDoors({ dir: places.run, offers: createOffers(clock), peerOf, sessionOf, diagnose, heard });
    const sessions = await createLogind({
      clock,
      accounts: { accountOf: () => null, subscriberOf: () => null },
      offers: null,
      locker: isHint ? { kind: 'hint' } : { kind: 'locker', onReport: (listener) => void listeners.push(listener) },
      // A locker that has not come back to this door yet may cover all the same: nobody’s work is ended for that.
      endUnlocked: isHint ? policy.endUnlocked : 'off',
      greeterVt: policy.greeterVt,
      present: (people) => {
        for (const [uid, account] of people) void doors?.admit(uid, account);
      },
      diagnose: (text) => diagnose('TW1701', text),
    });
    const outcome = await lockTwice(sessions);
    await doors?.[Symbol.asyncDispose]();
    if (outcome.kind === 'failed') diagnose('TW1701', `the agent ended, and not every session is confirmed locked: the screen is ${outcome.screen}`);
    process.exit(outcome.kind === 'done' ? 0 : 1);
  }
}

if (import.meta.main) void lockAll();
