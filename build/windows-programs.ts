/** A folder, or nothing, comes in; the programs a Windows site installs, cross-built and the same bytes from every clone, go out there, each with its SHA-256. */
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { eventMessages } from './event-messages.ts';
import { type NativeProgram, nativeProgram } from './native.ts';
import { root } from './setup.mjs';

/** What the installer says of them in the registry stands in native/windows/host/host.h (`Settings`). In the order of their need: without the first nothing works, without the second people type passwords. */
export const windowsProducts = ['host-windows', 'provider-windows', 'keys-windows'] as const satisfies readonly NativeProgram[];

if (process.argv[1] === import.meta.filename) {
  const folder = process.argv[2] ?? join(root, '.cache', 'windows');
  mkdirSync(folder, { recursive: true });
  for (const path of [...(await Promise.all(windowsProducts.map(nativeProgram))), await eventMessages()]) {
    const to = join(folder, basename(path));
    copyFileSync(path, to);
    console.log(`${createHash('sha256').update(readFileSync(path)).digest('hex')}  ${to}`);
  }
}
