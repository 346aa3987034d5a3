/** A station comes in, another PC/SC program at the same daemon goes out: what it calls is awaited. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Stand } from '../virtual-reader/stand.ts';
import { first } from './field.ts';

export type Rival = AsyncDisposable & {
  /** One line to rival.ts; answers the return code in hexadecimal, '0' for success. */
  readonly call: (line: string) => Promise<string>;
};

export async function startRival(stand: Stand): Promise<Rival> {
  const program = spawn(process.execPath, [join(import.meta.dirname, 'rival.ts'), first], { env: { ...process.env, ...stand.env }, stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface({ input: program.stdout })[Symbol.asyncIterator]();
  return {
    async call(line) {
      program.stdin.write(`${line}\n`);
      const { value, done } = await answers.next();
      if (done) throw new Error(`the other program ended over "${line}"`);
      return value;
    },
    async [Symbol.asyncDispose]() {
      const exit = program.exitCode === null && program.signalCode === null ? once(program, 'exit') : null;
      program.kill('SIGKILL');
      await exit;
    },
  };
}
