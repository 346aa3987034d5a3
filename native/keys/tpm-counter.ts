/** An NV index comes in; a RollbackCounter inside the TPM goes out, by the tpm2-tools. It can be neither set back nor copied: TPM 2.0 Library part 1 §37.2.4. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import type { CounterReading, RollbackCounter } from '../../core/ports.ts';

/** In the range the TCG leaves to owners (Registry of Reserved TPM 2.0 Handles §2.2.2). */
export const counterIndex = '0x01800d7a';

export type TpmCounterOptions = {
  readonly index?: string;
  /** TCTI of the TPM, for tests; the kernel's otherwise. */
  readonly tcti?: string;
};

export function tpmCounter({ index = counterIndex, tcti = 'device:/dev/tpmrm0' }: TpmCounterOptions = {}): RollbackCounter {
  const tool = (name: string, ...args: readonly string[]): { readonly out: Buffer } | { readonly why: string } => {
    const run = spawnSync(name, ['-T', tcti, ...args], { timeout: 20_000, maxBuffer: 65_536 });
    if (run.status === 0) return { out: run.stdout };
    const said = run.stderr?.toString().trim().split('\n') ?? [];
    return { why: said.find((line) => line.includes('tpm:')) ?? said.at(-1) ?? `${name} cannot be run` };
  };
  const read = (): CounterReading => {
    const defined = tool('tpm2_getcap', 'handles-nv-index');
    if ('why' in defined) return { kind: 'unreadable', why: `The TPM does not answer (${defined.why}).` };
    const there = [...defined.out.toString().matchAll(/0x[0-9a-f]+/gi)].some(([handle]) => Number(handle) === Number(index));
    if (!there) return { kind: 'absent' };
    const answer = tool('tpm2_nvread', index, '-C', index, '-s', '8');
    if ('why' in answer || answer.out.length !== 8) return { kind: 'unreadable', why: `The TPM's counter ${index} cannot be read.` };
    return { kind: 'value', value: Number(answer.out.readBigUInt64BE()) };
  };
  const advance = (): void => {
    if ('why' in tool('tpm2_nvincrement', index, '-C', index)) throw new Error(`The TPM's counter ${index} cannot be advanced.`);
  };
  return {
    where: 'tpm',
    read,
    create: () => {
      const made = tool('tpm2_nvdefine', index, '-C', 'o', '-s', '8', '-a', 'nt=counter|ownerread|authread|authwrite|no_da');
      if ('why' in made) return { kind: 'unreadable', why: `The TPM keeps no counter for us (${made.why}).` };
      // A counter has no value until its first increment; it then starts above every counter this TPM ever held.
      advance();
      return read();
    },
    advance,
  };
}

/** Whether a TPM and the tools to count in it are here. */
export function tpmCounts(tcti?: string): boolean {
  if (tcti === undefined) {
    try {
      accessSync('/dev/tpmrm0', constants.R_OK | constants.W_OK);
    } catch {
      return false;
    }
  }
  return spawnSync('tpm2_getcap', ['-T', tcti ?? 'device:/dev/tpmrm0', 'handles-nv-index'], { timeout: 20_000, stdio: 'ignore' }).status === 0;
}

/** The counter is gone when this returns; a new one starts above every one this TPM ever held. One sentence where it could not be done. */
export function forgetTpmCounter({ index = counterIndex, tcti = 'device:/dev/tpmrm0' }: TpmCounterOptions = {}): string | null {
  const run = spawnSync('tpm2_nvundefine', ['-T', tcti, index, '-C', 'o'], { timeout: 20_000, stdio: 'ignore' });
  return run.status === 0 ? null : `The TPM’s counter ${index} could not be removed: run tpm2_nvundefine ${index} -C o.`;
}
