/** Cards that break the protocol in every way we could think of come in; each is refused with a reason, within bounds, and nothing throws. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Transmit } from '../../core/ports.ts';
import { readCardAuthentication, selectPiv } from '../../native/piv/application.ts';
import type { PivRecord } from '../../native/piv/record.ts';
import { tlv } from '../../native/piv/tlv.ts';
import type { SoftwareCard } from '../cards/card.ts';
import { openAuthority } from '../cards/piv/authority.ts';
import { pivCard } from '../cards/piv/card.ts';
import { need } from '../needs.ts';
import { enrolled, prove, wire } from './world.ts';

const ok = Uint8Array.of(0x90, 0x00);
const bytes = (...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array => Buffer.concat(parts.map((part) => Uint8Array.from(part)));
const authenticates = (command: Uint8Array): boolean => command[0] === 0x00 && command[1] === 0x87;

describe('hostile PIV cards', { skip: need('openssl') }, () => {
  const authority = openAuthority();
  after(() => authority[Symbol.dispose]());
  const p256 = enrolled(authority, 'p256');
  const rsa = enrolled(authority, 'rsa2048');
  const because = async (transmit: Transmit, record: PivRecord = p256.record): Promise<string> => {
    const proof = await prove(transmit, record);
    return proof.kind === 'proved' ? 'proved' : proof.because;
  };
  /** The genuine P-256 card, whose answer to GENERAL AUTHENTICATE is rewritten. */
  const rewritten = (change: (answer: Uint8Array) => Uint8Array): Promise<string> =>
    because(wire(p256.card, (answer, command) => (authenticates(command) ? change(answer) : answer)).transmit);

  test('every form of the response but 7C { 82 signature } 9000 is malformed', async () => {
    const signature = (answer: Uint8Array): Uint8Array => answer.subarray(4, -2);
    const rows: Readonly<Record<string, (answer: Uint8Array) => Uint8Array>> = {
      empty: () => ok,
      'a byte behind the template': (answer) => bytes(answer.subarray(0, -2), [0x00], ok),
      'a byte behind the signature, inside the template': (answer) => bytes(tlv(0x7c, tlv(0x82, signature(answer)), Uint8Array.of(0)), ok),
      'another object behind it': (answer) => bytes(tlv(0x7c, tlv(0x82, signature(answer)), tlv(0x81)), ok),
      'another object before it': (answer) => bytes(tlv(0x7c, tlv(0x81), tlv(0x82, signature(answer))), ok),
      'the signature alone': (answer) => bytes(signature(answer), ok),
      'no template': (answer) => bytes(tlv(0x82, signature(answer)), ok),
      'a template in a template': (answer) => bytes(tlv(0x7c, tlv(0x7c, tlv(0x82, signature(answer)))), ok),
      'an empty template': () => bytes(tlv(0x7c), ok),
      'an empty signature': () => bytes(tlv(0x7c, tlv(0x82)), ok),
      'an indefinite length': (answer) => bytes([0x7c, 0x80], tlv(0x82, signature(answer)), [0, 0], ok),
      'a length of five bytes': (answer) => bytes([0x7c, 0x85, 0, 0, 0, 0, answer.length - 4], answer.subarray(2, -2), ok),
      'a status beyond 6x and 9x': (answer) => bytes(answer.subarray(0, -2), [0x80, 0x00]),
      'a warning beside data': (answer) => bytes(answer.subarray(0, -2), [0x62, 0x00]),
      'no status': () => new Uint8Array(),
      'half a status': () => Uint8Array.of(0x90),
      '259 bytes': () => new Uint8Array(259).fill(0x90),
      '64 KiB': () => new Uint8Array(65_538),
    };
    for (const [name, change] of Object.entries(rows)) assert.equal(await rewritten(change), 'malformed', name);
    for (const tag of Array.from({ length: 256 }, (_, value) => value)) {
      const outer = await rewritten((answer) => bytes([tag], answer.subarray(1)));
      const inner = await rewritten((answer) => bytes(answer.subarray(0, 2), [tag], answer.subarray(3)));
      assert.deepEqual([outer, inner], [tag === 0x7c ? 'proved' : 'malformed', tag === 0x82 ? 'proved' : 'malformed'], `tag ${tag}`);
    }
    // Lengths written longer than needed are BER, which ISO/IEC 7816-4 §6.3 allows cards.
    assert.equal(await rewritten((answer) => bytes([0x7c, 0x82, 0, answer.length - 3], [0x82, 0x81, answer.length - 6], signature(answer), ok)), 'proved');
  });

  test('every wrong length, outside and inside, is malformed; every changed byte of a signature is no proof', async () => {
    for (let length = 0; length < 256; length += 1) {
      const verdicts = [
        await rewritten((answer) => (length === answer[1] ? ok : bytes([0x7c, length], answer.subarray(2)))),
        await rewritten((answer) => (length === answer[3] ? ok : bytes(answer.subarray(0, 3), [length], answer.subarray(4)))),
      ];
      assert.deepEqual(verdicts, ['malformed', 'malformed'], `length ${length}`);
    }
    for (let at = 4; at < 4 + 70; at += 1) {
      const verdict = await rewritten((answer) =>
        at < answer.length - 2 ? answer.map((byte, index) => (index === at ? byte ^ 0x40 : byte)) : bytes(answer.subarray(0, 4), answer.subarray(5)),
      );
      assert.ok(verdict === 'wrong' || verdict === 'malformed', `byte ${at}: ${verdict}`);
    }
    for (let cut = 0; cut < 64; cut += 1) assert.equal(await rewritten((answer) => bytes(answer.subarray(0, cut), ok)), 'malformed');
  });

  test('of all 65,536 statuses only 9000 selects; to a part of a chain only 9000 lets the next one go', async () => {
    for (let status = 0; status <= 0xffff; status += 1) {
      const said = Uint8Array.of(status >> 8, status & 0xff);
      if (status === 0x9000) continue;
      const atSelect = await selectPiv(() => Promise.resolve(said));
      assert.ok(atSelect === 'missing' || atSelect === 'malformed', `SELECT ${status.toString(16)}: ${atSelect}`);
      // Not all of them here: each costs the reading of a key.
      if (status % 61 !== 0) continue;
      const { transmit } = wire(rsa.card, (answer, command) => (command[0] === 0x10 ? said : answer));
      const atChain = await because(transmit, rsa.record);
      assert.ok(atChain === 'missing' || atChain === 'malformed', `chaining ${status.toString(16)}: ${atChain}`);
    }
  });

  test('a part of a chain that is answered with data is malformed', async () => {
    const { transmit } = wire(rsa.card, (answer, command) => (command[0] === 0x10 ? bytes([0x00], ok) : answer));
    assert.equal(await because(transmit, rsa.record), 'malformed');
  });

  test('answers in the wrong order, of another command, or of another card prove nothing', async () => {
    const { transmit, seen } = wire(p256.card);
    assert.equal(await because(transmit), 'proved');
    const [select = ok, signed = ok] = seen.map(({ answer }) => answer);
    const orders = [[signed, select], [select, select], [signed, signed], [select], [ok, signed], [select, signed]];
    for (const order of orders) {
      const rest = [...order];
      const verdict = await because(() => Promise.resolve(rest.shift() ?? null));
      assert.ok(['wrong', 'malformed', 'gone'].includes(verdict), verdict);
    }
    const other = enrolled(authority, 'p256');
    assert.equal(await because(wire(other.card).transmit), 'wrong');
  });

  test('endless 61xx and 6Cxx come to an end, also at enrolment, also a byte at a time', async () => {
    const endless: readonly (readonly number[])[] = [
      [0x61, 0x00],
      [0x61, 0x10],
      [0x6c, 0x00],
      [0x6c, 0x10],
      [0x41, 0x61, 0x01],
      [...new Uint8Array(256), 0x61, 0x00],
    ];
    for (const answer of endless) {
      for (const silent of [0, 1]) {
        let count = 0;
        const transmit: Transmit = () => Promise.resolve(count++ < silent ? ok : Uint8Array.from(answer));
        assert.equal(await because(transmit), 'malformed');
        const most = answer[0] === 0x6c ? silent + 2 : 42;
        assert.ok(count <= most, `${count} commands`);
        count = 0;
        assert.deepEqual(await readCardAuthentication(transmit), { kind: 'unread', because: 'malformed' });
        assert.ok(count <= 42, `${count} commands`);
      }
    }
  });

  test('an answer of more than was asked for is malformed, even if all of it is there', async () => {
    const object = tlv(0x53, tlv(0x70, p256.leaf.der), tlv(0x71, Uint8Array.of(0)));
    const transmit: Transmit = (command) => Promise.resolve(command[1] === 0xa4 ? ok : bytes(object, ok));
    assert.ok(object.length > 256);
    assert.deepEqual(await readCardAuthentication(transmit), { kind: 'unread', because: 'malformed' });
  });

  test('6Cxx is obeyed once: the command comes again with that length', async () => {
    const lengths: (number | undefined)[] = [];
    const { transmit } = wire(p256.card, (answer, command) => {
      if (command[1] !== 0x87) return answer;
      lengths.push(command.at(-1));
      return lengths.length === 1 ? Uint8Array.of(0x6c, answer.length - 2) : answer;
    });
    assert.equal(await because(transmit), 'proved');
    assert.equal(lengths[0], 0);
    assert.ok((lengths[1] ?? 0) > 60);
  });

  /** A card that answers GET DATA with this object, in as many parts as it takes. */
  const holding = (object: Uint8Array): Transmit => {
    let rest = object;
    return (command) => {
      if (command[1] === 0xa4) return Promise.resolve(ok);
      const part = rest.subarray(0, 256);
      rest = rest.subarray(256);
      return Promise.resolve(bytes(part, rest.length > 0 ? [0x61, Math.min(rest.length, 255)] : ok));
    };
  };

  test('objects that are too large, packed to burst, doubled, strange or empty are refused; none is inflated beyond 8 KiB', async () => {
    const { der } = p256.leaf;
    const info = (value: number): Uint8Array => tlv(0x71, Uint8Array.of(value));
    const good = [tlv(0x70, der), info(0), tlv(0xfe)];
    const bomb = gzipSync(new Uint8Array(1_700_000));
    assert.ok(bomb.length < 1_800);
    const rows: Readonly<Record<string, readonly [Uint8Array, string]>> = {
      good: [tlv(0x53, ...good), 'read'],
      'with MSCUID': [tlv(0x53, good[0] ?? ok, info(0), tlv(0x72, randomBytes(16)), tlv(0xfe)), 'read'],
      'without error detection code': [tlv(0x53, tlv(0x70, der), info(0)), 'read'],
      'a gzip bomb': [tlv(0x53, tlv(0x70, bomb), info(1)), 'malformed'],
      'no gzip though it says so': [tlv(0x53, tlv(0x70, der), info(1)), 'malformed'],
      'half a gzip': [tlv(0x53, tlv(0x70, gzipSync(der).subarray(0, 200)), info(1)), 'malformed'],
      'another way of packing': [tlv(0x53, tlv(0x70, der), info(2)), 'malformed'],
      'no CertInfo': [tlv(0x53, tlv(0x70, der)), 'malformed'],
      'CertInfo of two bytes': [tlv(0x53, tlv(0x70, der), tlv(0x71, Uint8Array.of(0, 0))), 'malformed'],
      'two certificates': [tlv(0x53, ...good, tlv(0x70, der)), 'malformed'],
      'an unknown object': [tlv(0x53, ...good, tlv(0x73)), 'malformed'],
      'no certificate': [tlv(0x53, info(0), tlv(0xfe)), 'malformed'],
      'an empty certificate': [tlv(0x53, tlv(0x70), info(0)), 'malformed'],
      'an empty object': [tlv(0x53), 'missing'],
      'no object': [new Uint8Array(), 'malformed'],
      'another tag': [tlv(0x54, ...good), 'malformed'],
      'a byte behind': [bytes(tlv(0x53, ...good), [0]), 'malformed'],
      'cut short': [tlv(0x53, ...good).subarray(0, -3), 'malformed'],
      '2 KiB': [tlv(0x53, tlv(0x70, randomBytes(2_048)), info(0)), 'malformed'],
      '60 KiB': [tlv(0x53, tlv(0x70, randomBytes(60_000)), info(0)), 'malformed'],
    };
    for (const [name, [object, expected]] of Object.entries(rows)) {
      const reading = await readCardAuthentication(holding(object));
      assert.equal(reading.kind === 'read' ? 'read' : reading.because, expected, name);
    }
  });

  test('random bytes 10,000 times, as answers of a card: no proof, no certificate, nothing thrown', async () => {
    for (let round = 0; round < 10_000; round += 1) {
      const transmit: Transmit = (command) => {
        const noise = randomBytes(randomBytes(1)[0] ?? 0);
        // Half of them go on behind SELECT, and end in a status that is believed.
        if (round % 2 === 0 && command[1] === 0xa4) return Promise.resolve(ok);
        return Promise.resolve(round % 2 === 0 ? bytes([0x7c, noise.length], noise, ok) : noise);
      };
      const { record } = round % 4 < 2 ? p256 : rsa;
      assert.notEqual(await because(transmit, record), 'proved');
      const reading = await readCardAuthentication(transmit);
      assert.equal(reading.kind, 'unread');
    }
  });

  test('random bytes 10,000 times, as commands to the software card: it answers each with a status', () => {
    const card: SoftwareCard = pivCard({ certificate: p256.leaf.der, key: p256.leaf.key });
    for (let round = 0; round < 10_000; round += 1) {
      const command = randomBytes((randomBytes(1)[0] ?? 0) % 40);
      if (round % 2 === 0) command.set([0x00, [0xa4, 0xcb, 0x87, 0xc0, 0x20][round % 5] ?? 0].slice(0, command.length));
      const answer = card.respond(command);
      assert.ok(answer.length >= 2 && answer.length <= 258);
    }
  });
});
