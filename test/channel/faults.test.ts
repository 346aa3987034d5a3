/** Cards, programs and services that fail in the middle of a proof come in; each exchange ends in null in bounded time, and the next tap and its channel work. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Transmit } from '../../core/ports.ts';
import { echoCard } from '../cards/echo.ts';
import { channelWorks, commandOf, echoed, openQuiet, skip, tap, timed } from './field.ts';

/** Far longer than any test may take where it must not be what ends the waiting. */
const endless = { settings: { readingTime: 60_000 } };

/** Until the card answers again; the attempts before end in null. */
async function answersAgain(transmit: Transmit): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    const response = await transmit(commandOf(8));
    if (response) {
      assert.deepEqual(response, echoed(commandOf(8)));
      return;
    }
    await pause(20);
  }
  assert.fail('the card never answered again');
}

/** SIGSTOP reaches the threads of a process one by one. */
async function stopped(pid: number | null): Promise<void> {
  const states = (): readonly string[] =>
    readdirSync(`/proc/${pid}/task`).map((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .slice(0, 1),
    );
  while (!states().every((state) => state === 'T')) await pause(1);
}

test('pulled at every exchange of a proof', { skip }, async () => {
  await using station = await openQuiet(endless);
  const { stand, log } = station;
  for (let at = 1; at <= 12; at += 1) {
    const card = echoCard('04a1b2c3d4e5f6');
    const { transmit, virtual } = await tap(station, card);
    for (let number = 1; number < at; number += 1) assert.deepEqual(await transmit(commandOf(12, number)), echoed(commandOf(12, number)));
    virtual.fault = 'pull';
    assert.equal(await transmit(commandOf(12, at)), null);
    await log.next(['gone']);
    assert.equal(await transmit(commandOf(12, at + 1)), null);
    assert.equal(card.heard.length, at - 1);
  }
  stand.remove(1);
  await channelWorks(station);
});

test('pulled while the card computes: null at once, and the rest of the queue with it', { skip }, async () => {
  await using station = await openQuiet(endless);
  const card = echoCard('04a1b2c3d4e5f6');
  const { transmit, virtual } = await tap(station, card);
  virtual.fault = 'hang';
  const answers = [transmit(commandOf(5)), transmit(commandOf(6)), transmit(commandOf(7))];
  await pause(50);
  station.stand.remove(1);
  assert.deepEqual(await Promise.all(answers), [null, null, null]);
  await station.log.next(['gone']);
  assert.deepEqual(card.heard, []);
  await channelWorks(station);
});

test('what was asked of a card does not reach the next one', { skip }, async () => {
  await using station = await openQuiet(endless);
  const { stand, log } = station;
  for (let time = 0; time < 20; time += 1) {
    const old = await tap(station, echoCard('0411111111111a'));
    const card = echoCard('0422222222222b');
    stand.remove(1);
    stand.insert(1, Object.assign(old.virtual, { answer: card.respond, fault: 'none' }));
    const late = [old.transmit(commandOf(5)), old.transmit(commandOf(6))];
    await log.next(['gone', 'arrived']);
    await Promise.all([...late, old.transmit(commandOf(7))]);
    // Before the new card was read, and after.
    await log.any();
    assert.equal(await old.transmit(commandOf(8)), null);
    assert.deepEqual(
      card.heard.filter((command) => command[0] !== 0xff),
      [],
    );
    stand.remove(1);
    await log.next(['gone']);
  }
});

test('a card that never answers: null after the time for reading, said, and no byte of it', { skip }, async () => {
  await using station = await openQuiet({ settings: { readingTime: 300 } });
  const { stand, log, diagnoses, programPid } = station;
  const program = programPid();
  const { transmit, virtual } = await tap(station, echoCard('04a1b2c3d4e5f6'));
  assert.deepEqual(await transmit(commandOf(30)), echoed(commandOf(30)));
  virtual.fault = 'hang';
  const [response, took] = await timed(transmit(Uint8Array.from(Buffer.from('00deadbeefdeadbeef', 'hex'))));
  assert.equal(response, null);
  assert.ok(took >= 250 && took < 2_000, `${took} ms`);
  // A second one, while the first still hangs.
  assert.equal(await transmit(commandOf(5)), null);
  stand.remove(1);
  await log.next(['gone']);
  await channelWorks(station);
  assert.equal(programPid(), program, 'nothing was worth a new program');
  assert.ok(diagnoses.length >= 1 && diagnoses.every(({ id }) => id === 'reader-silent'));
  assert.doesNotMatch(JSON.stringify(diagnoses), /deadbeef|222,173|04a1b2c3/i);
});

test('a card that answers too late: its answer is nobody else’s', { skip }, async () => {
  await using station = await openQuiet({ settings: { readingTime: 300 } });
  const { transmit, virtual } = await tap(station, echoCard('04a1b2c3d4e5f6'));
  virtual.delay = 500;
  assert.equal(await transmit(commandOf(5)), null);
  virtual.delay = 0;
  await answersAgain(transmit);
});

test('each exchange has its own time, however many were asked for at once', { skip }, async () => {
  await using station = await openQuiet({ settings: { readingTime: 600 } });
  const { transmit, virtual } = await tap(station, echoCard('04a1b2c3d4e5f6'));
  virtual.delay = 200;
  const commands = Array.from({ length: 6 }, (_, number) => commandOf(5, number));
  assert.deepEqual(await Promise.all(commands.map((command) => transmit(command))), commands.map(echoed));
});

test('the program is killed in the middle: null at once; its successor reaches the same presentation', { skip }, async () => {
  await using station = await openQuiet(endless);
  const { stand, log, programPid } = station;
  const { transmit, virtual, presentation } = await tap(station, echoCard('04a1b2c3d4e5f6'));
  for (let time = 0; time < 3; time += 1) {
    virtual.delay = 300;
    const answer = transmit(commandOf(5));
    await pause(100);
    process.kill(programPid(), 'SIGKILL');
    assert.equal(await answer, null);
    virtual.delay = 0;
    await answersAgain(transmit);
  }
  stand.remove(1);
  const [gone] = await log.next(['gone']);
  assert.equal(gone.presentation, presentation);
  await channelWorks(station);
});

test('pcscd is killed in the middle: null; started again, it is the same presentation', { skip }, async () => {
  await using station = await openQuiet({ ...endless, grace: 30_000 });
  const { stand, log } = station;
  const { transmit, virtual, presentation } = await tap(station, echoCard('04a1b2c3d4e5f6'));
  virtual.delay = 300;
  const answer = transmit(commandOf(5));
  await pause(100);
  await stand.killDaemon('SIGKILL');
  assert.equal(await answer, null);
  virtual.delay = 0;
  await stand.startDaemon();
  await log.next(['service', 'service']);
  await answersAgain(transmit);
  stand.remove(1);
  const [gone] = await log.next(['gone']);
  assert.equal(gone.presentation, presentation);
  await channelWorks(station);
});

test('pcscd hangs in the middle: null after the time for reading; when it goes on, so does the channel', { skip }, async () => {
  await using station = await openQuiet({ settings: { readingTime: 300 }, grace: 30_000 });
  const { stand } = station;
  const { transmit } = await tap(station, echoCard('04a1b2c3d4e5f6'));
  assert.deepEqual(await transmit(commandOf(5)), echoed(commandOf(5)));
  await stand.killDaemon('SIGSTOP');
  await stopped(stand.daemonPid);
  const [response, took] = await timed(transmit(commandOf(6)));
  assert.equal(response, null);
  assert.ok(took < 2_000, `${took} ms`);
  await stand.killDaemon('SIGCONT');
  await answersAgain(transmit);
  stand.remove(1);
  await station.log.next(['gone']);
  await channelWorks(station);
});

test('the program stops in the middle: null after the time for reading', { skip }, async () => {
  await using station = await openQuiet({ settings: { readingTime: 300 }, grace: 30_000 });
  const { transmit } = await tap(station, echoCard('04a1b2c3d4e5f6'));
  process.kill(station.programPid(), 'SIGSTOP');
  await stopped(station.programPid());
  const [response, took] = await timed(transmit(commandOf(6)));
  assert.equal(response, null);
  assert.ok(took < 2_000, `${took} ms`);
  process.kill(station.programPid(), 'SIGCONT');
  await answersAgain(transmit);
});
