/** A card comes in; its PIV application is selected, and its Card Authentication certificate or the reason why there is none goes out. */
import { gunzipSync } from 'node:zlib';
import type { Transmit } from '../../core/ports.ts';
import type { ProofFault } from '../../core/types.ts';
import { exchange, faultOf } from './exchange.ts';
import { readAll, readOnly, tlv } from './tlv.ts';

/** AID of the PIV Card Application without its version (NIST SP 800-73-5 part 1 §2.2): the card answers by whichever version it has. */
const pivAid = Uint8Array.of(0xa0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00);
/** X.509 Certificate for Card Authentication, part 1 §3.1.4: to be read without a PIN, also without contact. */
const cardAuthentication = Uint8Array.of(0x5f, 0xc1, 0x01);
/** Capacity of that object with its tag (part 1, appendix A: 1,857 bytes), and some room for cards that write longer length fields. */
const largestObject = 1_857 + 16;
/** A certificate of that capacity, unpacked. No issuer comes near; a gzip bomb is cut off here. */
export const largestCertificate = 8_192;
/** CertInfo (part 1, appendix A): bits 1 and 2 say how it is packed, 00 not, 01 gzip; bit 3 says X.509 and is always 0. */
const gzipped = 0x01;

/** SELECT, part 2 §3.1.1. null: selected. What the card tells of itself in its answer is not looked at: nothing rests on it. */
export async function selectPiv(transmit: Transmit): Promise<ProofFault | null> {
  const answer = await exchange(transmit, { header: [0xa4, 0x04, 0x00], data: pivAid, limit: 256 });
  return answer.kind === 'answer' ? null : faultOf(answer);
}

export type CardCertificate = { readonly kind: 'read'; readonly der: Uint8Array } | { readonly kind: 'unread'; readonly because: ProofFault };

/** For enrolment: SELECT, then GET DATA (part 2 §3.1.2). The certificate is as the card gave it, unexamined: only `examineCertificate` says what it is worth. */
export async function readCardAuthentication(transmit: Transmit): Promise<CardCertificate> {
  const fault = await selectPiv(transmit);
  if (fault !== null) return { kind: 'unread', because: fault };
  const answer = await exchange(transmit, { header: [0xcb, 0x3f, 0xff], data: tlv(0x5c, cardAuthentication), limit: largestObject });
  if (answer.kind !== 'answer') return { kind: 'unread', because: faultOf(answer) };
  const content = readOnly(answer.data, 0x53, 'ber');
  // An object that exists and is empty: the card was issued without this certificate.
  if (content?.length === 0) return { kind: 'unread', because: 'missing' };
  const der = content && certificateIn(content);
  return der ? { kind: 'read', der } : { kind: 'unread', because: 'malformed' };
}

/** Tags of SP 800-73-5 part 1, appendix A: 70 certificate, 71 CertInfo, 72 MSCUID (old cards), FE error detection code (empty); each at most once. */
function certificateIn(content: Uint8Array): Uint8Array | null {
  const objects = readAll(content, 'ber');
  if (objects === null || new Set(objects.map(({ tag }) => tag)).size < objects.length) return null;
  if (objects.some(({ tag }) => ![0x70, 0x71, 0x72, 0xfe].includes(tag))) return null;
  const certificate = objects.find(({ tag }) => tag === 0x70)?.value;
  const info = objects.find(({ tag }) => tag === 0x71)?.value;
  if (certificate === undefined || certificate.length === 0 || info?.length !== 1) return null;
  if (info[0] === 0x00) return certificate;
  return info[0] === gzipped ? unpack(certificate) : null;
}

function unpack(packed: Uint8Array): Uint8Array | null {
  try {
    return gunzipSync(packed, { maxOutputLength: largestCertificate });
  } catch {
    return null;
  }
}
