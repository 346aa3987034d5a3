/** Messages and maps come in: cut into commands as NFC wants them and put together again, written and read as canonical CBOR, and nothing taken that is not. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { selectFido } from '../../native/fido/applet.ts';
import { decodeMap, encodeCbor } from '../../native/fido/cbor.ts';
import { exchange, message, openLine } from '../../native/fido/framing.ts';
import { softwareKey } from '../cards/fido/key.ts';
import { inField, prove, registered } from './place.ts';

test('a card that takes no extended length is asked for it once', async () => {
  const key = softwareKey({ extended: false });
  const { transmit, traffic } = inField(key);
  const line = openLine(transmit, { lengths: 'extended' });
  await selectFido(transmit);
  for (let round = 0; round < 3; round += 1) await exchange(line, [0x80, 0x10, 0x80, 0x00], new Uint8Array(300));
  assert.equal(traffic.log.filter((command) => command.length > 522).length, 1);
});

test('an answer of no length, of one byte, and a success that says nothing', async () => {
  for (const response of [new Uint8Array(), Uint8Array.of(0x90), Uint8Array.of(0x90, 0x00)])
    assert.deepEqual(
      await message(
        openLine(async () => response),
        0x04,
      ),
      { kind: 'fault', fault: 'malformed', said: null },
    );
});

test('a good answer under status words that say it is none', async () => {
  const key = softwareKey({ presence: 'always' });
  const { credentialId } = await registered(key);
  for (const words of [
    [0x63, 0x00],
    [0x6f, 0x00],
    [0x90, 0x01],
    [0x91, 0xaf],
  ]) {
    const respond = (command: Uint8Array): Uint8Array => (command[1] === 0x10 ? Uint8Array.of(...key.respond(command).subarray(0, -2), ...words) : key.respond(command));
    assert.equal((await prove({ respond }, { credentialId })).kind, 'fault');
  }
  assert.equal((await prove(key, { credentialId: Uint8Array.from(randomBytes(48)) })).kind, 'fault');
  assert.equal((await prove(key, { credentialId })).kind, 'proof');
});

test('long messages are chained in pieces of 255 bytes, the last with Le', async () => {
  const seen: Uint8Array[] = [];
  const transmit = async (command: Uint8Array): Promise<Uint8Array> => {
    seen.push(Uint8Array.from(command));
    return Uint8Array.of(0x90, 0x00);
  };
  await exchange(openLine(transmit), [0x80, 0x10, 0x80, 0x00], new Uint8Array(600));
  assert.deepEqual(
    seen.map((command) => [command[0], command[4], command.length]),
    [
      [0x90, 255, 260],
      [0x90, 255, 260],
      [0x80, 90, 96],
    ],
  );
  seen.length = 0;
  await exchange(openLine(transmit, { lengths: 'extended' }), [0x80, 0x10, 0x80, 0x00], new Uint8Array(600));
  assert.deepEqual(
    seen.map((command) => [...command.subarray(0, 7), command.length]),
    [[0x80, 0x10, 0x80, 0x00, 0x00, 0x02, 0x58, 609]],
  );
});

test('CBOR is canonical: keys by major type, then by length, then by bytes (CTAP 2.1 §8)', () => {
  const bytes = encodeCbor(
    new Map<unknown, unknown>([
      ['type', 1],
      ['id', 2],
      [-1, 3],
      [3, 4],
      [24, 5],
      [-3, 6],
      [1, 7],
    ]),
  );
  assert.equal(Buffer.from(bytes).toString('hex'), 'a7010703041818052003220662696402647479706501');
});

const shapes: readonly (readonly [what: string, hex: string])[] = [
  ['a key twice', 'a201020103'],
  ['a map of no given length', 'bf0102ff'],
  ['a string of no given length', 'a1017f6161ff'],
  ['a number longer than it need be', 'a1011801'],
  ['bytes after the end', 'a1010200'],
  ['no map', '80'],
  ['an end too soon', 'a201'],
  ['undefined', 'a101f7'],
  ['not a number', 'a101f97e00'],
  ['a tag', 'a101c11a514b67b0'],
  ['nesting without end', '81'.repeat(7_000)],
  ['maps in maps without end', 'a101'.repeat(3_500)],
  ['a message longer than any', `a101591dc4${'00'.repeat(7_620)}`],
];
for (const [what, hex] of shapes) test(`CBOR with ${what} is none`, () => assert.equal(decodeMap(Buffer.from(hex, 'hex')), null));
