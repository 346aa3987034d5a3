/** Settings come in, a running reader program goes out: its reports one by one, and its end, whether it died, hung or spoke nonsense. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { programCommand } from '../programs.ts';
import type { Report } from './reports.ts';
import { reportDecoder } from './reports.ts';
import type { Request } from './requests.ts';
import { encodeRequest } from './requests.ts';
import type { ProgramSettings } from './settings.ts';
import { formatSettings, threadsFor } from './settings.ts';
import { watchSilence } from './silence.ts';

export type Child = {
  /** To its standard input. Nobody hears it where the process has ended. */
  readonly ask: (request: Request) => void;
  /** Resolves when the process has ended. */
  readonly kill: () => Promise<void>;
};

export type ChildOptions = {
  readonly settings: ProgramSettings;
  readonly env: Readonly<Record<string, string>>;
  /** Milliseconds without a report after which the program counts as hung and is killed. */
  readonly silence: number;
  readonly hear: (report: Report) => void;
  /** Called once, after the last report. `said` is the first line of what it complained about. */
  readonly ended: (how: { readonly isHung: boolean; readonly said: string }) => void;
};

/** What PC/SC libraries and their loaders look at. The agent's own environment is none of the program's business. */
const passedOn = /^(PCSCLITE_|LD_|DYLD_|ELECTRON_RUN_AS_NODE$|SYSTEMROOT$)/i;

export function startProgram({ settings, env, silence, hear, ended }: ChildOptions): Child {
  const kept = Object.fromEntries(Object.entries(process.env).filter(([name]) => passedOn.test(name)));
  const { file, args } = programCommand('reader');
  const program = spawn(file, [...args, formatSettings(settings)], {
    env: { ...kept, ...env, UV_THREADPOOL_SIZE: String(threadsFor(settings)) },
    stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  let said = '';
  let isHung = false;
  const kill = (): void => void program.kill('SIGKILL');

  const watch = watchSilence(silence, () => {
    isHung = true;
    kill();
  });

  const reports = program.stdio[3] as Readable;
  reports.on(
    'data',
    reportDecoder((report) => {
      watch.broken();
      if (report) hear(report);
      else {
        said = 'It spoke nonsense.';
        kill();
      }
    }),
  );
  program.stderr?.on('data', (text: Buffer) => {
    said ||= (/^(?:\w*Error|Fatal).*/m.exec(text.toString())?.[0] ?? '').slice(0, 200);
  });
  // Closing says what matters; without a listener, a failed start would throw.
  program.on('error', (error) => (said ||= error.message));
  program.stdin?.on('error', () => {});
  const closed = once(program, 'close').catch(() => once(program, 'close'));
  void closed.then(() => {
    watch.over();
    ended({ isHung, said });
  });

  return {
    ask: (request) => void program.stdin?.write(encodeRequest(request)),
    async kill() {
      kill();
      await closed;
    },
  };
}
