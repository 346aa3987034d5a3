/** A prompt that stands (`ask`) comes in through real PAM, in front of pam_unix; that a tap counts there beside the password, each only as what it is, is tested. */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import type { State } from '../../core/types.ts';
import { need } from '../needs.ts';
import { judge, wrong } from './core.ts';
import { password, type Ran, sanitized } from './namespace.ts';
import { grantFor, nobody, openStand, pinOf, type Stand, type StandParts } from './stand.ts';

/** Where it fails, a transaction may wait for words that do not come. */
const within = { skip: need('linux', 'root', 'pamStack'), timeout: 30_000 };
const prompt = 'Tap your badge, then press Enter. Or type your password: ';
const untapped = 'No badge of yours was read. Tap it, then press Enter.';
const times = (said: string, words: string): number => said.split(words).length - 1;

/** As `tapward pam enable` leaves a display manager's stack. */
async function open(parts: StandParts = {}): Promise<Stand> {
  const stand = await openStand({ services: ['lightdm'], ...parts });
  const { module } = stand;
  stand.stack('lightdm', [`auth sufficient ${module} ask timeout=2000`, 'auth required pam_unix.so nodelay', 'account required pam_permit.so', `session optional ${module}`]);
  return stand;
}
const signIn = (stand: Stand, input: string, env: Readonly<Record<string, string>> = {}): Promise<Ran> =>
  stand.pamtester('lightdm', 'alice', { input, env, operations: ['authenticate', 'open_session'] });
/** What happens at the station while the prompt stands, and what she types then. */
const meanwhile = (stand: Stand, act: () => void, typed: string): Promise<Ran> =>
  stand.pamtester('lightdm', 'alice', {
    prompt: {
      said: /type your password/,
      act: (type) => {
        act();
        type(typed);
      },
    },
  });

test('the password, typed there: asked once, and pam_unix takes it; a wrong one is refused', within, async () => {
  await using stand = await open();
  const right = await signIn(stand, `${password}\n`);
  assert.equal(right.code, 0, right.said);
  assert.equal(times(right.said, prompt), 1);
  assert.doesNotMatch(right.said, /Password: |correct horse/);
  assert.deepEqual(stand.opened, ['alice  lightdm']);
  const refused = await signIn(stand, 'wrong horse\n');
  assert.equal(refused.code, 1);
  assert.doesNotMatch(refused.said, /Password: /);
  assert.equal((await signIn(stand, '204681\n')).code, 1, 'digits are a password where nobody has tapped');
  assert.deepEqual(stand.gestures, []);
});

test('a tap while the prompt stands, then Return: in, and nobody’s password did it', within, async () => {
  await using stand = await open();
  const ran = await meanwhile(stand, () => void stand.offers.offer(grantFor('s-alice', stand.clock), { account: 'alice', session: null }), '\n');
  assert.equal(ran.code, 0, ran.said);
  assert.deepEqual(stand.opened, []);
});

test('Return without a tap, or after another’s: she is told, in words; another way and IT’s number with it; at last the password alone is asked', within, async () => {
  await using stand = await open();
  const other = stand.offers.offer(grantFor('s-bob', stand.clock), { account: 'bob', session: null });
  const { code, said } = await signIn(stand, `${'\n'.repeat(5)}${password}\n`);
  assert.equal(code, 0, said);
  assert.equal(times(said, prompt), 5);
  assert.equal(times(said, untapped), 5);
  assert.ok(said.includes('Another way: type your password. Or call IT on 4321.') && said.includes('Password: '));
  assert.equal(await Promise.race([other.then(({ kind }) => kind), Promise.resolve('held')]), 'held');
  stand.asks({ kind: 'notice', notice: 'unknown', presentation: 7, until: 0 });
  const unknown = await meanwhile(stand, () => undefined, `\n${password}\n`);
  assert.equal(unknown.code, 0);
  assert.ok(unknown.said.includes('Badge not known here. Call IT on 4321 to add it.') && !unknown.said.includes(untapped), unknown.said);
});

for (const [what, typed] of [
  ['Return, then her PIN', '\n204681\n'],
  ['her PIN at once, where the password would go', '204681\n'],
  ['a wrong PIN at once, then the right one', '111111\n204681\n'],
] as const) {
  test(`a tap whose PIN is asked: ${what}`, within, async () => {
    await using stand = await open({ core: judge('204681', wrong(4)) });
    const ran = await meanwhile(stand, () => stand.asks(pinOf('alice')), typed);
    assert.equal(ran.code, 0, ran.said);
    assert.deepEqual(stand.opened, []);
    assert.equal(times(ran.said, 'Wrong PIN. 4 tries left.'), typed.startsWith('1') ? 1 : 0);
  });
}

test('a tap whose PIN is asked, and her password all the same: it opens, no digit of it is a gesture, and her tap stays', within, async () => {
  await using stand = await open();
  const ran = await meanwhile(stand, () => stand.asks(pinOf('alice')), `${password}\n`);
  assert.equal(ran.code, 0, ran.said);
  stand.asks(nobody);
  const digits = await meanwhile(stand, () => stand.asks(pinOf('alice')), '20468\n');
  assert.equal(digits.code, 1, 'five digits are no PIN of six');
  assert.deepEqual(stand.gestures, []);
});

test('Return while the badge is still being read, and while its PIN is checked: waited for', within, async () => {
  const reading: State['claim'] = { kind: 'reading', presentation: 7, since: 0 };
  await using stand = await open({ core: judge('204681', wrong(4)) });
  const read = await meanwhile(
    stand,
    () => {
      stand.asks(reading);
      setTimeout(() => stand.asks(pinOf('alice')), 300);
    },
    '\n204681\n',
  );
  assert.equal(read.code, 0, read.said);
  assert.equal(times(read.said, untapped), 0);
  stand.asks(nobody);
  const never = await meanwhile(stand, () => stand.asks(reading), `\n${password}\n`);
  assert.equal(never.code, 0, never.said);
  assert.equal(times(never.said, untapped), 1, 'not for ever');
});

test('an agent that goes away while the prompt stands, or asks without end: the password opens', within, async () => {
  await using stand = await open();
  const typed = await meanwhile(stand, () => void stand.closeDoors(), `${password}\n`);
  assert.equal(typed.code, 0, typed.said);
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.end('ASK \u001b[2J\n');
  });
  await new Promise<void>((resolve) => server.listen(join(stand.run, 'pam.sock'), resolve));
  const asked = await signIn(stand, `${'\n'.repeat(5)}${password}\n`);
  server.close();
  assert.equal(asked.code, 0, asked.said);
  assert.equal(times(asked.said, prompt), 5, 'the module’s own words');
  assert.equal(times(asked.said, '\u001b'), 0);
});

test('a person whom the agent does not know is asked for nothing but her password, and so is who unlocks as herself', within, async () => {
  await using stand = await open();
  stand.stack('swaylock', [`auth sufficient ${stand.module} ask`, 'auth required pam_unix.so nodelay']);
  const locker = await stand.pamtester('swaylock', 'alice', { as: 'alice', input: `${password}\n` });
  assert.equal(locker.code, 0, locker.said);
  const stranger = await stand.pamtester('lightdm', 'dave', { input: `${password}\n` });
  assert.equal(stranger.code, 0, stranger.said);
  for (const { said } of [locker, stranger]) assert.equal(times(said, prompt), 0);
});

test('under the sanitizers, every ending of the prompt: nothing is found', within, async () => {
  await using stand = await open({ build: 'pam-checked', core: judge('204681', wrong(4)) });
  // Without pam_unix, whose own libraries the sanitizers do not bear.
  stand.stack('lightdm', [`auth sufficient ${stand.module} ask`, 'auth required pam_deny.so', 'session required pam_permit.so']);
  for (const [claim, typed, code] of [
    [nobody, '', 1],
    [nobody, '\n\n\n\n\n\n', 1],
    [nobody, `${password}\n`, 1],
    [nobody, `${'1'.repeat(400)}\n`, 1],
    [nobody, '204681\n', 1],
    [pinOf('alice'), '111111\n204681\n', 0],
  ] as const) {
    stand.asks(claim);
    const ran = await signIn(stand, typed, sanitized());
    assert.equal(ran.code, code, ran.said);
    assert.doesNotMatch(ran.said, /runtime error|AddressSanitizer/);
  }
});
