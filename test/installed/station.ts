/** A real logind, polkitd and pcscd come in; the installed agent goes out as its own account under its unit's system call filter, with what systemd would give it, a face's hands and a greeter beside it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { View } from '../../core/view.ts';
import { credentialName } from '../../native/keys/systemd-key.ts';
import { type Visitor, visit } from '../face-door/visitor.ts';
import { people, type SeatStand, startSeat } from '../session/logind/stand.ts';
import { type Stand, startStand } from '../virtual-reader/stand.ts';

const root = join(import.meta.dirname, '../..');
const uid = people['tapward'] ?? 0;
export type Ended = { readonly code: number | null; readonly signal: NodeJS.Signals | null };
export type Agent = { readonly pid: number; readonly child: ChildProcess; readonly ended: Promise<Ended> };
export type InstalledStation = AsyncDisposable & {
  readonly seat: SeatStand;
  readonly stand: Stand;
  readonly state: string;
  readonly run: string;
  /** What was said to systemd. */
  readonly told: readonly string[];
  /** Resolves once it has said that it is ready. */
  readonly start: () => Promise<Agent>;
  /** As ExecStopPost runs it. */
  readonly lockAll: () => Promise<Ended>;
  readonly face: () => Promise<Face>;
  /** The display manager's PAM module knocks for this account until it is let in. */
  readonly greeter: (account: string) => Promise<void>;
  /** Another policy, from the next start on. */
  readonly settle: (policy: object) => void;
  /** Starts it where it is not expected to be ready. */
  readonly tryStart: () => Promise<Ended>;
  readonly said: () => string;
};
export type Face = {
  readonly until: (what: string, seen: (view: View) => boolean, patience?: number) => Promise<void>;
  readonly type: (pin: string) => void;
  readonly close: () => void;
};

/** `rules`: of those that ship, for polkit. */
export async function startInstalled(policy: object, rules: readonly string[] = ['50-tapward.rules']): Promise<InstalledStation> {
  await using stack = new AsyncDisposableStack();
  const seat = stack.use(await startSeat(Object.fromEntries(rules.map((name) => [name, readFileSync(join(root, 'build/linux', name), 'utf8')]))));
  await seat.polkit();
  const stand = stack.use(await startStand({ readers: [1] }));
  const dir = mkdtempSync(join(tmpdir(), 'tapward-installed-'));
  stack.defer(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  chmodSync(dir, 0o755);
  const at = (name: string, mode: number, owner = uid): string => {
    mkdirSync(join(dir, name));
    chownSync(join(dir, name), owner, owner);
    chmodSync(join(dir, name), mode);
    return join(dir, name);
  };
  const [state, run, etc, credentials, clone] = [at('state', 0o700), at('run', 0o755), at('etc', 0o755, 0), at('credentials', 0o500), at('clone', 0o755, 0)];
  const settle = (settings: object): void => writeFileSync(join(etc, 'policy.json'), JSON.stringify(settings));
  settle({ sessions: 'logind', ...policy });
  writeFileSync(join(credentials, credentialName), Buffer.alloc(32, 7));
  chownSync(join(credentials, credentialName), uid, uid);
  // The daemon's socket lies in a namespace into which another account cannot look.
  const relay = createServer((from) => {
    const to = connect(stand.env['PCSCLITE_CSOCK_NAME'] ?? '');
    from.pipe(to).on('error', () => from.destroy());
    to.pipe(from).on('error', () => to.destroy());
  });
  await new Promise<void>((resolve) => relay.listen(join(dir, 'pcscd'), resolve));
  stack.defer(() => void relay.close());
  chmodSync(join(dir, 'pcscd'), 0o666);
  const told: string[] = [];
  const manager = spawn('/usr/bin/python3', ['-c', listener, join(dir, 'notify')], { stdio: ['pipe', 'pipe', 'inherit'] });
  stack.defer(() => void manager.kill());
  manager.stdout.on('data', (text: Buffer) => told.push(...text.toString().trim().split('\n')));
  await once(manager.stdout, 'data');

  const env = {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    STATE_DIRECTORY: state,
    RUNTIME_DIRECTORY: run,
    CONFIGURATION_DIRECTORY: etc,
    CREDENTIALS_DIRECTORY: credentials,
    DBUS_SYSTEM_BUS_ADDRESS: seat.address,
    PCSCLITE_CSOCK_NAME: join(dir, 'pcscd'),
    NOTIFY_SOCKET: join(dir, 'notify'),
    WATCHDOG_USEC: '600000',
  };
  let said = '';
  const running = new Set<ChildProcess>();
  stack.defer(async () => {
    for (const child of running) child.kill('SIGKILL');
    await Promise.all([...running].map((child) => once(child, 'exit')));
  });
  /** Under a name that every account can reach, wherever this clone lies. */
  const asService = (program: string): Agent => {
    const command = [
      'exec setpriv --reuid',
      String(uid),
      '--regid',
      String(uid),
      '--clear-groups --no-new-privs --bounding-set=-all',
      '/usr/bin/python3',
      `${clone}/test/installed/filtered.py`,
      `${clone}/build/linux/tapward.service`,
      `${clone}/${process.execPath.slice(root.length + 1)}`,
      `${clone}/${program}`,
    ].join(' ');
    const child = spawn('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', `mount --bind '${root}' '${clone}' && cd / && umask 077 && ${command}`], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (said += text.toString()));
    const ended = once(child, 'exit').then(([code, signal]) => {
      running.delete(child);
      return { code: code as number | null, signal: signal as NodeJS.Signals | null };
    });
    return { pid: child.pid ?? 0, child, ended };
  };
  const kept = stack.move();
  return {
    seat,
    stand,
    state,
    run,
    told,
    said: () => said,
    settle,
    tryStart: () => asService('agent/main.ts').ended,
    start: async () => {
      const before = told.filter((t) => t === 'READY=1').length;
      const agent = asService('agent/main.ts');
      const isReady = async (): Promise<void> => {
        for (const end = performance.now() + 15_000; told.filter((t) => t === 'READY=1').length === before; await pause(10))
          if (performance.now() > end) throw new Error(`it is not ready: ${said}`);
      };
      await Promise.race([isReady(), agent.ended.then(({ code }) => Promise.reject(new Error(`it ended with ${code}: ${said}`)))]);
      return agent;
    },
    lockAll: () => asService('agent/lock-all/main.ts').ended,
    face: async () => {
      const face = await openFace(join(run, 'face.sock'));
      kept.defer(face.close);
      return face;
    },
    greeter: (account) => knock(join(run, 'pam.sock'), account),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** A Python program: prints what comes to the datagram socket that its argument names. */
export const listener = `
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o666)
print("listening", flush=True)
while True: print(s.recv(4096).decode(), flush=True)
`;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** At this door of the agent's. */
export async function openFace(path: string): Promise<Face> {
  const visitor: Visitor = await visit(path);
  if (visitor.heard.length === 0) throw new Error('the face was not let in');
  const view = (): View | null => {
    const last = visitor.heard.findLast((m) => m.kind === 'frame');
    return last?.kind === 'frame' ? last.frame.view : null;
  };
  const beat = setInterval(() => visitor.send({ kind: 'beat', covers: true }), 500);
  return {
    until: async (what, seen, patience = 10_000) => {
      for (const end = performance.now() + patience; ; await pause(5)) {
        const now = view();
        if (now !== null && seen(now)) return;
        if (performance.now() > end) throw new Error(`expected ${what}, but the screen shows ${JSON.stringify(now?.screen)}`);
      }
    },
    type: (pin) => {
      for (const digit of pin) visitor.send({ kind: 'gesture', gesture: { kind: 'digit', digit: Number(digit) } });
    },
    close: () => {
      clearInterval(beat);
      visitor.socket.destroy();
    },
  };
}

/** As the display manager's PAM module does at this door, until the account is let in. */
export async function knock(path: string, account: string): Promise<void> {
  for (const end = performance.now() + 10_000; performance.now() < end; await pause(30)) {
    const socket = connect(path);
    socket.write(`TAPWARD 1 AUTH ${account} lightdm tty7 seat0 -\n`);
    let answer = '';
    socket.on('data', (text: Buffer) => (answer += text.toString()));
    await once(socket, 'close').catch(() => undefined);
    if (/\bOK\b/.test(answer)) return;
  }
  throw new Error(`the greeter was not let in for ${account}`);
}
