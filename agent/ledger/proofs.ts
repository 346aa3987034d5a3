/** Keys of the ledger: the evolving MAC key in a file of its own, overwritten in place, and the key that signs checkpoints. Nothing here can prove an earlier entry once its key is gone. */

import type { KeyObject } from 'node:crypto';
import { createPrivateKey, createPublicKey, createSecretKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { fields, keyBytes, mac, seal, unseal } from '../store/sealing.ts';

/** Forward security (Bellare and Yee 1997): each entry's key follows one-way from the one before it, which is then destroyed. */
export const evolve = (key: Uint8Array): Buffer => mac(createSecretKey(key), next);
export const macKeyOf = (key: Uint8Array): Buffer => mac(createSecretKey(key), macs);
const next = Buffer.from('tapward ledger next');
const macs = Buffer.from('tapward ledger mac');

/** `index`: how many entries there are; `head`: hash of the last line; `key`: of the entry to come. */
export type Evolving = { readonly index: number; readonly head: string; readonly key: Buffer };

const evolvingName = (ledger: string): Buffer => fields('ledger key', ledger);

export function sealEvolving(wrap: KeyObject, ledger: string, { index, head, key }: Evolving): Buffer {
  const plain = Buffer.alloc(8 + 32 + keyBytes);
  plain.writeBigUInt64BE(BigInt(index));
  plain.write(head, 8, 'base64url');
  key.copy(plain, 40);
  const sealed = seal(wrap, evolvingName(ledger), plain);
  plain.fill(0);
  return sealed;
}

export function openEvolving(wrap: KeyObject, ledger: string, sealed: Uint8Array): Evolving | null {
  const plain = unseal(wrap, evolvingName(ledger), sealed);
  if (plain === null || plain.length !== 40 + keyBytes) return null;
  const state = { index: Number(plain.readBigUInt64BE()), head: plain.toString('base64url', 8, 40), key: Buffer.from(plain.subarray(40)) };
  plain.fill(0);
  return state;
}

const signingName = (ledger: string): Buffer => fields('ledger signing key', ledger);

export function newSigningKey(): { readonly publicKey: string; readonly privateKey: KeyObject } {
  const pair = generateKeyPairSync('ed25519');
  return { publicKey: pair.publicKey.export({ format: 'jwk' }).x ?? '', privateKey: pair.privateKey };
}

export function sealSigningKey(wrap: KeyObject, ledger: string, key: KeyObject): Buffer {
  const der = key.export({ format: 'der', type: 'pkcs8' });
  const sealed = seal(wrap, signingName(ledger), der);
  der.fill(0);
  return sealed;
}

export function openSigningKey(wrap: KeyObject, ledger: string, sealed: Uint8Array): KeyObject | null {
  const der = unseal(wrap, signingName(ledger), sealed);
  if (der === null) return null;
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  der.fill(0);
  return key;
}

/** null: not the 32 bytes of an Ed25519 key in base64url. */
export function publicKeyOf(raw: string): KeyObject | null {
  try {
    return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: raw }, format: 'jwk' });
  } catch {
    return null;
  }
}

/** What the signature inside a line is over. */
const lineMessage = (ledger: string, signed: Uint8Array): Buffer => fields('ledger line', ledger, signed);
export const signLine = (key: KeyObject, ledger: string, signed: Uint8Array): string => sign(null, lineMessage(ledger, signed), key).toString('base64url');
export const lineIsSigned = (key: KeyObject, ledger: string, signed: Uint8Array, signature: string): boolean =>
  verify(null, lineMessage(ledger, signed), key, Buffer.from(signature, 'base64url'));

/** A statement of how long the ledger was and how it ended: carried off the station, it is what finds a ledger cut short. */
export type Checkpoint = { readonly ledger: string; readonly count: number; readonly head: string; readonly wall: number; readonly signature: string };

const checkpointMessage = ({ ledger, count, head, wall }: Omit<Checkpoint, 'signature'>): Buffer => fields('ledger checkpoint', ledger, count, head, wall);
export const signCheckpoint = (key: KeyObject, statement: Omit<Checkpoint, 'signature'>): Checkpoint => ({
  ...statement,
  signature: sign(null, checkpointMessage(statement), key).toString('base64url'),
});
export const checkpointIsSigned = (key: KeyObject, checkpoint: Checkpoint): boolean =>
  verify(null, checkpointMessage(checkpoint), key, Buffer.from(checkpoint.signature, 'base64url'));
