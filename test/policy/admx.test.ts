/** The administrative template comes in as a real XML parser reads it; it is the schema's, setting by setting, its texts are whole in both languages, and what Group Policy writes by it means what was chosen. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fields, type Key, keys } from '../../agent/policy/fields.ts';
import { registryKey, unitOf } from '../../agent/policy/group-policy.ts';
import { judgeSources } from '../../agent/policy/sources.ts';
import { spanish } from '../../agent/policy/spanish.ts';
import { adml, examples } from '../../build/package/adml.ts';
import { admx as written } from '../../build/package/admx.ts';
import { defaultPolicy, type Policy } from '../../core/policy.ts';
import { need } from '../needs.ts';
import { all, groupPolicy, type Node, named, only, policies, readTemplate, type Template, type Typed } from './template.ts';

const skip = need('python');
const template: Template | null = skip === false ? readTemplate() : null;
const given = (): Template => template ?? assert.fail('there is no template');
const windows = keys().filter((key) => fields[key].on === 'everywhere');
const site = { mode: 'installed', stationName: 'pc-7', computer: 'pc-7' } as const;
const judge = (values: ReturnType<typeof groupPolicy>): { readonly faults: readonly string[]; readonly policy: Policy } => {
  const { faults, resolveOn } = judgeSources([{ kind: 'registry', name: `HKLM\\${registryKey}`, values }], site);
  return { faults: faults.map(({ sentence }) => sentence), policy: resolveOn('pc-7').policy };
};

/** ADMX schema 1.0 (MS-GPREG §7.1 to §7.3): what may stand in what, in this order, with which attributes; `!` must be there. */
const rules: Readonly<Record<string, { readonly children?: readonly string[]; readonly attributes?: readonly string[] }>> = {
  policyDefinitions: { children: ['policyNamespaces', 'resources', 'supportedOn', 'categories', 'policies'], attributes: ['revision!', 'schemaVersion!'] },
  policyNamespaces: { children: ['target', 'using'] },
  target: { attributes: ['prefix!', 'namespace!'] },
  supportedOn: { children: ['definitions'], attributes: ['ref'] },
  definitions: { children: ['definition'] },
  definition: { attributes: ['name!', 'displayName!'] },
  categories: { children: ['category'] },
  category: { children: ['parentCategory'], attributes: ['name!', 'displayName!'] },
  parentCategory: { attributes: ['ref!'] },
  policies: { children: ['policy'] },
  policy: {
    children: ['parentCategory', 'supportedOn', 'enabledValue', 'disabledValue', 'enabledList', 'disabledList', 'elements'],
    attributes: ['name!', 'class!', 'displayName!', 'explainText', 'presentation', 'key!', 'valueName'],
  },
  enabledValue: { children: ['string', 'decimal'] },
  disabledValue: { children: ['string', 'decimal'] },
  disabledList: { children: ['item'] },
  value: { children: ['string', 'decimal'] },
  trueValue: { children: ['decimal'] },
  falseValue: { children: ['decimal'] },
  elements: { children: ['boolean', 'decimal', 'text', 'enum', 'multiText'] },
  boolean: { children: ['trueValue', 'falseValue'], attributes: ['id!', 'key', 'valueName'] },
  enum: { children: ['item'], attributes: ['id!', 'valueName', 'required'] },
  item: { children: ['value'], attributes: ['displayName', 'key', 'valueName'] },
  multiText: { attributes: ['id!', 'valueName', 'required', 'maxLength', 'maxStrings'] },
  decimal: { attributes: ['id', 'valueName', 'required', 'minValue', 'maxValue', 'value'] },
  text: { attributes: ['id', 'valueName', 'required', 'maxLength'] },
  policyDefinitionResources: { children: ['displayName', 'description', 'resources'], attributes: ['revision!', 'schemaVersion!'] },
  resources: { children: ['stringTable', 'presentationTable'], attributes: ['minRequiredRevision'] },
  stringTable: { children: ['string'] },
  string: { attributes: ['id'] },
  presentationTable: { children: ['presentation'] },
  displayName: {},
  description: {},
  presentation: { children: ['text', 'decimalTextBox', 'textBox', 'checkBox', 'dropdownList', 'multiTextBox'], attributes: ['id!'] },
  decimalTextBox: { attributes: ['refId!', 'defaultValue'] },
  textBox: { children: ['label'], attributes: ['refId!'] },
  label: {},
  checkBox: { attributes: ['refId!', 'defaultChecked'] },
  dropdownList: { attributes: ['refId!', 'noSort', 'defaultItem'] },
  multiTextBox: { attributes: ['refId!', 'defaultHeight'] },
};

test('its files are of ADMX schema 1.0, and the same bytes each time', { skip }, () => {
  assert.deepEqual([written(), adml('es-ES')], [written(), adml('es-ES')]);
  const walk = ({ tag, space, attributes, children }: Node): void => {
    const { children: may = [], attributes: own = [] } = rules[tag] ?? assert.fail(`${tag} is no element of such a file`);
    assert.equal(space, 'http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions');
    for (const name of Object.keys(attributes))
      assert.ok(
        own.some((one) => one.replace('!', '') === name),
        `${tag} has no attribute ${name}`,
      );
    for (const name of own.filter((one) => one.endsWith('!'))) assert.ok(name.slice(0, -1) in attributes, `${tag} without ${name}`);
    const order = children.map((child) => may.indexOf(child.tag));
    assert.ok(!order.includes(-1), `${tag} has ${children.map((child) => child.tag).join(', ')}`);
    if (!['presentation', 'elements'].includes(tag))
      assert.deepEqual(
        order,
        order.toSorted((a, b) => a - b),
        `the order in ${tag}`,
      );
    for (const child of children) walk(child);
  };
  for (const root of Object.values(given())) walk(root);
  const ids = [...all(given().admx, 'policy'), ...all(given().admx, 'category')].map(({ attributes }) => attributes['name'] ?? '');
  assert.equal(new Set(ids.map((id) => id.toLowerCase())).size, ids.length, 'names that differ in nothing but case');
});

test('every setting that means something on Windows stands there once, with its own type and limits; no other does', { skip }, () => {
  const { admx } = given();
  assert.deepEqual(
    policies(admx).map(({ attributes }) => attributes['name']),
    [...windows, 'rules', 'groups'],
  );
  assert.deepEqual(
    keys().filter((key) => !windows.includes(key)),
    ['stepUpApps', 'pamServices', 'notifyHook', 'locker', 'greeterVt', 'kioskAccount', 'emergencyAccount'],
  );
  const folders = new Set(only(admx, 'categories').children.map(({ attributes }) => attributes['name']));
  for (const policy of policies(admx)) {
    assert.equal(policy.attributes['key'], registryKey);
    assert.equal(policy.attributes['class'], 'Machine');
    assert.ok(folders.has(only(policy, 'parentCategory').attributes['ref']));
    assert.equal(only(policy, 'supportedOn').attributes['ref'], all(admx, 'definition')[0]?.attributes['name']);
  }
  for (const key of windows) {
    const { shape } = fields[key];
    const policy = named(admx, key);
    const elements = policy.children.filter(({ tag }) => tag === 'elements').flatMap(({ children }) => children);
    const kinds = elements.map(({ tag }) => tag);
    const attributes = elements[0]?.attributes ?? {};
    const range = [Number(attributes['minValue']), Number(attributes['maxValue'])];
    switch (shape.kind) {
      case 'whole':
        assert.deepEqual([kinds, range], [['decimal'], [shape.from, shape.to]], key);
        break;
      case 'time': {
        const { millis } = unitOf(key, shape);
        assert.deepEqual([kinds, range.map((limit) => limit * millis)], [['decimal'], [shape.from, shape.to]], key);
        break;
      }
      case 'choice': {
        const items = all(policy, 'item').map((item) => only(only(item, 'value'), 'string').text);
        const ends = ['enabledValue', 'disabledValue'].flatMap((end) => policy.children.filter(({ tag }) => tag === end).map((said) => only(said, 'string').text));
        assert.deepEqual(elements.length === 0 ? ends.toSorted() : items, elements.length === 0 ? [...shape.values].toSorted() : shape.offered, key);
        break;
      }
      case 'choices':
        assert.deepEqual(
          elements.map((one) => [one.tag, one.attributes['key'], one.attributes['valueName']]),
          shape.values.map((word) => ['boolean', `${registryKey}\\${key}`, word]),
          key,
        );
        break;
      case 'text':
        assert.deepEqual([kinds, attributes['maxLength']], [['text'], String(shape.most)], key);
        break;
      case 'times':
      case 'list':
        assert.deepEqual([kinds, attributes['maxStrings']], [['multiText'], String(shape.most)], key);
        break;
      case 'json':
        assert.deepEqual(kinds, ['multiText'], key);
        break;
      default:
        shape satisfies never;
    }
  }
});

test('every text and every box is there in both languages, and none is left over', { skip }, () => {
  const { admx } = given();
  const attributes = (node: Node): readonly string[] => [...Object.values(node.attributes), ...node.children.flatMap(attributes)];
  const wanted = (kind: string): readonly string[] => attributes(admx).flatMap((value) => new RegExp(`^\\$\\(${kind}\\.(\\w+)\\)$`).exec(value)?.[1] ?? []);
  const [strings, presentations] = [wanted('string'), wanted('presentation')];
  for (const language of ['en-US', 'es-ES'] as const) {
    const resources = only(given()[language], 'resources');
    const table = only(resources, 'stringTable').children;
    assert.deepEqual(table.map(({ attributes: { id = '' } }) => id).toSorted(), [...new Set(strings)].toSorted(), language);
    for (const {
      attributes: { id = '' },
      text,
    } of table)
      assert.ok(text.trim().length > 0 && !/undefined|NaN/.test(text), `${id}: ${text}`);
    const shown = only(resources, 'presentationTable').children;
    assert.deepEqual(shown.map(({ attributes: { id = '' } }) => id).toSorted(), presentations.toSorted(), language);
    const boxes: Readonly<Record<string, string>> = { decimal: 'decimalTextBox', text: 'textBox', multiText: 'multiTextBox', boolean: 'checkBox', enum: 'dropdownList' };
    for (const presentation of shown) {
      const elements = only(named(admx, presentation.attributes['id'] ?? ''), 'elements').children;
      const own = presentation.children.filter(({ tag }) => tag !== 'text');
      assert.deepEqual(
        own.map(({ tag, attributes: { refId } }) => [tag, refId]),
        elements.map(({ tag, attributes: { id } }) => [boxes[tag], id]),
        presentation.attributes['id'],
      );
    }
  }
  for (const key of keys()) assert.notEqual(spanish[key], fields[key].meaning, key);
});

/** What each box shows before anybody typed. */
function untouched(key: Key | 'rules' | 'groups'): Readonly<Record<string, Typed>> {
  const presentation = only(only(given()['en-US'], 'resources'), 'presentationTable').children.find(({ attributes }) => attributes['id'] === key);
  return Object.fromEntries(
    (presentation?.children ?? []).flatMap(({ tag, attributes: { refId = '', defaultValue, defaultItem, defaultChecked } }): readonly (readonly [string, Typed])[] => {
      if (tag === 'decimalTextBox') return [[refId, Number(defaultValue)]];
      if (tag === 'checkBox') return [[refId, defaultChecked === 'true']];
      if (tag === 'dropdownList') return [[refId, /_(\w+)\)$/.exec(all(named(given().admx, refId), 'item')[Number(defaultItem)]?.attributes['displayName'] ?? '')?.[1] ?? '']];
      return [];
    }),
  );
}
const typed: Partial<Record<Key, Typed>> = {
  desfireAid: 'f00d01',
  pivRoots: 'C:\\pki\\roots.pem',
  pivIntermediates: 'C:\\pki\\sub.pem',
  pivCrl: 'C:\\pki\\all.crl',
  stationName: 'Ward 3',
  helpPhone: '+1 555 0100',
  lockKey: 'F9',
  waits: ['10 s', '1 min'],
};

test('what Enabled writes with the boxes as they stand is the default; what is typed is what comes to hold', { skip }, () => {
  for (const key of windows) {
    const { shape } = fields[key];
    const boxes = untouched(key);
    if (shape.kind === 'choice' && Object.keys(boxes).length === 0) continue;
    const said = typed[key];
    if (said === undefined && Object.keys(boxes).length === 0) continue;
    const { faults, policy } = judge(groupPolicy(named(given().admx, key), 'enabled', said === undefined ? boxes : { [key]: said }));
    assert.deepEqual(faults, [], key);
    if (said !== undefined) assert.deepEqual(policy[key], key === 'waits' ? [10_000, 60_000] : said);
    // On Windows nothing but its own sessions is offered first.
    else if (key !== 'sessions') assert.deepEqual(policy[key], key === 'stationName' ? 'pc-7' : defaultPolicy[key], key);
  }
});

test('each limit of the template is the schema’s: it is taken, and one beyond is refused', { skip }, () => {
  for (const key of windows) {
    const { shape } = fields[key];
    if (shape.kind !== 'whole' && shape.kind !== 'time') continue;
    const policy = named(given().admx, key);
    const { minValue, maxValue } = only(policy, 'elements').children[0]?.attributes ?? {};
    const told = (value: number): boolean =>
      judge(groupPolicy(policy, 'enabled', { [key]: value })).faults.some(
        (fault) => fault.startsWith(`"${key}" must be a `) && !fault.includes('shorter') && !fault.includes('smaller'),
      );
    assert.deepEqual([told(Number(minValue)), told(Number(maxValue)), told(Number(maxValue) + 1)], [false, false, true], key);
    if (Number(minValue) > 0) assert.ok(told(Number(minValue) - 1), key);
  }
});

test('Enabled and Disabled of what is on or off are on and off; Disabled of what may be nothing is nothing, against the file', { skip }, () => {
  for (const key of windows) {
    const policy = named(given().admx, key);
    const disabled = groupPolicy(policy, 'disabled');
    if (policy.attributes['valueName'] !== undefined) {
      assert.deepEqual([judge(groupPolicy(policy, 'enabled')).policy[key], judge(disabled).policy[key]], ['on', 'off'], key);
    } else if (disabled.length > 0) {
      const { faults, policy: held } = judge(disabled);
      assert.deepEqual(faults, [], key);
      assert.ok(held[key] === null || (Array.isArray(held[key]) && (held[key] as readonly unknown[]).length === 0), key);
    }
  }
  const file = { kind: 'file', name: 'policy.json', text: '{"pivCrl": "C:\\\\pki\\\\all.crl", "windowGrades": ["piv"], "rules": [{"set": {"lockKey": "F8"}}]}' } as const;
  const values = ['pivCrl', 'windowGrades', 'lockKey'].flatMap((key) => groupPolicy(named(given().admx, key), 'disabled'));
  const { faults, resolveOn } = judgeSources([file, { kind: 'registry', name: `HKLM\\${registryKey}`, values }], site);
  assert.deepEqual(faults, []);
  const { policy } = resolveOn('pc-7');
  assert.deepEqual([policy.pivCrl, policy.windowGrades, policy.lockKey], [null, [], null]);
});

test('the examples of what is typed as JSON are taken as they stand', { skip }, () => {
  const values = Object.entries(examples).flatMap(([key, text]) => groupPolicy(named(given().admx, key), 'enabled', { [key]: text.split(/(?<=,) /) }));
  const { faults, policy } = judge(values);
  assert.deepEqual(faults, []);
  assert.deepEqual([policy.uidWindow?.lasts, policy.allowedCards.length, policy.deniedCards.length], [3_600_000, 1, 1]);
  assert.deepEqual(
    [...windows.filter((key) => fields[key].shape.kind === 'json'), 'rules', 'groups'].toSorted((a, b) => (a < b ? -1 : 1)),
    Object.keys(examples).toSorted((a, b) => (a < b ? -1 : 1)),
  );
});
