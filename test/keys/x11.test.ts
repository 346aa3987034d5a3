/** Real key and button events come in under a real window manager; what reaches the face, and that nothing else does while it is locked, is tested. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { need } from '../needs.ts';
import { startFace, startHeld } from './held.ts';
import { isAlive, openScreen, until } from './screen.ts';

const skip = need('xServer');

test('Alt+Tab and the desktop’s bindings work before, not while held, and after', { skip }, async () => {
  await using screen = await openScreen();
  await using keys = await startHeld(screen.env);
  const hand = await screen.hand();
  await hand.say('window 0 0 300 300');
  await hand.say('window 400 0 300 300');
  const focus = async (): Promise<string> => hand.say('focused');
  await until('a window has the focus', async () => !/focused [01]$/.test(await focus()));

  const switches = async (): Promise<boolean> => {
    const before = await focus();
    await hand.keys('Alt_L+Tab');
    await pause(150);
    return (await focus()) !== before;
  };
  const tryBindings = async (): Promise<readonly string[]> => {
    for (const each of ['Super_L+r', 'Control_L+Escape', 'Control_L+Alt_L+t', 'F12']) await hand.keys(each);
    await pause(300);
    return screen.ran();
  };
  await until('openbox switches windows before', switches);
  assert.deepEqual(await tryBindings(), ['super', 'start', 'terminal', 'function']);

  await keys.held();
  assert.equal(await switches(), false, 'Alt+Tab while held');
  assert.deepEqual(await tryBindings(), []);
  await hand.keys('Alt_L+F4');
  await hand.keys('a');
  assert.deepEqual(keys.typed, [], 'none of it is told to the face');

  keys.release();
  await until('free', () => keys.state.kind === 'free');
  await until('openbox switches windows again', switches);
  assert.deepEqual(await tryBindings(), ['super', 'start', 'terminal', 'function']);
});

test('every key of the face arrives once, and no other program gets a digit', { skip }, async () => {
  await using screen = await openScreen();
  await using keys = await startHeld(screen.env);
  const [hand, other] = [await screen.hand(), await screen.hand()];
  const stranger = (await other.say('window 0 0 300 300')).split(' ')[1];
  await keys.held();
  await other.say(`focus ${stranger}`);
  const table: readonly (readonly [string, string])[] = [
    ...Array.from('0123456789', (digit) => [digit, digit] as const),
    ...['KP_Insert', 'KP_End', 'KP_Down', 'KP_Next', 'KP_Left', 'KP_Begin', 'KP_Right', 'KP_Home', 'KP_Up', 'KP_Prior'].map((name, digit) => [name, `${digit}`] as const),
    ['KP_Enter', 'Return'],
    ['Return', 'Return'],
    ['BackSpace', 'Backspace'],
    ['Escape', 'Escape'],
    ['Delete', 'Delete'],
    ['space', 'Space'],
    ['Tab', 'Tab'],
    ['Shift_L+Tab', 'shift Tab'],
    ['Left', 'Left'],
    ['Right', 'Right'],
    ['Up', 'Up'],
    ['Down', 'Down'],
    ['F1', 'F1'],
    ['KP_Add', 'numadd'],
    ['KP_Subtract', 'numsub'],
    ['KP_Multiply', 'nummult'],
    ['KP_Divide', 'numdiv'],
    ['KP_Delete', 'numdec'],
  ];
  for (const [key] of table) await hand.keys(key);
  await until('all keys are there', () => keys.typed.length >= table.length);
  assert.deepEqual(
    keys.typed,
    table.map(([, said]) => said),
  );

  keys.typed.length = 0;
  for (const key of ['q', 'F5', 'F11', 'Menu', 'Print', 'Super_L', 'Control_L+5', 'Alt_L+5', 'Super_L+5', 'Alt_L+Escape', 'Control_L+Shift_L+Escape']) await hand.keys(key);
  await hand.keys('7');
  await until('the last key is there', () => keys.typed.length > 0);
  assert.deepEqual(keys.typed, ['7']);
  assert.deepEqual(other.heard, [], 'the window with the focus hears nothing');
});

test('a key that is kept down is one key, and none when it is down since before the lock', { skip }, async () => {
  await using screen = await openScreen();
  await using keys = await startHeld(screen.env);
  const hand = await screen.hand();
  await hand.say('window 0 0 300 300');
  await until('the window has the focus', async () => !/focused [01]$/.test(await hand.say('focused')));
  await hand.say('key down 4');
  await until('this server repeats keys', () => hand.heard.length > 3);
  await keys.held();
  await pause(300);
  await hand.say('key up 4');
  await hand.say('key down 5');
  await pause(1_000);
  await hand.say('key up 5');
  await hand.keys('4');
  await until('the last key is there', () => keys.typed.includes('4'));
  assert.deepEqual(keys.typed, ['5', '4']);
});

test('presses on the face arrive as they are; beside it, over it, or with Alt, Control or Super they do not', { skip }, async () => {
  await using screen = await openScreen();
  await using keys = await startHeld(screen.env);
  const [face, other] = [await screen.hand(), await screen.hand()];
  const id = Number((await face.say('window 0 0 500 500')).split(' ')[1]);
  await other.say('window 600 0 300 300');
  await pause(300);
  await other.click(700, 100);
  await until('the other window is clicked before', () => other.heard.length === 1);

  await keys.held([id]);
  await other.say('popup 100 100 50 50');
  await other.click(120, 120); // a menu or a notification above the face
  await other.click(700, 100);
  for (const modifier of ['Alt_L', 'Control_L', 'Super_L']) {
    await other.say(`key down ${modifier}`);
    await other.click(300, 300);
    await other.say(`key up ${modifier}`);
  }
  for (const button of [1, 2, 3, 4, 5]) await other.click(40, 400, button);
  await until('the face is clicked', () => face.heard.length >= 5);
  assert.deepEqual(
    face.heard,
    [1, 2, 3, 4, 5].map((button) => `click ${button} 40 400`),
  );
  assert.equal(other.heard.length, 1);

  keys.release();
  await until('free', () => keys.state.kind === 'free');
  await other.click(120, 120);
  await until('the popup is clicked after', () => other.heard.length === 2);
});

test('while another program holds the keyboard it is said, and held as soon as it lets go', { skip }, async () => {
  await using screen = await openScreen();
  await using keys = await startHeld(screen.env);
  const [hand, menu] = [await screen.hand(), await screen.hand()];
  assert.equal(await menu.say('grab'), 'grab 0 0');
  keys.hold([]);
  await pause(1_500);
  assert.equal(keys.state.kind, 'notHeld');
  await menu.say('ungrab');
  await until('held', () => keys.state.kind === 'held');
  assert.equal(await menu.say('grab'), 'grab 1 0', 'nobody else gets the keyboard any more');
  await menu.say('ungrab');
  await hand.keys('3');
  await until('typed', () => keys.typed.length > 0);
  assert.deepEqual(keys.typed, ['3']);
});

test('the helper killed: its grabs are gone at once, and it is back and holds by itself', { skip }, async () => {
  await using screen = await openScreen();
  await using keys = await startHeld(screen.env);
  const hand = await screen.hand();
  await keys.held();
  for (let round = 0; round < 3; round++) {
    const before = keys.pid ?? 0;
    process.kill(before, 'SIGKILL');
    // It is back within 100 ms, at first: a slow machine may not see the gap.
    await until('somebody else could hold', async () => (await hand.say('grab')) === 'grab 0 0' || keys.pid !== before);
    await hand.say('ungrab');
    await until('another helper holds', () => keys.pid !== before && keys.state.kind === 'held');
    assert.equal(await hand.say('grab'), 'grab 1 0');
    await hand.say('ungrab');
  }
  assert.ok(keys.states.includes('missing'), 'its absence was said');
  await hand.keys('8');
  await until('typed', () => keys.typed.length > 0);
});

test('a helper that is stopped is killed, and the keys come back', { skip }, async () => {
  await using screen = await openScreen();
  await using keys = await startHeld(screen.env);
  const hand = await screen.hand();
  await keys.held();
  const before = keys.pid ?? 0;
  process.kill(before, 'SIGSTOP');
  await until('another helper holds', () => keys.pid !== before && keys.state.kind === 'held');
  await hand.keys('8');
  await until('typed', () => keys.typed.length > 0);
});

test('the face killed: helper and grabs are gone', { skip }, async () => {
  await using screen = await openScreen();
  const hand = await screen.hand();
  const { face, helper } = await startFace(screen.env);
  assert.equal(await hand.say('grab'), 'grab 1 0');
  await hand.say('ungrab');
  face.kill('SIGKILL');
  await once(face, 'exit');
  await until('somebody else can hold', async () => (await hand.say('grab')) === 'grab 0 0');
  await until('the helper is gone', () => !isAlive(helper));
});

test('no helper, no display, Wayland: one sentence each, and the face goes on', { skip }, async () => {
  await using screen = await openScreen();
  const sentence = async (env: NodeJS.ProcessEnv, program?: string): Promise<string> => {
    await using keys = await startHeld(env, program);
    keys.hold([]);
    await until('it is said', () => keys.state.kind === 'missing');
    return keys.state.kind === 'missing' ? keys.state.why : '';
  };
  assert.match(await sentence(screen.env, '/nowhere/tapward-keys'), /cannot be started: ENOENT/);
  assert.match(await sentence({ ...screen.env, DISPLAY: ':4711' }), /no X server/);

  await using keys = await startHeld({ ...screen.env, WAYLAND_DISPLAY: 'wayland-0', XDG_SESSION_TYPE: 'wayland' });
  await keys.held(); // an X server is one whatever the environment says
  const hand = await screen.hand();
  await hand.say('master xwayland-pointer:14'); // what Xwayland calls its devices
  assert.match(await sentence(screen.env), /compositor/);
});
