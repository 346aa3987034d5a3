/** The agent as a person meets it: last digit to open, tap-over to switched; and as a machine bears it: start, memory, idle CPU. */
import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hashRaw } from '@node-rs/argon2';
import { startEvaluation } from '../../agent/evaluation/evaluation.ts';
import { demoPeople } from '../../agent/evaluation/people.ts';
import { defaultCost } from '../../agent/store/pin-hash.ts';
import { defaultPolicy } from '../../core/policy.ts';
import { headlessFace } from '../e2e/headless.ts';
import { startStand } from '../virtual-reader/stand.ts';
import { type Measurement, percentile, type Row, row } from './row.ts';

const folder = (): string => mkdtempSync(join(tmpdir(), 'tapward-bench-'));

/** `pin-open` and `tap-over`, in one process with a headless face; people tap in turn so that nobody is displaced by her own badge. */
async function opening(progress: (line: string) => void, taps: number): Promise<readonly Row[]> {
  const dir = folder();
  const station = await startEvaluation({
    dir,
    version: '0.0.0',
    policy: { ...defaultPolicy, sameBadgeAfter: 0, takeOver: 'switch' },
    fresh: false,
    tray: true,
    say: () => undefined,
  });
  const face = headlessFace(station.agent);
  const tray = station.tray();
  const pinOpen: number[] = [];
  const tapOver: number[] = [];
  const kdf: number[] = [];
  try {
    await face.until('the locked screen', (v) => v.screen.kind === 'idle');
    progress(`${taps} taps with PIN, each over the one before`);
    for (let i = 0; i < taps; i++) {
      const who = demoPeople[i % demoPeople.length] as (typeof demoPeople)[number];
      tray.place({ id: who.uid, label: who.given, uid: () => Uint8Array.from(Buffer.from(who.uid, 'hex')) }, false);
      await face.until('the PIN', (v) => v.screen.kind === 'pin' && v.screen.person.given === who.given);
      tray.lift();
      face.type(who.pin.slice(0, -1));
      const began = performance.now();
      face.type(who.pin.slice(-1));
      await face.until('the welcome', (v) => v.screen.kind === 'welcome');
      const accepted = performance.now();
      await face.until('the open desk', (v) => v.screen.kind === 'open');
      const now = performance.now();
      pinOpen.push(now - began);
      if (i > 0) tapOver.push(now - accepted);
      const alone = performance.now();
      await hashRaw(Buffer.alloc(32, i), { memoryCost: defaultCost.m, timeCost: defaultCost.t, parallelism: defaultCost.p, salt: Buffer.alloc(16) });
      kdf.push(performance.now() - alone);
    }
  } finally {
    face[Symbol.dispose]();
    await station.stop('bench over');
    rmSync(dir, { recursive: true, force: true });
  }
  return [row('pin-open', 'ms', pinOpen, { argon2id: percentile(pinOpen, 50) / percentile(kdf, 50) }), row('tap-over', 'ms', tapOver)];
}

async function startStation(dir: string, env: Readonly<Record<string, string>>): Promise<{ readonly child: ChildProcess; readonly ms: number }> {
  const began = performance.now();
  const child = fork(join(import.meta.dirname, 'station-process.ts'), [dir], { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  await once(child, 'message');
  return { child, ms: performance.now() - began };
}

/** CPU milliseconds (user and system) and resident MiB of a process and its children. */
function spent(pid: number): { readonly cpu: number; readonly rss: number } {
  const family = [pid, ...readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)];
  return family.reduce(
    (sum, p) => {
      // Ticks of 10 ms are too coarse: schedstat counts nanoseconds, a line a thread.
      const cpu = readdirSync(`/proc/${p}/task`).reduce((ms, t) => ms + Number(readFileSync(`/proc/${p}/task/${t}/schedstat`, 'utf8').split(' ')[0]) / 1e6, 0);
      const rss = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${p}/status`, 'utf8'))?.[1] ?? 0) / 1024;
      return { cpu: sum.cpu + cpu, rss: sum.rss + rss };
    },
    { cpu: 0, rss: 0 },
  );
}

/** `start`, `rss` and `idle-cpu` of real processes: the agent with its reader program, a real pcscd and one reader. */
async function standing(progress: (line: string) => void, starts: number, idleSeconds: number): Promise<readonly Row[]> {
  await using stand = await startStand();
  const dir = folder();
  const ms: number[] = [];
  const bare: number[] = [];
  try {
    progress(`${starts} starts, beside a bare node`);
    let station = await startStation(dir, stand.env);
    for (let i = 0; i < starts; i++) {
      station.child.kill('SIGTERM');
      await once(station.child, 'exit');
      const began = performance.now();
      spawnSync(process.execPath, ['-e', '0']);
      bare.push(performance.now() - began);
      station = await startStation(dir, stand.env);
      ms.push(station.ms);
    }
    const { pid } = station.child;
    if (pid === undefined) throw new Error('the station process has no pid');
    await sleep(5_000);
    progress(`${idleSeconds} s at idle`);
    const before = spent(pid);
    await sleep(idleSeconds * 1_000);
    const after = spent(pid);
    station.child.kill('SIGTERM');
    await once(station.child, 'exit');
    return [
      row('idle-cpu', `ms in ${idleSeconds} s`, [after.cpu - before.cpu]),
      row('rss', 'MiB', [after.rss]),
      row('start', 'ms', ms, { 'node -e 0': percentile(ms, 50) / percentile(bare, 50) }),
    ];
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

export const measurement: Measurement = {
  ids: ['pin-open', 'tap-over', 'idle-cpu', 'rss', 'start'],
  run: async (progress) => [...(await opening(progress, 100)), ...(await standing(progress, 10, 60))],
};
