/** The arguments of the installed executable come in; `run NAME` becomes that program of the station, anything else is the command line. Each is loaded only when it runs. */
import { platform } from 'node:process';

/** `args`: behind the executable's own name. */
async function begin(args: readonly string[]): Promise<void> {
  const [word, name, ...rest] = args;
  if (word !== 'run') return (await import('../cli/main.ts')).runCommandLine(args, null);
  switch (name) {
    case 'agent':
      return platform === 'win32' ? (await import('../windows/main.ts')).runAgent() : (await import('../main.ts')).runAgent();
    case 'reader':
      return (await import('../../native/pcsc/program.ts')).runReader(rest[0]);
    case 'helper':
      return (await import('../../native/helper/program.ts')).runHelper(rest);
    case 'lock-all':
      return (await import('../lock-all/main.ts')).lockAll();
    default:
      process.stderr.write('`tapward run` is for the system that starts Tapward’s programs: agent, reader, helper, lock-all.\n');
      process.exitCode = 2;
  }
}

void begin(process.argv.slice(2));
