/** PAM stacks come in; commands of people who exist only here run with them, in a mount namespace of their own: nothing of this computer's /etc or /run is touched. */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Everybody's password. */
export const password = 'correct horse';
/** Accounts of the namespace, beside root and nobody. */
export const uids = { alice: 4001, bob: 4002 } as const;
export type Person = keyof typeof uids;
/** One whose account expired in 1970. */
export const expired = { name: 'dave', uid: 4003 } as const;

export type Ran = { readonly code: number | null; readonly said: string; readonly ms: number };
export type RunOptions = {
  readonly as?: Person;
  readonly input?: string;
  /** Told what it says as it says it. */
  readonly heard?: (text: string) => void;
  readonly env?: Readonly<Record<string, string>>;
  /** Once it has said this, `act` may type. */
  readonly prompt?: { readonly said: RegExp; readonly act: (type: (text: string) => void) => void };
};
export type Namespace = Disposable & {
  /** Seen as /run/tapward inside. */
  readonly run: string;
  /** A folder that everybody may read. */
  readonly dir: string;
  readonly stack: (service: string, lines: readonly string[]) => void;
  readonly exec: (command: readonly string[], options?: RunOptions) => Promise<Ran>;
  /** The arguments that enter it. */
  readonly enter: (as?: Person) => readonly string[];
};

/** What lets a program that was not built with the sanitizers load a module that was. Leaks are valgrind's. */
export const sanitized = (): Readonly<Record<string, string>> => ({
  LD_PRELOAD: ['libasan.so', 'libubsan.so'].map((name) => execFileSync('gcc', [`-print-file-name=${name}`], { encoding: 'utf8' }).trim()).join(':'),
  ASAN_OPTIONS: 'detect_leaks=0',
});

export function createNamespace(): Namespace {
  const dir = mkdtempSync(join(tmpdir(), 'tapward-pam-'));
  chmodSync(dir, 0o755);
  const [etc, run] = [join(dir, 'etc'), join(dir, 'run')];
  for (const folder of [etc, join(etc, 'pam.d'), run, join(etc, 'sudoers.d')]) mkdirSync(folder, { mode: 0o755 });
  const hash = execFileSync('openssl', ['passwd', '-6', password], { encoding: 'utf8' }).trim();
  const people = Object.entries(uids);
  const all = [...people, [expired.name, expired.uid]].map(([name, uid]) => `${name}:x:${uid}:${uid}::/tmp:/bin/sh`);
  const secrets = [...people.map(([name]) => `${name}:${hash}:19000::::::`), `${expired.name}:${hash}:19000:::::2:`];
  writeFileSync(join(etc, 'passwd'), ['root:x:0:0::/root:/bin/sh', 'nobody:x:65534:65534::/:/usr/sbin/nologin', ...all, ''].join('\n'));
  writeFileSync(join(etc, 'group'), ['root:x:0:', 'shadow:x:42:', 'nogroup:x:65534:', ...people.map(([name, uid]) => `${name}:x:${uid}:`), ''].join('\n'));
  writeFileSync(join(etc, 'shadow'), ['root:*:19000::::::', ...secrets, ''].join('\n'), { mode: 0o640 });
  // Read on behalf of lockers by a helper of that group.
  chownSync(join(etc, 'shadow'), 0, 42);
  writeFileSync(join(etc, 'sudoers'), 'bob ALL=(ALL:ALL) ALL\nalice ALL=(ALL:ALL) ALL\n', { mode: 0o440 });
  const mounts = [
    'mount -t tmpfs none /run',
    'mkdir /run/tapward',
    `mount --bind ${run} /run/tapward`,
    ...['passwd', 'group', 'shadow', 'sudoers', 'pam.d'].map((name) => `mount --bind ${join(etc, name)} /etc/${name}`),
  ];
  const holder = spawn('unshare', ['-m', '--propagation', 'private', 'sh', '-ec', `${mounts.join('; ')}; echo ready; exec cat`], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ready = new Promise<void>((resolve, reject) => {
    holder.stdout.once('data', () => resolve());
    holder.once('exit', (code) => reject(new Error(`the namespace could not be made (${code ?? 'killed'})`)));
  });
  // Nobody may have waited for it.
  ready.catch(() => undefined);
  const enter = (as?: Person): readonly string[] => [
    'nsenter',
    '-t',
    String(holder.pid),
    '-m',
    ...(as === undefined ? [] : ['setpriv', `--reuid=${uids[as]}`, `--regid=${uids[as]}`, '--clear-groups']),
  ];
  return {
    run,
    dir,
    enter,
    stack: (service, lines) => writeFileSync(join(etc, 'pam.d', service), `${lines.join('\n')}\n`),
    exec: async (command, { as, input, heard, env = {}, prompt } = {}) => {
      await ready;
      const [program = '', ...args] = [...enter(as), ...command];
      const began = performance.now();
      const child = spawn(program, args, { env: { PATH: process.env['PATH'] ?? '/usr/bin', LC_ALL: 'C', ...env } });
      let said = '';
      let prompted = false;
      const take = (text: string): void => {
        said += text;
        heard?.(text);
        if (prompt === undefined || prompted || !prompt.said.test(said)) return;
        prompted = true;
        prompt.act((typed) => child.stdin.write(typed));
      };
      for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', take);
      child.stdin.on('error', () => undefined);
      if (prompt === undefined) child.stdin.end(input ?? '');
      return new Promise((resolve, reject) => {
        child.once('error', reject);
        child.once('close', (code) => resolve({ code, said, ms: performance.now() - began }));
      });
    },
    [Symbol.dispose]: () => {
      endAllIn(holder.pid ?? 0);
      holder.kill('SIGKILL');
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Ends every process of this one's mount namespace: a locker that was killed leaves some behind. */
export function endAllIn(pid: number): void {
  const spaceOf = (process: string): string => {
    try {
      return readlinkSync(`/proc/${process}/ns/mnt`);
    } catch {
      return 'ended';
    }
  };
  const [own, ours] = [spaceOf('self'), spaceOf(String(pid))];
  if (ours === 'ended' || ours === own) return;
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry) || entry === String(pid) || spaceOf(entry) !== ours) continue;
    try {
      process.kill(Number(entry), 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}
