/** The schema of settings comes in; the administrative template that Group Policy and Intune show goes out: Tapward.admx and its texts in English and Spanish, the same bytes each time (ADMX schema 1.0, MS-GPREG §7). */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Shape } from '../../agent/policy/field.ts';
import type { Key } from '../../agent/policy/fields.ts';
import { noneSuffix, registryKey, unitOf } from '../../agent/policy/group-policy.ts';
import { categories } from '../../agent/policy/titles.ts';
import { adml } from './adml.ts';
import { categoryOf, isSwitch, mayBeNone, schema, shapeOf, type Templated, templated } from './templated.ts';
import { type Element, element, xml } from './xml.ts';

/** Characters of one value: far more than any of ours. */
const longestJson = 1_000_000;

const text = (id: string): string => `$(string.${id})`;
const supported = 'SUPPORTED_Tapward';

export function admx(): string {
  const used = Object.keys(categories).filter((name) => templated().some((key) => categoryOf(key) === `Category_${name}`));
  return xml(
    element('policyDefinitions', schema, [
      element('policyNamespaces', {}, [element('target', { prefix: 'tapward', namespace: 'Tapward.Policies' })]),
      element('resources', { minRequiredRevision: '1.0' }),
      element('supportedOn', {}, [element('definitions', {}, [element('definition', { name: supported, displayName: text(supported) })])]),
      element('categories', {}, [
        element('category', { name: 'Tapward', displayName: text('Tapward') }),
        ...used.map((name) => element('category', { name: `Category_${name}`, displayName: text(`Category_${name}`) }, [element('parentCategory', { ref: 'Tapward' })])),
      ]),
      element('policies', {}, templated().map(policyOf)),
    ]),
  );
}

function policyOf(key: Templated): Element {
  const shape = shapeOf(key);
  const about = { name: key, class: 'Machine', displayName: text(key), explainText: text(`${key}_Help`) };
  const place = [element('parentCategory', { ref: categoryOf(key) }), element('supportedOn', { ref: supported })];
  if (isSwitch(shape)) {
    return element('policy', { ...about, key: registryKey, valueName: key }, [
      ...place,
      element('enabledValue', {}, [element('string', {}, 'on')]),
      element('disabledValue', {}, [element('string', {}, 'off')]),
    ]);
  }
  const none = element('disabledList', {}, [element('item', { key: registryKey, valueName: `${key}${noneSuffix}` }, [element('value', {}, [element('decimal', { value: 1 })])])]);
  return element('policy', { ...about, presentation: `$(presentation.${key})`, key: registryKey }, [
    ...place,
    ...(mayBeNone(shape) ? [none] : []),
    element('elements', {}, elementsOf(key, shape)),
  ]);
}

function elementsOf(key: Templated, shape: Shape): readonly Element[] {
  const value = { id: key, valueName: key, required: true };
  switch (shape.kind) {
    case 'whole':
      return [element('decimal', { ...value, minValue: shape.from, maxValue: shape.to })];
    case 'time': {
      const { millis } = unitOf(key as Key, shape);
      return [element('decimal', { ...value, minValue: shape.from / millis, maxValue: shape.to / millis })];
    }
    case 'choice':
      return [
        element(
          'enum',
          value,
          shape.offered.map((word) => element('item', { displayName: text(`${key}_${word}`) }, [element('value', {}, [element('string', {}, word)])])),
        ),
      ];
    case 'choices': {
      const whether = (name: string, said: number): Element => element(name, {}, [element('decimal', { value: said })]);
      return shape.values.map((word) =>
        element('boolean', { id: `${key}_${word}`, key: `${registryKey}\\${key}`, valueName: word }, [whether('trueValue', 1), whether('falseValue', 0)]),
      );
    }
    case 'text':
      return [element('text', { ...value, maxLength: shape.most })];
    case 'times':
    case 'list':
      return [element('multiText', { ...value, maxLength: 1023, maxStrings: shape.most })];
    case 'json':
      return [element('multiText', { ...value, maxLength: longestJson })];
    default:
      return shape satisfies never;
  }
}

/** Into this folder: Tapward.admx, and each language's texts in a folder of its name, as a central store wants them. */
export function writeAdmx(dir: string): void {
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'Tapward.admx'), admx());
  for (const language of ['en-US', 'es-ES'] as const) {
    mkdirSync(join(dir, language), { recursive: true });
    writeFileSync(join(dir, language, 'Tapward.adml'), adml(language));
  }
}
