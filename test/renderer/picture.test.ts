/** Views and moments come in; what the screen shows is a table: spinner at 400 ms, another way at 5 s, countdowns by themselves. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sampleFrame, sampleNow, screenNames } from '../../build/screens.ts';
import type { Screen, View } from '../../core/view.ts';
import { deedOf } from '../../renderer/keys.ts';
import { lost, picture } from '../../renderer/picture.ts';
import { driftAt, themeAt } from '../../renderer/theme.ts';
import { say, tongueOf } from '../../renderer/words/words.ts';

const sam = { given: 'Sam', initial: 'B' } as const;
const viewOf = (screen: Screen): View => ({ screen, help: null, language: null });
const at = (screen: Screen, now: number) => picture(viewOf(screen), now, '4321');

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
  const screen: Screen = { kind: 'away', person: sam, until: 20_000 };
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
    const shown = picture(frame.view, sampleNow, '4321');
    assert.equal(shown.section === 'open', frame.view.screen.kind === 'open' && frame.view.help === null, name);
    const words = [shown.heading, shown.line, shown.remark].map((what) => (what === null ? '' : say(tongueOf('en'), what))).join(' ');
    const personal = ['pin', 'keyPin', 'confirm', 'choose', 'welcome', 'open', 'away'].includes(frame.view.screen.kind) && frame.view.help === null;
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
