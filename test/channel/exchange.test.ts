/** Commands of every length come in at one end of the real stack; the card hears exactly them, and its responses come back untouched, whatever they mean. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { echoCard } from '../cards/echo.ts';
import { channelWorks, commandOf, echoed, first, openQuiet, second, skip, tap, timed } from './field.ts';

test('every length of a short command, and of its response', { skip }, async () => {
  await using station = await openQuiet();
  const card = echoCard('04a1b2c3d4e5f6');
  const { transmit } = await tap(station, card);
  for (let length = 4; length <= 261; length += 1) assert.deepEqual(await transmit(commandOf(length)), echoed(commandOf(length)));
  assert.deepEqual(
    card.heard.map(({ length }) => length),
    Array.from({ length: 258 }, (_, at) => at + 4),
  );
  for (let length = 0; length < 4; length += 1) await assert.rejects(transmit(new Uint8Array(length)), RangeError);
  assert.deepEqual(await transmit(commandOf(4)), echoed(commandOf(4)));
});

test('extended lengths: commands up to 65,544 bytes, responses up to 65,538', { skip }, async () => {
  await using station = await openQuiet();
  const card = echoCard('04a1b2c3d4e5f6', (command) => Uint8Array.of(...command.subarray(0, 65_536), 0x90, 0x00));
  const { transmit } = await tap(station, card);
  for (const length of [262, 263, 1_000, 4_096, 32_767, 32_768, 65_535, 65_536, 65_543, 65_544]) {
    assert.deepEqual(await transmit(commandOf(length)), echoed(commandOf(length).subarray(0, 65_536)));
    assert.deepEqual(card.heard.at(-1), commandOf(length));
  }
  await assert.rejects(transmit(new Uint8Array(65_545)), RangeError);
});

test('1,000 exchanges in order, asked for all at once', { skip }, async () => {
  await using station = await openQuiet();
  const card = echoCard('04a1b2c3d4e5f6');
  const { transmit } = await tap(station, card);
  const commands = Array.from({ length: 1_000 }, (_, number) => commandOf(4 + (number % 60), number));
  assert.deepEqual(await Promise.all(commands.map((command) => transmit(command))), commands.map(echoed));
  assert.deepEqual(card.heard, commands);
  assert.deepEqual(station.diagnoses, []);
});

for (const [what, bytes] of [
  ['more to come (61 XX)', '6110'],
  ['wrong Le (6C XX)', '6c10'],
  ['a DESFire frame that goes on (91 AF)', '0102030491af'],
  ['an error of the card', '6982'],
  ['a reader’s own status', '6300'],
] as const) {
  test(`passed on and not acted upon: ${what}`, { skip }, async () => {
    await using station = await openQuiet();
    const response = Uint8Array.from(Buffer.from(bytes, 'hex'));
    const card = echoCard('04a1b2c3d4e5f6', () => response);
    const { transmit } = await tap(station, card);
    // The last of a chain, one of its middle, GET RESPONSE.
    const commands = ['00cb3fff055c035fc10100', '1087079e00', '00c0000010'].map((command) => Uint8Array.from(Buffer.from(command, 'hex')));
    for (const command of commands) assert.deepEqual(await transmit(command), response);
    assert.deepEqual(card.heard, commands);
  });
}

for (const [what, response] of [
  ['nothing', new Uint8Array()],
  ['one byte', Uint8Array.of(0x90)],
  ['more than any response may have', new Uint8Array(65_539).fill(0x90)],
] as const) {
  test(`no response APDU: ${what}`, { skip }, async () => {
    await using station = await openQuiet();
    const { transmit, virtual } = await tap(station, echoCard('04a1b2c3d4e5f6'));
    virtual.answer = () => response;
    assert.equal(await transmit(commandOf(5)), null);
    virtual.answer = echoed;
    assert.deepEqual(await transmit(commandOf(5)), echoed(commandOf(5)));
  });
}

test('two readers: a card that takes for ever keeps nobody waiting at the other', { skip }, async () => {
  await using station = await openQuiet({ readers: [1, 2], settings: { readingTime: 20_000 } });
  const stuck = await tap(station, echoCard('0411111111111a'), 1);
  const quick = await tap(station, echoCard('0422222222222b'), 2);
  stuck.virtual.fault = 'hang';
  let isAnswered = false;
  const answer = stuck.transmit(commandOf(6)).then((response) => {
    isAnswered = true;
    return response;
  });
  for (let number = 0; number < 100; number += 1) assert.deepEqual(await quick.transmit(commandOf(20, number)), echoed(commandOf(20, number)));
  station.stand.remove(2);
  await station.log.next(['gone'], second);
  await channelWorks(station, 2);
  assert.equal(isAnswered, false);
  station.stand.remove(1);
  assert.equal(await answer, null);
});

test('two readers: proofs at the same time', { skip }, async () => {
  await using station = await openQuiet({ readers: [1, 2] });
  const cards = [echoCard('0411111111111a'), echoCard('0422222222222b')] as const;
  const tapped = [await tap(station, cards[0], 1), await tap(station, cards[1], 2)] as const;
  const commands = [0, 1].map((which) => Array.from({ length: 200 }, (_, number) => commandOf(10 + which, number)));
  await Promise.all(
    tapped.map(async ({ transmit }, which) => {
      for (const command of commands[which] ?? []) assert.deepEqual(await transmit(command), echoed(command));
    }),
  );
  assert.deepEqual(
    cards.map(({ heard }) => heard),
    commands,
  );
});

test('while one reader exchanges and is alone, its card is seen to leave', { skip }, async () => {
  await using station = await openQuiet();
  const { transmit } = await tap(station, echoCard('04a1b2c3d4e5f6'));
  await transmit(commandOf(5));
  station.stand.remove(1);
  const [, took] = await timed(station.log.next(['gone'], first));
  assert.ok(took < 1_000, 'not only when the transaction has been let go of');
  assert.equal(await transmit(commandOf(5)), null);
  await channelWorks(station);
});

test('a card that nothing is asked of for long answers all the same', { skip }, async () => {
  await using station = await openQuiet();
  const { transmit } = await tap(station, echoCard('04a1b2c3d4e5f6'));
  for (const rest of [0, 150, 250, 1_000]) {
    await pause(rest);
    assert.deepEqual(await transmit(commandOf(7)), echoed(commandOf(7)));
  }
});
