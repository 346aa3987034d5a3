/** The arguments of `tapward` come in; one answer and an exit code go out. The composition root: the only file of the command line that names adapters. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClock } from '../../native/clock/clock.ts';
import { personalise } from '../../native/desfire/personalisation.ts';
import { rotate } from '../../native/desfire/rotation.ts';
import { createSiteKey, loadSiteKey } from '../../native/desfire/site-key.ts';
import { chooseKeys, mendWeakKey } from '../../native/keys/choice.ts';
import { probePcsc } from '../../native/pcsc/probe.ts';
import { createPcscReader } from '../../native/pcsc/reader.ts';
import { ownAccount } from '../../native/peer/peer.ts';
import { readTrust } from '../../native/piv/trust.ts';
import type { Tools } from './command.ts';
import { runLine } from './line.ts';
import { createTerminal } from './terminal.ts';

const clone = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const { version } = JSON.parse(readFileSync(join(clone, 'package.json'), 'utf8')) as { version: string };
const clock = createClock();
const tools: Tools = {
  version,
  clock,
  mendWeakKey,
  keys: chooseKeys,
  probe: () => probePcsc(),
  reader: (nextPresentation) => createPcscReader({ clock, nextPresentation, diagnose: () => undefined }),
  badges: { personalise, rotate, loadSiteKey, createSiteKey },
  readTrust,
  account: ownAccount,
};
const terminal = createTerminal(process.stdin, process.stderr);
// A reader of the output that has seen enough (head, less) is no fault.
process.stdout.on('error', () => undefined);
const { code, out, err } = await runLine(process.argv.slice(2), { tools, terminal, clone });
terminal.close();
if (out !== '') process.stdout.write(out);
if (err !== '') process.stderr.write(err);
process.exitCode = code;
