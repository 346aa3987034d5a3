/** Accounts come in; a private system bus with the real systemd-logind goes out, on this computer's real VTs, with people who sign in as told. One at a time: the VTs are everybody's. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Told by the lockers of the test: `late` takes 0.4 s, `second` locks when it is asked again, `deaf` hears nothing, `stays` locks and never unlocks. */
export type LockerWays = 'obeys' | 'late' | 'second' | 'deaf' | 'stays';
export type Entering = {
  readonly vt?: number;
  readonly of?: 'user' | 'greeter';
  readonly kind?: 'x11' | 'tty' | 'wayland';
  readonly remote?: boolean;
  readonly locker?: LockerWays;
};
export type SeatStand = AsyncDisposable & {
  /** For DBUS_SYSTEM_BUS_ADDRESS. */
  readonly address: string;
  readonly dir: string;
  /** A session begins; its logind id. */
  readonly enter: (account: string, how?: Entering) => Promise<string>;
  readonly leave: (id: string) => Promise<void>;
  /** Every session ends. */
  readonly clear: () => Promise<void>;
  /** As a display manager does when somebody entered her password. */
  readonly activate: (id: string) => Promise<void>;
  /** As Ctrl+Alt+Fn does. */
  readonly vt: (vt: number) => Promise<void>;
  readonly locker: (id: string, how: LockerWays) => Promise<void>;
  readonly hint: (id: string, locked: boolean) => Promise<void>;
  readonly idle: (id: string, idle: boolean) => Promise<void>;
  readonly suspend: () => Promise<void>;
  /** Sessions that were open when the computer fell asleep, at each time. */
  readonly asleep: readonly (readonly string[])[];
  /** What is shown on this VT, which is shown now, hangs: it cannot be left until `unstick`. */
  readonly stick: (vt: number) => Promise<void>;
  readonly unstick: () => Promise<void>;
  /** A display manager that shows its greeter on this VT. */
  readonly display: (vt: number) => Promise<void>;
  /** Kills logind; with `again` it starts anew. */
  readonly endLogind: (again: boolean) => Promise<void>;
  /** The real polkitd, with the rules the stand was made with. */
  readonly polkit: () => Promise<void>;
};

/** On top of whatever accounts there are; uids nobody has. */
export const people: Readonly<Record<string, number>> = { sam: 40_001, ana: 40_002, greeter: 40_003, tapward: 40_004, mallory: 40_005 };

/** The VT that is shown now. */
export const shownVt = (): string => readFileSync('/sys/class/tty/tty0/active', 'utf8').trim();

/** Another root with this one's /tmp and clone in it, and the accounts to add there. */
export type Within = { /** The words that enter it. */ readonly enter: readonly string[]; readonly people: Readonly<Record<string, number>> };

/** `rules`: files for polkit, by name. */
export async function startSeat(rules: Readonly<Record<string, string>> = {}, within: Within = { enter: [], people }): Promise<SeatStand> {
  await using stack = new AsyncDisposableStack();
  const dir = mkdtempSync(join(tmpdir(), 'tapward-seat-'));
  stack.defer(() => rmSync(dir, { recursive: true, force: true }));
  if (Object.keys(rules).length > 0) mkdirSync(join(dir, 'rules.d'));
  for (const [name, text] of Object.entries(rules)) writeFileSync(join(dir, 'rules.d', name), text);
  // For other accounts' sockets and polkitd's own.
  execFileSync('chmod', ['-R', 'a+rX', dir]);
  const program = [...within.enter, 'unshare', '--mount', '--propagation', 'private', '/usr/bin/python3', join(import.meta.dirname, 'seat.py'), dir, JSON.stringify(within.people)];
  const child = spawn('flock', ['/run/lock/tapward-vt', ...program], { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text: Buffer) => (said = (said + text.toString()).slice(-2_000)));
  stack.defer(() => ended(child));
  const answers = new Map<unknown, (answer: Record<string, unknown>) => void>();
  const asleep: string[][] = [];
  let asked = 0;
  const ready: (() => void)[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    const answer = JSON.parse(line) as Record<string, unknown>;
    if (answer['ready'] === true) ready.shift()?.();
    else if (answer['event'] === 'suspending') asleep.push(answer['open'] as string[]);
    else answers.get(answer['n'])?.(answer);
  });
  const isReady = (): Promise<void> => new Promise((resolve) => ready.push(resolve));
  const tell = async (wish: Record<string, unknown>): Promise<Record<string, unknown>> => {
    const n = ++asked;
    const answered = new Promise<Record<string, unknown>>((resolve) => answers.set(n, resolve));
    child.stdin.write(`${JSON.stringify({ ...wish, n })}\n`);
    const answer = await answered;
    answers.delete(n);
    if (answer['error'] !== undefined) throw new Error(`${JSON.stringify(wish)}: ${JSON.stringify(answer['error'])}`);
    return answer;
  };
  await Promise.race([isReady(), once(child, 'exit').then(() => Promise.reject(new Error(`no logind: ${said}`)))]);
  const kept = stack.move();
  const done = (wish: Record<string, unknown>): Promise<void> => tell(wish).then(() => undefined);
  return {
    address: `unix:path=${join(dir, 'bus')}`,
    dir,
    enter: async (account, how = {}) => String((await tell({ do: 'enter', account, ...how }))['id']),
    leave: (id) => done({ do: 'leave', id }),
    clear: () => done({ do: 'clear' }),
    activate: (id) => done({ do: 'activate', id }),
    vt: (vt) => done({ do: 'vt', vt }),
    locker: (id, how) => done({ do: 'locker', id, how }),
    hint: (id, locked) => done({ do: 'hint', id, locked }),
    idle: (id, idle) => done({ do: 'idle', id, idle }),
    suspend: () => done({ do: 'suspend' }),
    asleep,
    stick: (vt) => done({ do: 'stick', vt }),
    unstick: () => done({ do: 'unstick' }),
    display: (vt) => done({ do: 'display', vt }),
    endLogind: async (again) => {
      const back = again ? isReady() : Promise.resolve();
      await done({ do: 'logind', again });
      await back;
    },
    polkit: () => done({ do: 'polkit' }),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.stdin?.end();
  await exit;
}
