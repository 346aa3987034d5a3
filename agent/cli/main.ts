/** The arguments of `tapward` come in; one answer and an exit code go out. The composition root: the only file of the command line that names adapters. */
import { join } from 'node:path';
import { createClock } from '../../native/clock/clock.ts';
import { personalise } from '../../native/desfire/personalisation.ts';
import { rotate } from '../../native/desfire/rotation.ts';
import { createSiteKey, loadSiteKey } from '../../native/desfire/site-key.ts';
import { chooseKeys, mendWeakKey } from '../../native/keys/choice.ts';
import { windowsKeys } from '../../native/keys/dpapi-key.ts';
import { forgetKeys } from '../../native/keys/forgetting.ts';
import { machineMarks } from '../../native/machine/marks.ts';
import { tellJournal } from '../../native/notify/notify.ts';
import { probePcsc } from '../../native/pcsc/probe.ts';
import { createPcscReader } from '../../native/pcsc/reader.ts';
import { ownAccount } from '../../native/peer/peer.ts';
import { readTrust } from '../../native/piv/trust.ts';
import { openEventLog } from '../../native/windows-events/event-log.ts';
import { readMachineKey } from '../../native/winreg/machine-key.ts';
import { systemLog } from '../events/system-log.ts';
import { ownVersion } from '../installed.ts';
import type { Tools } from './command.ts';
import { runLine } from './line.ts';
import { createTerminal } from './terminal.ts';

/** `args`: what stands behind `tapward`. `clone`: its folder; null where Tapward is installed. Sets the exit code. */
export async function runCommandLine(args: readonly string[], clone: string | null): Promise<void> {
  const clock = createClock();
  const tools: Tools = {
    version: ownVersion(),
    clock,
    mendWeakKey,
    keys: (dir, mode) => (process.platform === 'win32' && mode === 'installed' ? windowsKeys(dir) : chooseKeys(dir, mode)),
    machine: machineMarks,
    forgetKeys,
    probe: () => probePcsc(),
    reader: (nextPresentation) => createPcscReader({ clock, nextPresentation, diagnose: () => undefined }),
    badges: { personalise, rotate, loadSiteKey, createSiteKey },
    readTrust,
    registry: readMachineKey,
    tell: (id, text) => systemLog(process.platform === 'win32' ? { windows: openEventLog() } : { journal: tellJournal })?.(id, text) ?? false,
    account: ownAccount,
  };
  const terminal = createTerminal(process.stdin, process.stderr);
  // A reader of the output that has seen enough (head, less) is no fault.
  process.stdout.on('error', () => undefined);
  const { code, out, err } = await runLine(args, { tools, terminal, clone });
  terminal.close();
  if (out !== '') process.stdout.write(out);
  if (err !== '') process.stderr.write(err);
  process.exitCode = code;
}

if (import.meta.main) void runCommandLine(process.argv.slice(2), join(import.meta.dirname, '../..'));
