/** An installed station comes in; a generic account's X session goes out, with the shipped hooks, its helper to start and to kill, and whose desktops are seen in it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ended } from '../face/screen.ts';
import { foundOf, generic } from '../session/kiosk-rig.ts';
import { people } from '../session/logind/stand.ts';
import { type GenericSession, openSession } from '../session/shared-desktop.ts';
import type { InstalledStation } from './station.ts';

export type KioskPlace = AsyncDisposable & {
  readonly session: GenericSession /** As the session's autostart does; ended with the place. */;
  readonly startHelper: () => ChildProcess;
};

export async function openPlace({ run }: InstalledStation): Promise<KioskPlace> {
  await using stack = new AsyncDisposableStack();
  const session = stack.use(await openSession());
  // Not below /tmp, which is another for each person.
  const dir = mkdtempSync('/var/tmp/tapward-kiosk-');
  stack.defer(() => rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
  chmodSync(dir, 0o711);
  for (const name of ['home', 'run']) {
    mkdirSync(join(dir, name), { mode: 0o700 });
    chownSync(join(dir, name), generic.uid, generic.gid);
  }
  cpSync(session.hooks, join(dir, 'hooks.d'), { recursive: true });
  writeFileSync(join(dir, 'programs'), '');
  const helpers = new Set<ChildProcess>();
  stack.defer(async () => {
    for (const helper of helpers) await ended(helper);
    // What hooks began outlives a helper that is killed, as it should; not a test.
    for (const { pid } of foundOf({ dir })) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended with another of them.
      }
    }
  });
  const kept = stack.move();
  return {
    session,
    startHelper: () => {
      const helper = spawn(
        process.execPath,
        [
          join(import.meta.dirname, '../../native/helper/program.ts'),
          `--socket=${run}/helper.sock`,
          `--agent-uid=${people['tapward']}`,
          `--hooks=${dir}/hooks.d`,
          `--programs=${session.programs}`,
        ],
        { env: { ...session.env, HOME: join(dir, 'home'), XDG_RUNTIME_DIR: join(dir, 'run'), LANG: 'C.UTF-8' }, stdio: 'ignore', ...generic },
      );
      helpers.add(helper);
      return helper;
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Whose desktops are seen on the session’s display: the names of their contexts. */
export async function seen({ outside }: GenericSession): Promise<readonly string[]> {
  const look = (): Promise<string> => outside('xwininfo', '-root', '-tree');
  // A window that goes while the tree is walked ends the walk.
  const tree = await look().catch(look).catch(look);
  const shown = await Promise.all(
    [...tree.matchAll(/^\s+(0x[0-9a-f]+) .* 1024x768\+0\+0 /gm)].map(async ([, id = '']) => {
      const [name, attributes] = await Promise.all([outside('xprop', '-id', id, '_TAPWARD_CONTEXT').catch(() => ''), outside('xwininfo', '-id', id).catch(() => '')]);
      return attributes.includes('IsViewable') ? (/= "(\w+)"/.exec(name)?.[1] ?? null) : null;
    }),
  );
  return shown.filter((name) => name !== null);
}
