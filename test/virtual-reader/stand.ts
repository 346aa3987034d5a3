/** Slots and their names come in; a real pcscd of its own with hot-pluggable virtual readers goes out, seen by no other process of the machine. */
import type { ChildProcess } from 'node:child_process';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { compileLibraries, installBundle, udevInside } from './bundle.ts';
import type { VirtualCard } from './card.ts';
import type { Field } from './field.ts';
import { openField } from './field.ts';

export type Stand = AsyncDisposable & {
  /** For every process that is to meet this daemon through libpcsclite. */
  readonly env: Readonly<Record<string, string>>;
  /** A stay in the field begins: at once, also while the daemon is away. */
  readonly insert: (slot: number, card: VirtualCard) => void;
  readonly remove: (slot: number) => void;
  /** As a USB device is plugged in: resolves once the daemon has opened it. */
  plug(slot: number): Promise<void>;
  /** Pulls the device out, a card on it included: resolves once the daemon has let go of it. */
  unplug(slot: number): Promise<void>;
  /** SIGTERM, and SIGKILL after a second. */
  stopDaemon(): Promise<void>;
  /** Sends a signal; resolves when the daemon has ended, at once for signals that do not end it. */
  killDaemon(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void>;
  startDaemon(): Promise<void>;
  readonly daemonPid: number | null;
};
export type StandOptions = {
  /** Slots (1 to 99) whose device is plugged in from the start. */
  readonly readers?: readonly number[];
  /** Friendly names by slot, as a driver's Info.plist gives them; all slots from 1 to 20 have a name without this. */
  readonly names?: Readonly<Record<number, string>>;
};

/**
 * Starts it all, as root or as a user who may have user namespaces. Throws with a sentence when something is missing.
 * All its files but the compiled libraries lie in memory in the namespace: killed with SIGKILL, this process leaves nothing behind.
 */
export async function startStand({ readers = [1], names = {} }: StandOptions = {}): Promise<Stand> {
  const libraries = await compileLibraries();
  await using stack = new AsyncDisposableStack();
  const keeper = await startKeeper();
  stack.defer(() => ended(keeper, () => keeper.stdin?.end()));

  const root = `/proc/${keeper.pid}/root`;
  const called = new Map(Array.from({ length: 20 }, (_, i) => [i + 1, `Virtual Badge Reader ${i + 1} CL`]));
  for (const [slot, name] of Object.entries(names)) called.set(Number(slot), name);
  installBundle(libraries, `${root}/usr/lib/pcsc/drivers`, called);
  mkdirSync(`${root}/run/virtual-reader/conf`, { recursive: true });
  const field = stack.use(await openField(`${root}/run/virtual-reader/link`));

  const socket = `${root}/run/pcscd/pcscd.comm`;
  const daemon = supervise(keeper, field, new Set(readers), socket);
  stack.defer(() => daemon.killDaemon('SIGKILL'));
  await daemon.startDaemon();
  const kept = stack.move();

  return Object.assign(daemon, {
    env: { PCSCLITE_CSOCK_NAME: socket },
    insert: field.insert,
    remove: field.remove,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  });
}

/** Holds the namespace for as long as this process lives: the end of its standard input is its end. */
async function startKeeper(): Promise<ChildProcess> {
  const mounts = `set -e
    mount -t tmpfs -o mode=755 tmpfs /usr/lib/pcsc/drivers
    mount -t tmpfs -o mode=755 tmpfs /run
    mkdir /run/pcscd
    echo ready
    exec cat`;
  const asUser = process.getuid?.() === 0 ? [] : ['--map-root-user'];
  const keeper = spawn('unshare', [...asUser, '--mount', '--propagation', 'private', 'sh', '-c', mounts], { stdio: ['pipe', 'pipe', 'pipe'] });
  let complaint = '';
  keeper.stderr.on('data', (text: Buffer) => (complaint += text.toString()));
  const outcome = await Promise.race([once(keeper.stdout, 'data').then(() => 'ready' as const), once(keeper, 'close').then(() => 'ended' as const)]);
  if (outcome === 'ready') return keeper;
  const chroot = /root filesystem propagation/.test(complaint) ? ' The root folder is not a mount point: bind-mount it on itself, then enter it again.' : '';
  throw new Error(`No mount namespace for pcscd: ${complaint.trim()}.${chroot}`);
}

function supervise(keeper: ChildProcess, field: Field, plugged: Set<number>, socket: string): Omit<Stand, 'env' | 'insert' | 'remove' | typeof Symbol.asyncDispose> {
  const pcscd = ['/usr/sbin/pcscd', '/usr/local/sbin/pcscd'].find((path) => existsSync(path));
  if (!pcscd) throw new Error('pcscd is not installed (apt install pcscd).');
  const polkit = execFileSync(pcscd, ['--help'], { encoding: 'utf8' }).includes('--disable-polkit') ? ['--disable-polkit'] : [];
  const asUser = process.getuid?.() === 0 ? [] : ['--user', '--preserve-credentials'];
  let daemon: ChildProcess | null = null;

  const endDaemon = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    const ending = daemon;
    if (!ending) return;
    const late = setTimeout(() => ending.kill('SIGKILL'), 1_000);
    await ended(ending, () => ending.kill(signal));
    clearTimeout(late);
    // Until the sockets are seen to be closed, a new daemon's could be taken for the old one's.
    await field.until(() => !field.isListening() && ![...plugged].some(field.isConnected), 'the ended daemon is still connected');
  };

  return {
    get daemonPid() {
      return daemon?.pid ?? null;
    },
    async startDaemon() {
      if (daemon) throw new Error('the daemon runs already');
      const env = { ...process.env, LD_PRELOAD: udevInside, VIRTUAL_READER_PLUGGED: [...plugged].sort((a, b) => a - b).join(','), VIRTUAL_READER_STARTER: String(process.pid) };
      // The root as well: an installation in a folder (chroot) has another one than its namespace.
      const inside = ['--target', String(keeper.pid), '--mount', '--root', ...asUser, '--'];
      // env(1) sets LD_PRELOAD for the daemon alone: nsenter starts outside, where that path does not exist.
      const started = spawn('nsenter', [...inside, 'env', `LD_PRELOAD=${udevInside}`, pcscd, '--foreground', '--error', ...polkit, '--config', '/run/virtual-reader/conf'], {
        env: { ...env, LD_PRELOAD: undefined },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let said = '';
      const listen = (text: Buffer): void => void (said = (said + text.toString()).slice(-2_000));
      started.stdout.on('data', listen);
      started.stderr.on('data', listen);
      started.once('exit', () => (daemon = null));
      daemon = started;
      await Promise.race([
        field.until(() => field.isListening() && [...plugged].every(field.isConnected), 'pcscd did not open its readers within 10 s').then(() => answers(socket)),
        once(started, 'exit').then(() => Promise.reject(new Error(`pcscd ended at its start: ${said.trim()}`))),
      ]);
    },
    stopDaemon: () => endDaemon('SIGTERM'),
    async killDaemon(signal) {
      if (signal === 'SIGKILL') await endDaemon('SIGKILL');
      else daemon?.kill(signal);
    },
    async plug(slot) {
      plugged.add(slot);
      if (!daemon) return;
      field.hotplug(slot, 'plug');
      await field.until(() => field.isConnected(slot), `pcscd did not open slot ${slot} within 10 s`);
    },
    async unplug(slot) {
      plugged.delete(slot);
      field.hotplug(slot, 'unplug');
      field.remove(slot);
      await field.until(() => !field.isConnected(slot), `pcscd did not let go of slot ${slot} within 10 s`);
    },
  };
}

/** Resolves when a daemon listens there: after its readers, and where a killed one may have left its socket lying. */
async function answers(socket: string): Promise<void> {
  for (const end = performance.now() + 10_000; performance.now() < end; await pause(2)) {
    const connection = connect(socket);
    const isThere = await once(connection, 'connect').then(
      () => true,
      () => false,
    );
    connection.destroy();
    if (isThere) return;
  }
  throw new Error('pcscd did not listen for clients within 10 s');
}

/** Ends a child and resolves when it has ended. */
async function ended(child: ChildProcess, end: () => void): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  end();
  await exit;
}
