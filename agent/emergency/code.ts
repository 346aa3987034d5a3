/** The station's sealed emergency code is made, shown once and kept as a hash; typed digits come in later, and one verdict goes out. Needs no store, no ledger and no directory. */
import { createSecretKey, type KeyObject, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import { chownSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeDigits } from '../../core/form-steps.ts';
import type { Clock, PinBuffer } from '../../core/ports.ts';
import type { Millis } from '../../core/types.ts';
import { syncFolder } from '../ledger/segments.ts';
import type { Cost } from '../store/records.ts';
import { fields, mac } from '../store/sealing.ts';
import { stretch } from '../store/stretching.ts';
import { createTries, readTries, triesPath, writeTries } from './tries.ts';

export const codePath = (dir: string): string => join(dir, 'emergency.code');

/** Wrong codes in a row until each further one needs a wait, and until a new code has to be made (SP 800-63B-4 §3.2.2: at most 100). */
export const freeTries = 5;
export const mostTries = 100;
export const waitAfterTries: Millis = 15 * 60_000;
/** A store that cannot be read has no pepper: the code is random, and its hash costs more than a PIN's. */
export const codeCost: Cost = { m: 65_536, t: 3, p: 1 };

type Kept = { readonly format: 1; readonly made: number; readonly cost: Cost; readonly salt: string; readonly hash: string };
type KeptFile = Kept & { readonly mac: string };

export type CodePlace = {
  /** The station's folder. */
  readonly dir: string;
  /** StationKeys.emergency; null: the machine key cannot be had, and the record is taken for what it says. */
  readonly key: KeyObject | null;
};
export type CodeVerdict = { readonly kind: 'accepted' } | { readonly kind: 'refused'; readonly left: number } | { readonly kind: 'wait' } | { readonly kind: 'unreachable' };
export type EmergencyCode = {
  /** Whether IT has set emergency access up on this station. */
  readonly ready: () => boolean;
  /** One check; the try is counted durably before the code is looked at. Digits are taken from the buffer at once. Never rejects. */
  readonly check: (pin: PinBuffer) => Promise<CodeVerdict>;
};

/** Makes a new code and forgets the one before, with its wrong tries; the digits are to be shown once. `code`: a fixed one, for evaluation. Throws where it cannot be written. */
export async function setUpEmergency(
  place: { readonly dir: string; readonly key: KeyObject },
  { code = randomCode(), cost = codeCost }: { readonly code?: string; readonly cost?: Cost } = {},
): Promise<string> {
  const { dir, key } = place;
  const salt = randomBytes(16);
  const digits = Uint8Array.from(code, (c) => c.charCodeAt(0) - 0x30);
  const hash = await stretch(keyedOf(digits), salt, cost);
  digits.fill(0);
  const kept: Kept = { format: 1, made: Date.now(), cost, salt: salt.toString('base64'), hash: hash.toString('base64') };
  const path = codePath(dir);
  createTries(dir);
  writeFileSync(`${path}.new`, JSON.stringify({ ...kept, mac: macOf(key, kept) } satisfies KeptFile), { mode: 0o600, flush: true });
  for (const made of [triesPath(dir), `${path}.new`]) giveToOwner(made, dir);
  renameSync(`${path}.new`, path);
  syncFolder(dir);
  return code;
}

export function createEmergencyCode({ dir, key, clock, diagnose }: CodePlace & { readonly clock: Clock; readonly diagnose: (why: unknown) => void }): EmergencyCode {
  // As for PINs, waits are station time: after a restart a whole one has to pass.
  let waitsFrom: Millis = clock.now();
  let seen: { readonly mark: string; readonly kept: Kept | null } | null = null;

  const kept = (): Kept | null => {
    const mark = markOf(codePath(dir));
    if (seen?.mark !== mark) seen = { mark, kept: readKept(dir, key) };
    return seen.kept;
  };

  const judge = async (keyed: Buffer, typed: number): Promise<CodeVerdict> => {
    try {
      const record = kept();
      const failures = readTries(dir);
      if (record === null || failures === null || failures >= mostTries) return { kind: 'unreachable' };
      if (failures >= freeTries && clock.now() < waitsFrom + waitAfterTries) return { kind: 'wait' };
      const counted = failures + 1;
      writeTries(dir, counted);
      const right = timingSafeEqual(await stretch(keyed, Buffer.from(record.salt, 'base64'), record.cost), Buffer.from(record.hash, 'base64'));
      if (right && typed === codeDigits.emergency) {
        writeTries(dir, 0);
        return { kind: 'accepted' };
      }
      waitsFrom = clock.now();
      return counted >= freeTries ? { kind: 'wait' } : { kind: 'refused', left: freeTries - counted };
    } finally {
      keyed.fill(0);
    }
  };

  return {
    ready: () => kept() !== null,
    check: async (pin) => {
      try {
        return await pin.spend((digits) => judge(keyedOf(digits), digits.length));
      } catch (why) {
        diagnose(why);
        return { kind: 'unreachable' };
      }
    },
  };
}

/** Root runs the set-up, the agent's own account reads and counts. */
function giveToOwner(path: string, dir: string): void {
  const { uid, gid } = statSync(dir);
  if (process.getuid?.() === 0) chownSync(path, uid, gid);
}

const randomCode = (): string => Array.from({ length: codeDigits.emergency }, () => randomInt(10)).join('');

/** Fixes the length of what is stretched; overwritten by the caller. */
const keyedOf = (digits: Uint8Array): Buffer => {
  const message = fields('emergency code', digits);
  const keyed = mac(createSecretKey(Buffer.from('tapward emergency code')), message);
  message.fill(0);
  return keyed;
};
const macOf = (key: KeyObject, { format, made, cost, salt, hash }: Kept): string =>
  mac(key, fields('emergency code', format, made, cost.m, cost.t, cost.p, salt, hash)).toString('base64url');

function markOf(path: string): string {
  try {
    const { mtimeMs, ino, size } = statSync(path);
    return `${mtimeMs} ${ino} ${size}`;
  } catch {
    return 'none';
  }
}

function readKept(dir: string, key: KeyObject | null): Kept | null {
  try {
    const file = JSON.parse(readFileSync(codePath(dir), 'utf8')) as KeptFile;
    return file.format === 1 && (key === null || file.mac === macOf(key, file)) ? file : null;
  } catch {
    return null;
  }
}
