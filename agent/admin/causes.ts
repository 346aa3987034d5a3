/** A cause comes in by its name; what it means and what mends it goes out, in words for IT. */
import type { DegradedCause, ReaderServiceCause } from '../../core/types.ts';

const isWindows = process.platform === 'win32';

/** `what`: without a full stop. `mend`: a sentence, lower case at its start. */
export type CauseWords = { readonly what: string; readonly mend: string };

export const serviceWords: Readonly<Record<ReaderServiceCause, CauseWords>> = {
  noLibrary: { what: 'The PC/SC library is missing', mend: 'install it (Debian: apt-get install pcscd).' },
  noService: {
    what: 'The PC/SC service does not run',
    mend: isWindows
      ? 'start Windows’ service “Smart Card” (sc start SCardSvr); it starts by itself once a reader is plugged in.'
      : 'start it (Debian: systemctl enable --now pcscd.socket).',
  },
  refused: {
    what: 'The PC/SC service refuses this account (polkit)',
    mend: 'allow org.debian.pcsc-lite.access_pcsc and access_card to the agent’s account in a rule under /etc/polkit-1/rules.d.',
  },
  hung: { what: 'The PC/SC service does not answer', mend: isWindows ? 'restart Windows’ service “Smart Card” (SCardSvr).' : 'restart it (systemctl restart pcscd).' },
};

export const degradedWords: Readonly<Record<DegradedCause, CauseWords>> = {
  storeDamaged: { what: 'The store is damaged or cannot be written', mend: 'restore it from its copy, or set the station up anew.' },
  storeNewer: { what: 'The store was written by a newer version', mend: 'install the newer version again.' },
  storeOlder: { what: 'The store is an older copy of itself', mend: 'restore the newest one, or set the station up anew.' },
  storeKey: { what: 'The machine key does not open the store', mend: 'bring the key back that it was made with, or set the station up anew.' },
  ledgerUnwritable: { what: 'The ledger cannot be written', mend: 'free the disk, then start the agent again.' },
  ledgerDamaged: { what: 'The ledger is damaged', mend: 'find the first bad entry with `tapward ledger verify`, then bring the ledger back from its copy.' },
  keyHolderWeak: { what: 'The machine key lies in a plain file', mend: 'seal it with the command that `tapward doctor` names.' },
  exception: { what: 'The agent met a fault of its own and locked', mend: 'look for TW1101 in its log, then start it again.' },
  upgradeFailed: {
    what: 'The store could not be brought to this version, and is as it was',
    mend: 'look why with `tapward upgrade --check`, or install the version before again.',
  },
  cloned: {
    what: 'The station was set up on another computer',
    mend: 'for a copy run `tapward setup --new-identity`; for the same station with new hardware `tapward setup --same-station`.',
  },
};
