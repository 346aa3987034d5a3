/** A card, a key and a source of random numbers come in; a session with a card that has shown it holds the same key goes out: AuthenticateEV2First and NonFirst, AN12196 §5.6, §5.14. */
import type { Transmit } from '../../core/ports.ts';
import { blockLength, decipher, encipher, zeroIv } from './aes.ts';
import { type Bytes, isSame, joined, rotatedLeft, wipe } from './bytes.ts';
import { type Answer, first, last, malformed, ok, status, wrong } from './exchange.ts';
import { Session, type SessionKeys, sessionKeys } from './session.ts';

/** Unpredictable bytes of this length, in a buffer that the taker may overwrite: crypto.randomBytes, unless a published vector is replayed. */
export type RandomSource = (length: number) => Uint8Array;

/** A key of the application that is selected on the card. */
export type CardKey = { readonly keyNo: number; readonly key: Uint8Array };

const tiLength = 4;

/** Begins a session; two APDUs. `wrong`: the card's cryptogram does not hold, or it says so of ours. */
export async function authenticateFirst(transmit: Transmit, { keyNo, key }: CardKey, random: RandomSource): Promise<Answer<Session>> {
  // The command's second byte: no capabilities of ours follow. Twelve bytes of capabilities end the answer; nothing here depends on them.
  const shaken = await handshake(transmit, { ins: 0x71, data: Uint8Array.of(keyNo, 0), key, before: tiLength, after: 12 }, random);
  return shaken.kind === 'ok' ? ok(new Session(shaken.value.keys, shaken.value.before)) : shaken;
}

/** Another key within a session, whose TI and counter stay; two APDUs. A fault ends it. */
export async function authenticateNext(transmit: Transmit, session: Session, { keyNo, key }: CardKey, random: RandomSource): Promise<Answer<Session>> {
  const shaken = await handshake(transmit, { ins: 0x77, data: Uint8Array.of(keyNo), key, before: 0, after: 0 }, random);
  if (shaken.kind !== 'ok') {
    session[Symbol.dispose]();
    return shaken;
  }
  session.rekey(shaken.value.keys);
  return ok(session);
}

/** `before`, `after`: how many bytes stand around our random number in the card's answer. */
type Handshake = { readonly ins: number; readonly data: Uint8Array; readonly key: Uint8Array; readonly before: number; readonly after: number };
type Shaken = { readonly keys: SessionKeys; readonly before: Bytes };

/** The card's random number in, ours and the card's turned out; ours turned in, which only a holder of the key can say. */
async function handshake(transmit: Transmit, { ins, data, key, before, after }: Handshake, random: RandomSource): Promise<Answer<Shaken>> {
  const one = await first(transmit, ins, data);
  if (one.kind !== 'ok') return one;
  if (one.value.length !== blockLength) return malformed;
  const rndA = random(blockLength);
  const rndB = decipher(key, zeroIv, one.value);
  const [turnedA, turnedB] = [rotatedLeft(rndA), rotatedLeft(rndB)];
  const both = joined(rndA, turnedB);
  const two = await last(transmit, status.more, encipher(key, zeroIv, both));
  const answer = two.kind === 'ok' ? concluded(two.value) : two.kind === 'status' && two.status === status.authentication ? wrong : two;
  wipe(rndA, rndB, turnedA, turnedB, both);
  return answer;

  function concluded(response: Uint8Array): Answer<Shaken> {
    if (response.length !== before + blockLength + after) return malformed;
    const plain = decipher(key, zeroIv, response);
    const isEcho = isSame(plain.subarray(before, before + blockLength), turnedA);
    const head = joined(plain.subarray(0, before));
    wipe(plain);
    return isEcho ? ok({ keys: sessionKeys(key, rndA, rndB), before: head }) : wrong;
  }
}
