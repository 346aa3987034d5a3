/** A card with the master key it was delivered with (eight zero bytes of DES) comes in; a diversified AES key in its place remains: the one thing here that needs secure messaging older than EV2. */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { Transmit } from '../../core/ports.ts';
import type { RandomSource } from './authentication.ts';
import { type Bytes, fixed, isSame, joined, rotatedLeft, wipe } from './bytes.ts';
import { checksum } from './commands.ts';
import { type Answer, first, last, malformed, ok, status, wrong } from './exchange.ts';

const blockLength = 8;
/** AES, said in the upper bits of the key's number: the card's master key alone may change its kind. */
export const piccKeyNo = 0x80;
/** Three times the same DES key is DES. */
const cbc = (make: typeof createCipheriv | typeof createDecipheriv, key: Uint8Array, iv: Uint8Array, data: Uint8Array): Bytes => {
  const out = make('des-ede3-cbc', joined(key, key, key), iv)
    .setAutoPadding(false)
    .update(data);
  const kept = fixed(out.length);
  kept.set(out);
  wipe(out);
  return kept;
};

/** With the card itself selected; three APDUs. Status 91 AE: its master key is another. Whoever listens learns the new key, since the old one is public: a place for it that nobody else can listen to. */
export async function replaceFactoryKey(transmit: Transmit, key: Uint8Array, keyVersion: number, random: RandomSource): Promise<Answer<null>> {
  const session = await authenticateFactory(transmit, random);
  if (session.kind !== 'ok') return session;
  const plain = joined([piccKeyNo], key, [keyVersion]);
  const sum = checksum(joined([0xc4], plain));
  // The number stays readable; key, version and sum fill three blocks with zeros at the end.
  const data = fixed(3 * blockLength);
  data.set(plain.subarray(1));
  data.set(sum, plain.length - 1);
  const answer = await last(transmit, 0xc4, joined([piccKeyNo], cbc(createCipheriv, session.value, fixed(blockLength), data)));
  wipe(plain, data, session.value);
  if (answer.kind !== 'ok') return answer;
  return answer.value.length === 0 ? ok(null) : malformed;
}

/** AuthenticateISO (1A): each message is chained to the one before. */
async function authenticateFactory(transmit: Transmit, random: RandomSource): Promise<Answer<Bytes>> {
  const factory = fixed(blockLength);
  const one = await first(transmit, 0x1a, Uint8Array.of(0));
  if (one.kind !== 'ok') return one;
  if (one.value.length !== blockLength) return malformed;
  const rndB = cbc(createDecipheriv, factory, fixed(blockLength), one.value);
  const rndA = random(blockLength);
  const sent = cbc(createCipheriv, factory, one.value, joined(rndA, rotatedLeft(rndB)));
  const two = await last(transmit, status.more, sent);
  if (two.kind !== 'ok') return two;
  if (two.value.length !== blockLength) return malformed;
  if (!isSame(cbc(createDecipheriv, factory, sent.subarray(blockLength), two.value), rotatedLeft(rndA))) return wrong;
  return ok(joined(rndA.subarray(0, 4), rndB.subarray(0, 4)));
}
