/** Entries that somebody outside should know of at once come in; the site's own program is told of each, and nothing waits for it (SP 800-63B-4 §4.6). */
import { type ChildProcess, spawn } from 'node:child_process';
import { lstatSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Entry } from '../core/entry.ts';
import type { Policy } from '../core/policy.ts';
import type { Millis, SubscriberId } from '../core/types.ts';
import type { Diagnose } from './diagnostics.ts';
import type { EmergencyLedger } from './emergency/recorder.ts';

/** What the program reads from its standard input: one JSON object and its end. No name and no secret is in it; `entry` leads to who and why. */
export type Notification = {
  readonly version: 1;
  readonly kind: 'emergency' | 'vouched' | 'enrolled' | 'codeIssued' | 'pinReset' | 'pinChanged';
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly station: string;
  /** null: somebody who only claimed to be somebody. */
  readonly subscriber: SubscriberId | null;
  /** The entry's number, in the ledger or in the reserve. */
  readonly entry: number;
  readonly in: 'ledger' | 'reserve';
};

export type NotifierParts = {
  readonly policy: () => Pick<Policy, 'notifyHook' | 'stationName'>;
  readonly diagnose: Diagnose;
  /** Whether she has an authenticator already: only then is a new one worth telling. */
  readonly isEnrolled: (subscriber: SubscriberId) => boolean;
  /** How long a run may take, and how long after a failed one the second follows; shorter in tests. */
  readonly patience?: Millis;
  readonly pause?: Millis;
};
export type Notifier = AsyncDisposable & {
  /** Returns at once, never throws. */
  readonly told: (entry: Entry, number: number, where: Notification['in']) => void;
};

/** So many run at a time; the rest waits its turn, and beyond `mostWaiting` is dropped with a word. */
const mostRunning = 4;
const mostWaiting = 200;
/** At the end, those still running get this long. */
const lastWait: Millis = 2_000;

export function createNotifier({ policy, diagnose, isEnrolled, patience = 10_000, pause = 2_000 }: NotifierParts): Notifier {
  const waiting: Notification[] = [];
  const running = new Set<Promise<void>>();
  const children = new Set<ChildProcess>();
  let isOver = false;

  const once = (program: string, notification: Notification): Promise<string | null> =>
    new Promise((done) => {
      const child = spawn(program, [], { cwd: '/', env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' }, stdio: ['pipe', 'ignore', 'ignore'], detached: true });
      children.add(child);
      const late = setTimeout(() => end(child), patience);
      const finish = (fault: string | null): void => {
        clearTimeout(late);
        children.delete(child);
        done(fault);
      };
      child.once('error', (why: NodeJS.ErrnoException) => finish(why.code ?? 'unknown'));
      child.once('exit', (code, signal) => finish(code === 0 ? null : signal === null ? `exit code ${code}` : `ended by ${signal}`));
      // A program that does not read is no fault of ours.
      child.stdin.on('error', () => undefined);
      child.stdin.end(`${JSON.stringify(notification)}\n`);
    });

  const deliver = async (notification: Notification): Promise<void> => {
    const { notifyHook } = policy();
    if (notifyHook === null) return;
    for (const isLast of [false, true]) {
      const doubt = programDoubt(notifyHook);
      if (doubt !== null) return diagnose('TW2101', `${notification.kind}, entry ${notification.entry}: ${doubt}`);
      const fault = await once(notifyHook, notification);
      if (fault === null) return;
      if (isLast || isOver) return diagnose('TW2102', `${notification.kind}, entry ${notification.entry}: ${fault}`);
      await new Promise((resume) => setTimeout(resume, pause));
    }
  };

  const advance = (): void => {
    while (running.size < mostRunning) {
      const notification = waiting.shift();
      if (notification === undefined) return;
      const run: Promise<void> = deliver(notification)
        .catch((why: unknown) => diagnose('TW2102', why instanceof Error ? why.message : String(why)))
        .finally(() => {
          running.delete(run);
          advance();
        });
      running.add(run);
    }
  };

  return {
    told: (entry, number, where) => {
      try {
        const { notifyHook, stationName } = policy();
        const about = notifyHook === null || isOver ? null : aboutOf(entry, isEnrolled);
        if (about === null) return;
        if (waiting.length >= mostWaiting) return diagnose('TW2102', `${about.kind}, entry ${number}: too many wait`);
        waiting.push({ version: 1, ...about, time: new Date().toISOString(), station: stationName, entry: number, in: where });
        // Spawning takes milliseconds; a tap does not wait for them.
        setImmediate(advance);
      } catch (why) {
        diagnose('TW2102', why instanceof Error ? why.message : String(why));
      }
    },
    [Symbol.asyncDispose]: async () => {
      advance();
      isOver = true;
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([Promise.all(running), new Promise((resume) => (timer = setTimeout(resume, lastWait)))]);
      clearTimeout(timer);
      for (const child of children) end(child);
    },
  };
}

/** A ledger that tells of what it took. */
/** `heard`: each entry, for whoever else listens. */
export const notifying = (ledger: EmergencyLedger & Disposable, notifier: Notifier, heard: (entry: Entry) => void = () => undefined): EmergencyLedger & Disposable => ({
  [Symbol.dispose]: () => ledger[Symbol.dispose](),
  append: (entry, from) => {
    const number = ledger.append(entry, from);
    notifier.told(entry, number, 'ledger');
    heard(entry);
    return number;
  },
});

function aboutOf(entry: Entry, isEnrolled: (subscriber: SubscriberId) => boolean): Pick<Notification, 'kind' | 'subscriber'> | null {
  switch (entry.kind) {
    case 'emergency':
      return { kind: entry.kind, subscriber: entry.claimant.kind === 'proved' ? entry.claimant.subscriber : null };
    case 'enrolled':
      return isEnrolled(entry.subscriber) ? { kind: entry.kind, subscriber: entry.subscriber } : null;
    case 'vouched':
    case 'codeIssued':
    case 'pinReset':
    case 'pinChanged':
      return { kind: entry.kind, subscriber: entry.subscriber };
    default:
      return null;
  }
}

/** With all that it started. */
function end({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended by itself meanwhile.
  }
}

/** Why the program must not be run, in words; null: only root can have put it there, and only root can change it or any folder above it. */
export function programDoubt(program: string): string | null {
  if (process.platform === 'win32') return 'on Windows there is no hook: who may change a program cannot be told here';
  try {
    for (let path = realpathSync(program), isProgram = true; ; path = dirname(path), isProgram = false) {
      const { uid, mode } = lstatSync(path);
      if (uid !== 0) return `${path} belongs to somebody else than root`;
      // In a sticky folder (mode 1777) nobody renames or removes what is root's.
      if ((mode & 0o022) !== 0 && (isProgram || (mode & 0o1000) === 0)) return `${path} can be written by others than root`;
      if (isProgram && (mode & 0o170000) !== 0o100000) return `${path} is no program`;
      if (path === '/') return null;
    }
  } catch (e) {
    return `it cannot be looked at (${(e as NodeJS.ErrnoException).code ?? 'unknown'})`;
  }
}
