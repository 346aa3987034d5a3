/** A card and what was pinned when it was enrolled come in; whether it holds the private key 9E at this moment goes out. */
import { createPublicKey } from 'node:crypto';
import type { Transmit } from '../../core/ports.ts';
import type { ProofFault } from '../../core/types.ts';
import { algorithmOf, challengeFor, holds, traits } from './algorithms.ts';
import { selectPiv } from './application.ts';
import { exchange, faultOf } from './exchange.ts';
import type { PivRecord } from './record.ts';
import type { Revocation, WallTime } from './revocation.ts';
import { standingOf } from './revocation.ts';
import { readOnly, tlv } from './tlv.ts';

export type PivProof = { readonly kind: 'proved' } | { readonly kind: 'unproved'; readonly because: ProofFault };
export type PivExpected = {
  readonly record: PivRecord;
  readonly now: WallTime;
  readonly revocation: Revocation;
  /** How long after its `nextUpdate` a CRL still counts, in milliseconds. */
  readonly staleGrace: number;
};
/** That many bytes from a cryptographic source, never the same twice. */
export type Random = (bytes: number) => Uint8Array;

const unproved = (because: ProofFault): PivProof => ({ kind: 'unproved', because });
const nonceLength = 32;
/** Key reference of the Card Authentication key, SP 800-73-5 part 1 §3.3 table 5: no PIN, any interface. */
const key9e = 0x9e;

/**
 * SELECT, then GENERAL AUTHENTICATE (SP 800-73-5 part 2 §3.2.4): RSA-2048 takes 4 commands, P-256 takes 2. Nothing the card says is trusted but its signature
 * under the pinned key. A certificate that has expired or was withdrawn ends it before the card is spoken to. Throws only for a damaged record.
 */
export async function provePiv(transmit: Transmit, expected: PivExpected, random: Random): Promise<PivProof> {
  const { record, now, revocation, staleGrace } = expected;
  if (!(now <= record.notAfter)) return unproved('expired');
  const standing = standingOf(record, revocation, now, staleGrace);
  if (standing.kind !== 'good') return unproved(standing.kind === 'withdrawn' ? 'withdrawn' : 'untrusted');
  const key = createPublicKey({ key: Buffer.from(record.spki), format: 'der', type: 'spki' });
  if (algorithmOf(key) !== record.algorithm) throw new Error('The record of this badge does not fit its key.');

  const fault = await selectPiv(transmit);
  if (fault !== null) return unproved(fault);
  const nonce = random(nonceLength);
  const { identifier, longest } = traits[record.algorithm];
  const template = tlv(0x7c, tlv(0x82), tlv(0x81, challengeFor(record.algorithm, nonce)));
  const answer = await exchange(transmit, { header: [0x87, identifier, key9e], data: template, limit: longest + 16 });
  if (answer.kind !== 'answer') return unproved(faultOf(answer));
  const signature = signatureIn(answer.data);
  if (signature === null) return unproved('malformed');
  return holds(record.algorithm, key, nonce, signature) ? { kind: 'proved' } : unproved('wrong');
}

/** 7C { 82 signature } and nothing else (SP 800-73-5 part 2 §3.2.4, data objects in the dynamic authentication template). */
function signatureIn(data: Uint8Array): Uint8Array | null {
  const template = readOnly(data, 0x7c, 'ber');
  const response = template && readOnly(template, 0x82, 'ber');
  return response?.length ? response : null;
}
