/** Real installed stations, copied, refused their policy, full, upgraded, and one with an emergency come in; that each runbook's commands say what the page says is tested. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, cpSync, mkdirSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { connectDoor } from '../../agent/admin/client.ts';
import { root } from '../../build/setup.mjs';
import { startAgentProcess, tapward } from '../cli/running.ts';
import { claimEmergency, entriesIn, isLocked, isOpen, pin, settled, setUp, start, stationIn } from '../emergency/rig.ts';
import { need } from '../needs.ts';
import { boardOf, computer, diskOf, folder, machineOf } from '../setup/computer.ts';
import { asOld, codeOf } from '../upgrade/versions.ts';
import { bookOf, headingOf } from './book.ts';
import { play } from './play.ts';

const asRoot = need('linux', 'root', 'systemdCreds', 'namespaces', 'systemd');

test('Emergency unlock: listed, reviewed by somebody else, and a new code', async (t) => {
  const dir = stationIn(folder(t));
  await setUp(dir);
  {
    await using station = await start(dir);
    await claimEmergency(station, pin);
    await settled('open', () => isOpen(station));
    station.face.do('lockNow');
    await settled('locked', () => isLocked(station));
  }
  const number = entriesIn(dir).findLast(({ entry }) => entry.kind === 'emergency')?.seq ?? -1;
  assert.ok(bookOf('Emergency unlock').screens[0]?.[0] === headingOf('noEmergency'));
  await play('Emergency unlock', { names: { NUMBER: () => String(number) }, run: (given) => tapward(dir, given) });
});

test('Roll back: an upgraded station is set back, and the version before works on', { skip: need('history') }, async (t) => {
  const code = codeOf(2, t);
  const dir = folder(t);
  asOld(code, dir, 'fill', '3');
  const [keys, station] = [join(dir, 'keys'), join(dir, 'station')];
  for (const name of readdirSync(keys)) cpSync(join(keys, name), join(station, name));
  // Its first start in this version brings the store forward, and five people come after that.
  await (await startAgentProcess(station))[Symbol.asyncDispose]();
  await play('Roll back', { run: (given) => tapward(station, given) });
  cpSync(join(station, 'counter'), join(keys, 'counter'));
  assert.deepEqual((asOld(code, dir, 'look', '3') as { readonly found: readonly string[] }).found, ['accepted', 'revoked', 'accepted']);
});

test('A cloned station: said by the doctor; a station of its own, or the same one on IT’s word', { skip: asRoot }, async (t) => {
  const [first, second] = [computer(folder(t), { machine: machineOf(1), board: boardOf(1) }), folder(t)];
  assert.notEqual(first.tapward(['setup', '--unattended']).code, null);
  const copy = diskOf(first, second, boardOf(2));
  {
    await using running = await copy.agent();
    assert.deepEqual([running.status.health.kind, running.status.health.kind === 'degraded' && running.status.health.cause], ['degraded', 'cloned']);
  }
  const moved = folder(t);
  cpSync(second, moved, { recursive: true });
  const kept = computer(moved, { machine: machineOf(1), board: boardOf(3) });
  await play('A cloned station', { run: (given) => (given.includes('--same-station') ? kept : copy).tapward(given) });
});

test('Policy refused: on status, with its line; mended, it counts at once', { skip: asRoot }, async (t) => {
  const station = computer(folder(t), { machine: machineOf(1), board: boardOf(1) });
  const file = join(station.place, 'etc/policy.json');
  writeFileSync(file, '{\n  "sessions": "none",\n  "inactivty": "3 min"\n}\n');
  await using _running = await station.agent();
  await play('Policy refused', { run: (given) => station.tapward(given), before: { 2: () => writeFileSync(file, '{\n  "sessions": "none",\n  "inactivity": "3 min"\n}\n') } });
});

test('A full disk: locked, found by the doctor; freed and restarted, the ledger holds', { skip: need('linux', 'root') }, async (t) => {
  const disk = mkdtempSync(join(tmpdir(), 'tapward-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', disk]);
  t.after(() => {
    execFileSync('umount', ['-l', disk]);
    rmSync(disk, { recursive: true, force: true });
  });
  const dir = join(disk, 'station');
  let agent = await startAgentProcess(dir);
  t.after(() => agent.kill());
  const filler = join(disk, 'filler');
  fill(filler);
  await untilFull(agent);
  assert.equal(bookOf('A full disk').screens[0]?.[0], headingOf('callIt'));
  await play('A full disk', {
    run: (given) => tapward(dir, given),
    before: {
      1: async () => {
        await agent.kill();
        rmSync(filler);
        agent = await startAgentProcess(dir);
      },
    },
  });
});

type Agent = Awaited<ReturnType<typeof startAgentProcess>>;

function fill(path: string): void {
  const file = openSync(path, 'w');
  try {
    for (;;) writeSync(file, Buffer.alloc(4_096, 1));
  } catch {
    closeSync(file);
  }
}

/** Taps of badges nobody knows, each of which is an entry; the ledger has room laid out for some hundreds. */
async function untilFull(agent: Agent): Promise<void> {
  for (let n = 0; n < 4_000; n++) {
    await agent.do({ do: 'place', uid: `04f0e1${n.toString(16).padStart(8, '0')}` });
    await agent.do({ do: 'lift' });
    if (n % 50 === 49 && (await isDegraded(agent.dir))) return agent.do({ do: 'until', screen: 'callIt' }).then(() => undefined);
  }
  assert.fail('the disk was never full');
}

async function isDegraded(dir: string): Promise<boolean> {
  const door = await connectDoor(dir);
  if (door.kind !== 'connected') return false;
  const status = await door.ask({ ask: 'status' });
  door.close();
  return status.kind === 'status' && status.health.kind === 'degraded';
}

test('The password screen, and no tap: seen, taken away and given back', { skip: need('linux', 'root', 'namespaces') }, async (t) => {
  const place = pamFolder(t);
  const run = (...given: readonly string[]): { code: number | null; out: string; err: string } => {
    const { status, stdout, stderr } = spawnSync(
      'unshare',
      [
        '--mount',
        '--propagation',
        'private',
        'sh',
        '-c',
        'mount --bind "$0" /etc/pam.d && exec "$@"',
        place,
        process.execPath,
        join(root, 'agent/cli/main.ts'),
        ...given,
        '--dir',
        place,
      ],
      { encoding: 'utf8', timeout: 60_000, env: { ...process.env, NODE_COMPILE_CACHE: join(root, '.cache/compile') } },
    );
    return { code: status, out: stdout, err: stderr };
  };
  const enabled = run('pam', 'enable', 'lightdm');
  assert.equal(enabled.code, 0, enabled.out);
  await play('The password screen, and no tap', { run: (given) => run(...given) });
});

function pamFolder(t: TestContext): string {
  const place = folder(t);
  mkdirSync(place, { recursive: true });
  for (const name of readdirSync('/etc/pam.d').filter((one) => one.startsWith('common-'))) cpSync(join('/etc/pam.d', name), join(place, name));
  cpSync(join(root, 'test/package-linux/pam.d/lightdm'), join(place, 'lightdm'));
  cpSync(join(root, 'build/linux/pam-tapward'), join(place, 'tapward'));
  return place;
}
