/** A card comes in; whether a FIDO applet is on it goes out, for one command APDU. */
import type { Transmit } from '../../core/ports.ts';
import { exchange, openLine } from './framing.ts';
import { fault, type KeyFault } from './outcome.ts';

/** Selected: `U2F_V2` is said by keys that know CTAP1, whether or not they know CTAP2 too (CTAP 2.1 §11.3.3); `authenticatorGetInfo` tells. */
export type Applet = { readonly kind: 'applet'; readonly version: 'FIDO_2_0' | 'U2F_V2' };

const selectByName = [0x00, 0xa4, 0x04, 0x00] as const;
const aid = Uint8Array.of(0xa0, 0x00, 0x00, 0x06, 0x47, 0x2f, 0x00, 0x01);

/** SELECT only: the cheapest sign that a security key lies there, and what every ceremony begins with. Fault `missing`: a card without the applet. */
export async function selectFido(transmit: Transmit): Promise<Applet | KeyFault> {
  const reply = await exchange(openLine(transmit), selectByName, aid);
  if ('kind' in reply) return reply;
  if (reply.word !== 0x9000) return fault('missing', reply.word);
  const version = Buffer.from(reply.body).toString('latin1');
  return version === 'FIDO_2_0' || version === 'U2F_V2' ? { kind: 'applet', version } : fault('malformed');
}
