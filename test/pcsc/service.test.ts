/** A PC/SC service that is away, dies, hangs or comes back comes in, and a reader program that does; each ends in the right event, and the next tap works. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { probePcsc } from '../../native/pcsc/probe.ts';
import { virtualCard } from '../virtual-reader/card.ts';
import { startStand } from '../virtual-reader/stand.ts';
import type { Station } from './station.ts';
import { openStation, skip } from './station.ts';

async function tapWorks({ stand, log }: Station, slot = 1): Promise<void> {
  stand.insert(slot, virtualCard('04cafecafecafe'));
  const [, read] = await log.next(['arrived', 'read']);
  assert.equal(Buffer.from(read.uid).toString('hex'), '04cafecafecafe');
  stand.remove(slot);
  await log.next(['gone']);
}

test('no pcscd at the start: said at once; started later, the readers are found', { skip }, async () => {
  await using station = await openStation({ before: (stand) => stand.stopDaemon() });
  const [away] = await station.log.next(['service']);
  assert.equal(away.cause, 'noService');
  await station.stand.startDaemon();
  const [back] = await station.log.next(['service', 'readerFound']);
  assert.equal(back.cause, null);
  await tapWorks(station);
});

test('pcscd killed and started again while a card lies there: still the same presentation', { skip }, async () => {
  await using station = await openStation();
  const { stand, log } = station;
  await log.next(['service', 'readerFound']);
  stand.insert(1, virtualCard('04a1b2c3d4e5f6'));
  const [arrived] = await log.next(['arrived', 'read']);
  for (let time = 0; time < 3; time += 1) {
    await stand.killDaemon('SIGKILL');
    const [away] = await log.next(['service']);
    await stand.startDaemon();
    const [back] = await log.next(['service']);
    assert.deepEqual([away.cause, back.cause], ['noService', null]);
  }
  stand.remove(1);
  const [gone] = await log.next(['gone']);
  assert.equal(gone.presentation, arrived.presentation);
  await tapWorks(station);
});

test('the card was taken while pcscd was away: gone once', { skip }, async () => {
  await using station = await openStation();
  const { stand, log } = station;
  await log.next(['service', 'readerFound']);
  stand.insert(1, virtualCard('04a1b2c3d4e5f6'));
  const [arrived] = await log.next(['arrived', 'read']);
  await stand.killDaemon('SIGKILL');
  stand.remove(1);
  await stand.startDaemon();
  const [, , gone] = await log.next(['service', 'service', 'gone']);
  assert.equal(gone.presentation, arrived.presentation);
  await tapWorks(station);
});

test('another card was put there while pcscd was away: gone, arrived, read', { skip }, async () => {
  await using station = await openStation();
  const { stand, log } = station;
  await log.next(['service', 'readerFound']);
  stand.insert(1, virtualCard('04a1b2c3d4e5f6'));
  const [before] = await log.next(['arrived', 'read']);
  await stand.killDaemon('SIGKILL');
  stand.remove(1);
  stand.insert(1, virtualCard('0422222222222b'));
  await stand.startDaemon();
  const [, , gone, arrived] = await log.next(['service', 'service', 'gone', 'arrived', 'read']);
  assert.equal(gone.presentation, before.presentation);
  assert.ok(arrived.presentation > before.presentation);
});

test('pcscd stays away: after the grace card and readers are given up; back again, both are new', { skip }, async () => {
  await using station = await openStation({ grace: 200 });
  const { stand, log } = station;
  await log.next(['service', 'readerFound']);
  stand.insert(1, virtualCard('04a1b2c3d4e5f6'));
  const [before] = await log.next(['arrived', 'read']);
  await stand.killDaemon('SIGKILL');
  const [, gone] = await log.next(['service', 'gone', 'readerLost']);
  assert.equal(gone.presentation, before.presentation);
  await stand.startDaemon();
  const [, , arrived] = await log.next(['service', 'readerFound', 'arrived', 'read']);
  assert.ok(arrived.presentation > before.presentation);
});

test('the reader was pulled out while pcscd was away: gone, lost', { skip }, async () => {
  await using station = await openStation({ readers: [1, 2], grace: 700 });
  const { stand, log } = station;
  await log.next(['service', 'readerFound', 'readerFound']);
  stand.insert(2, virtualCard('04a1b2c3d4e5f6'));
  const [arrived] = await log.next(['arrived', 'read']);
  await stand.killDaemon('SIGKILL');
  await stand.unplug(2);
  await stand.startDaemon();
  const [, , gone, lost] = await log.next(['service', 'service', 'gone', 'readerLost']);
  assert.equal(gone.presentation, arrived.presentation);
  assert.equal(lost.reader, arrived.reader);
  await tapWorks(station);
});

test('a pcscd that hangs: said, the program is replaced; when it goes on, taps work', { skip }, async () => {
  await using station = await openStation({ settings: { relistAfter: 200 }, patience: 800, grace: 300 });
  const { stand, log, diagnoses, programPid } = station;
  await log.next(['service', 'readerFound']);
  const hungProgram = programPid();
  await stand.killDaemon('SIGSTOP');
  const [hung] = await log.next(['service', 'readerLost']);
  assert.equal(hung.cause, 'hung');
  await stand.killDaemon('SIGCONT');
  const [back] = await log.next(['service', 'readerFound']);
  assert.equal(back.cause, null);
  await tapWorks(station);
  assert.notEqual(programPid(), hungProgram);
  assert.ok(diagnoses.some(({ id }) => id === 'service-hung'));
});

test('a hung pcscd is replaced by another while a card lies there: still the same presentation', { skip }, async () => {
  await using station = await openStation({ settings: { relistAfter: 200 }, patience: 800, grace: 30_000 });
  const { stand, log } = station;
  await log.next(['service', 'readerFound']);
  stand.insert(1, virtualCard('04a1b2c3d4e5f6'));
  const [arrived] = await log.next(['arrived', 'read']);
  await stand.killDaemon('SIGSTOP');
  const [hung] = await log.next(['service']);
  assert.equal(hung.cause, 'hung');
  await stand.killDaemon('SIGKILL');
  await stand.startDaemon();
  // Between the two it may be seen to be away.
  const [next] = await log.next(['service']);
  if (next.cause !== null) await log.next(['service']);
  stand.remove(1);
  const [gone] = await log.next(['gone']);
  assert.equal(gone.presentation, arrived.presentation);
});

test('the reader program is killed while a card lies there: its successor reports nothing new', { skip }, async () => {
  await using station = await openStation();
  const { stand, log, diagnoses, programPid } = station;
  await log.next(['service', 'readerFound']);
  const card = virtualCard('04a1b2c3d4e5f6');
  stand.insert(1, card);
  const [arrived] = await log.next(['arrived', 'read']);
  for (let time = 0; time < 3; time += 1) {
    card.stages.answered = 0;
    process.kill(programPid(), 'SIGKILL');
    while (card.stages.answered === 0) await pause(5);
  }
  stand.remove(1);
  const [gone] = await log.next(['gone']);
  assert.equal(gone.presentation, arrived.presentation);
  assert.deepEqual(
    diagnoses.map(({ id }) => id),
    ['program-ended', 'program-ended', 'program-ended'],
  );
  await tapWorks(station);
});

test('a program that cannot stay alive is said to be hung, and tried again', { skip }, async () => {
  await using station = await openStation();
  const { log, programPid } = station;
  await log.next(['service', 'readerFound']);
  const killer = setInterval(() => {
    try {
      process.kill(programPid(), 'SIGKILL');
    } catch {
      // None runs at this moment.
    }
  }, 5);
  const [hung] = await log.next(['service']);
  assert.equal(hung.cause, 'hung');
  clearInterval(killer);
  const [back] = await log.next(['service']);
  assert.equal(back.cause, null);
  await tapWorks(station);
});

test('the card is taken while no reader program runs: gone once', { skip }, async () => {
  await using station = await openStation();
  const { stand, log, programPid } = station;
  await log.next(['service', 'readerFound']);
  stand.insert(1, virtualCard('04a1b2c3d4e5f6'));
  const [arrived] = await log.next(['arrived', 'read']);
  process.kill(programPid(), 'SIGKILL');
  stand.remove(1);
  const [gone] = await log.next(['gone']);
  assert.equal(gone.presentation, arrived.presentation);
  await tapWorks(station);
});

test('a reader program that stops is replaced', { skip }, async () => {
  await using station = await openStation({ settings: { relistAfter: 200 }, patience: 800, grace: 30_000 });
  const { log, programPid } = station;
  await log.next(['service', 'readerFound']);
  process.kill(programPid(), 'SIGSTOP');
  const [hung, back] = await log.next(['service', 'service']);
  assert.deepEqual([hung.cause, back.cause], ['hung', null]);
  await tapWorks(station);
});

test('the reader program ends with its parent, killed with SIGKILL', { skip }, async () => {
  await using stand = await startStand();
  const parent = `
    import { createClock } from ${JSON.stringify(import.meta.resolve('../../native/clock/clock.ts'))};
    import { createPcscReader } from ${JSON.stringify(import.meta.resolve('../../native/pcsc/reader.ts'))};
    import { readFileSync } from 'node:fs';
    const reader = createPcscReader({ clock: createClock(), nextPresentation: () => 1, diagnose: () => {} });
    await reader.start(() => {});
    console.log(readFileSync('/proc/self/task/' + process.pid + '/children', 'utf8').trim());
    process.kill(process.pid, 'SIGKILL');`;
  let said = '';
  try {
    execFileSync(process.execPath, ['--input-type=module', '--eval', parent], { env: { ...process.env, ...stand.env }, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  } catch (killed) {
    said = (killed as { stdout: string }).stdout;
  }
  const pid = Number(said.trim());
  assert.ok(pid > 1, said);
  const isAlive = (): boolean => {
    try {
      return !/^State:\tZ/m.test(execFileSync('cat', [`/proc/${pid}/status`], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
    } catch {
      return false;
    }
  };
  for (let tries = 0; isAlive() && tries < 200; tries += 1) await pause(50);
  assert.equal(isAlive(), false);
});

test('probe: readers, skipped slots and no service, in words', { skip }, async () => {
  await using stand = await startStand({ readers: [1, 2], names: { 2: 'ACS ACR1252 Dual Reader [ACR1252 Dual Reader SAM]' } });
  assert.deepEqual(await probePcsc({ env: stand.env }), {
    cause: null,
    readers: ['Virtual Badge Reader 1 CL 00 00'],
    skipped: [{ reader: 'ACS ACR1252 Dual Reader [ACR1252 Dual Reader SAM] 01 00', why: 'it is a slot for a key store inside the reader (SAM).' }],
  });
  await stand.killDaemon('SIGSTOP');
  assert.equal((await probePcsc({ env: stand.env, silence: 1_500 })).cause, 'hung');
  await stand.stopDaemon();
  assert.equal((await probePcsc({ env: stand.env })).cause, 'noService');
});

test('no PC/SC library on the system: said by its name', { skip: skip || (process.getuid?.() === 0 ? false : 'needs root (hides a file)') }, () => {
  const library = execFileSync('sh', ['-c', 'ldconfig -p 2>/dev/null || /sbin/ldconfig -p'], { encoding: 'utf8' }).match(/libpcsclite\.so\.1 .*=> (\S+)/)?.[1];
  assert.ok(library);
  const probe = `import { probePcsc } from ${JSON.stringify(import.meta.resolve('../../native/pcsc/probe.ts'))}; console.log((await probePcsc()).cause);`;
  const hidden = 'mount --bind /dev/null "$1"; shift; exec "$@"';
  const said = execFileSync(
    'unshare',
    ['--mount', '--propagation', 'private', 'sh', '-ec', hidden, 'sh', realpathSync(library), process.execPath, '--input-type=module', '--eval', probe],
    { encoding: 'utf8' },
  );
  assert.equal(said.trim(), 'noLibrary');
});
