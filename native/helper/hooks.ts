/** An event comes in; its hook files run one after another as the session's user, each in a process group of its own and in a small environment, and how they ended goes out. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ContextId, HookEvent, RanHow } from '../../core/helper-link.ts';
import { type HookFiles, hooksIn } from './hook-file.ts';

export type HookRun = { readonly event: HookEvent; readonly context: ContextId; readonly within: number };
export type Ran = { readonly how: RanHow; readonly hook: string | null };
export type HooksParts = {
  /** Where `open`, `lock` and the others stand, as /etc/tapward/hooks.d. */
  readonly folder: string;
  /** Where each context has a folder of its own; the account's alone. */
  readonly contexts: string;
  /** Of a hook's environment, what is the same for all of them. */
  readonly env: Readonly<Record<string, string>>;
  readonly system?: HookSystem;
};
/** What differs by system. */
export type HookSystem = {
  readonly hooksIn: (folder: string) => HookFiles;
  /** Runs one until it ends or `limit` does, which ends it and all it has started. `stopped`: whether that is so because it is no longer wanted. */
  readonly runOne: (file: string, env: NodeJS.ProcessEnv, limit: AbortSignal, stopped: AbortSignal) => Promise<RanHow>;
  /** Makes it where it is not there; false where it is not this account's own folder. */
  readonly ownFolder: (path: string) => boolean;
  readonly nameOf: (file: string) => string;
};

/** Without a folder for them nothing would show or park anything, and nobody would notice. */
const needed: ReadonlySet<HookEvent> = new Set(['open', 'switch', 'lock', 'sign-out']);

/** Never rejects. Opening stops at the first hook that does not end well; parking and ending go on with the next, and say in the end which did not. */
export async function runHooks({ system = linux, ...parts }: HooksParts, { event, context, within }: HookRun, signal: AbortSignal): Promise<Ran> {
  const { files, refused } = system.hooksIn(join(parts.folder, event));
  if (refused === 'folder') return { how: needed.has(event) ? 'refused' : 'done', hook: null };
  const first: Ran | null = refused === null ? null : { how: 'refused', hook: refused.name };
  if (first !== null && event === 'open') return first;
  const dir = join(parts.contexts, context);
  if (!system.ownFolder(parts.contexts) || !system.ownFolder(dir)) return { how: 'failed', hook: null };
  const env = { ...parts.env, TAPWARD_EVENT: event, TAPWARD_CONTEXT: context, TAPWARD_CONTEXT_DIR: dir };
  const limit = AbortSignal.any([signal, AbortSignal.timeout(within)]);
  let worst = first;
  for (const file of files) {
    const how = await system.runOne(file, env, limit, signal);
    if (how === 'done') continue;
    worst ??= { how, hook: system.nameOf(file) };
    if (event === 'open') break;
  }
  return worst ?? { how: 'done', hook: null };
}

async function runOne(file: string, env: NodeJS.ProcessEnv, limit: AbortSignal, stopped: AbortSignal): Promise<RanHow> {
  if (limit.aborted) return stopped.aborted ? 'failed' : 'late';
  // What it prints is nobody's: it might name a person.
  const child = spawn(file, [], { env, cwd: '/', stdio: 'ignore', detached: true });
  const end = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // Its group has ended already.
    }
  };
  limit.addEventListener('abort', end, { once: true });
  try {
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code === 0) return 'done';
    // What a hook that failed has begun, it does not go on with.
    end();
    return limit.aborted && !stopped.aborted ? 'late' : 'failed';
  } catch {
    return 'failed';
  } finally {
    limit.removeEventListener('abort', end);
  }
}

const passedOn = ['HOME', 'DISPLAY', 'WAYLAND_DISPLAY', 'XAUTHORITY', 'XDG_RUNTIME_DIR', 'LANG'] as const;

/** Of a session's environment, what names its screen and its person's language. `path`: searched for programs by hooks. */
export function hookEnvironment(env: Readonly<Record<string, string | undefined>>, path: string): Record<string, string> {
  const kept = passedOn.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const]));
  return { ...Object.fromEntries(kept), PATH: path };
}

/** Makes it where it is not there; false where it is not this account's own folder. */
function ownFolder(path: string): boolean {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const { uid, mode } = lstatSync(path);
    if ((mode & 0o170000) !== 0o040000 || uid !== process.geteuid?.()) return false;
    chmodSync(path, 0o700);
    return true;
  } catch {
    return false;
  }
}

const linux: HookSystem = { hooksIn, runOne, ownFolder, nameOf: (file) => basename(file) };
