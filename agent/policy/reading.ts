/** The path of the policy file and the registry, where there is one, come in; the sources as they are there now go out, the weakest first: policy.json, then policy.d/*.json in the order of their names, then the registry. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Source } from './members.ts';
import { type RegistryValue, registryKey } from './registry.ts';

/** null: there is no such key; a text: why it cannot be read, one sentence. */
export type ReadRegistry = () => readonly RegistryValue[] | null | string;
/** On systems without one. */
export const noRegistry: ReadRegistry = () => null;

/** Beside policy.json, for what manages configurations piece by piece. */
const folderName = 'policy.d';

export function readSources(path: string, registry: ReadRegistry): readonly Source[] {
  const folder = join(dirname(path), folderName);
  const own = fileSource(path);
  const pieces = namesIn(folder).map((name) => (typeof name === 'string' ? fileSource(join(folder, name)) : name));
  const values = registry();
  const name = `HKLM\\${registryKey}`;
  const ofRegistry: readonly Source[] = typeof values === 'string' ? [{ kind: 'unreadable', name, why: values }] : values === null || values.length === 0 ? [] : [{ kind: 'registry', name, values }];
  return [own, ...pieces, ...ofRegistry].filter((source) => source !== null);
}

/** null: there is none. */
export function fileSource(path: string): Source | null {
  try {
    return { kind: 'file', name: path, text: readFileSync(path, 'utf8') };
  } catch (e) {
    const { code } = e as NodeJS.ErrnoException;
    return code === 'ENOENT' ? null : unreadable(path, code);
  }
}

const unreadable = (name: string, code: string | undefined): Source => ({ kind: 'unreadable', name, why: `The policy file cannot be read (${code ?? 'unknown'}): give the agent’s account the right to read it.` });

function namesIn(folder: string): readonly (string | Source)[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.json') && !name.startsWith('.')).toSorted();
  } catch (e) {
    const { code } = e as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? [] : [unreadable(folder, code)];
  }
}
