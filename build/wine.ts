/** Nothing comes in; a Debian 13 with Wine 10 goes out, made once per clone and entered by each run in mounts of its own, and Windows made by it: Node 24 and PC/SC run there, which Debian 12's Wine 8 has not. */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root as clone } from './setup.mjs';

/** `code` is the program's; null: it was ended at its deadline. */
export type Ran = { readonly code: number | null; readonly out: string; readonly err: string };

/** The same as of test/windows/wine.ts, so that what is tested under one can be under the other. */
export type Wine = AsyncDisposable & {
  /** What C: is, for files both sides see. */
  readonly drive: string;
  /** Ends it after `deadline` ms; what it prints is collected. Node's own output is lost: it wants files. */
  run(program: string, args?: readonly string[], deadline?: number): Promise<Ran>;
  /** In a process group of its own; ended with this Wine. */
  start(program: string, args?: readonly string[], stdio?: 'ignore' | 'pipe'): ChildProcess;
};
export type WineOptions = {
  /** Paths of this computer by the absolute path at which they are seen there, as Z:; read-only. The clone is seen at its own. */
  readonly binds?: Readonly<Record<string, string>>;
  /** For all its processes, beside Wine's own. */
  readonly env?: Readonly<Record<string, string>>;
};

const place = join(clone, '.cache', 'wine10');
/** The Debian 13, for others that add to it in layers of their own. */
export const debian = join(place, 'root');
const template = join(place, 'prefix');
const loader = '/usr/lib/wine/wine64';

/** Of the made prefix and of each copy, seen from inside. */
const prefixInside = '/prefix';
const environment = (more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv => ({
  HOME: '/root',
  PATH: '/usr/lib/wine:/usr/bin:/bin:/usr/sbin:/sbin',
  LANG: 'C.UTF-8',
  XDG_RUNTIME_DIR: '/tmp',
  WINEPREFIX: prefixInside,
  WINEARCH: 'win64',
  WINEDEBUG: '-all',
  WINEDLLOVERRIDES: 'mscoree,mshtml=',
  DISPLAY: '',
  ...more,
});

/** What a shell does in a mount namespace of its own before it becomes the program: `$1` is the prefix, then pairs of places up to `--`, then the program. */
const enter = `set -e
  R="$0"
  mount --bind "$1" "$R${prefixInside}"
  shift
  mount --rbind /proc "$R/proc"
  mount --rbind /dev "$R/dev"
  while [ "$1" != -- ]; do
    mount --bind "$1" "$R$2"
    mount -o remount,ro,bind "$R$2"
    shift 2
  done
  shift
  exec chroot "$R" "$@"`;
const entering = (prefix: string, binds: Readonly<Record<string, string>>, command: readonly string[]): readonly string[] => [
  '--mount',
  '--propagation',
  'private',
  'sh',
  '-c',
  enter,
  debian,
  prefix,
  ...Object.entries(binds).flatMap(([inside, outside]) => [outside, inside]),
  '--',
  ...command,
];

const run = promisify(execFile);

/** Held by the kernel for as long as `flock` runs: of several test files one makes what the others wait for. `make`: steps of a shell, in which `$0` is what they make. */
export const once = (made: string, make: readonly string[]): Promise<unknown> =>
  run('flock', [join(place, 'lock'), 'sh', '-c', `test -e "$0" || { ${make.join(' && ')}; }`, made], { maxBuffer: 64 << 20, timeout: 600_000 });

/** In mounts of its own: killed, it leaves nothing mounted. */
const makeDebian = [
  'rm -rf "$0.new"',
  // From where this machine's own packages come; else debootstrap knows one.
  `mirror=$(apt-get indextargets --format '$(ORIGIN) $(COMPONENT) $(REPO_URI) $(CODENAME)' 'Created-By: Packages' | awk '$1 == "Debian" && $2 == "main" && $4 !~ /-/ { print $3; exit }')`,
  'unshare --mount --propagation private debootstrap --variant=minbase --include=wine64,libpcsclite1 trixie "$0.new" $mirror >&2',
  'rm -rf "$0.new"/var/cache/apt/archives/*.deb "$0.new"/usr/share/doc "$0.new"/usr/share/locale',
  `mkdir "$0.new${prefixInside}"`,
  'mv "$0.new" "$0"',
];
/** The services of a new Windows end with its server, whose leaving writes the registry. */
function makeTemplate(): readonly string[] {
  const fresh = `${template}.new`;
  const boot = entering(fresh, {}, ['sh', '-c', `${loader} wineboot.exe -i; ${loader} reg.exe add 'HKCU\\Software\\Wine' /v Version /d win10 /f; wineserver -k -w`]);
  const settings = Object.entries(environment()).map(([name, value]) => `${name}=${value}`);
  return ['rm -rf "$0.new"', 'mkdir "$0.new"', `env -i ${shellWords([...settings, 'unshare', ...boot])}`, 'test -e "$0.new/system.reg"', 'mv "$0.new" "$0"'];
}

const unable = (what: string): string => `needs ${what}, to make a Debian 13 with Wine 10`;

/** null: it stands. Else one sentence that says why there is none; never throws. */
export async function wineRoot(say: (line: string) => void = console.log): Promise<string | null> {
  if (process.getuid?.() !== 0) return unable('root');
  if (!['/usr/sbin/debootstrap', '/usr/bin/unshare', '/usr/bin/flock'].every((program) => existsSync(program))) return unable('debootstrap (apt install debootstrap util-linux)');
  mkdirSync(place, { recursive: true });
  try {
    if (!existsSync(debian)) {
      say('Making a Debian 13 with Wine 10 under .cache (once, one to two minutes)');
      await once(debian, makeDebian);
    }
    if (!existsSync(template)) await once(template, makeTemplate());
    return null;
  } catch (why) {
    const said = why instanceof Error && 'stderr' in why ? String(why.stderr).trim().split('\n').at(-1) : String(why);
    return `needs a Debian 13 with Wine 10, which could not be made: ${said}`;
  }
}

/** Words of a shell that are these. */
export const shellWords = (words: readonly string[]): string => words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');

/** A path of ours as Windows programs name it. */
export const windowsPath = (path: string): string => `Z:${path.replaceAll('/', '\\')}`;

/** A Windows of its own: registry, services, C:. Its files are links to the template's, which Wine replaces and never writes to. Throws where `wineRoot` has not said null. */
export function startWine10({ binds = {}, env = {} }: WineOptions = {}): Wine {
  const prefix = mkdtempSync(join(place, 'run-'));
  execFileSync('cp', ['-al', join(template, 'drive_c'), prefix]);
  execFileSync('sh', ['-c', 'cp -a "$0"/*.reg "$0"/dosdevices "$0"/.update-timestamp "$1"', template, prefix]);
  const places = { [clone]: clone, ...binds };
  // In the Debian itself, where they are empty and stay.
  for (const [inside, outside] of Object.entries(places)) makePlace(join(debian, inside), outside);
  const args = (program: string, rest: readonly string[]): readonly string[] => entering(prefix, places, [loader, program, ...rest]);
  const whole = environment(env);
  const children: ChildProcess[] = [];
  return {
    drive: join(prefix, 'drive_c'),
    run: (program, rest = [], deadline = 30_000) =>
      new Promise((resolve) => {
        execFile('unshare', args(program, rest), { env: whole, timeout: deadline, killSignal: 'SIGKILL', maxBuffer: 64 << 20 }, (failure, out, err) => {
          resolve({ code: failure === null ? 0 : typeof failure.code === 'number' ? failure.code : null, out, err });
        });
      }),
    start: (program, rest = [], stdio = 'pipe') => {
      const child = spawn('unshare', args(program, rest), { env: whole, stdio, detached: true });
      children.push(child);
      return child;
    },
    [Symbol.asyncDispose]: async () => {
      await run('unshare', entering(prefix, {}, ['wineserver', '-k', '-w']), { env: whole, timeout: 20_000 }).catch(() => undefined);
      for (const child of children) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      rmSync(prefix, { recursive: true, force: true });
    },
  };
}

/** Where something can be bound to: a folder for a folder, a file for a file. */
function makePlace(path: string, like: string): void {
  execFileSync('sh', ['-c', 'if [ -d "$1" ]; then mkdir -p "$0"; else mkdir -p "$(dirname "$0")"; [ -e "$0" ] || : > "$0"; fi', path, like]);
}
