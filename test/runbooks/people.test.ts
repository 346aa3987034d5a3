/** Real stations with a lost badge, a blocked PIN, a dead reader and a fault come in; that each runbook's commands say what the page says, and the screen too, is tested. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { demoPeople } from '../../agent/evaluation/people.ts';
import { type Beside, startBeside } from '../cli/beside.ts';
import { bookOf, headingOf } from './book.ts';
import { play } from './play.ts';

const [sam, ana] = demoPeople as [(typeof demoPeople)[number], (typeof demoPeople)[number]];
const person = (beside: Beside, given: string) => () => beside.idOf(given);
const badge = (beside: Beside, given: string) => async () => (await beside.people()).find(({ subscriber }) => subscriber.given === given)?.badges[0]?.id ?? 'none';
const shown = (title: string, n = 0): string => bookOf(title).screens[n]?.[0] ?? assert.fail(`${title} has no such screen`);

async function digitsOf(beside: Beside, begin: 'enterCode' | 'newPin', steps: readonly (readonly [string, string])[]): Promise<void> {
  await beside.agent.do({ do: 'gesture', kind: begin });
  for (const [step, digits] of steps) {
    await beside.agent.do({ do: 'untilStep', step });
    await beside.agent.do({ do: 'type', pin: digits });
  }
}
const codeIn = (out: string): string => /^Code: ([\d ]+)$/m.exec(out)?.[1]?.replaceAll(' ', '') ?? assert.fail(out);

test('Lost badge: it opens nothing more, a code gets her in, a new badge is hers', async () => {
  await using beside = await startBeside({ shiftCodes: 'on' });
  const { agent } = beside;
  await play('Lost badge', {
    names: { PERSON: person(beside, 'Sam'), BADGE: badge(beside, 'Sam') },
    run: (words) => (words[0] === 'enrol' ? beside.enrol(words.slice(1), '', ['04c1c2c3c4c5c8']) : beside.run(words)),
    after: {
      1: async () => {
        assert.equal(shown('Lost badge'), headingOf('revoked'));
        await agent.tap(sam.uid, 'revoked');
        await agent.do({ do: 'gesture', kind: 'back' });
      },
      2: async ({ out }) => {
        await digitsOf(beside, 'enterCode', [
          ['number', sam.number],
          ['code', codeIn(out)],
          ['pin', sam.pin],
        ]);
        await agent.do({ do: 'until', screen: 'open' });
        await agent.do({ do: 'gesture', kind: 'lockNow' });
        await agent.do({ do: 'until', screen: 'idle' });
      },
      3: () => agent.signIn({ uid: '04c1c2c3c4c5c8', pin: sam.pin }),
    },
  });
});

test('Blocked PIN: the page’s screen, why, a code, and a PIN of her own again', async () => {
  await using beside = await startBeside({ triesBeforeWait: 9, blockAfter: 3 });
  const { agent } = beside;
  for (let wrong = 0; wrong < 3; wrong++) {
    await agent.tap(ana.uid, 'pin');
    await agent.do({ do: 'type', pin: '000000' });
    await (wrong < 2 ? agent.do({ do: 'untilWrong', left: 2 - wrong }) : agent.do({ do: 'until', screen: 'blocked' }));
    await agent.do({ do: 'gesture', kind: wrong < 2 ? 'cancel' : 'back' });
    // The same badge counts again after a second.
    await agent.tap('04f0e1d2c3b4a5', 'unknown');
    await agent.do({ do: 'gesture', kind: 'back' });
    await new Promise((resume) => setTimeout(resume, 1_100));
  }
  assert.equal(shown('Blocked PIN'), headingOf('blocked'));
  await play('Blocked PIN', {
    names: { PERSON: person(beside, 'Ana') },
    run: (words) => beside.run(words),
    after: {
      1: async ({ out }) => {
        await digitsOf(beside, 'newPin', [
          ['number', ana.number],
          ['code', codeIn(out)],
          ['newPin', '629470'],
          ['again', '629470'],
        ]);
        assert.equal(shown('Blocked PIN', 1), headingOf('pinChanged'));
        await agent.do({ do: 'until', screen: 'pinChanged' });
        await agent.do({ do: 'gesture', kind: 'back' });
        await agent.signIn({ uid: ana.uid, pin: '629470' });
      },
    },
  });
});

test('Reader dead: said on the screen, found by the doctor, and back', async () => {
  await using beside = await startBeside();
  const { agent } = beside;
  await agent.do({ do: 'unplug' });
  assert.equal(shown('Reader dead'), headingOf('readerMissing'));
  await agent.do({ do: 'until', screen: 'readerMissing' });
  await play('Reader dead', { run: (words) => beside.run(words), before: { 2: () => agent.do({ do: 'plug' }) } });
});

test('Station will not unlock: the cause, its mend, and what became of a tap by its reference', async () => {
  let beside = await startBeside();
  const path = beside.dir;
  await beside.agent.do({ do: 'break' });
  assert.equal(shown('Station will not unlock'), headingOf('callIt'));
  await beside.agent.do({ do: 'until', screen: 'callIt' });
  const restart = async (): Promise<void> => {
    await beside.agent.kill();
    const { startAgentProcess } = await import('../cli/running.ts');
    beside = { ...beside, agent: await startAgentProcess(path) };
  };
  try {
    await play('Station will not unlock', {
      run: (words) => beside.run(words),
      names: { REFERENCE: async () => (JSON.parse((await beside.run(['status', '--json'])).out) as { readonly lastTap: { readonly reference: string } }).lastTap.reference },
      before: { 2: restart, 3: () => beside.agent.tap('04f0e1d2c3b4a5', 'unknown') },
    });
  } finally {
    await beside.agent.kill();
  }
});

test('Keys leave the locked screen: why and what to do, and well again at the next lock', async () => {
  await using beside = await startBeside();
  const says = (hold: 'missing' | 'held') => () => beside.agent.do({ do: 'keyboard', hold });
  await play('Keys leave the locked screen', { run: (words) => beside.run(words), before: { 0: says('missing'), 2: says('held') } });
});

test('Support bundle: a file, and what is said of it', async () => {
  await using beside = await startBeside();
  await play('Support bundle', { names: { FILE: () => join(beside.path, 'support.tar.gz') }, run: (words) => beside.run(words) });
});
