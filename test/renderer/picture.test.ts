/** Views and moments come in; what the screen shows is a table: spinner at 400 ms, another way at 5 s, countdowns by themselves. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sampleFrame, sampleNow, screenNames } from '../../build/screens.ts';
import { hasStep, partOf, stepDigits } from '../../core/form-steps.ts';
import type { FormKind, FormStep } from '../../core/types.ts';
import type { Screen, View } from '../../core/view.ts';
import { isPressed } from '../../renderer/evaluation/lock-key.ts';
import { deedOf } from '../../renderer/keys.ts';
import { lost, picture } from '../../renderer/picture.ts';
import { driftAt, themeAt } from '../../renderer/theme.ts';
import { tongueOf } from '../../renderer/words/languages.ts';
import { say } from '../../renderer/words/words.ts';

const sam = { given: 'Sam', initial: 'B' } as const;
const place = { phone: '4321', clock: (at: number): string => `clock ${at}` };
const viewOf = (screen: Screen): View => ({ screen, help: null, language: null, emergency: { offered: false, until: null } });
const at = (screen: Screen, now: number) => picture(viewOf(screen), now, place);

test('reading is plain for 400 ms, then turns, and offers another way after 5 s', () => {
  const screen: Screen = { kind: 'reading', since: 1_000 };
  const table = [
    { now: 1_000, parts: [], changesAt: 1_400 },
    { now: 1_399, parts: [], changesAt: 1_400 },
    { now: 1_400, parts: ['spinner'], changesAt: 6_000 },
    { now: 6_000, parts: ['spinner', 'otherWay'], changesAt: null },
  ];
  for (const { now, parts, changesAt } of table) assert.deepEqual([at(screen, now).parts, at(screen, now).changesAt], [parts, changesAt], String(now));
});

test('a PIN being checked keeps its dots, its pad is still, and it turns only after 400 ms', () => {
  const screen: Screen = { kind: 'pin', person: sam, length: 6, digits: 6, remark: null, checkingSince: 1_000 };
  assert.deepEqual([at(screen, 1_100).still, at(screen, 1_100).parts, at(screen, 1_100).changesAt], [true, ['otherWay'], 1_400]);
  assert.deepEqual([at(screen, 1_400).parts, at(screen, 1_400).line, at(screen, 1_400).dots], [['spinner', 'otherWay'], ['pin.checking'], { filled: 6, of: 6 }]);
});

test('a remark takes the line’s place', () => {
  const pin = { kind: 'pin', person: sam, length: 8, digits: 0, checkingSince: null } as const;
  const wrong = at({ ...pin, remark: { kind: 'wrong', left: 4 } }, 0);
  assert.deepEqual([wrong.tone, wrong.line, wrong.remark], ['refused', null, ['pin.wrong', { n: 4 }]]);
  const wiped = at({ ...pin, remark: { kind: 'wiped' } }, 0);
  assert.deepEqual([wiped.tone, wiped.line, wiped.remark], ['warning', null, ['pin.wiped']]);
  assert.deepEqual(at({ ...pin, remark: null }, 0).line, ['pin.line', { length: 8 }]);
});

test('a countdown says whole seconds, knows when the next one comes, and never goes below nothing', () => {
  const screen: Screen = { kind: 'away', person: sam, until: 20_000, why: 'idle' };
  const table = [
    { now: 0, seconds: 20, changesAt: 1_000 },
    { now: 999, seconds: 20, changesAt: 1_000 },
    { now: 1_000, seconds: 19, changesAt: 2_000 },
    { now: 19_500, seconds: 1, changesAt: 20_000 },
    { now: 20_000, seconds: 0, changesAt: null },
    { now: 25_000, seconds: 0, changesAt: null },
  ];
  for (const { now, seconds, changesAt } of table) assert.deepEqual([at(screen, now).countdown?.seconds, at(screen, now).changesAt], [seconds, changesAt], String(now));
  const heading = (until: number): string => say(tongueOf('en'), at({ kind: 'wait', until }, 0).heading);
  assert.deepEqual([30_000, 60_000, 300_000, 241_000, 1_000].map(heading), ['Wait 30 seconds', 'Wait 60 seconds', 'Wait 5 minutes', 'Wait 5 minutes', 'Wait 1 second']);
});

test('without an agent the face says wait, then whom to call, by number once it has heard one', () => {
  assert.deepEqual(lost(false, null).heading, ['lost.heading']);
  assert.deepEqual(lost(true, null).heading, ['lost.call']);
  assert.deepEqual(lost(true, '4321').heading, ['lost.callOn', { phone: '4321' }]);
});

test('only the screen `open` is open, and no screen names anyone before a badge was read', () => {
  for (const name of screenNames) {
    const frame = sampleFrame(name, 'night');
    const shown = picture(frame.view, sampleNow, place);
    assert.equal(shown.section === 'open', frame.view.screen.kind === 'open' && frame.view.help === null, name);
    const words = [shown.heading, shown.line, shown.remark].map((what) => (what === null ? '' : say(tongueOf('en'), what))).join(' ');
    const personal =
      (['pin', 'keyPin', 'confirm', 'choose', 'welcome', 'open', 'away', 'inUse'].includes(frame.view.screen.kind) || name === 'vouch-pin') &&
      !['open-parked', 'open-emergency', 'warning-overall', 'warning-lifted', 'warning-claimed', 'in-use-claimed'].includes(name) &&
      frame.view.help === null;
    assert.equal(/Sam|Ana/.test(words), personal && words.trim() !== '', `${name}: ${words}`);
  }
});

test('a numeric keypad is enough: digits with or without its Num lock, and keys to erase, press, walk, leave and ask', () => {
  const deed = (key: string, code: string, section: Parameters<typeof deedOf>[2]) => deedOf(key, code, section);
  assert.deepEqual(deed('7', 'Numpad7', 'pin'), { kind: 'digit', digit: 7 });
  assert.deepEqual(deed('Home', 'Numpad7', 'pin'), { kind: 'digit', digit: 7 });
  assert.deepEqual(deed('Home', 'Home', 'pin'), null);
  assert.deepEqual(deed('0', 'Digit0', 'pin'), { kind: 'digit', digit: 0 });
  assert.deepEqual(deed('.', 'NumpadDecimal', 'pin'), { kind: 'erase' });
  assert.deepEqual(deed('Delete', 'NumpadDecimal', 'pin'), { kind: 'erase' });
  assert.deepEqual(deed('Enter', 'NumpadEnter', 'away'), { kind: 'first' });
  assert.deepEqual(deed('+', 'NumpadAdd', 'choose'), { kind: 'next' });
  assert.deepEqual(deed('-', 'NumpadSubtract', 'choose'), { kind: 'previous' });
  assert.deepEqual(deed('/', 'NumpadDivide', 'pin'), { kind: 'cancel' });
  assert.deepEqual(deed('/', 'NumpadDivide', 'choose'), { kind: 'notNow' });
  assert.deepEqual(deed('/', 'NumpadDivide', 'help'), { kind: 'back' });
  assert.deepEqual(deed('/', 'NumpadDivide', 'blocked'), { kind: 'back' });
  assert.deepEqual(deed('Escape', 'Escape', 'away'), { kind: 'keepWorking' });
  assert.deepEqual(deed('*', 'NumpadMultiply', 'pin'), { kind: 'help' });
  for (const code of ['Numpad1', 'NumpadEnter', 'NumpadDivide', 'NumpadMultiply']) for (const section of ['open', 'lost'] as const) assert.equal(deed('x', code, section), null);
  assert.equal(deed('5', 'Digit5', 'idle'), null);
});

test('while the screen is wiped no key means anything', () => {
  for (const [key, code] of [
    ['1', 'Digit1'],
    ['Enter', 'Enter'],
    ['Escape', 'Escape'],
    ['F1', 'F1'],
    ['+', 'NumpadAdd'],
    ['/', 'NumpadDivide'],
    ['Backspace', 'Backspace'],
  ] as const)
    assert.equal(deedOf(key, code, 'cleaning'), null, key);
});

test('a lock key is pressed with exactly its modifiers', () => {
  const event = (key: string, held: object = {}) => ({ key, ctrlKey: false, altKey: false, shiftKey: false, metaKey: false, ...held });
  const table = [
    ['F12', event('F12'), true],
    ['F12', event('F12', { ctrlKey: true }), false],
    ['F12', event('F11'), false],
    ['Control+Alt+L', event('l', { ctrlKey: true, altKey: true }), true],
    ['Control+Alt+L', event('l', { ctrlKey: true }), false],
    ['Super+L', event('l', { metaKey: true }), true],
    ['Nonsense+L', event('l'), false],
    ['CmdOrCtrl+Shift+K', event('K', { ctrlKey: true, shiftKey: true }), true],
  ] as const;
  for (const [accelerator, pressed, is] of table) assert.equal(isPressed(accelerator, pressed), is, `${accelerator} ${JSON.stringify(pressed)}`);
});

test('each form says what is typed, for what, and how far it is', () => {
  const form = { kind: 'form', person: null, digits: 0, remark: null, checkingSince: null, part: 2, parts: 3 } as const;
  const said = (screen: Screen): readonly unknown[] => {
    const { section, heading, line, remark, note, progress } = at(screen, 0);
    return [section, ...[heading, line, remark, note].map((what) => (what === null ? null : say(tongueOf('en'), what))), progress?.looks];
  };
  const rules = '6 digits. No date, no row, no pattern.';
  const urgent = 'For a patient in need now. Recorded and reviewed.';
  const table: readonly (readonly [Screen, readonly unknown[]])[] = [
    [{ ...form, form: 'enrol', step: 'number', length: 6 }, ['pin', 'Type your staff number', 'Then comes your code from IT, then a PIN.', null, null, 'bar']],
    [{ ...form, form: 'enrol', step: 'newPin', length: 6 }, ['pin', 'Choose a PIN', rules, null, null, 'bar']],
    [
      { ...form, form: 'enrol', step: 'newPin', length: 6, remark: { kind: 'guessable', why: 'date' } },
      ['pin', 'Choose a PIN', null, 'It looks like a date. Choose another.', null, 'bar'],
    ],
    [{ ...form, form: 'code', step: 'code', length: 8 }, ['pin', 'Type the code', '8 digits from IT. Good for this shift.', null, null, 'trail']],
    [
      { ...form, form: 'newPin', step: 'again', length: 6, remark: { kind: 'differ' } },
      ['pin', 'Type it again', null, 'The two were different. Choose a PIN again.', null, 'trail'],
    ],
    [{ ...form, form: 'vouch', step: 'colleague', length: 0, person: sam }, ['colleague', 'A colleague taps now', 'Your colleague taps, then types a PIN.', null, null, 'trail']],
    [{ ...form, form: 'emergency', step: 'number', length: 6 }, ['pin', 'Emergency access', 'Tap your badge, or type your staff number.', null, urgent, 'trail']],
    [{ ...form, form: 'emergency', step: 'reason', length: 0 }, ['reason', 'Say why', urgent, null, null, 'trail']],
  ];
  for (const [screen, wanted] of table) assert.deepEqual(said(screen), wanted);
});

test('every step of every form has words of its own', () => {
  const forms: readonly FormKind[] = ['enrol', 'code', 'newPin', 'changePin', 'vouch', 'emergency'];
  const steps: readonly FormStep[] = ['number', 'code', 'pin', 'newPin', 'again', 'colleague', 'colleaguePin', 'reason'];
  for (const form of forms) {
    for (const step of steps.filter((one) => hasStep(form, one))) {
      const shown = at(
        {
          kind: 'form',
          form,
          step,
          person: null,
          length: stepDigits(form, step, { pinLength: 6, numberLength: 6 }),
          digits: 0,
          remark: null,
          checkingSince: null,
          ...partOf(form, step),
        },
        0,
      );
      assert.notDeepEqual(shown.line?.[0], 'form.wiped', `${form} ${step}`);
    }
  }
});

test('an emergency session says its minutes over every screen, and looks again when the next one begins', () => {
  const until = 120_000;
  const seen = (screen: Screen, now: number) => picture({ ...viewOf(screen), emergency: { offered: false, until } }, now, place);
  const table = [
    { now: 0, n: 2, changesAt: 60_000 },
    { now: 59_999, n: 2, changesAt: 60_000 },
    { now: 60_000, n: 1, changesAt: null },
    { now: 130_000, n: 1, changesAt: null },
  ];
  for (const { now, n, changesAt } of table)
    assert.deepEqual([seen({ kind: 'idle' }, now).band, seen({ kind: 'idle' }, now).changesAt], [{ kind: 'emergency', words: ['emergency.band', { n }] }, changesAt], String(now));
  assert.equal(seen({ kind: 'away', person: sam, until: 20_000, why: 'idle' }, 0).changesAt, 1_000, 'whichever comes first');
  for (const name of screenNames)
    assert.equal(picture({ ...sampleFrame(name, 'night').view, emergency: { offered: false, until: sampleNow + 1 } }, sampleNow, place).band?.kind, 'emergency', name);
});

test('the way in for a patient in need stands wherever it is offered, but on the way in itself, over open work and on a screen that is wiped', () => {
  for (const name of screenNames) {
    const { screen, help, language } = sampleFrame(name, 'night').view;
    const shown = picture({ screen, help, language, emergency: { offered: true, until: null } }, sampleNow, place);
    assert.equal(shown.emergency, help !== null || !(screen.kind === 'open' || screen.kind === 'cleaning' || name.startsWith('emergency-')), name);
    assert.equal(picture({ screen, help, language, emergency: { offered: false, until: null } }, sampleNow, place).emergency, false, name);
  }
});

test('the welcome says in one glance what remains, and where it is weak', () => {
  const welcome = (tapUntil: number | null, weak: 'code' | 'vouch' | null) => at({ kind: 'welcome', person: sam, tapUntil, weak }, 0);
  assert.deepEqual([welcome(null, null).line, welcome(null, null).note], [['welcome.line'], null]);
  assert.deepEqual([welcome(7, null).line, welcome(7, 'code').note], [['welcome.until', { time: 'clock 7' }], ['weak.code']]);
});

test('every word a screen says has what fills its braces', () => {
  for (const name of screenNames) {
    const { heading, line, remark, note } = picture(sampleFrame(name, 'night').view, sampleNow, place);
    for (const what of [heading, line, remark, note]) {
      if (what === null || what === undefined) continue;
      const [key, values = {}] = what;
      const { words } = tongueOf('en');
      const word = words[key];
      const braces = (typeof word === 'string' ? word : word.other).match(/\{\w+\}/g) ?? [];
      for (const brace of braces) assert.ok(brace.slice(1, -1) in values, `${name}: ${key} lacks ${brace}`);
    }
  }
});

test('help offers what may be begun from what lies beneath', () => {
  const { view } = sampleFrame('help', 'night');
  const offers = (screen: Screen, changePin: boolean): readonly string[] =>
    picture({ ...view, screen, help: { lastTap: null, reader: 'ready', test: 'off', changePin } }, 0, place).parts;
  assert.deepEqual(offers({ kind: 'idle' }, false), ['practise', 'clean']);
  assert.deepEqual(offers({ kind: 'open', person: sam, session: 's', strip: null, lockButton: true }, true), ['changePin', 'clean']);
  assert.deepEqual(offers({ kind: 'revoked' }, false), []);
});

test('night is from 20 to 7 by the wall clock, or whenever the system is dark, or the site says so', () => {
  const hour = (h: number): number => new Date(2026, 10, 21, h, 30).getTime();
  assert.deepEqual(
    [6, 7, 19, 20].map((h) => themeAt('auto', hour(h), false)),
    ['night', 'day', 'day', 'night'],
  );
  assert.equal(themeAt('auto', hour(12), true), 'night');
  assert.equal(themeAt('day', hour(2), true), 'day');
  assert.equal(themeAt('auto', null, false), 'night');
});

test('the night’s drift stays under 24 px in any minute, and does move', () => {
  const places = new Set<string>();
  for (let t = 0; t < 1_440_000; t += 10_000) {
    const [[x, y], [x2, y2]] = [driftAt(t), driftAt(t + 60_000)];
    assert.ok(Math.hypot(x2 - x, y2 - y) <= 24, String(t));
    places.add(`${x} ${y}`);
  }
  assert.ok(places.size > 30);
});
