/** The keys of one EV2 session and a command come in; its secured APDU goes out, and of the response its data, if the MAC holds: AN12196 §4.2, §5. */
import { blockLength, cmac, decipher, encipher, zeroIv } from './aes.ts';
import { type Bytes, fixed, isSame, joined, wipe } from './bytes.ts';
import { type Answer, malformed, ok, status, wrong } from './exchange.ts';

/** `plain`: counted only. `mac`: an 8-byte MAC each way. `full`: data enciphered as well. */
export type CommMode = 'plain' | 'mac' | 'full';
/** `header` is never enciphered (file number, key number), `data` is in full mode. */
export type Command = { readonly ins: number; readonly header: Uint8Array; readonly data: Uint8Array; readonly mode: CommMode };

export type SessionKeys = { readonly enc: Bytes; readonly mac: Bytes };

const macLength = 8;

/** SV1 and SV2 of AN12196 §4.3: the label, then what both random numbers share out. */
export function sessionKeys(key: Uint8Array, rndA: Uint8Array, rndB: Uint8Array): SessionKeys {
  const mixed = fixed(6);
  for (const at of mixed.keys()) mixed[at] = (rndA[2 + at] ?? 0) ^ (rndB[at] ?? 0);
  const context = joined([0x00, 0x01, 0x00, 0x80], rndA.subarray(0, 2), mixed, rndB.subarray(6), rndA.subarray(8));
  const keys = { enc: cmac(key, joined([0xa5, 0x5a], context)), mac: cmac(key, joined([0x5a, 0xa5], context)) };
  wipe(mixed, context);
  return keys;
}

/** Every second byte of the CMAC, beginning with the second: AN12196 §4.4. */
export function shortMac(key: Uint8Array, message: Uint8Array): Bytes {
  const whole = cmac(key, message);
  const short = fixed(macLength);
  for (const at of short.keys()) short[at] = whole[2 * at + 1] ?? 0;
  wipe(whole);
  return short;
}

/** One session with one card, from its authentication to its first fault. Commands and responses alternate; the counter belongs to both. */
export class Session implements Disposable {
  #keys: SessionKeys;
  readonly #ti: Uint8Array;
  #counter = 0;
  #isOver = false;

  constructor(keys: SessionKeys, ti: Uint8Array, counter = 0) {
    this.#keys = keys;
    this.#ti = ti;
    this.#counter = counter;
  }

  /** After AuthenticateEV2NonFirst: new keys; TI and counter stay. */
  rekey(keys: SessionKeys): void {
    wipe(this.#keys.enc, this.#keys.mac);
    this.#keys = keys;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Data of the secured command. Throws for a session that is over: a caller that goes on after a fault is wrong. */
  secured(command: Command): Uint8Array {
    if (this.#isOver) throw new Error('this session is over');
    const { ins, header, data, mode } = command;
    if (mode === 'plain') return joined(header, data);
    const body = mode === 'full' && data.length > 0 ? this.#enciphered(data) : data;
    return joined(header, body, shortMac(this.#keys.mac, joined([ins], this.#context(), header, body)));
  }

  /** What the response to the last command says, after its MAC and padding were checked. Any fault ends the session. */
  opened(response: Uint8Array, mode: CommMode): Answer<Uint8Array> {
    this.#counter++;
    const answer = this.#checked(response, mode);
    if (answer.kind !== 'ok') this[Symbol.dispose]();
    return answer;
  }

  /** Overwrites the keys. */
  [Symbol.dispose](): void {
    this.#isOver = true;
    wipe(this.#keys.enc, this.#keys.mac);
  }

  #checked(response: Uint8Array, mode: CommMode): Answer<Uint8Array> {
    if (mode === 'plain') return ok(response);
    if (response.length < macLength) return malformed;
    const body = response.subarray(0, -macLength);
    const expected = shortMac(this.#keys.mac, joined([status.done], this.#context(), body));
    if (!isSame(expected, response.subarray(-macLength))) return wrong;
    if (mode === 'mac' || body.length === 0) return ok(body);
    if (body.length % blockLength !== 0) return malformed;
    return unpadded(decipher(this.#keys.enc, this.#iv(0x5a, 0xa5), body));
  }

  #enciphered(data: Uint8Array): Uint8Array {
    // ISO/IEC 9797-1 method 2: 80, then zeros; always, also where the data fill a block.
    const padded = fixed(blockLength * (Math.floor(data.length / blockLength) + 1));
    padded.set(data);
    padded[data.length] = 0x80;
    const out = encipher(this.#keys.enc, this.#iv(0xa5, 0x5a), padded);
    wipe(padded);
    return out;
  }

  /** Command counter, low byte first, and transaction identifier. */
  #context(): Uint8Array {
    return joined([this.#counter & 0xff, this.#counter >> 8], this.#ti);
  }

  /** A5 5A towards the card, 5A A5 back; enciphered, so that it cannot be foreseen: AN12196 §4.5. */
  #iv(high: number, low: number): Uint8Array {
    return encipher(this.#keys.enc, zeroIv, joined([high, low], this.#ti, [this.#counter & 0xff, this.#counter >> 8], fixed(8)));
  }
}

function unpadded(padded: Uint8Array): Answer<Uint8Array> {
  let end = padded.length - 1;
  while (end > 0 && padded[end] === 0) end--;
  // The padding fills up one block, never more.
  return padded[end] === 0x80 && padded.length - end <= blockLength ? ok(padded.subarray(0, end)) : malformed;
}
