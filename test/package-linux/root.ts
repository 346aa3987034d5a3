/** Nothing comes in; a root of its own over this machine's goes out, in which packages are installed for real and everything that changed can be named: this machine stays as it is. */
import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, mkdtempSync, readFileSync, readlinkSync, rmSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { root as clone } from '../../build/setup.mjs';

export type Ran = { readonly code: number | null; readonly out: string; readonly err: string };
export type Root = AsyncDisposable & {
  /** Its / as this process sees it. */
  readonly path: string;
  /** The words that enter it. */
  readonly enter: readonly string[];
  /** A program of it, with this environment alone. */
  readonly start: (command: readonly string[], env?: NodeJS.ProcessEnv) => ChildProcessByStdio<Writable, Readable, Readable>;
  readonly exec: (command: readonly string[], options?: { readonly input?: string }) => Promise<Ran>;
  /** As `exec`; throws what it said where it fails. Standard output. */
  readonly must: (command: readonly string[], options?: { readonly input?: string }) => Promise<string>;
  /** Paths that are not as on this machine, or in what TAPWARD_ROOT names: new, gone, or of another content, mode or owner. Sorted. */
  readonly changed: () => readonly string[];
};

export const plainEnv = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', HOME: '/root', DEBIAN_FRONTEND: 'noninteractive' } as const;

/** Another system's root to go by, such as a newer Debian (build/installed-debian.sh); it has everything that the packages depend on. */
const below = process.env['TAPWARD_ROOT'] ?? '/';

/** All of it lies in memory in a namespace: killed with SIGKILL, this process leaves nothing but an empty folder. */
export async function openRoot(): Promise<Root> {
  await using stack = new AsyncDisposableStack();
  const dir = mkdtempSync('/var/tmp/tapward-root-');
  stack.defer(() => rmSync(dir, { recursive: true, force: true }));
  const script = `set -e
    mount -t tmpfs -o size=1536m,mode=755 tmpfs ${dir}
    mkdir ${dir}/upper ${dir}/work ${dir}/root
    mount -t overlay overlay -o lowerdir=${below},upperdir=${dir}/upper,workdir=${dir}/work ${dir}/root
    cd ${dir}/root
    mount -t proc proc proc
    for name in sys dev; do mount --rbind /$name $name; done
    mount --bind /tmp tmp
    mount -t tmpfs -o mode=755 tmpfs run
    mkdir -m 1777 run/lock
    mkdir run/systemd
    [ '${below}' = / ] && [ "$(findmnt -n -o TARGET -T '${clone}')" = / ] || { mkdir -p '.${clone}'; mount --bind '${clone}' '.${clone}'; }
    exec chroot . sh -c 'echo ready; exec cat'`;
  const keeper = spawn('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', script], { stdio: ['pipe', 'pipe', 'pipe'] });
  let complaint = '';
  keeper.stderr.on('data', (text: Buffer) => (complaint += text.toString()));
  stack.defer(async () => {
    if (keeper.exitCode !== null) return;
    const exit = once(keeper, 'exit');
    keeper.stdin.end();
    await exit;
  });
  await Promise.race([once(keeper.stdout, 'data'), once(keeper, 'close').then(() => Promise.reject(new Error(`no root of its own: ${complaint.trim()}`)))]);
  const space = ['--target', String(keeper.pid), '--mount'];
  const enter = ['nsenter', ...space, '--root', '--wd'];
  const path = `/proc/${keeper.pid}/root`;
  if (statSync(path).dev === statSync('/').dev) throw new Error('no root of its own: it is this machine’s');
  const start: Root['start'] = (command, env = plainEnv) => spawn('nsenter', [...enter.slice(1), ...command], { env, stdio: ['pipe', 'pipe', 'pipe'] });
  const exec: Root['exec'] = async (command, { input = '' } = {}) => {
    const child = start(command);
    let [out, err] = ['', ''];
    child.stdout.on('data', (text: Buffer) => (out += text.toString()));
    child.stderr.on('data', (text: Buffer) => (err += text.toString()));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, out, err };
  };
  const kept = stack.move();
  return {
    path,
    enter,
    start,
    exec,
    must: async (command, options) => {
      const { code, out, err } = await exec(command, options);
      if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}: ${out}${err}`);
      return out;
    },
    changed: () => {
      const touched = execFileSync('nsenter', [...space, 'find', `${dir}/upper`, '-mindepth', '1', '-printf', '/%P\\0'], { encoding: 'utf8', maxBuffer: 1 << 26 })
        .split('\0')
        .filter((one) => one !== '');
      // The folders that this clone is seen in are this test's.
      return touched.filter((one) => !`${clone}/`.startsWith(`${one}/`) && !isSame(join(below, one), join(path, one))).toSorted();
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

function isSame(here: string, there: string): boolean {
  const [one, other] = [here, there].map((path) => lstatSync(path, { throwIfNoEntry: false })) as [Stats | undefined, Stats | undefined];
  if (one === undefined || other === undefined) return one === other;
  if (one.mode !== other.mode || one.uid !== other.uid || one.gid !== other.gid) return false;
  if (one.isSymbolicLink()) return readlinkSync(here) === readlinkSync(there);
  return !one.isFile() || (one.size === other.size && readFileSync(here).equals(readFileSync(there)));
}
