/** Nothing comes in; the real journald goes out, in a namespace and folder of its own, with a way to run programs that meet it where every system has it, and what the journal then holds. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export type Journaled = Readonly<Record<string, string>>;
export type Journal = AsyncDisposable & {
  /** A shell command as root, where /run is this journal's. */
  readonly command: (line: string) => readonly [string, ...string[]];
  /** Entries of this identifier, oldest first. */
  readonly entries: (identifier: string) => Promise<readonly Journaled[]>;
  /** As `journalctl --catalog` shows them with this catalog. */
  readonly explained: (catalog: string) => Promise<string>;
};

export async function startJournal(): Promise<Journal> {
  const dir = mkdtempSync(join(tmpdir(), 'tapward-journal-'));
  const [run, log, catalog, database] = ['run', 'log', 'catalog', 'database'].map((name) => join(dir, name));
  for (const made of [join(run ?? '', 'systemd'), log ?? '', catalog ?? '', database ?? '']) mkdirSync(made, { recursive: true });
  // A journald of a namespace leaves the kernel's messages and the machine's own journal alone.
  symlinkSync('journal.tapward', join(run ?? '', 'systemd', 'journal'));
  const within = `mount --bind '${run}' /run && mount --bind '${log}' /var/log`;
  const command = (line: string): readonly [string, ...string[]] => ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', `${within} && ${line}`];
  const [program, ...args] = command('exec /lib/systemd/systemd-journald tapward');
  const daemon = spawn(program, args, { stdio: 'ignore' });
  const ended = once(daemon, 'exit');
  const end = async (): Promise<void> => {
    daemon.kill('SIGTERM');
    await ended;
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    for (const until = performance.now() + 10_000; !existsSync(join(run ?? '', 'systemd', 'journal.tapward', 'socket')); await new Promise((resume) => setTimeout(resume, 10)))
      if (performance.now() > until || daemon.exitCode !== null) throw new Error('journald did not start');
  } catch (why) {
    await end();
    throw why;
  }
  const file = (): string => {
    const folder = join(log ?? '', 'journal');
    return join(folder, readdirSync(folder)[0] ?? '', 'system.journal');
  };
  return {
    command,
    entries: async (identifier) => {
      const { stdout } = await promisify(execFile)('journalctl', ['--file', file(), '--output=json', `SYSLOG_IDENTIFIER=${identifier}`], { maxBuffer: 16 << 20 });
      return stdout
        .trim()
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Journaled);
    },
    explained: async (text) => {
      writeFileSync(join(catalog ?? '', 'tapward.catalog'), text);
      const [shell, ...rest] = command(
        `mount --bind '${catalog}' /usr/lib/systemd/catalog && mount --bind '${database}' /var/lib/systemd/catalog && journalctl --update-catalog && journalctl --file '${file()}' --catalog --no-pager`,
      );
      return (await promisify(execFile)(shell, rest, { maxBuffer: 16 << 20 })).stdout;
    },
    [Symbol.asyncDispose]: end,
  };
}
