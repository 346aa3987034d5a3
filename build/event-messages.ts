/** Nothing comes in; tapward-events.dll goes out, which holds nothing but the sentences of Windows' Application log, made from the agent's own table. Run by itself, it prints where. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { messageSource } from '../agent/events/catalog.ts';
import { aptLine } from './debian.ts';
import { root } from './setup.mjs';

const name = 'tapward-events.dll';
const tool = (tools: string): string => `x86_64-w64-mingw32-${tools}`;
/** Two builds are the same bytes: no time, no path, and an image base of its own. */
const linked = '-Wl,--no-insert-timestamp,--disable-auto-image-base,--image-base,0x180000000,--dynamicbase,--nxcompat';

/** Made once per content, in `.cache/native`; throws one sentence where the compilers are missing. */
export async function eventMessages(): Promise<string> {
  const source = messageSource();
  const place = join(root, '.cache', 'native', `${name}-${createHash('sha256').update(source).update(linked).digest('hex').slice(0, 16)}`);
  const path = join(place, name);
  if (existsSync(path)) return path;
  const building = `${place}.${process.pid}.${performance.now()}`;
  mkdirSync(building, { recursive: true });
  const run = async (command: string, args: readonly string[]): Promise<void> => {
    try {
      await promisify(execFile)(command, [...args], { cwd: building, env: { ...process.env, LC_ALL: 'C.UTF-8' } });
    } catch (failure) {
      if (failure instanceof Error && 'code' in failure && failure.code === 'ENOENT')
        throw new Error(`${name} needs ${command}: ${aptLine(['binutils-mingw-w64-x86-64', 'gcc-mingw-w64-x86-64-posix'])}`, { cause: failure });
      throw failure;
    }
  };
  try {
    writeFileSync(join(building, 'events.mc'), source);
    await run(tool('windmc'), ['--codepage_in=65001', '--unicode_out', 'events.mc']);
    await run(tool('windres'), ['events.rc', 'events.o']);
    await run(tool('gcc-posix'), ['-shared', '-nostdlib', '-nostartfiles', '-s', '-Wl,--entry=0', linked, '-o', name, 'events.o']);
    for (const rest of ['events.mc', 'events.rc', 'events.h', 'events.o', 'MSG00409.bin']) rmSync(join(building, rest));
    renameSync(building, place);
  } catch (failure) {
    // Another process may have been first with the same content.
    if (!existsSync(path)) throw failure;
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
  return path;
}

if (process.argv[1] === import.meta.filename) console.log(await eventMessages());
