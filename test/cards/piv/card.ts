/** A Card Authentication certificate and its private key come in; a PIV card without contact that answers as NIST SP 800-73-5 part 2 says goes out. */
import type { KeyObject } from 'node:crypto';
import { constants, privateEncrypt } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { readAll, readOnly, tlv } from '../../../native/piv/tlv.ts';
import { smartCardAtr } from '../../virtual-reader/card.ts';
import type { SoftwareCard } from '../card.ts';
import { signDigest } from './ecdsa.ts';
import { capabilityObject, cardholderObject, discoveryObject, fullAid, propertyTemplate } from './objects.ts';

export type PivCardOptions = {
  /** DER. */
  readonly certificate: Uint8Array;
  readonly key: KeyObject;
  /** Keeps the certificate packed, as issuers of large ones do. */
  readonly gzip?: boolean;
  readonly uid?: Uint8Array;
};

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
const status = (sw: number): Uint8Array => Uint8Array.of(sw >> 8, sw & 0xff);
/** Algorithm references of SP 800-78-5 by the key they are for. */
const references: Readonly<Record<string, number>> = { rsa2048: 0x07, rsa3072: 0x05, prime256v1: 0x11, secp384r1: 0x14 };
const longestChain = 4_096;

type Apdu = { readonly cla: number; readonly ins: number; readonly p1: number; readonly p2: number; readonly data: Uint8Array; readonly le: number };

/** Holds one key, 9E, which signs without a PIN; all else that a card on the contactless interface has to answer, it answers. */
export function pivCard({ certificate, key, gzip = false, uid = hex('04a1b2c3d4e5f6') }: PivCardOptions): SoftwareCard {
  const content = [tlv(0x70, gzip ? gzipSync(certificate) : certificate), tlv(0x71, Uint8Array.of(gzip ? 1 : 0)), tlv(0xfe)];
  const objects = new Map([
    ['5fc101', tlv(0x53, ...content)],
    ['5fc102', cardholderObject],
    ['5fc107', capabilityObject],
    ['7e', discoveryObject],
  ]);
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  const reference = references[namedCurve ?? `rsa${modulusLength}`];
  let isSelected = false;
  let chain: { readonly header: string; data: Uint8Array } | null = null;
  let rest: Uint8Array = new Uint8Array();

  const give = (data: Uint8Array, le: number): Uint8Array => {
    rest = data.subarray(le);
    return Buffer.concat([data.subarray(0, le), status(rest.length === 0 ? 0x9000 : 0x6100 | (rest.length > 0xff ? 0 : rest.length))]);
  };
  const select = ({ p1, p2, data, le }: Apdu): Uint8Array => {
    if (p1 !== 0x04 || p2 !== 0x00) return status(0x6a86);
    // A truncated identifier selects too (part 1 §2.2); one that is not ours leaves the selection as it was (part 2 §3.1.1).
    if (data.length < 9 || Buffer.compare(data, fullAid.subarray(0, data.length)) !== 0) return status(0x6a82);
    isSelected = true;
    return give(propertyTemplate, le);
  };
  const getData = ({ p1, p2, data, le }: Apdu): Uint8Array => {
    if (p1 !== 0x3f || p2 !== 0xff) return status(0x6a86);
    const tag = readOnly(data, 0x5c, 'ber');
    const object = tag && objects.get(Buffer.from(tag).toString('hex'));
    return object ? give(object, le) : status(0x6a82);
  };
  const authenticate = ({ p1, p2, data, le }: Apdu): Uint8Array => {
    if (p2 !== 0x9e || p1 !== reference) return status(0x6a86);
    const template = readOnly(data, 0x7c, 'ber');
    const parts = template && readAll(template, 'ber');
    const challenge = parts?.find(({ tag }) => tag === 0x81)?.value;
    if (!challenge || parts?.find(({ tag }) => tag === 0x82)?.value.length !== 0) return status(0x6a80);
    const signature = namedCurve === undefined ? raw(key, challenge, modulusLength ?? 0) : signDigest(key, namedCurve, challenge);
    return signature ? give(tlv(0x7c, tlv(0x82, signature)), le) : status(0x6a80);
  };

  const answer = (apdu: Apdu): Uint8Array => {
    if (apdu.ins === 0xc0) return rest.length > 0 ? give(rest, apdu.le) : status(0x6985);
    rest = new Uint8Array();
    if (apdu.ins === 0xa4) return select(apdu);
    if (!isSelected) return status(0x6d00);
    if (apdu.ins === 0xcb) return getData(apdu);
    if (apdu.ins === 0x87) return authenticate(apdu);
    // VERIFY, CHANGE REFERENCE DATA, RESET RETRY COUNTER, PUT DATA, GENERATE: not without contact (part 2, table of commands).
    return status([0x20, 0x24, 0x2c, 0xdb, 0x47].includes(apdu.ins) ? 0x6a81 : 0x6d00);
  };

  return {
    // Historical bytes of a common Java Card; without any, OpenSC takes the card for one that has no elliptic curves.
    atr: () => smartCardAtr([0x80, 0x31, 0x80, 0x65, 0xb0]),
    uid: () => uid,
    powered() {
      isSelected = false;
      chain = null;
      rest = new Uint8Array();
    },
    respond(command) {
      const apdu = parse(command);
      if (typeof apdu === 'number') return status(apdu);
      const header = [apdu.ins, apdu.p1, apdu.p2].join();
      // A chain that another command interrupts is forgotten (part 2 §3.2.4).
      const before: Uint8Array = chain?.header === header ? chain.data : new Uint8Array();
      const data = Buffer.concat([before, apdu.data]);
      chain = null;
      if (data.length > longestChain) return status(0x6700);
      if (apdu.cla === 0x00) return answer({ ...apdu, data });
      if (apdu.ins !== 0x87) return status(0x6884);
      chain = { header, data };
      return status(0x9000);
    },
  };
}

/** Short APDUs of the four cases (ISO/IEC 7816-4 §5.1); a number is the status that refuses. */
function parse(command: Uint8Array): Apdu | number {
  const [cla, ins, p1, p2, lc] = command;
  if (cla === undefined || ins === undefined || p1 === undefined || p2 === undefined) return 0x6700;
  if (cla !== 0x00 && cla !== 0x10) return 0x6e00;
  const header = { cla, ins, p1, p2 };
  if (command.length <= 5) return { ...header, data: new Uint8Array(), le: lc === undefined || lc === 0 ? 256 : lc };
  const data = command.subarray(5, 5 + (lc ?? 0));
  const after = command.subarray(5 + data.length);
  if (lc === 0 || data.length !== lc || after.length > 1) return 0x6700;
  return { ...header, data, le: after[0] === undefined || after[0] === 0 ? 256 : after[0] };
}

/** The bare RSA operation on a block of the modulus' length: whoever sends it has padded it. null: no such block. */
function raw(key: KeyObject, block: Uint8Array, modulusLength: number): Uint8Array | null {
  if (block.length !== modulusLength / 8) return null;
  try {
    return privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, block);
  } catch {
    return null;
  }
}
