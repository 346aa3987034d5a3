/** A language comes in; the texts of the administrative template in it go out: names, explanations with limits and default, and how each value is typed. */
import type { Shape } from '../../agent/policy/field.ts';
import { fields, type Key } from '../../agent/policy/fields.ts';
import { type Unit, unitOf } from '../../agent/policy/group-policy.ts';
import { spanish } from '../../agent/policy/spanish.ts';
import { categories, titles } from '../../agent/policy/titles.ts';
import { settings } from '../../agent/policy-file.ts';
import { defaultPolicy } from '../../core/policy.ts';
import { categoryOf, isSwitch, mayBeNone, schema, shapeOf, type Templated, templated } from './templated.ts';
import { type Element, element, xml } from './xml.ts';

export type Language = 'en-US' | 'es-ES';
type Short = 'en' | 'es';

const texts = {
  en: {
    name: 'Tapward',
    about: 'Shared workstations that a badge and a PIN open.',
    supported: 'Tapward on Windows 10, Windows Server 2019, or later',
    units: { ms: 'milliseconds', s: 'seconds', min: 'minutes', h: 'hours' },
    from: 'from',
    to: 'to',
    text: 'Text, at most',
    characters: 'characters',
    lines: 'One a line, at most',
    times: 'One time a line with its unit, at most',
    json: 'JSON, over as many lines as you like. Example:',
    any: 'Tick those that count.',
    choice: 'One of',
    unset: 'Not configured: what the policy file on the computer says, else the default:',
    enabledIs: 'Enabled: on. Disabled: off.',
    disabledIsNone: 'Disabled: none, whatever the policy file says.',
    disabledIs: 'Disabled: like not configured.',
    restart: 'A change counts from the next start of the service.',
    soon: 'A change counts from the next tap on; under work that is open a limit becomes shorter at once, and longer once it has closed.',
    rules:
      'What holds for a role, or on some stations. Of all rules that speak of a station and a role, the last one that names a setting decides it; rules here decide against those of the policy file.',
    groups: 'Names for several stations, for “@name” in rules. Globs on the computer’s name.',
    none: 'none',
  },
  es: {
    name: 'Tapward',
    about: 'Estaciones compartidas que una tarjeta y un PIN abren.',
    supported: 'Tapward en Windows 10, Windows Server 2019 o posterior',
    units: { ms: 'milisegundos', s: 'segundos', min: 'minutos', h: 'horas' },
    from: 'de',
    to: 'a',
    text: 'Texto, como máximo',
    characters: 'caracteres',
    lines: 'Uno por línea, como máximo',
    times: 'Un tiempo por línea con su unidad, como máximo',
    json: 'JSON, en cuantas líneas se quiera. Ejemplo:',
    any: 'Marque los que valen.',
    choice: 'Uno de',
    unset: 'No configurada: lo que diga el archivo de política del equipo; si no dice nada, el valor predeterminado:',
    enabledIs: 'Habilitada: on. Deshabilitada: off.',
    disabledIsNone: 'Deshabilitada: ninguno, diga lo que diga el archivo de política.',
    disabledIs: 'Deshabilitada: como no configurada.',
    restart: 'Un cambio vale desde el próximo inicio del servicio.',
    soon: 'Un cambio vale desde el próximo toque; bajo trabajo abierto un límite se acorta enseguida y se alarga cuando se ha cerrado.',
    rules:
      'Lo que vale para un rol o en algunas estaciones. De todas las reglas que hablan de una estación y un rol, decide la última que nombra un ajuste; las reglas de aquí deciden frente a las del archivo de política.',
    groups: 'Nombres para varias estaciones, para “@nombre” en las reglas. Patrones sobre el nombre del equipo.',
    none: 'ninguno',
  },
} as const;

/** Of what is typed as JSON; each is taken by the schema as it stands here (test/policy/admx.test.ts). */
export const examples: Readonly<Record<string, string>> = {
  uidWindow: '{"owner": "Ward lead", "until": "2027-03-31", "lasts": "1 h"}',
  allowedCards: '[{"type": null, "from": "04000000000000", "to": "04ffffffffffff"}]',
  deniedCards: '[{"type": "MIFARE Classic 1K", "from": "00000000", "to": "ffffffff"}]',
  rules: '[{"roles": ["nurse"], "stations": ["@icu"], "set": {"inactivity": "2 min"}}]',
  groups: '{"icu": ["icu-*", "pc-0441"]}',
};

export function adml(language: Language): string {
  const short: Short = language === 'en-US' ? 'en' : 'es';
  const words = texts[short];
  const used = Object.entries(categories).filter(([name]) => templated().some((key) => categoryOf(key) === `Category_${name}`));
  const strings: readonly (readonly [string, string])[] = [
    ['Tapward', words.name],
    ['SUPPORTED_Tapward', words.supported],
    ...used.map(([name, title]) => [`Category_${name}`, title[short]] as const),
    ...templated().flatMap((key) => [[key, titles[key][short]] as const, [`${key}_Help`, help(key, short)] as const, ...itemsOf(key)]),
  ];
  const shown = templated().flatMap((key) => (isSwitch(shapeOf(key)) ? [] : [element('presentation', { id: key }, presented(key, short))]));
  return xml(
    element('policyDefinitionResources', schema, [
      element('displayName', {}, words.name),
      element('description', {}, words.about),
      element('resources', {}, [
        element(
          'stringTable',
          {},
          strings.map(([id, text]) => element('string', { id }, text)),
        ),
        element('presentationTable', {}, shown),
      ]),
    ]),
  );
}

/** The words of a choice are those that the file has, in every language. */
function itemsOf(key: Templated): readonly (readonly [string, string])[] {
  const shape = shapeOf(key);
  return shape.kind === 'choice' && !isSwitch(shape) ? shape.offered.map((word) => [`${key}_${word}`, word] as const) : [];
}

function help(key: Templated, short: Short): string {
  const words = texts[short];
  const shape = shapeOf(key);
  const meaning = key === 'rules' || key === 'groups' ? words[key] : short === 'en' ? fields[key].meaning : spanish[key];
  const disabled = isSwitch(shape) ? words.enabledIs : mayBeNone(shape) ? words.disabledIsNone : words.disabledIs;
  const counts = key !== 'rules' && key !== 'groups' && fields[key].restart ? words.restart : words.soon;
  return [meaning, limits(key, shape, short), `${disabled} ${words.unset} ${unset(key, shape, short)}.`, counts].filter((part) => part !== '').join('\n\n');
}

function limits(key: Templated, shape: Shape, short: Short): string {
  const words = texts[short];
  switch (shape.kind) {
    case 'whole':
      return `${shape.from} ${words.to} ${shape.to}.`;
    case 'time': {
      const { unit, millis } = unitOf(key as Key, shape);
      return `${shape.from / millis} ${words.to} ${shape.to / millis} ${words.units[unit]}.`;
    }
    case 'choice':
      return isSwitch(shape) ? '' : `${words.choice} ${shape.offered.join(', ')}.`;
    case 'choices':
      return words.any;
    case 'text':
      return `${words.text} ${shape.most} ${words.characters}.`;
    case 'list':
      return `${words.lines} ${shape.most}.`;
    case 'times':
      return `${words.times} ${shape.most}.`;
    case 'json':
      return `${words.json} ${examples[key] ?? ''}`;
    default:
      return shape satisfies never;
  }
}

function unset(key: Templated, shape: Shape, short: Short): string {
  const words = texts[short];
  const written = settings().find((setting) => setting.key === key)?.default;
  if (key === 'rules' || key === 'groups' || written === 'null' || written === '[]') return words.none;
  const value = defaultPolicy[key];
  if (shape.kind === 'time' && typeof value === 'number') {
    const { unit, millis } = unitOf(key, shape);
    return `${value / millis} ${words.units[unit]}`;
  }
  return written?.replace(/["[\]]/g, '') ?? words.none;
}

function presented(key: Templated, short: Short): readonly Element[] {
  const title = titles[key][short];
  const shape = shapeOf(key);
  const unitWords = (unit: Unit): string => texts[short].units[unit];
  switch (shape.kind) {
    case 'whole':
      return [element('decimalTextBox', { refId: key, defaultValue: Number(defaultPolicy[key as Key]) }, title)];
    case 'time': {
      const { unit, millis } = unitOf(key as Key, shape);
      return [element('decimalTextBox', { refId: key, defaultValue: Number(defaultPolicy[key as Key]) / millis }, `${title} (${unitWords(unit)})`)];
    }
    case 'choice':
      return [
        element(
          'dropdownList',
          {
            refId: key,
            noSort: true,
            defaultItem: Math.max(
              0,
              shape.offered.findIndex((word) => word === defaultPolicy[key as Key]),
            ),
          },
          title,
        ),
      ];
    case 'choices':
      return shape.values.map((word) => element('checkBox', { refId: `${key}_${word}`, defaultChecked: (defaultPolicy[key as Key] as readonly string[]).includes(word) }, word));
    case 'text':
      return [element('textBox', { refId: key }, [element('label', {}, title)])];
    // A box of several lines has no label of its own.
    case 'times':
    case 'list':
    case 'json':
      return [element('text', {}, title), element('multiTextBox', { refId: key, defaultHeight: shape.kind === 'json' ? 8 : 5 })];
    default:
      return shape satisfies never;
  }
}
