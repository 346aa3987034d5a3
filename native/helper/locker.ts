/** A locker's program comes in; it runs from the lock on, until an opening ends it: one that ends by itself is started again while the desktop is locked. */
import { type ChildProcess, spawn } from 'node:child_process';
import { isRootsFile } from './hook-file.ts';

export type Locker = { readonly lock: () => void; readonly open: () => void };

const again = 300;

/** It outlives a helper that dies: then it stays locked. A program that is not root's alone is not started; the face covers all the same. */
export function createLocker(program: string | null, env: NodeJS.ProcessEnv): Locker {
  let child: ChildProcess | null = null;
  let locked = false;
  const start = (): void => {
    if (!locked || child !== null || program === null || !isRootsFile(program)) return;
    const started = spawn(program, [], { env, stdio: 'ignore', detached: true });
    child = started;
    const end = (): void => {
      if (child !== started) return;
      child = null;
      setTimeout(start, again);
    };
    started.on('error', end);
    started.on('exit', end);
  };
  return {
    lock: () => {
      locked = true;
      start();
    },
    open: () => {
      locked = false;
      child?.kill('SIGTERM');
    },
  };
}
