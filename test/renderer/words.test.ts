/** The words files come in; every rule of words goes out as a test: length, punctuation, forbidden words, keys that nobody says, plurals and braces. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { languages, tongueOf } from '../../renderer/words/languages.ts';
import { mirrored, pseudo } from '../../renderer/words/pseudo.ts';
import { type Key, say, type Words } from '../../renderer/words/words.ts';

const renderer = new URL('../../renderer/', import.meta.url);
const { en, es }: Readonly<Record<keyof typeof languages, Words>> = languages;
const keys = Object.keys(en) as Key[];
const forms = (words: Words, key: Key): readonly string[] => (typeof words[key] === 'string' ? [words[key]] : Object.values(words[key]));
const every = Object.entries(languages).flatMap(([language, words]) => keys.flatMap((key) => forms(words, key).map((text) => ({ language, key, text }))));
const count = (text: string): number => text.split(/\s+/).filter((word) => /[\p{L}\p{N}{]/u.test(word)).length;
const breakers = (rule: (entry: (typeof every)[number]) => boolean): readonly string[] => every.filter(rule).map(({ language, key, text }) => `${language} ${key}: ${text}`);

/** Kinds of keys by how they end; a sentence of a screen that is neither heading nor action stands in the line's place. */
const isHeading = (key: Key): boolean =>
  /\.(heading|minutes|call|callOn|choose)$|^(enrolKey\.(done|again)|away\.(overall|lifted|anybody)|inUse\.anybody)$|^(step|lesson)\./.test(key);
const isAction = (key: Key): boolean => key.startsWith('action.');
const isLine = (key: Key): boolean =>
  !isHeading(key) && !isAction(key) && !/^(trail|mark|station|cause|pad)\.|^pin\.count$|^form\.part$|\.band$|^help\.(phone|computer|version|lastTap|reference|none)$/.test(key);

test('a heading has at most 4 words, a line at most 12, a button at most 4', () => {
  assert.deepEqual(
    breakers(({ key, text }) => isHeading(key) && count(text) > 4),
    [],
  );
  assert.deepEqual(
    breakers(({ key, text }) => isLine(key) && count(text) > 12),
    [],
  );
  // What only a screen reader says may be a little longer than what stands on a button.
  assert.deepEqual(
    breakers(({ key, text }) => isAction(key) && count(text) > 4),
    [],
  );
});

test('a heading and a button end without a full stop, a line with one, or with what is still going on', () => {
  const unended = ['pin.line', 'welcome.line', 'welcome.until'];
  assert.deepEqual(
    breakers(({ key, text }) => (isHeading(key) || isAction(key)) && /[.!…]$/.test(text)),
    [],
  );
  assert.deepEqual(
    breakers(({ key, text }) => isLine(key) && !unended.includes(key) && !/[.…]$/.test(text)),
    [],
  );
  assert.deepEqual(
    breakers(({ text }) => /!|\.\.\.|\s{2}|^\s|\s$|[“”]/.test(text)),
    [],
  );
});

test('sentences begin with a capital, and no word is shouted', () => {
  const known = /\b(PIN|IT)\b/g;
  assert.deepEqual(
    breakers(({ text }) => /\b\p{Lu}{2,}\b/u.test(text.replace(known, ''))),
    [],
  );
  assert.deepEqual(
    breakers(({ key, text }) => (isHeading(key) || isLine(key) || isAction(key)) && !/^[¿]?(\p{Lu}|\{)/u.test(text)),
    [],
  );
  // Title Case: two capitals in a row that are no names.
  assert.deepEqual(
    breakers(({ language, text }) => language === 'en' && /^\p{Lu}\p{Ll}+ \p{Lu}\p{Ll}+/u.test(text)),
    [],
  );
});

test('numbers are digits', () => {
  assert.deepEqual(
    breakers(({ language, text }) => language === 'en' && /\b(zero|three|four|five|six|ten|twenty|thirty)\b/i.test(text)),
    [],
  );
});

test('nobody is asked nicely, blamed, or shown a code', () => {
  // A code is what IT gives somebody to type; a number that stands for a fault is none of these.
  const typed = /^(step|form|enrol|code|newPin|otherWay|unknown|codeWait|weak|emergency|action)\./;
  const faults = /\b(codes?|códigos?) (\d|\{)/i;
  assert.deepEqual(
    breakers(({ text }) => faults.test(text)),
    [],
  );
  const forbidden: Readonly<Record<string, RegExp>> = {
    en: /\b(please|sorry|invalid|errors?|fail(s|ed|ure)?|oops|unfortunately|illegal|denied|your fault|you (forgot|did|have not|did not))\b|0x|\b[A-Z]+_[A-Z]+\b/i,
    es: /\b(por favor|lo siento|inválid[oa]s?|error(es)?|falló|fallo|ilegal|denegad[oa]|olvidó|usted no)\b|0x|\b[A-Z]+_[A-Z]+\b/i,
  };
  assert.deepEqual(
    breakers(({ language, text }) => forbidden[language]?.test(text) === true),
    [],
  );
  assert.deepEqual(
    breakers(({ key, text }) => !typed.test(key) && /\b(codes?|códigos?)\b/i.test(text)),
    [],
  );
});

test('every language fills the same braces, and each plural says its number', () => {
  const braces = (text: string): string => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort().join();
  // A language may leave a name out where its grammar says it without.
  const may: Partial<Readonly<Record<Key, string>>> = { 'choose.line': '{from}' };
  for (const key of keys) {
    const expected = braces(forms(en, key).join(' '));
    for (const text of forms(en, key)) assert.equal(braces(text), expected, key);
    const allowed = [expected, may[key], ...(/^(unreachable|notOpened)\.line$/.test(key) ? ['{phone}'] : [])];
    for (const text of forms(es, key)) assert.ok(allowed.includes(braces(text)), `es ${key}: ${text}`);
  }
  for (const { key, text } of every) if (typeof en[key] !== 'string') assert.match(text, /\{n\}/, key);
});

test('every key is said somewhere, and everything said is a key', () => {
  const sources = readdirSync(renderer, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(ts|html)$/.test(path) && !path.includes('words'))
    .map((path) => readFileSync(new URL(path, renderer), 'utf8'))
    .join('\n');
  const made = [...sources.matchAll(/`(\w+)\.\$\{[^}]+\}`|`\$\{[^}]+\}\.(\w+)`/g)].map(([, before, after]) =>
    before === undefined ? new RegExp(`\\.${after}$`) : new RegExp(`^${before}\\.`),
  );
  const unused = keys.filter((key) => !sources.includes(`'${key}'`) && !sources.includes(`"${key}"`) && !made.some((pattern) => pattern.test(key)));
  assert.deepEqual(unused, []);
  const document = ['index.html', 'notices.html'].map((path) => readFileSync(new URL(path, renderer), 'utf8')).join('');
  const places = [...document.matchAll(/data-section="(\w+)"/g)]
    .map(([, section]) => section ?? '')
    .concat('who', 'kept', 'keyPin', 'keyBlocked', 'confirm', 'parked', 'badgeTaken', 'codeWait', 'limit', 'notAllowed', 'noEmergency', 'emergency');
  assert.deepEqual(
    keys.filter((key) => /\.(heading|line)$/.test(key) && !places.includes(key.slice(0, key.indexOf('.')))),
    [],
  );
  const said = [...document.matchAll(/data-(?:word|name)="([^"]+)"/g)].map(([, key]) => key ?? '');
  assert.deepEqual(
    said.filter((key) => !(key in en)),
    [],
  );
});

test('the words of the screens are those the design fixed', () => {
  const speak = (key: Key, values = {}): string => say(tongueOf('en'), [key, values]);
  assert.equal(speak('idle.heading'), 'Tap your badge');
  assert.equal(speak('pin.line', { length: 6 }), 'Enter your 6-digit PIN');
  assert.equal(speak('pin.wrong', { n: 4 }), 'Wrong PIN. 4 tries left.');
  assert.equal(speak('pin.wrong', { n: 1 }), 'Wrong PIN. 1 try left.');
  assert.equal(speak('choose.line', { from: 'Sam B.', given: 'Sam' }), "Sam B. is signed in. Sam's work stays open.");
  assert.equal(speak('away.line', { n: 20 }), 'Locking in 20 seconds. Your work stays open.');
  assert.equal(speak('wait.heading', { n: 30 }), 'Wait 30 seconds');
  assert.equal(speak('blocked.line', { phone: '4321' }), 'Call IT on 4321 to set a new one.');
  assert.equal(speak('callIt.line', { cause: ['cause.storeDamaged'] }), 'This computer stays locked. Tell them: the badge store is damaged.');
  assert.equal(speak('unknown.code'), 'Add it now with a code from IT.');
  assert.equal(speak('emergency.heading'), 'Emergency access');
  assert.equal(speak('emergency.line'), 'For a patient in need now. Recorded and reviewed.');
  assert.deepEqual(
    (['action.reasonLife', 'action.reasonTreatment', 'action.reasonSignIn', 'action.reasonOther'] as const).map((key) => speak(key)),
    ['Life in danger', 'Urgent treatment', 'Cannot sign in', 'Other urgent need'],
  );
  assert.equal(speak('practice.band'), 'Practice: nothing here is real');
  assert.equal(say(tongueOf('es'), ['pin.wrong', { n: 1 }]), 'PIN incorrecto. Queda 1 intento.');
});

test('the pseudo-languages are what they claim: 40 % longer, and from right to left', () => {
  const long = pseudo(tongueOf('en'));
  for (const key of keys) {
    const [plain = '', longer = ''] = [forms(en, key)[0], forms(long.words, key)[0]];
    const letters = (text: string): number => text.replace(/\{\w+\}/g, '').length;
    if (letters(plain) > 4) assert.ok(letters(longer) >= 1.4 * letters(plain) - 1, `${key}: ${longer}`);
    assert.deepEqual(longer.match(/\{\w+\}/g), plain.match(/\{\w+\}/g), key);
  }
  const back = mirrored(tongueOf('en'));
  assert.equal(back.dir, 'rtl');
  assert.equal(back.words['idle.heading'], '\u202eTap\u202c \u202eyour\u202c \u202ebadge\u202c');
});
