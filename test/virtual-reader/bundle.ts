/** The C sources beside this file and the slots' names come in, a driver bundle that pcscd loads goes out. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const sources = import.meta.dirname;
const flags = ['-std=gnu2x', '-O2', '-Wall', '-Wextra', '-Werror', '-fPIC', '-shared', '-I/usr/include/PCSC'];

/** Compiles both libraries once per content of their sources and answers the folder they are in. Throws what the compiler says. */
export async function compileLibraries(): Promise<string> {
  const hash = createHash('sha256').update(flags.join(' '));
  for (const name of ['link.h', 'ifd.c', 'udev.c']) hash.update(readFileSync(join(sources, name)));
  const cache = ownFolder(join(tmpdir(), `tapward-virtual-reader-${process.getuid?.() ?? 0}`));
  const folder = join(cache, hash.digest('hex').slice(0, 16));
  if (existsSync(folder)) return folder;

  const building = `${folder}.${process.pid}`;
  mkdirSync(building, { recursive: true });
  try {
    const compile = promisify(execFile);
    await Promise.all(['ifd', 'udev'].map((name) => compile('gcc', [...flags, '-o', join(building, `${name}.so`), join(sources, `${name}.c`), '-lpthread'])));
    renameSync(building, folder);
  } catch (error) {
    rmSync(building, { recursive: true, force: true });
    if (!existsSync(folder)) throw error; // Otherwise another process was first with the same content.
  }
  return folder;
}

/** A folder under a guessable name that root loads code from must be ours, and nobody else's to write. */
function ownFolder(path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const { uid, mode } = lstatSync(path);
  if (uid !== process.getuid?.() || (mode & 0o022) !== 0 || !lstatSync(path).isDirectory()) throw new Error(`${path} belongs to somebody else: remove it, then start again.`);
  return path;
}

/** Puts the bundle into `drivers` (as this process sees that folder). Each slot is one USB product f00d:SLOT under the name it is given. */
export function installBundle(libraries: string, drivers: string, names: ReadonlyMap<number, string>): void {
  const code = join(drivers, 'tapward-virtual.bundle/Contents/Linux');
  mkdirSync(code, { recursive: true });
  copyFileSync(join(libraries, 'ifd.so'), join(code, 'ifd.so'));
  copyFileSync(join(libraries, 'udev.so'), join(code, 'udev.so'));
  writeFileSync(join(code, '../Info.plist'), infoPlist(names));
}

/** Where pcscd, inside its mount namespace, finds the stand-in for libudev. */
export const udevInside = '/usr/lib/pcsc/drivers/tapward-virtual.bundle/Contents/Linux/udev.so';

function infoPlist(names: ReadonlyMap<number, string>): string {
  const slots = [...names];
  const list = (key: string, items: readonly string[]): string => `<key>${key}</key><array>\n${items.map((item) => `<string>${item}</string>\n`).join('')}</array>`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?><plist version="1.0"><dict>',
    '<key>CFBundleExecutable</key><string>ifd.so</string>',
    '<key>CFBundleName</key><string>TAPWARD</string>',
    '<key>ifdCapabilities</key><string>0x00000000</string>',
    list(
      'ifdVendorID',
      slots.map(() => '0xF00D'),
    ),
    list(
      'ifdProductID',
      slots.map(([slot]) => `0x${slot.toString(16).padStart(4, '0')}`),
    ),
    list(
      'ifdFriendlyName',
      slots.map(([, name]) => name.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`)),
    ),
    '</dict></plist>\n',
  ].join('\n');
}
