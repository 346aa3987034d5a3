/** The site's or the release job's signing program comes in by its name in TAPWARD_SIGN; each file of ours is given to it, and that it carries a signature afterwards is looked at. */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Null: packages stay unsigned, and say so in their names. The program is run with one argument, the path of a file that it signs in place; exit code 0 means it did. */
export const signer = (env: NodeJS.ProcessEnv = process.env): string | null => env['TAPWARD_SIGN'] || null;

/** Where the Authenticode signature of a Windows program lies ("PE format", Certificate Table), in bytes; 0: it has none; null: this is no such program. */
export async function signatureSize(path: string): Promise<number | null> {
  const file = await open(path);
  try {
    const head = Buffer.alloc(4096);
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    if (bytesRead < 0x40 || head.toString('latin1', 0, 2) !== 'MZ') return null;
    const at = head.readUInt32LE(0x3c);
    if (at + 0xb0 > bytesRead || head.toString('latin1', at, at + 4) !== 'PE\0\0') return null;
    // The fifth directory; in a 64-bit program (PE32+) they begin 16 bytes later.
    const directories = at + 24 + (head.readUInt16LE(at + 24) === 0x20b ? 112 : 96);
    return head.readUInt32LE(directories + 4 * 8 + 4);
  } finally {
    await file.close();
  }
}

/** Files to sign come in; a copy of each below `folder`, signed, goes out. Others, and those with a signature of their makers', are left as they are. */
export async function signed<F extends { readonly path: string; readonly source: string }>(files: readonly F[], program: string, folder: string): Promise<readonly F[]> {
  await mkdir(folder, { recursive: true });
  const outcome: F[] = [];
  for (const [at, file] of files.entries()) {
    if ((await signatureSize(file.source)) !== 0) outcome.push(file);
    else {
      const source = join(folder, `${at}`);
      await copyFile(file.source, source);
      await sign(source, program, file.path);
      if (!(await signatureSize(source))) throw new Error(`TAPWARD_SIGN (${program}) ended well, and ${file.path} carries no signature: mend that program.`);
      outcome.push({ ...file, source });
    }
  }
  return outcome;
}

/** `name`: for people. Throws what the program said where it failed. */
export async function sign(path: string, program: string, name: string): Promise<void> {
  try {
    await run(program, [path], { maxBuffer: 16 << 20 });
  } catch (why) {
    const said = why instanceof Error && 'stderr' in why ? String(why.stderr).trim().split('\n').slice(-3).join(' ') : '';
    throw new Error(`TAPWARD_SIGN (${program}) did not sign ${name}: ${said === '' ? String(why instanceof Error ? why.message : why) : said}`, { cause: why });
  }
}
