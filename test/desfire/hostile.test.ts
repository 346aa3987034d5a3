/** A genuine badge whose answers are changed on the way, cards that lie although they hold its key, and cards of random bytes come in; none is proved, none throws, none keeps a station waiting. */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import type { Transmit } from '../../core/ports.ts';
import type { ProofFault } from '../../core/types.ts';
import { readBadgeNumber } from '../../native/desfire/badge-number.ts';
import { proveAes } from '../../native/desfire/proof.ts';
import type { SoftwareCard } from '../cards/card.ts';
import { type Channel, closeResponse, keysOf } from '../cards/desfire/channel.ts';
import { aes, cbcDecrypt, cbcEncrypt, cmac, odd, turned } from '../cards/desfire/cipher.ts';
import { hex, text } from './hex.ts';
import { madeBadge, overheard, plain, prover, random, unproved } from './rig.ts';

const { card: genuine, badge } = await madeBadge();
const prove = prover(badge);

test('every bit of every answer counts', async () => {
  // In the second answer of the authentication TI is vouched for by the UID's MAC; the capabilities share a block with the end of our number.
  for (const [at, length] of [0, 16, 32, 24].entries()) {
    for (let bit = 0; bit < 8 * length; bit++) {
      genuine.powered();
      const flip = (response: Uint8Array, now: number): Uint8Array =>
        now === at ? response.map((byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte)) : response;
      const proof = await proveAes(overheard(genuine, flip).transmit, badge, random);
      assert.deepEqual(proof, unproved('wrong'), `answer ${at}, bit ${bit}`);
    }
  }
});

test('every length but the right one is refused, at every step', async () => {
  const right = [0, 16, 32, 24];
  for (const at of right.keys()) {
    for (let length = 0; length <= 260; length++) {
      if (length === right[at]) continue;
      genuine.powered();
      const resized = (response: Uint8Array, now: number): Uint8Array => {
        if (now !== at) return response;
        const body = new Uint8Array(length);
        body.set(response.subarray(0, Math.min(length, response.length - 2)));
        return Uint8Array.of(...body, ...response.subarray(-2));
      };
      const proof = await proveAes(overheard(genuine, resized).transmit, badge, random);
      assert.ok(
        proof.kind === 'unproved' && (proof.because === 'malformed' || (at === 3 && length >= 8 && proof.because === 'wrong')),
        `answer ${at}, ${length} bytes: ${JSON.stringify(proof)}`,
      );
    }
    for (const short of [0, 1]) {
      genuine.powered();
      assert.deepEqual(await proveAes(overheard(genuine, (response, now) => (now === at ? response.subarray(0, short) : response)).transmit, badge, random), unproved('malformed'));
    }
  }
});

/** First status bytes, and every how many of the second are tried: all of DESFire's own. */
const statusGroups = [
  [0x91, 1],
  [0x90, 16],
  [0x61, 64],
  [0x6a, 32],
  [0x00, 64],
] as const;

test('every status but the right one is refused, at every step, with data and without', async () => {
  const right = [0x00, 0xaf, 0x00, 0x00];
  const reasons = new Set<string>();
  for (const at of right.keys()) {
    for (const [sw1, every] of statusGroups) {
      for (let sw2 = 0; sw2 < 256; sw2 += every) {
        if (sw1 === 0x91 && sw2 === right[at]) continue;
        for (const keep of [true, false]) {
          genuine.powered();
          const restated = (response: Uint8Array, now: number): Uint8Array => (now === at ? Uint8Array.of(...(keep ? response.subarray(0, -2) : []), sw1, sw2) : response);
          const { transmit, all } = overheard(genuine, restated);
          const proof = await proveAes(transmit, badge, random);
          assert.ok(proof.kind === 'unproved' && proof.because !== 'gone', `answer ${at}, ${sw1.toString(16)} ${sw2.toString(16)}`);
          assert.ok(all.length <= 4 + 16);
          if (keep && at > 0 && sw1 === 0x91) assert.equal(proof.because, 'malformed', `answer ${at}: data beside 91 ${sw2.toString(16)}`);
          reasons.add(proof.because);
        }
      }
    }
  }
  assert.deepEqual([...reasons].sort(), ['malformed', 'missing', 'wrong']);
});

test('a card that never ends its answer is left after some frames', async () => {
  const endless: SoftwareCard = {
    ...genuine,
    respond: (command) => (command[1] === 0x51 || (command[1] === 0xaf && command.length === 5) ? hex('00 91AF') : genuine.respond(command)),
  };
  endless.powered();
  const { transmit, all } = overheard(endless);
  assert.deepEqual(await proveAes(transmit, badge, random), unproved('malformed'));
  assert.ok(all.length < 30);
});

/** Keys, TI and counter of a session as the card has them, and what its answer holds, go in; the answer comes out. */
type Liar = (channel: Channel, uid: Buffer) => Buffer;

/** A card that holds the badge's key, and says of its UID what `lie` makes of it. */
function liar(lie: Liar): SoftwareCard {
  const key = Buffer.from(badge.key);
  const [rndB, ti] = [Buffer.alloc(16, 0x42), Buffer.alloc(4, 1)];
  let rndA = Buffer.alloc(0);
  return {
    ...plain,
    respond: (command) => {
      if (command[1] === 0x5a) return hex('9100');
      if (command[1] === 0x71) return Uint8Array.of(...cbcEncrypt(aes(key), Buffer.alloc(16), rndB), 0x91, 0xaf);
      if (command[1] === 0x51) return Uint8Array.of(...lie({ keyNo: 1, ...keysOf(key, rndA, rndB), ti, counter: 1 }, Buffer.from(badge.uid)), 0x91, 0x00);
      rndA = Buffer.from(cbcDecrypt(aes(key), Buffer.alloc(16), command.subarray(5, -1)).subarray(0, 16));
      return Uint8Array.of(...cbcEncrypt(aes(key), Buffer.alloc(16), Buffer.concat([ti, turned(rndA), Buffer.alloc(12)])), 0x91, 0x00);
    },
  };
}

/** Enciphered as the protocol asks, whatever it is, and with the MAC over it. */
function enciphered({ enc, mac, ti, counter }: Channel, blocks: Buffer): Buffer {
  const context = Buffer.concat([ti, Buffer.of(counter, 0)]);
  const body = cbcEncrypt(aes(enc), aes(enc).encrypt(Buffer.concat([hex('5aa5'), context, Buffer.alloc(8)])), blocks);
  return Buffer.concat([body, odd(cmac(mac, Buffer.concat([Buffer.of(0, counter, 0), ti, body])))]);
}

test('a card that counts, enciphers or pads otherwise is refused although it holds the key', async () => {
  const full: Liar = (channel, uid) => closeResponse(channel, uid, 'full');
  const zeros = (length: number): Buffer => Buffer.alloc(length);
  assert.deepEqual(await prove(liar(full)), { kind: 'proved' }, 'the made-up card is right in everything');
  assert.deepEqual(await prove(liar((channel, uid) => enciphered(channel, Buffer.concat([uid, hex('80'), zeros(8)])))), { kind: 'proved' });
  const lies: readonly (readonly [what: string, lie: Liar, because: ProofFault])[] = [
    ['another UID', (channel) => full(channel, Buffer.alloc(7, 4)), 'wrong'],
    ...[0, 1, 4, 6, 8, 10, 15, 16].map((length): readonly [string, Liar, ProofFault] => [`${length} bytes`, (channel) => full(channel, Buffer.alloc(length, 4)), 'malformed']),
    ...[0, 2, 0x80].map((counter): readonly [string, Liar, ProofFault] => [`counter ${counter}`, (channel, uid) => full({ ...channel, counter }, uid), 'wrong']),
    ['another TI', (channel, uid) => full({ ...channel, ti: Buffer.alloc(4, 2) }, uid), 'wrong'],
    ['in MAC mode', (channel, uid) => closeResponse(channel, uid, 'mac'), 'malformed'],
    ['plain', (_, uid) => uid, 'malformed'],
    ['no padding', (channel, uid) => enciphered(channel, Buffer.concat([uid, zeros(9)])), 'malformed'],
    ['padding of 81', (channel, uid) => enciphered(channel, Buffer.concat([uid, hex('81'), zeros(8)])), 'malformed'],
    ['padding of two blocks', (channel, uid) => enciphered(channel, Buffer.concat([uid, hex('80'), zeros(24)])), 'malformed'],
    ['zeros alone', (channel) => enciphered(channel, zeros(16)), 'malformed'],
  ];
  for (const [what, lie, because] of lies) assert.deepEqual(await prove(liar(lie)), unproved(because), what);
});

test('10,000 cards of random bytes: refused, and none waits or throws', async () => {
  for (let round = 0; round < 10_000; round++) {
    // A third of them speak enough of the protocol to come far.
    const honest = Math.max(0, randomInt(-12, 6));
    genuine.powered();
    let count = 0;
    const transmit: Transmit = async (command) => (count++ < honest ? genuine.respond(command) : noise());
    const read = await readBadgeNumber(transmit, badge.aid);
    const proof = await proveAes(transmit, badge, random, read.kind === 'number' ? 'application' : 'card');
    if (honest < 5) assert.equal(proof.kind, 'unproved');
    assert.ok(count < 30);
  }
});

/** Any length, often with a status of DESFire's own, often one of the lengths that are due. */
function noise(): Uint8Array {
  const lengths = [0, 1, 2, 16, 24, 32, randomInt(300)];
  const body = random(lengths[randomInt(lengths.length)] ?? 0);
  const statuses = ['9100', '91AF', '91AE', '9000', '6A82', text(random(2)), ''];
  return Buffer.concat([body, hex(statuses[randomInt(statuses.length)] ?? '')]);
}
