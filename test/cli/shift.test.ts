/** Staff numbers, codes, replaced and unused badges come in through `tapward` beside a running agent; what they change at its screen goes out. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { demoPeople, strangerUid } from '../../agent/evaluation/people.ts';
import { startBeside } from './beside.ts';
import { startTapward, tapwardJson } from './running.ts';

const beside = await startBeside({ addBadge: 'code', shiftCodes: 'on' });
after(() => beside[Symbol.asyncDispose]());
const { dir, agent, run, people, idOf, entries } = beside;
const [sam, ana] = demoPeople as [Demo, Demo];
type Demo = (typeof demoPeople)[number];
const codes: string[] = [];

/** Types these one after another, each once its step is asked for. */
async function form(begin: 'enterCode' | 'newPin', steps: readonly (readonly [step: string, digits: string])[]): Promise<void> {
  await agent.do({ do: 'gesture', kind: begin });
  await typeSteps(steps);
}
async function typeSteps(steps: readonly (readonly [step: string, digits: string])[]): Promise<void> {
  for (const [step, digits] of steps) {
    await agent.do({ do: 'untilStep', step });
    await agent.do({ do: 'type', pin: digits });
  }
}
async function issue(...args: readonly string[]): Promise<string> {
  const { code, json } = await tapwardJson(dir, ['code', 'issue', ...args]);
  assert.equal(code, 0, JSON.stringify(json));
  const issued = (json as { readonly code: string }).code;
  codes.push(issued);
  return issued;
}

test('people set: role, number and account stand in the list; a number is one person’s', async () => {
  const id = await idOf('Sam');
  const said = await run(['people', 'set', id.slice(0, 8), '--role', 'nurse', '--number', '204817', '--account', 'CLINIC\\sam']);
  assert.deepEqual([said.code, said.out], [0, `${id} is changed: \`tapward people\` shows her.\n`]);
  assert.match((await run(['people'])).out, new RegExp(`${id} +Sam B\\. +- +nurse +204817 +CLINIC\\\\sam +set`));
  const taken = await run(['people', 'set', await idOf('Ana'), '--number', '204817']);
  assert.deepEqual([taken.code, taken.err], [1, `This staff number belongs to ${id}: look it up with \`tapward people\`.\n`]);
  const short = await run(['people', 'set', await idOf('Ana'), '--number', '4711']);
  assert.deepEqual([short.code, short.err], [2, 'A staff number has exactly 6 digits here: write it so, with zeros before it where it is shorter.\n']);
  assert.equal((await run(['people', 'set', await idOf('Ana'), '--number', '730551'])).code, 0);
  assert.deepEqual(entries().at(-1)?.entry.kind, 'changed');
});

test('code issue --for shift: in without a badge, with the code and her PIN', async () => {
  const code = await issue('--for', 'shift', await idOf('Sam'), '--checked', 'called back on the ward', '--hours', '8');
  const issued = entries().at(-1)?.entry;
  assert.deepEqual(issued?.kind === 'codeIssued' && [issued.purpose, issued.checked, issued.subscriber], ['shift', 'called back on the ward', await idOf('Sam')]);
  await form('enterCode', [
    ['number', '204817'],
    ['code', code],
    ['pin', sam.pin],
  ]);
  await agent.do({ do: 'until', screen: 'open' });
  await agent.do({ do: 'gesture', kind: 'lockNow' });
  await agent.do({ do: 'until', screen: 'idle' });
});

test('code issue prints the code once, in groups, with what to do', async () => {
  const said = await run(['code', 'issue', await idOf('Ana'), '--for', 'new-pin', '--checked', 'at the desk, with her ID']);
  const [, code = ''] = /^Code: ((?:\d{3} ){3}\d{4})\nFor [0-9a-f]{16}, until [\d: -]+\. It is shown this once\.\n/.exec(said.out) ?? assert.fail(said.out);
  codes.push(code.replaceAll(' ', ''));
  await form('newPin', [
    ['number', '730551'],
    ['code', code.replaceAll(' ', '')],
    ['newPin', '629470'],
    ['again', '629470'],
  ]);
  await agent.do({ do: 'until', screen: 'pinChanged' });
  await agent.do({ do: 'gesture', kind: 'back' });
  await agent.signIn({ uid: ana.uid, pin: '629470' });
  await agent.do({ do: 'gesture', kind: 'lockNow' });
  await agent.do({ do: 'until', screen: 'idle' });
});

test('people add, then a code: somebody new adds her badge and chooses her PIN herself', async () => {
  const added = await run(['people', 'add', '--number', '551177', '--role', 'nurse', '--language', 'es', '--pin-stdin'], { input: 'Noor\nD\n' });
  assert.match(added.out, /^She is [0-9a-f]{16}: give her a code with `tapward code issue --for enrol`\.\n$/);
  const code = await issue('--for', 'enrol', await idOf('Noor'), '--checked', 'hired this morning');
  await agent.tap(strangerUid, 'unknown');
  await agent.do({ do: 'gesture', kind: 'addBadge' });
  await typeSteps([
    ['number', '551177'],
    ['code', code],
    ['newPin', '184629'],
    ['again', '184629'],
  ]);
  await agent.do({ do: 'until', screen: 'added' });
  await agent.do({ do: 'gesture', kind: 'back' });
  await agent.signIn({ uid: strangerUid, pin: '184629' });
});

test('replace: the new badge is hers, and what the old one opened locks at once', async () => {
  // Noor's work is open, by the badge that is replaced now.
  const noor = (await people()).find(({ subscriber }) => subscriber.given === 'Noor') ?? assert.fail();
  const old = noor.badges[0]?.id ?? '';
  const program = startTapward(dir, ['replace', old.slice(0, 8)], { input: '' });
  await program.says('Hold the badge');
  await agent.do({ do: 'place', uid: '04c1c2c3c4c5c8' });
  await agent.do({ do: 'lift' });
  const said = await program.ended;
  assert.match(said.out, new RegExp(`^Badge [0-9a-f]{16} is ${noor.subscriber.id}’s in place of ${old}, which opens nothing any more: `));
  await agent.do({ do: 'until', screen: 'idle' });
  assert.deepEqual(
    entries()
      .slice(-3)
      .map(({ entry }) => (entry.kind === 'locked' ? `locked ${entry.why}` : entry.kind)),
    ['enrolled', 'replaced', 'locked revoked'],
  );
  await agent.tap(strangerUid, 'revoked');
  await agent.do({ do: 'gesture', kind: 'back' });
  await agent.signIn({ uid: '04c1c2c3c4c5c8', pin: '184629' });
  await agent.do({ do: 'gesture', kind: 'lockNow' });
  // Said before anybody looks for a new badge.
  const again = await run(['replace', old]);
  assert.deepEqual([again.code, again.err], [1, 'This badge was revoked already: give her another one with `tapward enrol --for`.\n']);
});

test('badges --stale and badges retire: nothing is stale yet', async () => {
  assert.deepEqual([(await run(['badges', '--stale'])).out, (await run(['badges', 'retire'])).out], ['Every badge in use was used within 90 days.\n', '0 badges retired.\n']);
});

test('no code, PIN, UID or name is in any file of the station, and no code in an answer but its own', () => {
  beside.assertNoSecrets(['629470', '184629', strangerUid, '04c1c2c3c4c5c8', ...codes], ['Noor']);
});
