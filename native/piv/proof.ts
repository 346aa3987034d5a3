/** A card, what was pinned when it was enrolled and what the site trusts now come in; whether it holds the private key 9E at this moment, and still may, goes out. */
import { createPublicKey } from 'node:crypto';
import type { Transmit } from '../../core/ports.ts';
import type { ProofFault } from '../../core/types.ts';
import { challengeFor, holds, traits } from './algorithms.ts';
import { selectPiv } from './application.ts';
import type { Trust } from './examine.ts';
import { examineCertificate } from './examine.ts';
import { exchange, faultOf } from './exchange.ts';
import type { PivRecord } from './record.ts';
import { readOnly, tlv } from './tlv.ts';

export type PivProof = { readonly kind: 'proved' } | { readonly kind: 'unproved'; readonly because: ProofFault };
/** How it was taken, by a path or by its key alone, stands in the record. */
export type PivExpected = Omit<Trust, 'pinByPolicy'> & { readonly record: PivRecord };
/** That many bytes from a cryptographic source, never the same twice. */
export type Random = (bytes: number) => Uint8Array;

const unproved = (because: ProofFault): PivProof => ({ kind: 'unproved', because });
const nonceLength = 32;
/** Key reference of the Card Authentication key, SP 800-73-5 part 1 §3.3 table 5: no PIN, any interface. */
const key9e = 0x9e;

/**
 * SELECT, then GENERAL AUTHENTICATE (SP 800-73-5 part 2 §3.2.4): RSA-2048 takes 4 commands, P-256 takes 2. Nothing the card says is trusted but its signature
 * under the pinned key. The certificate of its enrolment is examined anew each time, by the CAs and lists that the site trusts now (RFC 5280 §6; some tenths of a millisecond):
 * one that has expired, was withdrawn or leads to no root any more ends it before the card is spoken to. Throws only for a damaged record.
 */
export async function provePiv(transmit: Transmit, { record, ...trust }: PivExpected, random: Random): Promise<PivProof> {
  if (!(trust.now <= record.notAfter)) return unproved('expired');
  const examined = examineCertificate(record.certificate, { ...trust, pinByPolicy: record.trust === 'pin' });
  if (examined.kind === 'refused') return unproved(examined.because);
  const { algorithm, spki } = examined.record;
  if (algorithm !== record.algorithm || Buffer.compare(spki, record.spki) !== 0) throw new Error('The record of this badge does not fit its key.');
  const key = createPublicKey({ key: Buffer.from(record.spki), format: 'der', type: 'spki' });

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
