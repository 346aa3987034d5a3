/** Commands of a site's programs file come in; a generic account's X session goes out, with the shipped hooks over it and a way to do inside one person's work what her own programs could do. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, copyFileSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { nativeProgram } from '../../build/native.ts';
import { ended, until } from '../face/screen.ts';
import { contextOf, generic, type Kiosk, type KioskOptions, openKiosk, processesOf } from './kiosk-rig.ts';

const run = promisify(execFile);
const hooks = join(import.meta.dirname, '../../build/hooks');

export type SharedDesktop = AsyncDisposable & {
  readonly kiosk: Kiosk;
  readonly env: NodeJS.ProcessEnv;
  /** Runs a program on the session's own display, as the session's hands would. */
  readonly outside: (command: string, ...args: readonly string[]) => Promise<string>;
  /** Runs a script among this person's own programs; everything it printed. */
  readonly inside: (subscriber: string, script: string) => Promise<string>;
  /** Ends the X server, and with it the session; true once it has ended. */
  readonly endSession: () => Promise<boolean>;
  /** Processes of the generic account that have not ended. */
  readonly processes: () => readonly string[];
};
export type DesktopOptions = Omit<KioskOptions, 'hooks' | 'programs' | 'env'> & {
  readonly work: readonly string[];
  readonly more?: string /** false: the server was started without one, and lets in whoever is here. */;
  readonly cookie?: boolean;
};

/** Reads what a test asks from her home, runs it as her, and leaves what it printed there. */
const listener = "sh -c 'while sleep 0.03; do [ -e ask ] && { sh ./ask >answer.new 2>&1; rm ask; mv answer.new answer; }; done'";

export type GenericSession = AsyncDisposable &
  Pick<SharedDesktop, 'env' | 'outside' | 'endSession'> & {
    /** Tapward’s own, beside hooks and helper. */ readonly programs: string /** The site’s, root’s alone. */;
    readonly hooks: string;
  };

/** The generic account’s X session, without a helper. */
export async function openSession({ more, cookie: hasCookie = true }: Pick<DesktopOptions, 'more' | 'cookie'> = {}): Promise<GenericSession> {
  await using stack = new AsyncDisposableStack();
  const [keys, programs] = ['keys', 'programs'].map((name) => mkdtempSync(join(name === 'programs' ? '/var/tmp' : tmpdir(), `tapward-${name}-`))) as [string, string];
  stack.defer(() => [keys, programs].forEach((path) => rmSync(path, { recursive: true, force: true })));
  chmodSync(programs, 0o755);
  for (const name of readdirSync(join(hooks, 'programs'))) copyFileSync(join(hooks, 'programs', name), join(programs, name));
  // With the sanitizers: what they find ends the program, and with it the hook.
  for (const name of ['context', 'input'] as const) copyFileSync(await nativeProgram(`${name}-x11-checked`), join(programs, `tapward-${name}`));

  // As a display manager starts it: nobody without the cookie is a client of it.
  const cookie = join(keys, 'cookie');
  await run('sh', ['-c', `printf 'add :0 . %s\\n' "$(mcookie)" | xauth -q -f '${cookie}.server' source -`]);
  const server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1024x768x24', '-nolisten', 'tcp', '-noreset', ...(hasCookie ? ['-auth', `${cookie}.server`] : [])], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  stack.defer(() => ended(server));
  const [number] = (await once(server.stdio[3] as Readable, 'data')) as [Buffer];
  const display = `:${number.toString().trim()}`;
  await run('sh', ['-c', `xauth -q -f '${cookie}.server' list | { read -r _ _ key; printf 'add ${display} . %s\\n' "$key"; } | xauth -q -f '${cookie}' source -`]);
  for (const path of [keys, cookie]) chownSync(path, generic.uid, generic.gid);
  const env: NodeJS.ProcessEnv = { PATH: '/usr/bin:/bin', HOME: keys, XDG_RUNTIME_DIR: keys, XDG_CONFIG_HOME: keys, DISPLAY: display, XAUTHORITY: cookie, LC_ALL: 'C.UTF-8' };
  const manager = spawn('openbox', ['--sm-disable'], { env, stdio: 'ignore', ...generic });
  stack.defer(() => ended(manager));

  const endSession = async (): Promise<boolean> => {
    await ended(server);
    return true;
  };
  const folder = mkdtempSync(join(tmpdir(), 'tapward-hooks-'));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(join(hooks, 'desktop'), folder, { recursive: true });
  if (more !== undefined) cpSync(join(hooks, more), folder, { recursive: true });
  const kept = stack.move();
  return {
    env,
    endSession,
    programs,
    hooks: folder,
    outside: async (command, ...args) => (await run(command, args, { env })).stdout,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

export async function openSharedDesktop({ work, more, cookie, ...options }: DesktopOptions): Promise<SharedDesktop> {
  await using stack = new AsyncDisposableStack();
  const session = stack.use(await openSession({ ...(more === undefined ? {} : { more }), ...(cookie === undefined ? {} : { cookie }) }));
  const { env, endSession } = session;
  // Not below /tmp, which is another for each person anyway.
  const kiosk = await openKiosk({
    under: '/var/tmp',
    hookTimeout: () => 15_000,
    endSession,
    ...options,
    env: { DISPLAY: env['DISPLAY'], XAUTHORITY: env['XAUTHORITY'] },
    programs: session.programs,
    hooks: session.hooks,
  });
  stack.defer(() => kiosk[Symbol.asyncDispose]());
  writeFileSync(join(kiosk.dir, 'programs'), [...work, listener, ''].join('\n'));
  // Their X server and its end go with the session; a test must not leave them to it.
  stack.defer(() => void endSession());
  const kept = stack.move();

  return {
    kiosk,
    env,
    endSession,
    processes: () => processesOf(kiosk),
    outside: session.outside,
    inside: async (subscriber, script) => {
      const home = join(kiosk.home, '.local/state/tapward', contextOf(subscriber), 'home');
      rmSync(join(home, 'answer'), { force: true });
      writeFileSync(join(home, 'ask.new'), script);
      renameSync(join(home, 'ask.new'), join(home, 'ask'));
      await until(`${subscriber}’s programs answer`, () => existsSync(join(home, 'answer')), 20_000);
      return readFileSync(join(home, 'answer'), 'utf8');
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
