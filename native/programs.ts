/** The name of one of Tapward's own programs comes in; the command that starts it goes out: Node and its source file in a clone, the one executable where it is installed. */
import { isSea } from 'node:sea';
import { fileURLToPath } from 'node:url';

export type ProgramName = 'agent' | 'reader' | 'helper' | 'lock-all';

const sources: Readonly<Record<ProgramName, string>> = {
  agent: process.platform === 'win32' ? '../agent/windows/main.ts' : '../agent/main.ts',
  reader: './pcsc/program.ts',
  helper: './helper/program.ts',
  'lock-all': '../agent/lock-all/main.ts',
};

/** The program's own arguments follow `args`. */
export function programCommand(name: ProgramName): { readonly file: string; readonly args: readonly string[] } {
  return { file: process.execPath, args: isSea() ? ['run', name] : [fileURLToPath(new URL(sources[name], import.meta.url))] };
}
