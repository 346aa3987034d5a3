/** Names, badges on the tray and PINs come in through `tapward enrol` beside a running agent; who is enrolled, and every reason why not, goes out. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { after, test } from 'node:test';
import { demoPeople } from '../../agent/evaluation/people.ts';
import { startBeside } from './beside.ts';
import { startTapward } from './running.ts';

const beside = await startBeside();
after(() => beside[Symbol.asyncDispose]());
const { dir, agent, run, enrol, people, idOf, entries } = beside;
const [, ana] = demoPeople as [Demo, Demo];
type Demo = (typeof demoPeople)[number];
const robin = { uid: '04010203040506', pin: '638204' };

test('enrol: name, badge and PIN; the PIN and the name are nowhere in any process’s arguments', async () => {
  const around: string[] = [];
  const said = await enrol(['--pin-stdin', '--language', 'es'], `Robin\nS\n${robin.pin}\n`, [robin.uid], () => {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      for (const file of ['cmdline', 'environ']) {
        try {
          around.push(readFileSync(`/proc/${pid}/${file}`, 'latin1'));
        } catch {
          // It ended, or is a kernel thread.
        }
      }
    }
  });
  assert.equal(said.err, 'Hold the badge to the reader.\nGot it. The badge may go.\n');
  assert.match(
    said.out,
    /^Robin S\. is enrolled as [0-9a-f]{16} with badge [0-9a-f]{16}: a badge that only shows a number and proves nothing: anyone with a reader can copy it\.\n$/,
  );
  assert.equal(said.code, 0);
  assert.ok(
    around.some((text) => text.includes('--pin-stdin')),
    'the command itself was among the processes looked at',
  );
  // The test's own process names the PIN in its source, not in its arguments.
  for (const text of around) assert.ok(!text.includes(robin.pin) && !text.includes('Robin'));
  const [last] = entries().slice(-1);
  assert.deepEqual(last?.entry, {
    kind: 'enrolled',
    subscriber: await idOf('Robin'),
    badge: last?.entry.kind === 'enrolled' ? last.entry.badge : '',
    actor: last?.entry.kind === 'enrolled' ? last.entry.actor : '',
    grade: 'uid',
  });
  assert.match(last?.entry.kind === 'enrolled' ? last.entry.actor : '', new RegExp(`${userInfo().username}$`));
  const spanish = (await people()).find(({ subscriber }) => subscriber.given === 'Robin');
  assert.equal(spanish?.subscriber.language, 'es');
  await agent.signIn(robin);
});

const askedBadge = 'Hold the badge to the reader.\n';
/** Nobody's, before and after. */
const free = '04c1c2c3c4c5c6';
const refusals: readonly (readonly [what: string, input: string, cards: readonly string[], code: number, last: string])[] = [
  ['a badge that belongs to somebody', 'Noor\nD\n184629\n', [ana.uid], 1, 'This badge belongs to #: take another badge.'],
  ['a PIN that counts up', 'Noor\nD\n123456\n', [free], 1, 'This PIN is easy to guess, because it counts up or down: choose another one.'],
  ['a PIN that is a date', 'Noor\nD\n311299\n', [free], 1, 'This PIN is easy to guess, because it reads as a date or a year: choose another one.'],
  ['a short PIN', 'Noor\nD\n1846\n', [free], 2, 'The PIN has the wrong length: choose exactly 6 digits.'],
  ['a PIN with letters', 'Noor\nD\n18462x\n', [free], 2, 'A PIN is digits and nothing else: choose one.'],
  ['no PIN', 'Noor\nD\n', [free], 2, 'The PIN is missing: send it on standard input, one line of digits.'],
];
for (const [what, input, cards, code, last] of refusals) {
  test(`enrol refuses ${what}, and nobody is enrolled`, async () => {
    const enrolled = (): number => entries().filter(({ entry }) => entry.kind === 'enrolled').length;
    const before = enrolled();
    const said = await enrol(['--pin-stdin'], input, cards);
    assert.equal(said.code, code);
    assert.equal(said.out, '');
    assert.equal(
      said.err
        .trimEnd()
        .split('\n')
        .at(-1)
        ?.replaceAll(/[0-9a-f]{16}/g, '#'),
      last,
    );
    assert.ok(said.err.startsWith(askedBadge));
    // A badge that cannot be had is said before anybody thinks of a PIN.
    assert.equal(said.err.includes('Got it.'), !what.includes('belongs'));
    assert.equal(enrolled(), before);
  });
}

test('enrol names what is wrong with a name before it asks for anything else', async () => {
  for (const [input, why] of [
    ['R2D2\nS\n184629\n', 'Give the first name in letters, at most 24.'],
    ['Noor\nDe\n184629\n', 'Give the initial of the last name as one letter.'],
    ['Noor\n', 'First name or last initial is missing: send each in a line of its own.'],
  ] as const) {
    const { code, err } = await run(['enrol', '--pin-stdin'], { input });
    assert.deepEqual([code, err], [2, `${why}\n`]);
  }
});

test('a phone is told apart, and the badge after it is taken', async () => {
  const said = await enrol(['--pin-stdin'], 'Noor\nD\n184629\n', ['08aabbcc', '04f1f2f3f4f5f6']);
  assert.deepEqual(said.err, `${askedBadge}Phone or bank card? Hold the badge there alone.\nGot it. The badge may go.\n`);
  assert.equal(said.code, 0);
});

test('no badge in time: one sentence', async () => {
  const { code, err } = await run(['enrol', '--wait', '1', '--pin-stdin'], { input: 'Kim\nP\n184629\n' });
  assert.equal(code, 1);
  assert.equal(err, `${askedBadge}No badge came within 1 second: run the command again and hold one to the reader; one that lies there already must be lifted first.\n`);
});

test('two enrolments at once: the second is told to wait', async () => {
  const first = startTapward(dir, ['enrol', '--pin-stdin'], { input: 'Kim\nP\n184629\n' });
  await first.says('Hold the badge');
  const second = await run(['enrol', '--pin-stdin'], { input: 'Lee\nP\n184629\n' });
  assert.deepEqual([second.code, second.err], [1, 'Another command waits for a badge already: let it finish, then try again.\n']);
  first.child.kill('SIGTERM');
  await first.ended;
  // Its going is noticed: the next enrolment need not wait.
  assert.equal((await enrol(['--for', await idOf('Ana')], '', ['04e1e2e3e4e5e6'])).code, 0);
});

test('the tray unplugged: no reader, said at once', async () => {
  await agent.do({ do: 'unplug' });
  const { code, err } = await run(['enrol', '--pin-stdin'], { input: 'Kim\nP\n184629\n' });
  assert.deepEqual([code, err], [3, 'The PC/SC service does not run: start it (Debian: systemctl enable --now pcscd.socket).\n']);
  await agent.do({ do: 'plug' });
});

test('no PIN, no UID and no name is in the log, the ledger or the store; no PIN and no UID in any output', () => {
  beside.assertNoSecrets([robin.pin, robin.uid, '184629', '04f1f2f3f4f5f6', '04e1e2e3e4e5e6', '08aabbcc'], ['Robin', 'Noor']);
});
