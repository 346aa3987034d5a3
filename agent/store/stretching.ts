/** Keyed bytes, a salt and a cost come in; argon2id's 32 bytes (RFC 9106) go out: the same from either of two implementations, the fast one wherever it loads. */
import { argon2 } from 'node:crypto';
import { promisify } from 'node:util';
import type { Cost } from './records.ts';

/** Rejects when memory for the cost cannot be had. */
export type Stretch = (keyed: Uint8Array, salt: Uint8Array, cost: Cost) => Promise<Buffer>;

const hashBytes = 32;
const argon2id = 2;

/** About five times as long; always there. */
export const byNode: Stretch = (keyed, salt, { m, t, p }) =>
  promisify(argon2)('argon2id', { message: keyed, nonce: salt, parallelism: p, tagLength: hashBytes, memory: m, passes: t });

/** null where its library does not load: on a Windows without Microsoft's C++ runtime, which that library takes from the system. */
export async function byAddon(load = async () => import('@node-rs/argon2')): Promise<Stretch | null> {
  try {
    const { hashRaw } = await load();
    return (keyed, salt, { m, t, p }) => hashRaw(keyed, { algorithm: argon2id, memoryCost: m, timeCost: t, parallelism: p, outputLen: hashBytes, salt });
  } catch {
    return null;
  }
}

const chosen: Promise<Stretch> = byAddon().then((fast) => fast ?? byNode);

export const stretch: Stretch = async (...given) => (await chosen)(...given);
