/** Nothing comes in; a Windows made by Wine 10 goes out on which IT's own lines are typed, and what they leave in its registry, services and files. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nativeProgram } from '../../build/native.ts';
import { startWine10, windowsPath } from '../../build/wine.ts';
import { until } from '../windows/host-rig.ts';

export type Windows = AsyncDisposable & {
  readonly drive: string;
  /** A line as it is typed in a command window; its exit code (of which Unix has the last eight bits), and what it printed. */
  type(line: string): Promise<{ readonly code: number | null; readonly out: string }>;
  /** Values of a key and of those below it, each as `key\name = data`; none where there is no such key. */
  registry(key: string): Promise<readonly string[]>;
  /** The names of programs that run. */
  running(): Promise<readonly string[]>;
  /** Of a file below C:; '' where there is none. */
  text(path: string): string;
  has(path: string): boolean;
  /** What the host said since it was installed, and once more where a test waits for it. */
  hostLog(): string;
  /** All files below C:, Wine's own temporary ones left out. */
  files(): readonly string[];
};

/** With its services running: the first program keeps them up. `folder` of this computer is seen there at its own path, as is all of `binds`. */
export async function startWindows(folder: string, binds: Readonly<Record<string, string>> = {}): Promise<Windows> {
  const wine = startWine10({ binds: { [folder]: folder, ...binds } });
  wine.start(windowsPath(await nativeProgram('peer-windows')), ['C:\\keeper.port'], 'ignore');
  await until('Windows is up', () => existsSync(join(wine.drive, 'keeper.port')));
  let typed = 0;
  const windows: Windows = {
    drive: wine.drive,
    type: async (line) => {
      // A file: what a shell makes of quotes is part of what is tested. Node's output, too, wants one.
      const name = `typed-${typed++}`;
      writeFileSync(join(wine.drive, `${name}.cmd`), `@${line} <NUL >C:\\${name}.txt 2>&1\r\n`);
      const { code } = await wine.run('cmd.exe', ['/d', '/c', `C:\\${name}.cmd`], 120_000);
      return { code, out: windows.text(`${name}.txt`) };
    },
    registry: async (key) => {
      const { out } = await windows.type(`reg query "${key}" /s`);
      let below = '';
      return out.split(/\r?\n/).flatMap((line) => {
        if (line.startsWith('HKEY_')) below = line;
        const [, name, data] = /^ {4}(.*?) {4}REG_\w+ {4}(.*)$/.exec(line) ?? [];
        return name === undefined ? [] : [`${below.replace(/^HKEY_LOCAL_MACHINE\\/, '')}\\${name} = ${data}`];
      });
    },
    running: async () =>
      (await wine.run('tasklist.exe')).out
        .split(/\r?\n/)
        .slice(3)
        .map((line) => line.split(/\s/)[0] ?? ''),
    text: (path) => (windows.has(path) ? readFileSync(join(wine.drive, path), 'utf8') : ''),
    has: (path) => existsSync(join(wine.drive, path)),
    hostLog: () => windows.text('ProgramData/Tapward-Host/host.log'),
    files: () =>
      execFileSync('find', ['.', '-type', 'f', '-not', '-path', '*/Temp/*'], { cwd: wine.drive, encoding: 'utf8' })
        .split('\n')
        .filter((path) => path !== '' && !/^\.\/(typed-\d+\.|[\w-]+\.log$)/.test(path))
        .sort(),
    [Symbol.asyncDispose]: () => wine[Symbol.asyncDispose](),
  };
  return windows;
}
