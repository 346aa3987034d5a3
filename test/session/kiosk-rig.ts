/** Hook files come in; a shared kiosk goes out as it is installed: the agent's door, a real session helper under an account of its own, and the controller over them. The face alone is a switch here. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CoverWatch } from '../../agent/helper/cover.ts';
import { contextOfPerson, openSharedKiosk, type SharedKiosk, type SharedKioskParts } from '../../agent/helper/shared-kiosk.ts';
import type { HookEvent } from '../../core/helper-link.ts';
import type { SessionController } from '../../core/ports.ts';
import type { Grant } from '../../core/types.ts';
import { createClock } from '../../native/clock/clock.ts';
import { peerOf } from '../../native/peer/peer.ts';
import { createKiosk } from '../../native/session/kiosk.ts';
import { ended, until } from '../face/screen.ts';

/** An account that every Debian has and nobody uses: the generic one of this station. */
export const generic = { uid: 5, gid: 60 } as const;
/** An account that is neither. */
export const stranger = { uid: 13, gid: 13 } as const;
export const clock = createClock();
const key = Buffer.alloc(32, 7);
export const contextOf = (subscriber: string): string => contextOfPerson(key, subscriber);

export type Kiosk = AsyncDisposable & {
  readonly controller: SessionController;
  readonly shared: SharedKiosk;
  readonly cover: CoverWatch;
  readonly dir: string;
  readonly home: string;
  /** The agent's door. */
  readonly agentSocket: string;
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
export type KioskOptions = Partial<SharedKioskParts> & {
  readonly env?: NodeJS.ProcessEnv;
  readonly programs?: string;
  readonly hooks?: string /** The face's place is taken by a switch that covers; without `beating` by whoever speaks to `cover`. */;
  readonly covered?: boolean;
  readonly beating?: boolean /** Where the helper looks for the agent, if not at its door. */;
  readonly socket?: string;
  readonly locker?: string;
  readonly under?: string;
};

let number = 0;
export const grantFor = async (c: SessionController, subscriber: string, intent: Grant['intent'] = 'signIn'): Promise<Grant> => ({
  id: `kiosk-${++number}`,
  subscriber,
  intent,
  seq: (await c.snapshot()).seq,
  expiresAt: clock.now() + 30_000,
});

export async function openKiosk({
  env = {},
  programs,
  hooks,
  covered = true,
  beating = true,
  socket: through,
  locker,
  under = tmpdir(),
  ...given
}: KioskOptions = {}): Promise<Kiosk> {
  await using stack = new AsyncDisposableStack();
  const dir = mkdtempSync(join(under, 'tapward-kiosk-'));
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
  const shared = await openSharedKiosk({
    path: socket,
    peerOf,
    accepts: ({ uid }) => uid === generic.uid,
    clock,
    create: createKiosk,
    key,
    endSession: async () => false,
    hookTimeout: () => 5_000,
    diagnose: (_id, text) => noted.push(text),
    ...given,
  });
  const { controller, cover } = shared;
  stack.use(shared);
  cover.presence(covered);
  const beats = setInterval(() => beating && cover.beaten(true), 50);
  stack.defer(() => clearInterval(beats));
  controller.hear((news) => news.kind === 'input' && inputs.push(news.how));
  let helper: ChildProcess | null = null;
  stack.defer(async () => {
    if (helper !== null) await ended(helper);
    // What hooks began outlives a helper that is killed, as it should; not a test.
    for (const { pid } of foundOf({ dir })) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended with another of them.
      }
    }
  });
  const isHere = async (): Promise<boolean> => (await controller.snapshot()).healthy;
  const startHelper = async (): Promise<void> => {
    helper = spawn(
      process.execPath,
      [
        helperProgram,
        `--socket=${through ?? socket}`,
        `--agent-uid=${process.getuid?.()}`,
        `--hooks=${folder}`,
        `--programs=${programs ?? '/nonexistent'}`,
        ...(locker === undefined ? [] : [`--locker=${locker}`]),
      ],
      {
        env: { PATH: '/usr/bin:/bin', HOME: home, XDG_RUNTIME_DIR: runtime, LANG: 'C.UTF-8', ...env },
        stdio: ['ignore', 'ignore', process.env['TAPWARD_SHOW'] === undefined ? 'ignore' : 'inherit'],
        ...generic,
      },
    );
    await until('the helper is there', isHere);
  };
  await startHelper();
  const kept = stack.move();
  return {
    controller,
    shared,
    cover,
    dir,
    home,
    agentSocket: socket,
    noted,
    inputs,
    startHelper,
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

/** A hook that writes its event down. */
export const told = 'echo "$TAPWARD_EVENT" >> "$TAPWARD_CONTEXT_DIR/log"';
/** A kiosk with that hook for each event. */
export async function withTold(options?: KioskOptions): Promise<Kiosk> {
  const kiosk = await openKiosk(options);
  for (const event of ['open', 'switch', 'lock', 'sign-out'] as const) kiosk.hook(event, '50-tell', told);
  return kiosk;
}

/** Command lines of what was started for this kiosk, by its helper or by any hook or program of its people, and has not ended. */
export const processesOf = (kiosk: Pick<Kiosk, 'dir'>): readonly string[] => foundOf(kiosk).map(({ line }) => line);
export const foundOf = ({ dir }: Pick<Kiosk, 'dir'>): readonly { readonly pid: number; readonly line: string }[] =>
  readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .flatMap((pid) => {
      try {
        const mine = readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`HOME=${dir}/`);
        return mine ? [{ pid: Number(pid), line: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ') }] : [];
      } catch {
        return [];
      }
    });

const helperProgram = join(import.meta.dirname, '../../native/helper/program.ts');
