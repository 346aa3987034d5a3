/** A station's key holder and counter come in; findings about how well its secrets are kept, and whether the store opens, go out. Nothing is changed. */
import { existsSync } from 'node:fs';
import type { KeyGrade, RollbackCounter } from '../../../core/ports.ts';
import { degradedWords } from '../../admin/causes.ts';
import type { Status } from '../../admin/contract.ts';
import { inspect } from '../../store/inspection.ts';
import { loadKeys } from '../../store/keys.ts';
import { storePath } from '../../store/opening.ts';
import type { Mode, Tools } from '../command.ts';
import { bad, type Finding, ok, type Said, said, warn } from './finding.ts';
import { machineFinding } from './machine.ts';

const heldWords: Readonly<Record<KeyGrade, Said>> = {
  tpm: said`The machine key is sealed by the TPM: the disk alone is useless`,
  host: said`The machine key is sealed by a secret of this disk: who copies the whole disk has it`,
  file: said`The machine key lies in a plain file: who copies the folder has it`,
};

/** DPAPI holds the key there, and the counter is a file. */
const onWindows = 'Keep copies of the disk under lock, or encrypt the disk with BitLocker: no TPM holds this on Windows yet.';

export function keyFindings(dir: string, mode: Mode, status: Status | null, tools: Tools): readonly Finding[] {
  const { holder, counter } = tools.keys(dir, mode);
  const grade = holder.grade();
  return [
    keyFinding(grade, mode, dir, tools),
    counterFinding(counter),
    ...(status === null
      ? storeFindings(dir, mode, tools)
      : [status.health.kind === 'ok' ? ok('store', said`The agent has the store open and its seal holds`) : healthFinding(status.health)]),
  ];
}

function keyFinding(grade: KeyGrade, mode: Mode, dir: string, tools: Tools): Finding {
  if (grade === 'tpm') return ok('key', heldWords.tpm);
  if (grade === 'host')
    return warn('key', heldWords.host, process.platform === 'win32' ? onWindows : 'A TPM would mend this: switch it on in the firmware, then set the station up anew.');
  if (mode === 'evaluation') return warn('key', heldWords.file, 'Right for an evaluation; an installed station would be degraded on it.');
  return bad('key', heldWords.file, `As root run: ${tools.mendWeakKey(dir)}`);
}

function counterFinding(counter: RollbackCounter): Finding {
  const reading = counter.read();
  if (reading.kind === 'unreadable') return bad('counter', said`The counter that finds an older copy of the store cannot be read`, reading.why);
  if (reading.kind === 'absent')
    return warn('counter', said`There is no counter yet that finds an older copy of the store`, 'It is made when the station is set up: start the agent.');
  return counter.where === 'tpm'
    ? ok('counter', said`An older copy of the store, or of the whole disk, is found by a counter in the TPM`)
    : warn(
        'counter',
        said`An older copy of the store is found by a counter in a file; one of the whole disk is not`,
        process.platform === 'win32' ? onWindows : 'A TPM and the tpm2-tools would mend this; without them keep copies of the disk under lock.',
      );
}

/** As the agent would find it at its start. */
function storeFindings(dir: string, mode: Mode, tools: Tools): readonly Finding[] {
  if (!existsSync(storePath(dir))) return [bad('store', said`There is no store`, 'Start the agent: it sets up what never was.')];
  const { holder, counter } = tools.keys(dir, mode);
  const keys = loadKeys(holder);
  if (keys.kind === 'absent') return [bad('store', said`The machine key is missing`, 'Bring it back, or set the station up anew.')];
  if (keys.kind === 'degraded') return [bad('store', degradedWords[keys.cause].what, keys.detail)];
  const found = inspect(storePath(dir), keys.keys, counter);
  if (found.kind === 'sound')
    return [ok('store', said`The store opens, its seal holds and it is the newest`), ...(mode === 'installed' ? [machineFinding(dir, keys.keys, found.id, tools)] : [])];
  if (found.kind === 'inUse') return [bad('store', said`An agent holds the store, but its door does not open`, 'Restart the agent.')];
  return [bad('store', degradedWords[found.cause].what, found.detail)];
}

function healthFinding({ cause, detail }: Extract<Status['health'], { kind: 'degraded' }>): Finding {
  const { what, mend } = degradedWords[cause];
  return bad('store', said`The station is degraded and opens nobody: ${what.charAt(0).toLowerCase()}${what.slice(1)}`, detail ?? mend.charAt(0).toUpperCase() + mend.slice(1));
}
