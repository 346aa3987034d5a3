/** Programs that die, hang, refuse and come back are supervised as a face would be; how soon each stands again, and that none is left behind, is held. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Supervisor, type SupervisorLimits, superviseFace } from '../../agent/face/supervisor.ts';
import { encodeFromFace, faceExits } from '../../core/face-link.ts';
import { need } from '../needs.ts';
import { openKnock, until } from './visitor.ts';

const skip = need('linux');
const lives = (pid: number): boolean => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

type Told = { readonly what: string; readonly text: string; readonly at: number };
function supervised(t: TestContext, source: string, args: readonly string[], limits: Partial<SupervisorLimits> = {}): { readonly face: Supervisor; readonly told: Told[] } {
  const dir = mkdtempSync(join(tmpdir(), 'tapward-supervisor-'));
  const told: Told[] = [];
  const face = superviseFace({
    program: { command: process.execPath, args: ['-e', source, ...args], env: { PATH: process.env['PATH'] ?? '', HOME: dir } },
    noted: (what, text) => told.push({ what, text, at: performance.now() }),
    limits,
  });
  t.after(async () => {
    await face.stop();
    rmSync(dir, { recursive: true, force: true });
  });
  return { face, told };
}
const count = (told: readonly Told[], what: string): number => told.filter((one) => one.what === what).length;

/** Connects, and beats ten times a second. */
const beating = `
  const [path, beat] = process.argv.slice(1);
  const socket = require('net').connect(path);
  socket.on('error', () => process.exit(1)).on('close', () => process.exit(1)).resume();
  socket.on('connect', () => { const say = () => socket.write(Buffer.from(beat, 'hex')); say(); setInterval(say, 100); });
`;
const beat = Buffer.from(encodeFromFace({ kind: 'beat', covers: true })).toString('hex');

test('a face that is killed, eight times and each time as soon as it stands, is back within two seconds', { skip }, async (t) => {
  let face: Supervisor | null = null;
  await using door = await openKnock({ beaten: (peer) => face?.beaten(peer?.pid ?? 0) });
  const started = supervised(t, beating, [door.path, beat]);
  ({ face } = started);
  const back: number[] = [];
  await until('it is there', () => door.presence.at(-1) === true);
  for (let i = 0; i < 8; i++) {
    const pid = face.pid() ?? 0;
    const seen = door.presence.length;
    const killed = performance.now();
    process.kill(pid, 'SIGKILL');
    await until('it is missed and back', () => door.presence.length === seen + 2);
    back.push(performance.now() - killed);
    assert.equal(door.presence.at(-1), true);
    assert.notEqual(face.pid(), pid);
  }
  assert.ok(Math.max(...back) < 2_000, `back after ${Math.max(...back)} ms`);
  const sorted = back.toSorted((a, b) => a - b);
  t.diagnostic(`killed → present again, of a bare Node: median ${Math.round(sorted[4] ?? 0)} ms, longest ${Math.round(sorted.at(-1) ?? 0)} ms`);
});

test('one that hangs is killed and started again; another’s beats do not keep it', { skip }, async (t) => {
  const { face, told } = supervised(t, 'setInterval(() => undefined, 1000)', [], { toFirstBeat: 300, firstWait: 20 });
  const pid = face.pid() ?? 0;
  const others = setInterval(() => face.beaten(process.pid), 20);
  await until('it is killed and another stands', () => count(told, 'hung') === 1 && count(told, 'started') === 2);
  clearInterval(others);
  assert.equal(lives(pid), false);
  assert.match(told.find(({ what }) => what === 'ended')?.text ?? '', /SIGKILL/);
});

test('one that beat and then fell silent is killed', { skip }, async (t) => {
  const { face, told } = supervised(t, 'setInterval(() => undefined, 1000)', [], { betweenBeats: 200 });
  const pid = face.pid() ?? 0;
  face.beaten(pid);
  await until('it is killed', () => count(told, 'hung') === 1);
  await until('it is gone', () => !lives(pid));
});

test('a hung one that takes no signal but one is killed as well, and its children with it', { skip }, async (t) => {
  const source = `process.on('SIGTERM', () => undefined); const { spawn } = require('child_process'); const c = spawn('sleep', ['1000']); require('fs').writeFileSync(process.env.HOME + '/child', String(c.pid)); setInterval(() => undefined, 1000)`;
  const dir = mkdtempSync(join(tmpdir(), 'tapward-supervisor-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const face = superviseFace({
    program: { command: process.execPath, args: ['-e', source], env: { PATH: process.env['PATH'] ?? '', HOME: dir } },
    noted: () => undefined,
    limits: { toEnd: 200 },
  });
  const pid = face.pid() ?? 0;
  const child = (): number => {
    try {
      return Number(readFileSync(join(dir, 'child'), 'utf8'));
    } catch {
      return 0;
    }
  };
  await until('its child runs', () => child() > 0 && lives(child()));
  await face.stop();
  assert.equal(lives(pid), false);
  await until('the child is gone', () => !lives(child()));
  assert.equal(face.pid(), null);
});

test('one that ends at once is started ever later, and its complaint is told', { skip }, async (t) => {
  const { told } = supervised(t, `console.error('noise'); console.error('no display here'); process.exit(1)`, [], { firstWait: 60, lastWait: 400 });
  await until('it was started five times', () => count(told, 'started') === 5);
  const ends = told.filter(({ what }) => what === 'ended');
  assert.match(ends[0]?.text ?? '', /^It ended \(code 1: no display here\)/);
  const waits = ends.map(({ text }) => Number(/in ([\d.]+) s\.$/.exec(text)?.[1]));
  assert.deepEqual(waits.slice(0, 4), [0.1, 0.1, 0.2, 0.4]);
  const gaps = told.flatMap(({ what, at }, i) => (what === 'ended' && told[i + 1] !== undefined ? [(told[i + 1]?.at ?? 0) - at] : []));
  assert.ok((gaps[3] ?? 0) > 350, `waited ${gaps.join(', ')} ms`);
});

test('one that beats and ends again and again is no hot loop, and never waits long', { skip }, async (t) => {
  let face: Supervisor | null = null;
  await using door = await openKnock({ beaten: (peer) => face?.beaten(peer?.pid ?? 0) });
  const source = `${beating} socket.on('connect', () => setTimeout(() => process.exit(1), 50));`;
  const started = supervised(t, source, [door.path, beat], { firstWait: 60, lastWait: 60_000, lastWaitBeaten: 200 });
  ({ face } = started);
  await until('it ended four times', () => count(started.told, 'ended') === 5);
  const texts = started.told.filter(({ what }) => what === 'ended').map(({ text }) => text.replace(/^.* started again /, ''));
  assert.deepEqual(texts, ['at once.', 'in 0.1 s.', 'in 0.2 s.', 'in 0.2 s.', 'in 0.2 s.']);
});

test('one that refuses how it was started is not started again', { skip }, async (t) => {
  const { face, told } = supervised(t, `process.exit(${faceExits.refused})`, [], { firstWait: 10 });
  await until('it refused', () => count(told, 'refused') === 1);
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.deepEqual([count(told, 'started'), face.pid()], [1, null]);
});

test('one that a hand may close is not started again once a hand has', { skip }, async (t) => {
  const told: string[] = [];
  const face = superviseFace({
    program: { command: process.execPath, args: ['-e', 'process.exit(0)'], env: {}, leavesWith: 0 },
    noted: (what) => told.push(what),
    limits: { firstWait: 10 },
  });
  t.after(() => face.stop());
  await until('it left', () => told.includes('left'));
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.deepEqual(told, ['started', 'left']);
});

test('a program that is not there is told, and tried again later', { skip }, async (t) => {
  const told: string[] = [];
  const face = superviseFace({ program: { command: '/nonexistent/face', args: [], env: {} }, noted: (what, text) => told.push(`${what}: ${text}`), limits: { firstWait: 30 } });
  t.after(() => face.stop());
  await until('it was tried twice', () => told.length === 2);
  assert.match(told[0] ?? '', /^ended: It ended \(.*ENOENT\)/);
});

test('stopped while it waits to start again, it stays down', { skip }, async (t) => {
  const { face, told } = supervised(t, 'process.exit(1)', [], { firstWait: 200 });
  await until('it ended', () => count(told, 'ended') === 1);
  await face.stop();
  await new Promise((resolve) => setTimeout(resolve, 400));
  assert.deepEqual([count(told, 'started'), face.pid()], [1, null]);
});
