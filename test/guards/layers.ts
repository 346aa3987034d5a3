/** One source file comes in, its imports that break the picture of the rooms go out, each in one sentence. */
import { posix } from 'node:path';

export type Import = { readonly from: string; readonly typeOnly: boolean };

/** What a file imports, by its import and export lines, `import()` and `require()`. */
export function importsOf(source: string): readonly Import[] {
  const code = source.replace(/^\s*(\/\*[\s\S]*?\*\/|\/\/.*)/gm, '');
  const statements = code.matchAll(/^\s*(?:import|export)\s+(type\s)?([^'";]*?\sfrom\s*)?['"]([^'"]+)['"]/gm);
  const calls = code.matchAll(/\b(?:import|require)\(\s*(?:['"`]([^'"`]*)['"`])?/g);
  return [
    ...[...statements].map(([, type, names, from]) => ({ from: from ?? '', typeOnly: type !== undefined || everyNameIsType(names ?? '') })),
    ...[...calls].map(([, from]) => ({ from: from ?? '(computed)', typeOnly: false })),
  ];
}

function everyNameIsType(names: string): boolean {
  const inside = /^\{(.*)\}\s*from\s*$/s.exec(names.trim())?.[1];
  return inside !== undefined && inside.split(',').every((name) => name.trim() === '' || name.trim().startsWith('type '));
}

/** `values`: what may be imported as it is; `types`: what only by `import type`; each a path from the root, a package, or `node:`. */
type Rule = { readonly values: readonly string[]; readonly types: readonly string[] };
const rules: Readonly<Record<string, Rule>> = {
  core: { values: ['core/'], types: [] },
  native: { values: ['native/', 'core/', 'node:', 'koffi', 'cborg'], types: [] },
  renderer: { values: ['renderer/', 'core/bridge.ts', 'core/frame.ts', 'core/spoken.ts', '@simplewebauthn/browser'], types: ['core/view.ts', 'core/types.ts'] },
  electron: { values: ['electron/', 'core/bridge.ts', 'core/frame.ts', 'core/face-link.ts', 'core/host-link.ts', 'node:', 'electron'], types: ['core/view.ts', 'core/types.ts'] },
  agent: { values: ['agent/', 'core/', 'node:', 'zod', 'better-sqlite3', '@node-rs/argon2', '@simplewebauthn/server', '@simplewebauthn/server/helpers'], types: ['native/'] },
};
/** The composition roots of the agent, which alone name adapters: each `main.ts`, and the one that puts the evaluation together. */
const isRoot = (path: string): boolean => /^agent\/([a-z-]+\/)?main\.ts$/.test(path) || path === 'agent/evaluation/evaluation.ts';

/** The sentences a file earns; none when all its imports keep to the picture. Files of test/ and build/ may import anything. */
export function violations(path: string, source: string): readonly string[] {
  const room = path.split('/')[0] ?? '';
  const rule = rules[room];
  if (rule === undefined) return [];
  const values = isRoot(path) ? [...rule.values, ...rule.types] : rule.values;
  const allowed = (target: string, list: readonly string[]): boolean => list.some((name) => (name.endsWith('/') || name.endsWith(':') ? target.startsWith(name) : target === name));
  return importsOf(source).flatMap(({ from, typeOnly }) => {
    const target = from.startsWith('.') ? posix.join(posix.dirname(path), from) : from;
    if (from.startsWith('.') && !/\.(ts|css|json)$/.test(from)) return [`${path} imports ${from}: a relative import names its file with its ending`];
    if (allowed(target, values) || (typeOnly && allowed(target, rule.types))) return [];
    return [
      `${path} imports ${target}${typeOnly ? '' : ' as a value'}: ${room} may import ${values.join(', ')}${rule.types.length > 0 ? `, and as types ${rule.types.join(', ')}` : ''}`,
    ];
  });
}
