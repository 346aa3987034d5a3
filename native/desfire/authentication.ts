/** A card, a key and a source of random numbers come in; a session with a card that has shown it holds the same key goes out: AuthenticateEV2First and NonFirst, AN12196 §5.6, §5.14. */
import type { Transmit } from '../../core/ports.ts';
import { blockLength, decipher, encipher, zeroIv } from './aes.ts';
import { type Bytes, fixed, isSame, joined, rotatedLeft, wipe } from './bytes.ts';
import { type Answer, first, last, malformed, ok, status, wrong } from './exchange.ts';
import { Session, type SessionKeys, sessionKeys } from './session.ts';

/** Unpredictable bytes of this length: crypto.randomBytes, unless a published vector is replayed. */
export type RandomSource = (length: number) => Uint8Array;

/** A key of the application that is selected on the card. */
export type CardKey = { readonly keyNo: number; readonly key: Uint8Array };

const tiLength = 4;

/** Begins a session; two APDUs. `wrong`: the card's cryptogram does not hold, or it says so of ours. */
export async function authenticateFirst(transmit: Transmit, { keyNo, key }: CardKey, random: RandomSource): Promise<Answer<Session>> {
  // The second byte: no capabilities of ours follow.
  const asked = await challenged(transmit, 0x71, Uint8Array.of(keyNo, 0), key, random);
  if (asked.kind !== 'ok') return asked;
  // TI, our random number turned, then six bytes each of the card's and our capabilities, of which nothing here depends.
  return concluded(asked.value, 32, (plain, keys) =>
    asked.value.isEcho(plain.subarray(tiLength, tiLength + blockLength)) ? ok(new Session(keys, joined(plain.subarray(0, tiLength)))) : wrong,
  );
}

/** Another key within a session, whose TI and counter stay; two APDUs. A fault ends it. */
export async function authenticateNext(transmit: Transmit, session: Session, { keyNo, key }: CardKey, random: RandomSource): Promise<Answer<Session>> {
  const asked = await challenged(transmit, 0x77, Uint8Array.of(keyNo), key, random);
  const answer =
    asked.kind === 'ok'
      ? concluded(asked.value, blockLength, (plain, keys) => {
          if (!asked.value.isEcho(plain)) return wrong;
          session.rekey(keys);
          return ok(session);
        })
      : asked;
  if (answer.kind !== 'ok') session[Symbol.dispose]();
  return answer;
}

type Challenge = {
  readonly response: Uint8Array;
  readonly key: Uint8Array;
  readonly keys: SessionKeys;
  readonly isEcho: (claimed: Uint8Array) => boolean;
  readonly forget: () => void;
};

/** Both frames: the card's random number in, ours and the card's turned out, the card's conclusion in. */
async function challenged(transmit: Transmit, ins: number, data: Uint8Array, key: Uint8Array, random: RandomSource): Promise<Answer<Challenge>> {
  const one = await first(transmit, ins, data);
  if (one.kind !== 'ok') return one;
  if (one.value.length !== blockLength) return malformed;
  const rndA = fixed(blockLength);
  rndA.set(random(blockLength));
  const rndB = decipher(key, zeroIv, one.value);
  const turned = rotatedLeft(rndA);
  const turnedB = rotatedLeft(rndB);
  const both = joined(rndA, turnedB);
  const two = await last(transmit, status.more, encipher(key, zeroIv, both));
  if (two.kind === 'ok') {
    const challenge = { response: two.value, key, keys: sessionKeys(key, rndA, rndB), isEcho: (claimed: Uint8Array) => isSame(claimed, turned), forget: () => wipe(turned) };
    wipe(rndA, rndB, turnedB, both);
    return ok(challenge);
  }
  wipe(rndA, rndB, turnedB, both, turned);
  return two.kind === 'status' && two.status === status.authentication ? wrong : two;
}

function concluded(challenge: Challenge, length: number, judge: (plain: Bytes, keys: SessionKeys) => Answer<Session>): Answer<Session> {
  const { response, key, keys, forget } = challenge;
  const plain = response.length === length ? decipher(key, zeroIv, response) : null;
  const answer = plain === null ? malformed : judge(plain, keys);
  if (plain) wipe(plain);
  forget();
  if (answer.kind !== 'ok') wipe(keys.enc, keys.mac);
  return answer;
}
