/** A folder comes in; a KeyHolder that keeps the machine key as an encrypted systemd credential goes out: sealed to the TPM where there is one, to the host's root key otherwise. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HeldKey, KeyGrade, KeyHolder } from '../../core/ports.ts';
import { writeNew } from './new-file.ts';

/** The credential's name; a unit file says LoadCredentialEncrypted=tapward-machine-key:PATH. */
export const credentialName = 'tapward-machine-key';
const keyBytes = 32;
export const constantPcr = 16;

/** The first 16 bytes of a credential name what sealed it; those with the TPM in them, systemd src/shared/creds-util.h. */
const tpmSeals = ['0c7cc07b117645919c4b0bea08bc20fe', 'faf7eb9341e3412ca1a436f95a29362f', '93a894094874449090caf2fc93cab553', 'af4950a849134eb1a73846304ff30c05'];
const hostSeal = '5a1c6a86df9d4096b1d5a65e0862f19a';

export type SystemdKeyOptions = {
  /** Where systemd put decrypted credentials for this service. */
  readonly credentialsDirectory?: string | undefined;
  /** A TPM by TCTI name, for tests; the kernel's otherwise. */
  readonly tpmDevice?: string;
};

export function systemdKeyHolder(dir: string, { credentialsDirectory = process.env['CREDENTIALS_DIRECTORY'], tpmDevice }: SystemdKeyOptions = {}): KeyHolder {
  const path = join(dir, 'machine.cred');
  const device = tpmDevice === undefined ? [] : [`--tpm2-device=${tpmDevice}`];
  /** The key goes through pipes only, never through arguments or a file. */
  const creds = (args: readonly string[], input?: Uint8Array): { readonly out: Buffer } | { readonly why: string } => {
    const run = spawnSync('systemd-creds', [...args, ...device], { input: input ?? '', maxBuffer: 65_536, timeout: 20_000, env: { PATH: process.env['PATH'] ?? '', LANG: 'C' } });
    if (run.status === 0) return { out: run.stdout };
    return { why: run.error === undefined ? (run.stderr.toString().trim().split('\n').at(-1) ?? 'no reason given') : 'systemd-creds cannot be run' };
  };

  const wasPassed = (): boolean => credentialsDirectory !== undefined && existsSync(join(credentialsDirectory, credentialName));

  const load = (): HeldKey => {
    const passed = credentialsDirectory === undefined ? null : passedKey(join(credentialsDirectory, credentialName));
    if (passed !== null) return passed;
    try {
      accessSync(path, constants.R_OK);
    } catch (e) {
      if ((e as NodeJS.ErrnoException).code === 'ENOENT') return { kind: 'absent' };
      return { kind: 'unreadable', why: `${path} cannot be read: start the agent through its service unit.` };
    }
    const answer = creds(['decrypt', `--name=${credentialName}`, path, '-']);
    if ('why' in answer)
      return {
        kind: 'unreadable',
        why: `${path} cannot be decrypted on this computer (${answer.why}): if this disk is a copy of another station’s, run \`tapward setup --new-identity\`.`,
      };
    if (answer.out.length === keyBytes) return { kind: 'held', key: answer.out };
    return { kind: 'unreadable', why: `${path} does not hold a machine key.` };
  };

  return {
    // A key that systemd passed in may come from a credential we cannot look at: then no TPM is claimed.
    grade: () => sealOf(path) ?? (hasTpm(tpmDevice) && !wasPassed() ? 'tpm' : 'host'),
    load,
    create: () => {
      if (existsSync(path)) return { kind: 'unreadable', why: `${path} is there already and was left as it is.` };
      const key = randomBytes(keyBytes);
      // What the TPM gives is that the disk alone is useless. PCR 7 would close the station with every firmware update;
      // 16 is zero after every start, and stands here since systemd 252 cannot open what it sealed to no PCR at all.
      const seal = hasTpm(tpmDevice) ? ['--with-key=host+tpm2', `--tpm2-pcrs=${constantPcr}`] : ['--with-key=host'];
      const answer = creds(['encrypt', ...seal, `--name=${credentialName}`, '-', '-'], key);
      key.fill(0);
      if ('why' in answer) return { kind: 'unreadable', why: `systemd-creds made no credential (${answer.why}).` };
      const fault = writeNew(path, answer.out);
      return fault === null ? load() : { kind: 'unreadable', why: fault };
    },
  };
}

/** Whether this computer and account can use systemd-creds at all: a key is sealed and unsealed in memory. */
export function systemdCredsWork(): boolean {
  const probe = randomBytes(keyBytes);
  const options = { timeout: 20_000, stdio: ['pipe', 'pipe', 'ignore'] as ['pipe', 'pipe', 'ignore'] };
  const sealed = spawnSync('systemd-creds', ['encrypt', '--with-key=host', `--name=${credentialName}`, '-', '-'], { ...options, input: probe });
  if (sealed.status !== 0) return false;
  const opened = spawnSync('systemd-creds', ['decrypt', `--name=${credentialName}`, '-', '-'], { ...options, input: sealed.stdout });
  return opened.status === 0 && probe.equals(opened.stdout);
}

function passedKey(path: string): HeldKey | null {
  try {
    const key = readFileSync(path);
    return key.length === keyBytes ? { kind: 'held', key } : { kind: 'unreadable', why: `The credential ${credentialName} does not hold a machine key.` };
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === 'ENOENT') return null;
    return { kind: 'unreadable', why: `The credential ${credentialName} cannot be read.` };
  }
}

function sealOf(path: string): KeyGrade | null {
  try {
    const id = Buffer.from(readFileSync(path, 'latin1').slice(0, 24), 'base64').toString('hex').slice(0, 32);
    return tpmSeals.includes(id) ? 'tpm' : id === hostSeal ? 'host' : null;
  } catch {
    return null;
  }
}

function hasTpm(device: string | undefined): boolean {
  if (device !== undefined) return true;
  try {
    accessSync('/dev/tpmrm0', constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
