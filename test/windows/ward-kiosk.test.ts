/** A shared kiosk on Windows comes in, whole under Wine 10: the host starts face and helper in the generic account's session, hooks run there as processes in jobs; taps, a hook that hangs, a helper that dies and a face that falls silent are played. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { need } from '../needs.ts';
import { virtualCard } from '../virtual-reader/card.ts';
import { ask, until } from './host-rig.ts';
import { nobodyAt, startWard, type Ward } from './ward.ts';

const skip = need('mingw', 'pcscd', 'compiler', 'namespaces');
const ana = { given: 'Ana', initial: 'R', pin: '730164', badge: virtualCard('04a1b2c3d4e502') };
const sam = { given: 'Sam', initial: 'B', pin: '482915', badge: virtualCard('04a1b2c3d4e501') };
type Who = typeof ana;

let made: Ward | string = 'not started';
const ward = (): Ward => {
  assert.ok(typeof made !== 'string');
  return made;
};
/** Said aloud, and skipped, where no Wine 10 can be had; under CI that is a failure. */
function whole(name: string, act: () => Promise<void>): void {
  void test(name, { skip, timeout: 120_000 }, async (t: TestContext) => (typeof made === 'string' ? t.skip(made) : act()));
}
const inDrive = (...path: readonly string[]): string => join(ward().wine.drive, ...path);
const textOf = (...path: readonly string[]): string => (existsSync(inDrive(...path)) ? readFileSync(inDrive(...path), 'utf8') : '');
/** What the hooks wrote down, `event context` each. */
const ran = (): readonly string[] =>
  textOf('hooks.log')
    .trim()
    .split(/\s*\r?\n/)
    .filter((line) => line !== '');
const shows = (screen: string): Promise<void> =>
  until(
    () => `${screen} on the face: ${textOf('face')}`,
    () => textOf('face').endsWith(` ${screen}`),
  );
function hand(what: string): void {
  writeFileSync(inDrive('hand.new'), what);
  renameSync(inDrive('hand.new'), inDrive('hand'));
}
function hook(event: string, name: string, text: string): void {
  const folder = inDrive('ProgramData', 'Tapward', 'hooks.d', event);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), text.replaceAll('\n', '\r\n'));
}
async function enrol(who: Who): Promise<void> {
  const { stand, tapward } = ward();
  let isHeld = false;
  const { code, out, err } = await tapward(['enrol', '--pin-stdin'], `${who.given}\n${who.initial}\n${who.pin}\n`, (said) => {
    if (isHeld || !said.includes('Hold the badge')) return;
    isHeld = true;
    stand.insert(1, who.badge);
  });
  stand.remove(1);
  assert.equal(code, 0, out + err);
}
async function taps({ badge, pin }: Who): Promise<void> {
  // The same badge counts again after a moment.
  await sleep(700);
  ward().stand.insert(1, badge);
  await shows('pin').finally(() => ward().stand.remove(1));
  hand(`digits ${pin}`);
}

before(
  async () => {
    if (skip !== false) return;
    made = await startWard({ sessions: 'kiosk', kioskAccount: 'kiosk', takeOver: 'switch' }, ['face', 'helper']);
    if (typeof made === 'string') return;
    // Whose files Wine's one account owns, as it names it.
    writeFileSync(inDrive('face.owner'), '');
    for (const event of ['open', 'switch', 'lock', 'sign-out']) hook(event, '50-note.cmd', '@echo %TAPWARD_EVENT% %TAPWARD_CONTEXT%>>C:\\hooks.log\n');
    await made.says(1, [{ id: 1, epoch: 'c1', state: 'active', lock: 'unlocked', user: 'kiosk' }]);
    await made.rig.start();
    await until('face and helper', () => ward().notes().includes('TW1605 covered') && ward().notes().includes('TW1801 The session helper is there.'));
    await enrol(ana);
    await enrol(sam);
  },
  { timeout: 300_000 },
);
after(async () => {
  if (typeof made !== 'string') await made[Symbol.asyncDispose]();
});

whole('a tap and a PIN at the face open her work by its hooks; a colleague’s park it and open her own', async () => {
  await taps(ana);
  await shows('open');
  const [opened = ''] = ran();
  assert.match(opened, /^open [0-9a-f]{32}$/);
  await taps(sam);
  await until('the switch', () => ran().length === 3);
  await shows('open');
  const context = opened.slice(5);
  assert.equal(ran()[1], `switch ${context}`, 'hers is parked first');
  assert.match(ran()[2] ?? '', /^open /);
  assert.notEqual(ran()[2], opened);
  hand('lockNow');
  await shows('idle');
  await until('the parking', () => ran().length === 4);
  assert.equal(ran()[3], ran()[2]?.replace('open', 'lock'));
});

whole('a hook that hangs opens nobody, and ends with all it had started', async () => {
  hook('open', '60-hang.cmd', '@echo began>>C:\\hung\n@"%ComSpec%" /c "ping -n 9 127.0.0.1 >NUL & echo ended>>C:\\hung"\n');
  const sofar = ran().length;
  await taps(ana);
  await until('it began', () => textOf('hung').includes('began'));
  await until('it was too late', () => ward().notes().includes('60-hang was not done in time'));
  await until('what was half opened is parked', () => ran().length >= sofar + 2);
  assert.doesNotMatch(textOf('face'), / open$/);
  rmSync(inDrive('ProgramData', 'Tapward', 'hooks.d', 'open', '60-hang.cmd'));
});

whole('a helper that dies: locked, and opened again once the host has started another', async () => {
  await shows('idle');
  await taps(ana);
  await shows('open');
  const there = (): number => ward().notes().split('TW1801 The session helper is there.').length;
  const times = there();
  const { rig } = ward();
  assert.equal(await ask(rig.stranger, `kill ${textOf('helper')}`), 0);
  await shows('idle');
  await until('another helper', () => there() > times);
  assert.match(rig.log(), /TW2021/);
  await taps(ana);
  await shows('open');
});

whole('a face that falls silent over open work: Windows is asked to disconnect, and not believed that it did', async () => {
  const asks = ward().asked().length;
  hand('mute');
  await until('Windows is asked', () => ward().asked().slice(asks).includes('disconnect 1'));
  assert.match(ward().rig.log(), /TW2016/);
  // No answer of Windows: after the time that a face has to come back, its session is ended, as the desktop of nobody who can be told apart.
  await until('Windows is asked to end it', () => ward().asked().slice(asks).includes('logoff 1'));
  await ward().says(1, [nobodyAt(1)], ['sessionLogoff', 1]);
  await until('its end is told', () => ward().notes().includes('nothing covered the desktop: its session was ended'));
  assert.match((await ward().tapward(['status'])).out, /^desk +locked/m);
  assert.doesNotMatch(textOf('hung'), /ended/, 'the hook that hung, and would have ended by now');
});
