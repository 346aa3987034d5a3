/** The path of the policy file and the registry, where there is one, come in; the sources as they are there now go out, the weakest first: what the installer was told, policy.json, then policy.d/*.json in the order of their names, then Group Policy. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type RegistryValue, registryKey, setupKey } from './group-policy.ts';
import type { Source } from './members.ts';

/** Of a key below HKEY_LOCAL_MACHINE; null: there is no such key; a text: why it cannot be read, one sentence. */
export type ReadRegistry = (key: string) => readonly RegistryValue[] | null | string;
/** On systems without one. */
export const noRegistry: ReadRegistry = () => null;

/** Beside policy.json, for what manages configurations piece by piece. */
const folderName = 'policy.d';

export function readSources(path: string, registry: ReadRegistry): readonly Source[] {
  const folder = join(dirname(path), folderName);
  const own = fileSource(path);
  const pieces = namesIn(folder).map((name) => (typeof name === 'string' ? fileSource(join(folder, name)) : name));
  return [registrySource(setupKey, registry), own, ...pieces, registrySource(registryKey, registry)].filter((source) => source !== null);
}

/** null: there is nothing in it. */
function registrySource(key: string, registry: ReadRegistry): Source | null {
  const values = registry(key);
  const name = `HKLM\\${key}`;
  if (typeof values === 'string') return { kind: 'unreadable', name, why: values };
  return values === null || values.length === 0 ? null : { kind: 'registry', name, values };
}

/** Far beyond any policy, and little for the agent to read. */
const longest = 1024 * 1024;

/** null: there is none. Nothing but a file is read: of a pipe the agent would wait for an end that may never come. */
export function fileSource(path: string): Source | null {
  try {
    const found = statSync(path);
    if (!found.isFile()) return { kind: 'unreadable', name: path, why: 'This is no file: take it away, or put the policy file in its place.' };
    if (found.size > longest) return { kind: 'unreadable', name: path, why: `The policy file is longer than ${longest} bytes: shorten it.` };
    // Windows’ editors put a mark in front, which is no JSON.
    return { kind: 'file', name: path, text: readFileSync(path, 'utf8').replace(/^\uFEFF/, '') };
  } catch (e) {
    const { code } = e as NodeJS.ErrnoException;
    return code === 'ENOENT' ? null : unreadable(path, code);
  }
}

const unreadable = (name: string, code: string | undefined): Source => ({
  kind: 'unreadable',
  name,
  why: `The policy file cannot be read (${code ?? 'unknown'}): give the agent’s account the right to read it.`,
});

function namesIn(folder: string): readonly (string | Source)[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json') && !name.startsWith('.'))
      .toSorted();
  } catch (e) {
    const { code } = e as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? [] : [unreadable(folder, code)];
  }
}
