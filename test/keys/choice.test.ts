/** Both tables of keys come in, compiled for this machine; each row, and that nothing stands beside them, is tested. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { nativeProgram } from '../../build/native.ts';
import { heardByte } from '../../electron/key-input.ts';
import { need } from '../needs.ts';

const ask = (program: string, lines: readonly string[]): readonly string[] =>
  execFileSync(program, { input: `${lines.join('\n')}\n`, encoding: 'utf8' })
    .trimEnd()
    .split('\n');
/** Modifiers of X: Shift 1, Lock 2, Control 4, Alt 8, Num lock 16, Super 64, AltGr 128. */
const desktop = [4, 8, 64];

test('X11: exactly these keys are the face’s, with Shift, Caps lock, Num lock and AltGr or without', { skip: need('xServer') }, async () => {
  const program = await nativeProgram('choice-x11');
  const faces =
    'space 0 1 2 3 4 5 6 7 8 9 ISO_Left_Tab BackSpace Tab Return Escape Left Up Right Down KP_Enter KP_Home KP_Left KP_Up KP_Right KP_Down KP_Prior KP_Next KP_End KP_Begin KP_Insert KP_Delete ' +
    'KP_Multiply KP_Add KP_Separator KP_Subtract KP_Decimal KP_Divide KP_0 KP_1 KP_2 KP_3 KP_4 KP_5 KP_6 KP_7 KP_8 KP_9 F1 Delete';
  const plain = [0, 1, 2, 16, 128, 147];
  for (const answer of ask(
    program,
    plain.map((mask) => `all ${mask}`),
  ))
    assert.equal(answer.trim(), faces);
  const held = desktop.flatMap((mask) => [0, 1, 2, 16, 128].map((more) => mask | more));
  assert.deepEqual(
    ask(
      program,
      held.map((mask) => `all ${mask}`),
    ).join(''),
    '',
  );
});

test('X11: each byte it may send is one that the face knows, and means that key', { skip: need('xServer') }, async () => {
  const program = await nativeProgram('choice-x11');
  const rows: readonly (readonly [string, number, string])[] = [
    ...Array.from('0123456789', (digit) => [digit, 0, digit] as const),
    ...Array.from('0123456789', (digit) => [`KP_${digit}`, 16, digit] as const),
    ['Tab', 0, 'Tab'],
    ['Tab', 1, 'shift Tab'],
    ['ISO_Left_Tab', 1, 'shift Tab'],
    ['Return', 0, 'Return'],
    ['KP_Enter', 0, 'Return'],
    ['BackSpace', 0, 'Backspace'],
    ['Escape', 0, 'Escape'],
    ['Delete', 0, 'Delete'],
    ['space', 0, 'Space'],
    ['F1', 0, 'F1'],
    ['Left', 0, 'Left'],
    ['Right', 0, 'Right'],
    ['Up', 0, 'Up'],
    ['Down', 0, 'Down'],
    ['KP_Add', 0, 'numadd'],
    ['KP_Subtract', 0, 'numsub'],
    ['KP_Multiply', 0, 'nummult'],
    ['KP_Divide', 0, 'numdiv'],
    ['KP_Decimal', 0, 'numdec'],
    ['KP_Separator', 0, 'numdec'],
  ];
  const bytes = ask(
    program,
    rows.map(([name, mask]) => `${name} ${mask}`),
  ).map(Number);
  const meanings = bytes.map((byte) => {
    const heard = heardByte(byte);
    if (heard.kind !== 'key') return heard.kind;
    assert.deepEqual([heard.inputs[0]?.type, heard.inputs.at(-1)?.type], ['keyDown', 'keyUp']);
    return [...(heard.inputs[0]?.modifiers ?? []), heard.inputs[0]?.keyCode].join(' ');
  });
  assert.deepEqual(
    meanings,
    rows.map(([, , meaning]) => meaning),
  );
});

test('the face takes no byte for a key but those', () => {
  const known = Array.from({ length: 256 }, (_, byte) => (heardByte(byte).kind === 'nonsense' ? '' : String.fromCharCode(byte))).join('');
  assert.equal(known, '\b\t\r\x1b *+-./0123456789?DLRTUfhn\x7f');
});

test('Windows: exactly these keys are stopped', { skip: need('cppCompiler') }, async () => {
  const program = await nativeProgram('choice-windows');
  const every = (alt: number, control: number, win: number): readonly string[] =>
    ask(
      program,
      Array.from({ length: 256 }, (_, key) => `${key} ${alt} ${control} ${win}`),
    ).flatMap((stops, key) => (stops === '1' ? [key.toString(16)] : []));
  // Print Screen, both Windows keys, Sleep, the browser's and the launch keys.
  const always = ['2c', '5b', '5c', '5f', 'a6', 'a7', 'a8', 'a9', 'aa', 'ab', 'ac', 'b4', 'b5', 'b6', 'b7'];
  const byNumber = (...keys: readonly string[]): readonly string[] => [...always, ...keys].sort((a, b) => Number.parseInt(a, 16) - Number.parseInt(b, 16));
  assert.deepEqual(every(0, 0, 0), always);
  assert.deepEqual(every(1, 0, 0), byNumber('9', '1b', '20', '73'), 'Alt: Tab, Escape, Space, F4');
  assert.deepEqual(every(0, 1, 0), byNumber('1b'), 'Control: Escape, with Shift or without');
  assert.deepEqual(every(1, 1, 0), byNumber('9', '1b', '20', '73'));
  assert.equal(every(0, 0, 1).length, 256, 'a Windows key that is down since before: all');
});
