/** Every sentence for a greeter and what a broken agent might send in its place come in; what real PAM shows of them, in both languages and never anything that is not plain text, is tested. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { longestWords, notices, type Told, wordsFor } from '../../agent/pam/words.ts';
import { defaultPolicy } from '../../core/policy.ts';
import type { State } from '../../core/types.ts';
import { tongueOf } from '../../renderer/words/languages.ts';
import { type Key, say } from '../../renderer/words/words.ts';
import { need } from '../needs.ts';
import { judge } from './core.ts';
import { openStand, pinOf } from './stand.ts';

const skip = need('linux', 'root', 'pamStack');
const languages = ['en', 'es'] as const;
const all: readonly Told[] = [
  { kind: 'pin', digits: 6, isKeys: false },
  { kind: 'pin', digits: 12, isKeys: true },
  { kind: 'wrong', left: 1 },
  { kind: 'wrong', left: 9 },
  { kind: 'keyGone' },
  { kind: 'keyRests' },
  { kind: 'wait', ms: 29_500 },
  { kind: 'wait', ms: 600_000 },
  ...notices.map((notice) => ({ kind: 'notice', notice }) as const),
  ...(['standing', 'untapped', 'otherWay', 'otherWayHere'] as const).map((kind) => ({ kind }) as const),
];

test('every sentence fits in both languages with the longest telephone number, and is the screen’s where the screen has it', () => {
  for (const language of languages) {
    const screen = (key: Key, values = {}): string => say(tongueOf(language), [key, { phone: '4321', ...values }]);
    const words = (told: Told): string => wordsFor(told, language, '4321');
    for (const told of all) {
      const longest = wordsFor(told, language, '9'.repeat(24));
      assert.ok(longest !== '' && Buffer.byteLength(longest) <= longestWords && !/[{}]/.test(longest), `${language} ${JSON.stringify(told)}: ${longest}`);
    }
    assert.equal(words({ kind: 'pin', digits: 6, isKeys: false }), `${screen('pin.line', { length: 6 })}:`);
    assert.equal(words({ kind: 'wrong', left: 1 }), screen('pin.wrong', { n: 1 }));
    assert.equal(words({ kind: 'wait', ms: 29_500 }), `${screen('wait.heading', { n: 30 })}. ${screen('wait.line')}`);
    assert.equal(words({ kind: 'wait', ms: 600_000 }), `${screen('wait.minutes', { n: 10 })}. ${screen('wait.line')}`);
    assert.equal(words({ kind: 'notice', notice: 'blocked' }), `${screen('blocked.heading')}. ${screen('blocked.line')}`);
    assert.ok(words({ kind: 'otherWay' }).startsWith(`${screen('action.otherWay')}: `) && words({ kind: 'otherWay' }).includes('4321'));
    assert.ok(words({ kind: 'standing' }).startsWith(screen('idle.heading')));
  }
  assert.equal(wordsFor({ kind: 'otherWay' }, 'en', '4321\u001b[2J'), '', 'nothing of a terminal');
  assert.equal(wordsFor({ kind: 'otherWay' }, 'en', '4'.repeat(200)), '', 'too long');
  assert.equal(defaultPolicy.helpPhone, '4321');
});

const blockedNow: State['claim'] = { kind: 'notice', notice: 'blocked', presentation: 7, until: 0 };
const wait = (): State['claim'] => ({ kind: 'wait', tap: (pinOf('alice') as Extract<State['claim'], { kind: 'pin' }>).tap, until: Number.MAX_SAFE_INTEGER, since: 0 });

for (const [language, prompt, way, wrong, blocked] of [
  [
    'en',
    'Enter your 6-digit PIN: ',
    'Another way: press Enter, then type your password. Or call IT on 4321.',
    'Wrong PIN. 1 try left.',
    'PIN is blocked. Call IT on 4321 to set a new one.',
  ],
  [
    'es',
    'Marque su PIN de 6 cifras: ',
    'Otra forma: pulse Intro y escriba su contraseña. O llame a Informática al 4321.',
    'PIN incorrecto. Queda 1 intento.',
    'PIN bloqueado. Llame a Informática al 4321 para cambiarlo.',
  ],
] as const) {
  test(`${language}: at the greeter’s PIN prompt she reads the screen’s words, another way, IT’s number, and how it ended`, { skip }, async () => {
    let tries = 2;
    const core = judge('204681', (at) => at.asks(--tries > 0 ? pinOf('alice', { remark: { kind: 'wrong', left: tries } }) : blockedNow));
    await using stand = await openStand({ language, core });
    stand.asks(pinOf('alice'));
    const { code, said } = await stand.pamtester('lightdm', 'alice', { input: '111111\n222222\n' });
    assert.equal(code, 1);
    // Messages and prompts come through two pipes.
    for (const words of [way, prompt, wrong, blocked]) assert.ok(said.includes(words), said);
    assert.equal(said.split(prompt).length, 3, 'asked twice');
    assert.doesNotMatch(said, /111111|222222|204681/);
  });
}

test('a wait is told with its time, and a person’s own language goes before the station’s', { skip }, async () => {
  await using stand = await openStand({ core: judge('204681', (at) => at.asks(wait())) });
  const { tap } = pinOf('alice') as Extract<State['claim'], { kind: 'pin' }>;
  stand.asks(pinOf('alice', { tap: { ...tap, subscriber: { ...tap.subscriber, language: 'es' } } }));
  const { said } = await stand.pamtester('lightdm', 'alice', { input: '111111\n' });
  assert.match(said, /Marque su PIN de 6 cifras: .*Wait \d+ minutes\. Then try again, or call IT on 4321\./s);
});

/** Behind a word; what is shown of it, '' for the module’s own words. */
const sentences: readonly (readonly [what: string, bytes: Buffer, shown: string])[] = [
  ['plain', Buffer.from('Tap here'), 'Tap here'],
  ['two and three bytes a letter', Buffer.from('Contraseña – €'), 'Contraseña – €'],
  ['a terminal’s escape', Buffer.from('\u001b[2Jgone'), ''],
  ['a tab', Buffer.from('a\tb'), ''],
  ['DEL', Buffer.from('a\u007f'), ''],
  ['C1', Buffer.from('a\u009b2J'), ''],
  ['a lone C1 byte', Buffer.from([0x61, 0x9b]), ''],
  ['a direction turned', Buffer.from('a\u202eb'), ''],
  ['an unseen space', Buffer.from('a\u200bb'), ''],
  ['a soft hyphen', Buffer.from('a\u00adb'), ''],
  ['private use', Buffer.from('a\ue000'), ''],
  ['a NUL', Buffer.from('a\0b'), ''],
  ['a return', Buffer.from('a\rb'), ''],
  ['a character cut off', Buffer.from([0x61, 0xe2, 0x82]), ''],
  ['an overlong slash', Buffer.from([0xc0, 0xaf]), ''],
  ['a surrogate', Buffer.from([0xed, 0xa0, 0x80]), ''],
  ['past the first plane', Buffer.from('a😀'), ''],
  ['as long as may be', Buffer.alloc(longestWords, 'x'), 'x'.repeat(longestWords)],
  ['one byte longer', Buffer.alloc(longestWords + 1, 'x'), ''],
  ['a printf’s directives', Buffer.from('%n%s%500d'), '%n%s%500d'],
];

test('whatever stands in an agent’s sentence: plain text is shown as it is, anything else by the module’s own words', { skip, timeout: 60_000 }, async () => {
  await using stand = await openStand({ build: 'pam-plain' });
  await stand.closeDoors();
  const path = join(stand.run, 'pam.sock');
  for (const [what, bytes, shown] of sentences) {
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.end(Buffer.concat(['SAY ', '\nPIN 6 ', '\n'].flatMap((word, i) => (i < 2 ? [Buffer.from(word), bytes] : [Buffer.from(word)]))));
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    const { code, said } = await stand.pamtester('lightdm', 'alice', { input: '123456\n' });
    server.close();
    rmSync(path, { force: true });
    assert.equal(code, 1, what);
    const expected = shown === '' ? ['Badge PIN, 6 digits: '] : [`${shown}\n`, `${shown} `];
    for (const words of expected) assert.ok(said.includes(words), `${what}: ${JSON.stringify(said)}`);
    assert.doesNotMatch(said.replaceAll('\n', ''), /\p{C}/u, what);
  }
});
