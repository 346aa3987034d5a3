/** The program that watches the X server comes in; that a key or a pointer was used goes out, at most twice a second each. */
import { type ChildProcess, spawn } from 'node:child_process';

const again = 1_000;
/** Its exit code where there is no X server to watch. */
export const noServer = 69;

/** Started again when it dies. `gone`: the X server does not answer it any more, which is the end of this session. */
export function watchInput(program: string, used: (how: 'key' | 'pointer') => void, gone: () => void): { readonly stop: () => void } {
  let child: ChildProcess | null = null;
  let retry: NodeJS.Timeout | undefined;
  let stopped = false;
  let failures = 0;
  const start = (): void => {
    const started = spawn(program, [], { stdio: ['ignore', 'pipe', 'ignore'] });
    child = started;
    started.stdout.on('data', (bytes: Buffer) => {
      failures = 0;
      if (bytes.includes(0x6b)) used('key');
      if (bytes.includes(0x70)) used('pointer');
    });
    started.on('error', () => undefined);
    started.on('close', (code) => {
      if (stopped) return;
      failures = code === noServer ? failures + 1 : 0;
      if (failures > 2) return gone();
      retry = setTimeout(start, again);
    });
  };
  start();
  return {
    stop: () => {
      stopped = true;
      clearTimeout(retry);
      child?.kill('SIGKILL');
    },
  };
}
