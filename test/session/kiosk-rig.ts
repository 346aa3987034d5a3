/** Hook files come in; a shared kiosk goes out as it is installed: the agent's door, a real session helper under an account of its own, and the controller over them. The face alone is a switch here. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CoverWatch, createCover } from '../../agent/helper/cover.ts';
import { type HelperDoor, type HelperDoorParts, openHelperDoor } from '../../agent/helper/door.ts';
import type { HookEvent } from '../../core/helper-link.ts';
import type { SessionController } from '../../core/ports.ts';
import type { Grant } from '../../core/types.ts';
import { createClock } from '../../native/clock/clock.ts';
import { peerOf } from '../../native/peer/peer.ts';
import { createKiosk, type KioskParts } from '../../native/session/kiosk.ts';
import { ended, until } from '../face/screen.ts';

/** An account that every Debian has and nobody uses: the generic one of this station. */
export const generic = { uid: 5, gid: 60 } as const;
/** An account that is neither. */
export const stranger = { uid: 13, gid: 13 } as const;
export const clock = createClock();
/** Contexts by person: opaque, as the product's are. */
export const contextOf = (subscriber: string): string => Buffer.from(subscriber.padEnd(8, '.')).toString('hex');

export type Kiosk = AsyncDisposable & {
  readonly controller: SessionController;
  readonly door: HelperDoor;
  readonly cover: CoverWatch;
  readonly dir: string;
  readonly home: string;
  readonly socket: string;
  readonly noted: string[];
  readonly inputs: string[];
  readonly helper: () => ChildProcess;
  readonly startHelper: () => Promise<void>;
  /** Writes a hook: a shell script that is root's alone. Its path. */
  readonly hook: (event: HookEvent, name: string, script: string) => string;
  /** What hooks wrote to `$TAPWARD_CONTEXT_DIR/log` for this person. */
  readonly log: (subscriber: string) => string;
  readonly open: (subscriber: string, intent?: Grant['intent']) => ReturnType<SessionController['open']>;
};
export type KioskOptions = Partial<KioskParts> & { readonly env?: NodeJS.ProcessEnv; readonly programs?: string; readonly hooks?: string; readonly covered?: boolean; readonly silence?: number; readonly accepts?: HelperDoorParts['accepts']; readonly visits?: HelperDoorParts['visits'] };

let number = 0;
export const grantFor = async (c: SessionController, subscriber: string, intent: Grant['intent'] = 'signIn'): Promise<Grant> => ({
  id: `kiosk-${++number}`, subscriber, intent, seq: (await c.snapshot()).seq, expiresAt: clock.now() + 30_000,
});

export async function openKiosk({ env = {}, programs, hooks, covered = true, silence, accepts = ({ uid }) => uid === generic.uid, visits, ...given }: KioskOptions = {}): Promise<Kiosk> {
  await using stack = new AsyncDisposableStack();
  const dir = mkdtempSync(join(tmpdir(), 'tapward-kiosk-'));
  stack.defer(() => rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
  chmodSync(dir, 0o711);
  const [home, runtime, folder] = ['home', 'run', 'hooks.d'].map((name) => join(dir, name)) as [string, string, string];
  for (const path of [home, runtime]) {
    mkdirSync(path, { mode: 0o700 });
    chownSync(path, generic.uid, generic.gid);
  }
  if (hooks === undefined) for (const event of ['open', 'switch', 'lock', 'sign-out']) mkdirSync(join(folder, event), { recursive: true, mode: 0o755 });
  else cpSync(hooks, folder, { recursive: true });
  const socket = join(dir, 'helper.sock');
  const [noted, inputs]: [string[], string[]] = [[], []];
  const cover = createCover();
  cover.presence(covered);
  const beating = setInterval(() => cover.beaten(true), 50);
  stack.defer(() => clearInterval(beating));
  const door = await openHelperDoor({
    path: socket, mode: 0o666, peerOf, accepts, input: (how) => inputs.push(how), noted: (text) => noted.push(text),
    ...(silence === undefined ? {} : { silence }), ...(visits === undefined ? {} : { visits }),
  });
  stack.defer(door.close);
  const controller = createKiosk({
    clock, contexts: door.contexts, cover, contextOf, endSession: async () => false, hookTimeout: () => 5_000, noted: (text) => noted.push(text), ...given,
  });
  let helper: ChildProcess | null = null;
  stack.defer(async () => void (helper === null || (await ended(helper))));
  stack.defer(() => controller[Symbol.asyncDispose]());
  const isHere = async (): Promise<boolean> => (await controller.snapshot()).healthy;
  const startHelper = async (): Promise<void> => {
    helper = spawn(process.execPath, [helperProgram, `--socket=${socket}`, `--agent-uid=${process.getuid?.()}`, `--hooks=${folder}`, `--programs=${programs ?? '/nonexistent'}`], {
      env: { PATH: '/usr/bin:/bin', HOME: home, XDG_RUNTIME_DIR: runtime, LANG: 'C.UTF-8', ...env },
      stdio: ['ignore', 'ignore', process.env['TAPWARD_SHOW'] === undefined ? 'ignore' : 'inherit'], ...generic,
    });
    await until('the helper is there', isHere);
  };
  await startHelper();
  const kept = stack.move();
  return {
    controller, door, cover, dir, home, socket, noted, inputs, startHelper,
    helper: () => helper as ChildProcess,
    hook: (event, name, script) => {
      const path = join(folder, event, name);
      writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      return path;
    },
    log: (subscriber) => {
      try {
        return readFileSync(join(home, '.local/state/tapward', contextOf(subscriber), 'log'), 'utf8');
      } catch {
        return '';
      }
    },
    open: async (subscriber, intent) => controller.open(await grantFor(controller, subscriber, intent)),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

const helperProgram = join(import.meta.dirname, '../../native/helper/program.ts');
