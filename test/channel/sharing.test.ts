/** Another PC/SC program at the same card comes in; it never gets between two commands of a proof, and a proof survives what it did before. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { echoCard } from '../cards/echo.ts';
import { channelWorks, commandOf, echoed, openQuiet, skip, tap, timed } from './field.ts';
import { startRival } from './rivalry.ts';

const success = '0';
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

test('a proof is not interrupted: another program’s command comes after the last of it', { skip }, async () => {
  await using station = await openQuiet();
  const card = echoCard('04a1b2c3d4e5f6');
  const { transmit } = await tap(station, card);
  await using rival = await startRival(station.stand);
  assert.equal(await rival.call('connect shared'), success);
  await transmit(commandOf(5, 0));
  const theirs = rival.call('send 80aabbcc');
  for (let number = 1; number <= 10; number += 1) {
    await pause(30);
    await transmit(commandOf(5, number));
  }
  assert.equal(await theirs, success);
  assert.deepEqual(card.heard.map(hex), [...Array.from({ length: 11 }, (_, number) => hex(commandOf(5, number))), '80aabbcc']);
});

test('a proof is not reset by another program; a pause lets it, and the next proof begins', { skip }, async () => {
  await using station = await openQuiet();
  const card = echoCard('04a1b2c3d4e5f6');
  const { transmit } = await tap(station, card);
  await using rival = await startRival(station.stand);
  assert.equal(await rival.call('connect shared'), success);
  await transmit(commandOf(5));
  const before = card.resets();
  const reset = rival.call('disconnect reset');
  for (let number = 1; number <= 10; number += 1) {
    await pause(30);
    assert.deepEqual(await transmit(commandOf(5, number)), echoed(commandOf(5, number)));
    assert.equal(card.resets(), before);
  }
  assert.equal(await reset, success);
  assert.equal(card.resets(), before + 1);
  assert.deepEqual(await transmit(commandOf(6)), echoed(commandOf(6)));
});

test('another program resets the card as it lets go of it: the first command of a proof gets through', { skip }, async () => {
  await using station = await openQuiet();
  const card = echoCard('04a1b2c3d4e5f6');
  const { transmit } = await tap(station, card);
  await using rival = await startRival(station.stand);
  assert.equal(await rival.call('connect shared'), success);
  assert.equal(await rival.call('begin'), success);
  const before = card.resets();
  const answer = transmit(commandOf(5));
  await pause(250);
  assert.equal(await rival.call('end reset'), success);
  assert.deepEqual(await answer, echoed(commandOf(5)));
  assert.equal(card.resets(), before + 1);
  assert.deepEqual(card.heard, [commandOf(5)]);
});

test('another program keeps the card for too long: null, and the command never reaches it', { skip }, async () => {
  await using station = await openQuiet({ settings: { readingTime: 400 } });
  const card = echoCard('04a1b2c3d4e5f6');
  const { transmit } = await tap(station, card);
  await using rival = await startRival(station.stand);
  assert.equal(await rival.call('connect shared'), success);
  assert.equal(await rival.call('begin'), success);
  const [response, took] = await timed(transmit(commandOf(5)));
  assert.equal(response, null);
  assert.ok(took < 2_000, `${took} ms`);
  assert.equal(await rival.call('end leave'), success);
  assert.equal(await rival.call('send 80aabbcc'), success);
  await pause(500);
  assert.deepEqual(card.heard.map(hex), ['80aabbcc']);
  assert.deepEqual(await transmit(commandOf(6)), echoed(commandOf(6)));
});

test('another program has the card to itself and gives it back in time', { skip }, async () => {
  await using station = await openQuiet({ settings: { readingTime: 10_000 } });
  const { transmit } = await tap(station, echoCard('04a1b2c3d4e5f6'));
  await using rival = await startRival(station.stand);
  while ((await rival.call('connect exclusive')) !== success) await pause(5);
  const answer = transmit(commandOf(5));
  await pause(150);
  assert.equal(await rival.call('disconnect leave'), success);
  assert.deepEqual(await answer, echoed(commandOf(5)));
});

test('another program dies with the card in its hands', { skip }, async () => {
  await using station = await openQuiet({ settings: { readingTime: 10_000 } });
  const { transmit } = await tap(station, echoCard('04a1b2c3d4e5f6'));
  const rival = await startRival(station.stand);
  assert.equal(await rival.call('connect shared'), success);
  assert.equal(await rival.call('begin'), success);
  const answer = transmit(commandOf(5));
  await pause(100);
  await rival[Symbol.asyncDispose]();
  assert.deepEqual(await answer, echoed(commandOf(5)));
});

test('after a proof the card is free: another program may have it to itself', { skip }, async () => {
  await using station = await openQuiet();
  const { transmit } = await tap(station, echoCard('04a1b2c3d4e5f6'));
  {
    await using rival = await startRival(station.stand);
    assert.equal(await rival.call('connect shared'), success);
    assert.equal(await rival.call('disconnect leave'), success);
    await transmit(commandOf(5));
    let isProved = false;
    const theirs = (async () => {
      while ((await rival.call('connect exclusive')) !== success) await pause(20);
      assert.ok(isProved, 'not while the proof goes on');
    })();
    for (let number = 0; number < 10; number += 1) {
      await pause(30);
      assert.deepEqual(await transmit(commandOf(5)), echoed(commandOf(5)));
    }
    isProved = true;
    await theirs;
    assert.equal(await rival.call('disconnect leave'), success);
  }
  station.stand.remove(1);
  await station.log.next(['gone']);
  await channelWorks(station);
});
