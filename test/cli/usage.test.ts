/** Command lines that make no sense come in; one sentence on standard error, nothing on standard output and the exit code of the table go out. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { exitCodes } from '../../agent/cli/answer.ts';
import { optionTypes } from '../../agent/cli/command.ts';
import { commands } from '../../agent/cli/commands.ts';
import { type Around, runLine } from '../../agent/cli/line.ts';
import { stationDir } from '../../agent/cli/place.ts';
import { folder, tapward } from './running.ts';

/** A command that is never reached needs no adapters: whoever asks for one fails the test. */
const none: Around = {
  tools: { version: '1.2.3' } as Around['tools'],
  terminal: { isPerson: false, say: () => assert.fail('said something'), line: () => assert.fail('asked'), digits: () => assert.fail('asked'), close: () => undefined },
  clone: '/nonexistent',
};

const wrong: readonly (readonly [line: string, why: RegExp])[] = [
  ['', /^Say what to do; `tapward --help` lists the commands\.$/],
  ['unlock', /^There is no such command/],
  ['ledger', /^Say which: `tapward ledger verify`, `tapward ledger show`, `tapward ledger checkpoint`\.$/],
  ['people --frobnicate', /^Unknown option '--frobnicate'\. See `tapward --help`\.$/],
  ['people --dir', /^Option '--dir <value>' argument missing\. See/],
  ['people --last 3', /^`tapward people` has no option --last/],
  ['status extra', /was given too much/],
  ['enrol Sam B 482915', /A PIN or a name is never an argument/],
  ['reset-pin', /^`tapward reset-pin` needs PERSON/],
  ['reset-pin 0123456789abcdef 482915 --pin-stdin', /was given too much/],
  ['reset-pin 0123456789abcdef', /^Standard input is no terminal: run the command in one, or add --pin-stdin and send the PIN in one line\.$/],
  ['enrol', /^Standard input is no terminal: .* first name, last initial and PIN, one a line\.$/],
  ['enrol --language fr --pin-stdin', /^The screen speaks en and es/],
  ['enrol --wait 0', /^--wait takes a whole number from 1 to 300\.$/],
  ['enrol --for 0123456789abcdef --language en', /^--language, --role, --number and --account go with a new person/],
  ['people set', /^`tapward people set` needs PERSON/],
  ['people set 0123456789abcdef', /^Say what to set: --role, --number or --account\.$/],
  ['people add', /^A code is typed beside a staff number/],
  ['code', /^Say which: `tapward code issue`\.$/],
  ['code issue 0123456789abcdef', /^Say what the code is for: --for shift, enrol or new-pin\.$/],
  ['code issue 0123456789abcdef --for door --checked voice', /^Say what the code is for/],
  ['code issue 0123456789abcdef --for shift', /^Say with --checked how you made sure/],
  ['code issue 0123456789abcdef --for enrol --checked voice --hours 3', /^--hours goes with --for shift/],
  ['code issue 0123456789abcdef --for shift --checked voice --hours 25', /^--hours takes a whole number from 1 to 24\.$/],
  ['replace', /^`tapward replace` needs BADGE/],
  ['replace 0123456789abcdef --as fido', /^A security key is added with/],
  ['revoke', /^Name one PERSON, or one badge/],
  ['revoke 0123456789abcdef --badge 0123456789abcdef', /^Name one PERSON, or one badge/],
  ['why --last many', /^--last takes a whole number from 1 to 10000\.$/],
  ['why --last -5', /^Option '--last' argument is ambiguous/],
  ['why --ref 12', /^--ref takes the four digits/],
  ['ledger show --last 0', /^--last takes a whole number/],
];
for (const [line, why] of wrong) {
  test(`\`tapward ${line}\` is refused in one line, in words and in JSON`, async () => {
    const args = line.split(' ').filter((word) => word !== '');
    const said = await runLine(args, none);
    assert.equal(said.code, 2);
    assert.equal(said.out, '');
    assert.match(said.err.trimEnd(), why);
    assert.equal(said.err.trimEnd().split('\n').length, 1);
    const json = await runLine(['--json', ...args], none);
    assert.deepEqual([json.code, json.err, JSON.parse(json.out)], [2, '', { kind: 'refused', because: 'wrong', why: said.err.trimEnd() }]);
    assert.ok(!/482915|Sam/.test(said.err), 'what may be a PIN or a name is not repeated');
  });
}

test('--help names every command, every exit code and what goes with all of them', async () => {
  const { code, out } = await runLine(['--help'], none);
  assert.equal(code, 0);
  for (const { name, summary } of commands) assert.match(out, new RegExp(`^  ${name}( \\S+)? +${summary.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`, 'm'));
  for (const [exit, meaning] of Object.entries(exitCodes)) assert.ok(out.includes(`  ${exit.padEnd(3)}  ${meaning}`));
  assert.ok(out.split('\n').every((line) => line.length <= 120));
});

for (const { name, options } of commands) {
  test(`\`tapward ${name} --help\` names each of its options, and each is one the line knows`, async () => {
    const { code, out } = await runLine([...name.split(' '), '--help'], none);
    assert.equal(code, 0);
    for (const [option, placeholder] of options) {
      assert.ok(out.includes(`--${option}${placeholder === '' ? '' : ` ${placeholder}`}  `), option);
      assert.equal(optionTypes[option].type, placeholder === '' ? 'boolean' : 'string');
    }
    for (const common of ['--dir DIR', '--json', '--help']) assert.ok(out.includes(`  ${common}`));
  });
}

test('--version', async () => {
  assert.deepEqual(await runLine(['--version'], none), { code: 0, out: '1.2.3\n', err: '' });
});

test('the folder: --dir, TAPWARD_DIR, the clone’s evaluation, the installed one', () => {
  using place = folder();
  const before = process.env['TAPWARD_DIR'];
  try {
    delete process.env['TAPWARD_DIR'];
    assert.equal(stationDir(undefined, place.path), '/var/lib/tapward');
    mkdirSync(join(place.path, '.evaluation'));
    assert.equal(stationDir(undefined, place.path), join(place.path, '.evaluation'));
    process.env['TAPWARD_DIR'] = '/srv/tapward';
    assert.equal(stationDir(undefined, place.path), '/srv/tapward');
    assert.equal(stationDir('/elsewhere', place.path), '/elsewhere');
  } finally {
    if (before === undefined) delete process.env['TAPWARD_DIR'];
    else process.env['TAPWARD_DIR'] = before;
  }
});

test('a folder without a station: exit 3, one sentence, and nothing is made there', async () => {
  using place = folder();
  const dir = join(place.path, 'nothing');
  for (const args of [
    ['status'],
    ['people'],
    ['why'],
    ['ledger', 'verify'],
    ['ledger', 'show'],
    ['ledger', 'checkpoint'],
    ['revoke', '0123456789abcdef'],
    ['enrol', '--pin-stdin'],
  ]) {
    const { code, out, err } = await tapward(dir, args, { input: 'Kim\nP\n184629\n' });
    assert.deepEqual([code, out, err], [3, '', `There is no station in ${dir}: name its folder with --dir.\n`], args.join(' '));
  }
  assert.ok(!existsSync(dir));
});

test('a folder that may not be looked into: exit 3, and how to', async () => {
  using place = folder();
  const dir = join(place.path, 'closed');
  mkdirSync(dir);
  chmodSync(dir, 0);
  // Root may look everywhere, unless it gives that up.
  const asOthers = process.getuid?.() === 0 ? ['setpriv', '--bounding-set', '-dac_override,-dac_read_search'] : [];
  for (const args of [['status'], ['doctor'], ['people'], ['ledger', 'verify']]) {
    const { code, err } = await tapward(dir, args, { through: asOthers });
    assert.deepEqual([code, err], [3, `This account may not look into ${dir}: run the command as root or as the agent’s account.\n`], args.join(' '));
  }
  chmodSync(dir, 0o700);
});
