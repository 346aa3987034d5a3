/** The parts of the face that decide anything come in, without Electron: what is covered, what a backdrop may know, whose door is believed, what a link takes, when a page is given up. */
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { chmodSync, chownSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mock, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WebContents } from 'electron';
import { sampleFrame, sampleNow, screenNames } from '../../build/screens.ts';
import type { ToFace } from '../../core/bridge.ts';
import { alive, bodies, decodeFromFace, framed, longestFromFace } from '../../core/face-link.ts';
import { type Asked, coverOf, overlaysOf, sectionOf, toldTo } from '../../electron/asked.ts';
import { bucket } from '../../electron/bridge.ts';
import { originOf } from '../../electron/content.ts';
import { doorOfArguments, folderFault } from '../../electron/door.ts';
import { type Link, startLink } from '../../electron/link.ts';
import { watchLockKey } from '../../electron/lock-key.ts';
import { watch } from '../../electron/watchdog.ts';
import { picture } from '../../renderer/picture.ts';
import { need } from '../needs.ts';
import { until } from './screen.ts';

const asked = (name: (typeof screenNames)[number]): Asked => ({ kind: 'frame', frame: sampleFrame(name, 'night'), heardAt: 0 });

test('only an open session without help uncovers, and only the warning leaves the keyboard', () => {
  for (const name of screenNames) {
    const wanted = name === 'open' ? 'hidden' : name.startsWith('open-') ? 'strip' : name.startsWith('warning') ? 'warning' : 'locked';
    assert.equal(coverOf(asked(name)), wanted, name);
  }
  assert.equal(coverOf({ kind: 'away' }), 'locked');
});

test('a backdrop is told the station’s settings and nothing of anybody, whatever is shown', () => {
  const bare = toldTo('backdrop', asked('idle'), 0);
  for (const name of screenNames) {
    // That an emergency session is open is told on every display.
    if (sampleFrame(name, 'night').view.emergency.until === null) assert.deepEqual(toldTo('backdrop', asked(name), 0), bare, name);
    assert.equal(sectionOf('backdrop', asked(name)), 'idle');
    const { view } = sampleFrame(name, 'night', 'open');
    const told = toldTo('banner', { kind: 'frame', frame: { ...sampleFrame(name, 'night'), view }, heardAt: 0 }, 0);
    assert.ok(told.kind === 'message' && told.message.kind === 'frame');
    assert.deepEqual(
      told.message.frame.view,
      { screen: { kind: 'idle' }, help: null, language: view.language, emergency: { offered: false, until: view.emergency.until } },
      'a banner says that an emergency session is open, and whose work it lies over it does not know',
    );
  }
  assert.deepEqual(toldTo('backdrop', { kind: 'away' }, 0), { kind: 'away' });
});

test('main process and page agree on the section of every screen', () => {
  for (const name of screenNames) {
    const { view } = sampleFrame(name, 'night');
    assert.equal(sectionOf('pad', asked(name)), picture(view, sampleNow, { phone: '', clock: String }).section, name);
  }
});

test('over open work lies what is due and nothing else; over what is covered, nothing', () => {
  const table: Partial<Record<(typeof screenNames)[number], string>> = {
    'open-lock': 'lock',
    'open-who': 'strip lock',
    'open-kept': 'strip',
    'open-parked': 'strip lock',
    'open-emergency': 'lock banner',
  };
  for (const name of screenNames) {
    const due = Object.entries(overlaysOf(asked(name))).flatMap(([overlay, is]) => (is ? [overlay] : []));
    assert.equal(due.join(' '), table[name] ?? '', name);
  }
  const view = (part: 'strip' | 'lock') => {
    const told = toldTo(part, asked('open-who'), 0);
    return told.kind === 'message' && told.message.kind === 'frame' && told.message.frame.view.screen.kind === 'open' ? told.message.frame.view.screen : null;
  };
  assert.deepEqual([view('strip')?.strip, view('strip')?.lockButton, view('lock')?.strip, view('lock')?.lockButton], ['who', false, null, true], 'each draws its own part');
});

test('the lock key is held while her work is open, and one that cannot be is said once, and tried again', (t) => {
  const done: string[] = [];
  let takes = true;
  const said = t.mock.method(process.stderr, 'write', () => true);
  const shortcuts = {
    register: (key: string) => {
      done.push(`+${key}`);
      if (key === 'No+Such') throw new TypeError('conversion failure');
      return takes;
    },
    unregister: (key: string) => void done.push(`-${key}`),
  };
  const show = watchLockKey(shortcuts, () => undefined);
  const keyed = (name: (typeof screenNames)[number], lockKey: string | null): Asked => {
    const frame = sampleFrame(name, 'night');
    return { kind: 'frame', frame: { ...frame, station: { ...frame.station, lockKey } }, heardAt: 0 };
  };
  const told = (lockKey: string | null, ...names: readonly (typeof screenNames)[number][]): readonly string[] => {
    for (const name of names) show(keyed(name, lockKey));
    return done.splice(0);
  };
  assert.deepEqual(told('F12', 'idle', 'pin', 'open', 'open-who', 'warning'), ['+F12']);
  assert.deepEqual(told('F12', 'help-open', 'idle', 'help'), ['-F12']);
  show({ kind: 'away' });
  assert.deepEqual(told(null, 'open', 'idle'), []);
  takes = false;
  assert.deepEqual(told('F12', 'open', 'open-who', 'idle', 'open'), ['+F12', '+F12', '+F12']);
  assert.deepEqual(told('No+Such', 'idle', 'open', 'idle', 'open'), ['+No+Such', '+No+Such']);
  const lines = said.mock.calls.map(({ arguments: [line] }) => String(line));
  assert.deepEqual([lines.length, /F12/.test(lines[0] ?? ''), /No\+Such/.test(lines[1] ?? '')], [2, true, true], lines.join(''));
});

test('a frame that is told late is told with the time that has passed', () => {
  const now = (at: number): number => {
    const said = toldTo('pad', asked('lockout'), at);
    return said.kind === 'message' && said.message.kind === 'frame' ? said.message.frame.now : Number.NaN;
  };
  assert.equal(now(1_500) - now(0), 1_500);
});

test('no more than the rate passes, however it is spread', () => {
  let clock = 0;
  const passes = bucket(30, () => clock);
  let passed = 0;
  for (; clock < 10_000; clock += 1) if (passes()) passed += 1;
  assert.ok(passed >= 300 && passed <= 331, String(passed));
});

test('an origin is parsed, never compared as text', () => {
  assert.equal(originOf('https://station.tapward.internal/a?b#c'), 'https://station.tapward.internal');
  for (const other of [
    'https://station.tapward.internal.example.com/',
    'https://station.tapward.internal@example.com/',
    'https://station.tapward.internal:8443/',
    'http://station.tapward.internal/',
    'data:,',
    'no address',
    '',
  ])
    assert.notEqual(originOf(other), 'https://station.tapward.internal', other);
});

test('a door is believed only in a folder that root or the agent’s account alone can write', { skip: need('linux', 'root') }, (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tapward-door-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  chmodSync(folder, 0o755);
  assert.equal(folderFault(folder, [0]), null);
  for (const [mode, says] of [
    [0o775, 'written by others'],
    [0o757, 'written by others'],
  ] as const) {
    chmodSync(folder, mode);
    assert.match(folderFault(folder, [0]) ?? '', new RegExp(says));
  }
  chmodSync(folder, 0o755);
  chownSync(folder, 65_534, 65_534);
  assert.match(folderFault(folder, [0]) ?? '', /another account/);
  assert.equal(folderFault(folder, [0, 65_534]), null);
  symlinkSync(folder, `${folder}-link`);
  t.after(() => rmSync(`${folder}-link`, { force: true }));
  assert.match(folderFault(`${folder}-link`, [0, 65_534]) ?? '', /no folder/);
  assert.match(folderFault(`${folder}-none`, [0]) ?? '', /not there/);
});

test('from the sources the door is named, or one sentence says how', () => {
  assert.equal(doorOfArguments(['electron', 'app', '--door=/run/x/face.sock']).path, '/run/x/face.sock');
  for (const args of [
    ['electron', 'app'],
    ['electron', '--door='],
  ])
    assert.throws(() => doorOfArguments(args), /--door=PATH/);
});

type Ends = { readonly link: Link; readonly lines: Socket[]; readonly said: string[]; readonly heard: string[] };
/** A link and the other end of it, whose agent is the test. */
async function linked(t: TestContext, silence?: Parameters<typeof startLink>[2]): Promise<Ends> {
  const folder = mkdtempSync(join(tmpdir(), 'tapward-link-'));
  const path = join(folder, 'door');
  const lines: Socket[] = [];
  const said: string[] = [];
  const server = createServer((socket) => {
    lines.push(socket);
    const take = bodies(longestFromFace, (body) => said.push(JSON.stringify(decodeFromFace(body))));
    socket.on('data', (chunk) => take(chunk));
    socket.on('error', () => undefined);
  });
  server.listen(path);
  await once(server, 'listening');
  const heard: string[] = [];
  const link = startLink(
    { path, fault: () => null },
    { connected: () => heard.push('connected'), message: (message: ToFace) => heard.push(message.kind), away: () => heard.push('away') },
    silence,
  );
  t.after(() => {
    link.end();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { link, lines, said, heard };
}
const digit = (value: number) => ({ kind: 'gesture', gesture: { kind: 'digit', digit: value } }) as const;

test('the link: garbage ends the connection, the agent is away meanwhile, and it is back within half a second', { skip: need('linux') }, async (t) => {
  const { link, lines, said, heard } = await linked(t);
  const frame = framed(Buffer.from(JSON.stringify({ kind: 'frame', frame: sampleFrame('open', 'night') })));
  const wrong: readonly Uint8Array[] = [
    framed(Buffer.from('{"kind":"open"}')),
    framed(Buffer.from('not JSON')),
    Buffer.from([0, 0, 0, 0]),
    Buffer.from([0xff, 0xff, 0xff, 0x7f, 1]),
    framed(Buffer.from(JSON.stringify({ kind: 'frame', frame: { ...sampleFrame('open', 'night'), more: 1 } }))),
  ];
  for (const [at, bytes] of wrong.entries()) {
    await until('it is connected', () => heard.at(-1) === 'connected' && lines.length === at + 1, 2_000);
    lines[at]?.write(frame);
    await until('the frame is heard', () => heard.at(-1) === 'frame');
    lines[at]?.write(bytes);
    const took = await until('it is away', () => heard.includes('away', at * 3) && heard.at(-1) !== 'frame');
    assert.ok(took < 2_000);
  }
  await until('it is back', () => heard.at(-1) === 'connected');
  assert.deepEqual(heard, [...wrong.flatMap(() => ['connected', 'frame', 'away']), 'connected']);
  link.send(digit(3));
  await until('it is connected', () => lines.length === wrong.length + 1);
  lines.at(-1)?.write(frame);
  await until('the frame is heard', () => heard.at(-1) === 'frame');
  link.send(digit(7));
  await until('it is heard', () => said.length > 0);
  assert.deepEqual(said, [JSON.stringify(digit(7))], 'nothing that hands did before the agent had said anything');
});

test('the link: an agent that falls silent is away, and one connection waits for it; one that never answered beats is borne', { skip: need('linux') }, async (t) => {
  const { link, lines, said, heard } = await linked(t, { borne: 200, unread: 50 });
  const frame = framed(Buffer.from(JSON.stringify({ kind: 'frame', frame: sampleFrame('open', 'night') })));
  await until('it is connected', () => lines.length === 1 && heard.length === 1);
  lines[0]?.write(frame);
  await sleep(600);
  assert.deepEqual(heard, ['connected', 'frame']);
  for (let beat = 0; beat < 5; beat++) {
    lines[0]?.write(framed(Buffer.from(alive)));
    await sleep(100);
  }
  assert.deepEqual(heard, ['connected', 'frame'], 'an answer is nothing to draw, and keeps it');
  await until('it is away', () => heard.includes('away'));
  await sleep(600);
  assert.deepEqual([heard, lines.length], [['connected', 'frame', 'away', 'connected'], 2]);
  link.send(digit(3));
  lines[1]?.write(frame);
  await until('it is back', () => heard.at(-1) === 'frame');
  assert.deepEqual(said, []);
});

test('a door that is not to be believed is not knocked at', async () => {
  const heard: string[] = [];
  const link = startLink(
    { path: '/nowhere', fault: () => 'somebody else’s' },
    { connected: () => heard.push('connected'), message: () => undefined, away: () => heard.push('away') },
  );
  link.send({ kind: 'beat', covers: true });
  await new Promise((resolve) => setTimeout(resolve, 100));
  link.end();
  assert.deepEqual(heard, []);
});

test('a page that does not answer is ended and loaded again; one that never comes up ends the face', () => {
  const events = new EventEmitter();
  const done: string[] = [];
  const contents = Object.assign(events, {
    isDestroyed: () => false,
    reload: () => done.push('reload'),
    forcefullyCrashRenderer: () => {
      done.push('ended');
      events.emit('render-process-gone');
    },
  }) as unknown as WebContents;
  const ask = mock.fn();
  const dog = watch(contents, { ask, gone: () => done.push('gone'), broken: () => done.push('broken') });
  for (let second = 0; second < 20; second++) {
    dog.second(true);
    dog.alive();
  }
  assert.deepEqual([ask.mock.callCount(), done.length], [20, 0], 'one that answers is left alone');
  for (let second = 0; second < 5; second++) dog.second(true);
  assert.deepEqual(done, ['ended', 'gone', 'reload']);
  dog.ready();
  done.length = 0;
  for (let time = 0; time < 4; time++) events.emit('render-process-gone');
  assert.deepEqual(done, ['gone', 'reload', 'gone', 'reload', 'gone', 'reload', 'gone', 'broken']);
});
