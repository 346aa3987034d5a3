/** A folder and what the station is for come in; the key holder and the rollback counter it uses go out. What is there already decides; a new station takes the strongest that works. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { KeyHolder, RollbackCounter } from '../../core/ports.ts';
import { fileCounter } from './file-counter.ts';
import { fileKeyHolder } from './file-key.ts';
import { constantPcr, credentialName, systemdCredsWork, systemdKeyHolder } from './systemd-key.ts';
import { tpmCounter, tpmCounts } from './tpm-counter.ts';

/** An evaluation keeps everything in its own folder and touches neither the TPM nor the host's credential secret. */
export function chooseKeys(dir: string, mode: 'evaluation' | 'installed'): { readonly holder: KeyHolder; readonly counter: RollbackCounter } {
  const passed = process.env['CREDENTIALS_DIRECTORY'];
  const sealed = existsSync(join(dir, 'machine.cred')) || (passed !== undefined && existsSync(join(passed, credentialName)));
  const plain = existsSync(join(dir, 'machine.key'));
  const holder = sealed || (!plain && mode === 'installed' && systemdCredsWork()) ? systemdKeyHolder(dir) : fileKeyHolder(dir);
  const inFile = existsSync(join(dir, 'counter')) || mode === 'evaluation' || !tpmCounts();
  return { holder, counter: inFile ? fileCounter(dir) : tpmCounter() };
}

/** The command by which root turns an evaluation's file key into a sealed one, in place: same key, so the store stays readable. */
export function mendWeakKey(dir: string): string {
  const quoted = (name: string): string => `'${join(dir, name).replaceAll("'", "'\\''")}'`;
  const [plain, sealed] = [quoted('machine.key'), quoted('machine.cred')];
  return `systemd-creds encrypt --with-key=auto --tpm2-pcrs=${constantPcr} --name=${credentialName} ${plain} ${sealed} && shred -u ${plain}`;
}
