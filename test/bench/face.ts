/** The face in real Electron as a person and a machine meet it: start → painted lock screen, tap → changed frame; memory of all its processes while locked and while hidden, CPU at rest. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sam } from '../e2e/station.ts';
import { electronName, faceCommand, familyOf, openElectron, spawnFace } from '../face/electron.ts';
import { type Display, digits, ended, openDisplay, until } from '../face/screen.ts';
import { type FaceStation, startFaceStation } from '../face/station.ts';
import { virtualCard } from '../virtual-reader/card.ts';
import { type Measurement, percentile, type Row, row } from './row.ts';

type Progress = (line: string) => void;
const mib = 1024;

/** An app that opens one empty window over the whole display and says when it has painted: what Electron itself takes. */
const emptyApp = `const { app, BrowserWindow } = require('electron');
app.whenReady().then(() => {
  const w = new BrowserWindow({ show: false, kiosk: true });
  w.once('ready-to-show', () => { w.show(); });
  w.loadURL('data:text/html,<body></body>').then(() =>
    w.webContents.executeJavaScript('new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r)))')).then(() => process.stdout.write('painted'));
});`;

/** `face-start`: from the start of the process until the agent hears that every display shows its frame. */
async function starts(progress: Progress, station: FaceStation, display: Display, profile: string, times: number): Promise<Row> {
  const ms: number[] = [];
  const bare: number[] = [];
  const empty = join(profile, 'empty-app');
  mkdirSync(empty, { recursive: true });
  writeFileSync(join(empty, 'package.json'), '{"name":"empty","main":"main.js"}');
  writeFileSync(join(empty, 'main.js'), emptyApp);
  const { command, args } = await faceCommand(station.door, join(profile, 'face'));
  const flags = args.filter((arg) => arg.startsWith('--no-sandbox'));
  progress(`${times} starts of ${electronName}, beside one that shows an empty window`);
  for (let i = 0; i < times; i++) {
    const began = performance.now();
    const face = await spawnFace(station.door, join(profile, 'face'), display.env);
    await until('the face covers', station.present, 30_000);
    ms.push(performance.now() - began);
    await gone(face);
    await until('the agent has noticed', () => !station.present());
    const other = performance.now();
    const nothing = spawn(command, [...flags, `--user-data-dir=${join(profile, 'empty')}`, empty], { env: display.env, stdio: ['ignore', 'pipe', 'ignore'] });
    await once(nothing.stdout, 'data');
    bare.push(performance.now() - other);
    await gone(nothing);
  }
  return row('face-start', 'ms', ms, { 'an empty window': percentile(ms, 50) / percentile(bare, 50) });
}

async function gone(child: ChildProcess): Promise<void> {
  await ended(child);
  await sleep(300);
}

/** `face-tap`: from the moment pcscd has the card's ATR to the frame after the one in which Electron drew the new screen. */
async function taps(progress: Progress, station: FaceStation, display: Display, times: number): Promise<Row> {
  await using face = await openElectron(station.door, display);
  const page = await face.pad();
  await until('the face covers', station.present, 30_000);
  type Seen = { seen: { section: string; at: number }[] };
  await page.evaluate(() => {
    const root = document.getElementById('face');
    const seen: Seen['seen'] = [];
    Object.assign(window, { seen });
    new MutationObserver(() => {
      const section = root?.dataset['section'] ?? '';
      requestAnimationFrame(() => requestAnimationFrame(() => seen.push({ section, at: performance.timeOrigin + performance.now() })));
    }).observe(root as Element, { attributes: true, attributeFilter: ['data-section'] });
  });
  const toWall = performance.timeOrigin + performance.now() - Number(process.hrtime.bigint()) / 1e6;
  const samples: number[] = [];
  progress(`${times} taps`);
  for (let i = 0; i < times; i++) {
    await page.evaluate(() => (window as unknown as Seen).seen.splice(0));
    const card = virtualCard('04f0e1d2c3b4a5');
    station.stand.insert(1, card);
    const first = await page.waitForFunction(() => (window as unknown as Seen).seen[0]?.at);
    samples.push(((await first.jsonValue()) as number) - (card.stages.powered + toWall));
    await station.shows('unknown');
    station.stand.remove(1);
    station.gesture({ kind: 'back' });
    await until('it is idle', async () => (await page.evaluate(() => document.getElementById('face')?.dataset['section'])) === 'idle');
    await sleep(60);
  }
  return row('face-tap', 'ms', samples);
}

/** MiB: `pss` shares out what processes have in common, `rss` counts it for each; CPU in milliseconds of all threads. */
function spent(pid: number): { readonly pss: number; readonly rss: number; readonly cpu: number } {
  const sum = { pss: 0, rss: 0, cpu: 0 };
  for (const one of familyOf(pid)) {
    try {
      const memory = readFileSync(`/proc/${one}/smaps_rollup`, 'utf8');
      for (const kind of ['Pss', 'Rss'] as const) sum[kind === 'Pss' ? 'pss' : 'rss'] += Number(new RegExp(`^${kind}:\\s+(\\d+)`, 'm').exec(memory)?.[1] ?? 0) / mib;
      for (const thread of readdirSync(`/proc/${one}/task`)) sum.cpu += Number(readFileSync(`/proc/${one}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
    } catch {
      // It has ended meanwhile.
    }
  }
  return sum;
}

/** `face-rss-locked`, `face-rss-hidden`, `face-idle-cpu`: proportional memory, so that shared pages count once. */
async function resting(progress: Progress, station: FaceStation, display: Display, profile: string, seconds: number): Promise<readonly Row[]> {
  const face = await spawnFace(station.door, join(profile, 'face'), display.env);
  const pid = face.pid ?? 0;
  const used = async (): Promise<number> => {
    const before = spent(pid).cpu;
    await sleep(seconds * 1_000);
    return spent(pid).cpu - before;
  };
  try {
    await until('the face covers', station.present, 30_000);
    await sleep(5_000);
    progress(`${seconds} s locked, ${seconds} s hidden`);
    const locked = spent(pid);
    const lockedCpu = await used();
    await station.tap(sam.uid, 'pin');
    await display.keys(...digits(sam.pin));
    await station.shows('open');
    await until('the work is seen', async () => (await display.seen()) > 0);
    await sleep(5_000);
    const hiddenCpu = await used();
    const hidden = spent(pid);
    // Against the same face when it has played its tone and drawn what it has: the first lock screen knows neither.
    station.gesture({ kind: 'lockNow' });
    await station.shows('idle');
    await sleep(5_000);
    const again = spent(pid);
    return [
      row('face-rss-locked', 'MiB', [locked.pss], { 'RSS added up': locked.pss / locked.rss }),
      row('face-rss-hidden', 'MiB', [hidden.pss], { locked: hidden.pss / locked.pss, 'locked again': hidden.pss / again.pss }),
      row('face-idle-cpu', `ms in ${seconds} s`, [lockedCpu], { hidden: lockedCpu / hiddenCpu }),
    ];
  } finally {
    await gone(face);
  }
}

export const measurement: Measurement = {
  ids: ['face-start', 'face-tap', 'face-rss-locked', 'face-rss-hidden', 'face-idle-cpu'],
  run: async (progress) => {
    const profile = mkdtempSync(join(tmpdir(), 'tapward-bench-'));
    await using display = await openDisplay();
    await using station = await startFaceStation({ sameBadgeAfter: 0, whoAfter: 3_600_000, inactivity: 7_200_000 });
    try {
      const start = await starts(progress, station, display, profile, 10);
      const tap = await taps(progress, station, display, 100);
      return [start, tap, ...(await resting(progress, station, display, profile, 30))];
    } finally {
      rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    }
  },
};
