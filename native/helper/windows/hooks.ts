/** A session's environment comes in; how hook files run on Windows goes out: each in a job of its own and in a small environment, by the program that its ending names. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RanHow } from '../../../core/helper-link.ts';
import type { HookSystem } from '../hooks.ts';
import { type HookTrust, hookNameOf, windowsHooksIn } from './hook-file.ts';
import type { WindowsSystem } from './system.ts';

const passedOn = [
  'ALLUSERSPROFILE',
  'APPDATA',
  'COMPUTERNAME',
  'HOMEDRIVE',
  'HOMEPATH',
  'LOCALAPPDATA',
  'ProgramData',
  'ProgramFiles',
  'SystemDrive',
  'SystemRoot',
  'TEMP',
  'TMP',
  'USERDOMAIN',
  'USERNAME',
  'USERPROFILE',
  'windir',
] as const;

/** What names her screen, her folders and Windows'. `folder`: Windows' own, beside which hooks search for programs in none but ours. */
export function windowsHookEnvironment(env: Readonly<Record<string, string | undefined>>, programs: string, folder: string): Record<string, string> {
  const kept = passedOn.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const]));
  return { ...Object.fromEntries(kept), ComSpec: join(folder, 'cmd.exe'), PATH: `${folder};${programs}`, PATHEXT: '.EXE;.CMD' };
}

/** The program and the whole command line of a hook. Its name has no letter that any of them reads as more than a name. */
export function commandOf(file: string, folder: string): { readonly program: string; readonly line: string } {
  if (file.endsWith('.cmd')) return { program: join(folder, 'cmd.exe'), line: `cmd.exe /d /s /c ""${file}""` };
  if (file.endsWith('.exe')) return { program: file, line: `"${file}"` };
  const shell = join(folder, 'WindowsPowerShell', 'v1.0', 'powershell.exe');
  return { program: shell, line: `"${shell}" -NoLogo -NoProfile -NonInteractive -ExecutionPolicy Bypass -File "${file}"` };
}

const look = 20;

export function windowsHooks(system: WindowsSystem, trust: Omit<HookTrust, 'sddlOf'> = {}): HookSystem {
  const runOne = async (file: string, env: NodeJS.ProcessEnv, limit: AbortSignal, stopped: AbortSignal): Promise<RanHow> => {
    const late = (): RanHow => (stopped.aborted ? 'failed' : 'late');
    if (limit.aborted) return late();
    const { program, line } = commandOf(file, system.folder);
    const running = system.start(program, line, env as Record<string, string>);
    if (running === null) return 'failed';
    try {
      let code = running.code();
      while (code === null && !limit.aborted) {
        await sleep(look, undefined, { signal: limit }).catch(() => undefined);
        code = running.code();
      }
      if (code === 0) return 'done';
      // What a hook that failed has begun, it does not go on with.
      running.end();
      return limit.aborted ? late() : 'failed';
    } finally {
      running.release();
    }
  };
  return {
    hooksIn: (folder) => windowsHooksIn(folder, { sddlOf: system.sddlOf, ...trust }),
    runOne,
    // Below her own profile, where nobody else may write.
    ownFolder: (path) => {
      try {
        mkdirSync(path, { recursive: true });
        return true;
      } catch {
        return false;
      }
    },
    nameOf: hookNameOf,
  };
}
