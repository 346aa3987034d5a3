/** Nothing comes in; the fixed data objects of a PIV card, as OpenSC's tools and others want to find them, go out. */
import { tlv } from '../../../native/piv/tlv.ts';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

/** SP 800-73-5 part 1 §2.2, with its version 01 00. */
export const fullAid = hex('a0 00 00 03 08 00 00 10 00 01 00');

/** Part 2 §3.1.1: 61 { 4F PIX, 79 { 4F RID } }. */
export const propertyTemplate = tlv(0x61, tlv(0x4f, fullAid.subarray(5)), tlv(0x79, tlv(0x4f, fullAid.subarray(0, 5))));

/** Part 1 §3.3.2: the application, and that only its own PIN is used. The tag 5F2F has two bytes. */
export const discoveryObject = tlv(0x7e, tlv(0x4f, fullAid), hex('5f2f 02 4000'));

/** Card Holder Unique Identifier, part 1 §3.1.2: FASC-N, GUID, expiry, no signature. The FASC-N is the example of TIG SCEPACS §6. */
export const cardholderObject = tlv(
  0x53,
  tlv(0x30, hex('d4e739da739ced39ce739da1685a1082108ce73984119257fc')),
  tlv(0x34, hex('00112233445546778899aabbccddeeff')),
  tlv(0x35, Buffer.from('20401231')),
  tlv(0x3e),
  tlv(0xfe),
);

/** Card Capability Container, part 1 §3.1.1: identifier of a GSC-RID, versions 2.1, data model 10; the rest is empty. */
export const capabilityObject = tlv(
  0x53,
  tlv(0xf0, hex('a000000116 02 01 00112233445566778899aabbccdd')),
  tlv(0xf1, Uint8Array.of(0x21)),
  tlv(0xf2, Uint8Array.of(0x21)),
  tlv(0xf3),
  tlv(0xf4, Uint8Array.of(0x00)),
  tlv(0xf5, Uint8Array.of(0x10)),
  ...[0xf6, 0xf7, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe].map((tag) => tlv(tag)),
);
