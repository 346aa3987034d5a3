/** XML files come in; what a real parser (Python's expat) makes of them goes out as a tree, and what Group Policy would write into the registry for a policy of such a template. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RegistryValue } from '../../agent/policy/group-policy.ts';
import { writeAdmx } from '../../build/package/admx.ts';

/** Without its namespace, which is `space`. */
export type Node = {
  readonly tag: string;
  readonly space: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
  readonly children: readonly Node[];
};

const parser = `
import json, sys, xml.etree.ElementTree as E
def tree(e):
    space, _, tag = e.tag[1:].rpartition('}')
    return {'tag': tag, 'space': space, 'attributes': e.attrib, 'text': (e.text or '') if len(e) == 0 else '', 'children': [tree(c) for c in e]}
print(json.dumps([tree(E.parse(f).getroot()) for f in sys.argv[1:]]))
`;
export type Template = { readonly admx: Node; readonly 'en-US': Node; readonly 'es-ES': Node };

/** What `writeAdmx` wrote, read back. */
export function readTemplate(): Template {
  const dir = mkdtempSync(join(tmpdir(), 'tapward-admx-'));
  try {
    writeAdmx(dir);
    const files = ['Tapward.admx', 'en-US/Tapward.adml', 'es-ES/Tapward.adml'].map((name) => join(dir, name));
    const [admx, english, spanish] = JSON.parse(execFileSync('python3', ['-c', parser, ...files], { encoding: 'utf8', maxBuffer: 64 << 20 })) as readonly Node[];
    assert.ok(admx !== undefined && english !== undefined && spanish !== undefined);
    return { admx, 'en-US': english, 'es-ES': spanish };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

export const all = (node: Node, tag: string): readonly Node[] => [...(node.tag === tag ? [node] : []), ...node.children.flatMap((child) => all(child, tag))];
export function only(node: Node, tag: string): Node {
  const [found, ...more] = node.children.filter((child) => child.tag === tag);
  assert.ok(found !== undefined && more.length === 0, `one ${tag} in ${node.tag}`);
  return found;
}
export const policies = (admx: Node): readonly Node[] => only(admx, 'policies').children;
export const named = (admx: Node, name: string): Node => policies(admx).find((policy) => policy.attributes['name'] === name) ?? assert.fail(`no policy ${name}`);

const base = 'SOFTWARE\\Policies\\Tapward';
const place = (path: string | undefined, name: string | undefined): { readonly key: string; readonly name: string } => {
  assert.ok(path !== undefined && name !== undefined && (path === base || path.startsWith(`${base}\\`)), `${path}`);
  return { key: path.slice(base.length + 1), name };
};
function valueOf(node: Node, where: { readonly key: string; readonly name: string }): RegistryValue {
  const [said] = node.children;
  assert.ok(said !== undefined);
  return said.tag === 'decimal' ? { ...where, type: 'REG_DWORD', data: Number(said.attributes['value']) } : { ...where, type: 'REG_SZ', data: said.text };
}

/** What the editor's box, list or tick of an element was left at: a number, a text, lines, a ticked box. */
export type Typed = number | string | readonly string[] | boolean;

/** MS-GPREG §2.2: Enabled writes the policy's own value and each element's; Disabled its own and the list for it. */
export function groupPolicy(policy: Node, state: 'enabled' | 'disabled', typed: Readonly<Record<string, Typed>> = {}): readonly RegistryValue[] {
  const { key, valueName } = policy.attributes;
  const own = policy.children.filter(({ tag }) => tag === `${state}Value`).map((said) => valueOf(said, place(key, valueName)));
  const list = policy.children
    .filter(({ tag }) => tag === `${state}List`)
    .flatMap((items) => items.children)
    .map((item) => valueOf(only(item, 'value'), place(item.attributes['key'] ?? key, item.attributes['valueName'])));
  if (state === 'disabled') return [...own, ...list];
  const elements = policy.children.filter(({ tag }) => tag === 'elements').flatMap(({ children }) => children);
  return [
    ...own,
    ...list,
    ...elements.map((one): RegistryValue => {
      const { id = '', key: below = key, valueName: name } = one.attributes;
      const where = place(below, name);
      const said = typed[id];
      switch (one.tag) {
        case 'decimal':
          assert.ok(typeof said === 'number', id);
          return { ...where, type: 'REG_DWORD', data: said };
        case 'text':
          assert.ok(typeof said === 'string', id);
          return { ...where, type: 'REG_SZ', data: said };
        case 'multiText':
          assert.ok(Array.isArray(said), id);
          return { ...where, type: 'REG_MULTI_SZ', data: said as readonly string[] };
        case 'boolean':
          return valueOf(only(one, said === true ? 'trueValue' : 'falseValue'), where);
        case 'enum':
          return valueOf(
            only(one.children.find((item) => item.attributes['displayName'] === `$(string.${id}_${String(said)})`) ?? assert.fail(`${id} has no ${String(said)}`), 'value'),
            where,
          );
        default:
          return assert.fail(`an element ${one.tag}`);
      }
    }),
  ];
}
