/** A Debian's folder comes in; that Debian goes out, started with its own systemd as the first process, in namespaces and a control group of its own: what a package's units come to there is what they come to on a station. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { plainEnv, type Ran } from './root.ts';

export type Booted = AsyncDisposable & {
  /** Its / as this process sees it. */
  readonly path: string;
  readonly exec: (...command: readonly string[]) => Promise<Ran>;
  /** As `exec`; throws what it said where it fails. Standard output. */
  readonly must: (...command: readonly string[]) => Promise<string>;
};

/** What a container gives its systemd (systemd.io/CONTAINER_INTERFACE): its own /proc, /sys, /dev and control groups, and mounts that reach its services. Nothing of it reaches the network or a device. */
const script = `set -e
  dir=$1 below=$2
  mount -t tmpfs -o size=1536m,mode=755 tmpfs "$dir"
  mkdir "$dir/upper" "$dir/work" "$dir/root"
  mount -t overlay overlay -o "lowerdir=$below,upperdir=$dir/upper,workdir=$dir/work" "$dir/root"
  cd "$dir/root"
  mount -t proc proc proc
  mount -t sysfs sysfs sys
  mount -t cgroup2 cgroup2 sys/fs/cgroup
  mount -t tmpfs -o mode=755 tmpfs dev
  for name in null zero full random urandom tty; do touch dev/$name; mount --bind /dev/$name dev/$name; done
  mkdir dev/pts dev/shm
  mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
  ln -s pts/ptmx dev/ptmx
  ln -s /proc/self/fd dev/fd
  mount -t tmpfs -o mode=1777 tmpfs dev/shm
  mount -t tmpfs -o mode=755 tmpfs run
  mkdir old
  pivot_root . old
  umount -l old
  rmdir old
  mount --make-rshared /
  exec env -i container=tapward-test /lib/systemd/systemd --log-target=journal`;

/** Killed with SIGKILL, this process leaves an empty folder and an empty control group. */
export async function boot(below: string): Promise<Booted> {
  await using stack = new AsyncDisposableStack();
  const dir = mkdtempSync('/var/tmp/tapward-boot-');
  stack.defer(() => rmSync(dir, { recursive: true, force: true }));
  const [, mounted = ''] = /^\S+ (\S+) cgroup2 /m.exec(readFileSync('/proc/mounts', 'utf8')) ?? [];
  if (mounted === '') throw new Error('no control groups of version 2 are mounted here');
  const group = join(mounted, `tapward-test-${process.pid}`);
  mkdirSync(group);
  stack.defer(() => leave(group));
  const spaces = ['--mount', '--propagation', 'private', '--cgroup', '--ipc', '--uts', '--net', '--pid', '--fork', '--kill-child'];
  const keeper = spawn('sh', ['-c', 'echo $$ >"$0/cgroup.procs" && exec unshare "$@"', group, ...spaces, 'sh', '-c', script, 'sh', dir, below], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [keeper.stdout, keeper.stderr]) stream.on('data', (text: Buffer) => (said += text.toString()));
  stack.defer(async () => {
    if (keeper.exitCode !== null || keeper.signalCode !== null) return;
    const exit = once(keeper, 'exit');
    keeper.kill('SIGKILL');
    await exit;
  });
  const until = async (what: string, is: () => boolean | Promise<boolean>): Promise<void> => {
    for (const end = performance.now() + 60_000; !(await is()); await sleep(100))
      if (performance.now() > end || keeper.exitCode !== null) throw new Error(`${what}: ${said.trim()}`);
  };
  let first = 0;
  await until('no systemd started', () => {
    [first = 0] = readFileSync(`/proc/${keeper.pid}/task/${keeper.pid}/children`, 'utf8').trim().split(' ').map(Number);
    return first !== 0 && readFileSync(`/proc/${first}/comm`, 'utf8').trim() === 'systemd';
  });
  const exec: Booted['exec'] = async (...command) => {
    const child = spawn('nsenter', ['--target', String(first), '--all', ...command], { env: plainEnv, stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, err] = ['', ''];
    child.stdout.on('data', (text: Buffer) => (out += text.toString()));
    child.stderr.on('data', (text: Buffer) => (err += text.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, out, err };
  };
  // Degraded by what no container has, such as kernel modules.
  await until('it did not start', async () => /^(running|degraded)$/.test((await exec('systemctl', 'is-system-running')).out.trim()));
  const kept = stack.move();
  return {
    path: `/proc/${first}/root`,
    exec,
    must: async (...command) => {
      const { code, out, err } = await exec(...command);
      if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}: ${out}${err}`);
      return out;
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** From the innermost: a group that is not empty yet is asked again. */
async function leave(group: string): Promise<void> {
  for (const entry of readdirSync(group, { withFileTypes: true })) if (entry.isDirectory()) await leave(join(group, entry.name));
  for (const end = performance.now() + 10_000; ; await sleep(50)) {
    try {
      return rmdirSync(group);
    } catch (why) {
      if (performance.now() > end) throw why;
    }
  }
}
