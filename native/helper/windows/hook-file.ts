/** An event's folder comes in; its hook files in order go out, or which of them others than administrators may change: what they may is not run. */
import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isHookName } from '../../../core/helper-link.ts';
import type { HookFiles } from '../hook-file.ts';
import { isTrustedAlone, trustedOwners } from './access.ts';

/** `sddlOf`: of a file or folder that is no link; null: it is one, or cannot be read. */
export type HookTrust = { readonly sddlOf: (path: string) => string | null; readonly owners?: ReadonlySet<string> };

const endings = ['.exe', '.cmd', '.ps1'] as const;
/** `50-name` of `50-name.cmd`. */
export const hookNameOf = (file: string): string => basename(file).replace(/\.[a-z0-9]+$/, '');
const isHook = (name: string): boolean => endings.some((ending) => name.endsWith(ending)) && isHookName(hookNameOf(name));

/** Looked at anew before each run: the folder, the one that holds it, and each file. Never throws. */
export function windowsHooksIn(folder: string, { sddlOf, owners = trustedOwners }: HookTrust): HookFiles {
  const isTrusted = (path: string): boolean => {
    const sddl = sddlOf(path);
    return sddl !== null && isTrustedAlone(sddl, owners);
  };
  const files = namesIn(folder);
  if (files === null || !isTrusted(folder) || !isTrusted(dirname(folder))) return { files: [], refused: 'folder' };
  const bad = files.find((name) => !isTrusted(join(folder, name)) || !statSync(join(folder, name)).isFile());
  const good = files.filter((name) => isTrusted(join(folder, name)) && statSync(join(folder, name)).isFile());
  return { files: good.map((name) => join(folder, name)), refused: bad === undefined ? null : { name: hookNameOf(bad) } };
}

function namesIn(folder: string): readonly string[] | null {
  try {
    return readdirSync(folder).filter(isHook).sort();
  } catch {
    return null;
  }
}
