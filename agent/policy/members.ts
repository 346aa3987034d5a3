/** One source of the policy comes in; its members as the file has them go out, each with where it stands, or what is wrong with the source as such. */
import type { Fault } from './fault.ts';
import { fields, isKey } from './fields.ts';
import { chosenIn, isList, type Meant, meaningOf, noneOf, noneSuffix, type RegistryValue, settingNamed } from './group-policy.ts';
import { jsonLines, nesting, type Path } from './json-lines.ts';

/** `name`: what people know it by, a path or a registry key. */
export type Source =
  | { readonly kind: 'file'; readonly name: string; readonly text: string }
  | { readonly kind: 'registry'; readonly name: string; readonly values: readonly RegistryValue[] }
  | { readonly kind: 'unreadable'; readonly name: string; readonly why: string };

export type Members = {
  readonly name: string;
  /** Settings, rules and groups, not yet judged. */
  readonly members: Readonly<Record<string, unknown>>;
  readonly lineOf: (path: Path) => number | null;
  /** What people find a member by. */
  readonly placeOf: (key: string) => string;
};

/** What is wrong is told to `fault`; what is right is still there. */
export function membersOf(source: Source, fault: (fault: Fault) => void): Members {
  const { name } = source;
  switch (source.kind) {
    case 'file':
      return ofFile(name, source.text, (sentence, line) => fault({ sentence, line, source: name }));
    case 'registry':
      return ofRegistry(name, source.values, fault);
    case 'unreadable':
      fault({ sentence: source.why, line: null, source: name });
      return { name, members: {}, lineOf: () => null, placeOf: () => name };
    default:
      return source satisfies never;
  }
}

type Object_ = Readonly<Record<string, unknown>>;

function ofFile(name: string, text: string, fault: (sentence: string, line: number | null) => void): Members {
  const file = objectIn(text, fault);
  const { lineOf, repeated } = file === null ? { lineOf: () => null, repeated: [] } : jsonLines(text);
  for (const { key, line } of repeated) fault(`"${key}" stands there twice: take one out.`, line);
  return { name, members: file ?? {}, lineOf, placeOf: () => name };
}

function objectIn(text: string, fault: (sentence: string, line: number | null) => void): Object_ | null {
  const parsed = parse(text, 'The policy file', fault);
  if (parsed === undefined) return null;
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Object_;
  fault('The policy file must be one JSON object of settings.', 1);
  return null;
}

/** Far beyond any setting, and far from where a station that walks through it comes to its end. */
const deepest = 32;

/** undefined: it is not JSON, or none that could be a policy. */
function parse(text: string, what: string, fault: (sentence: string, line: number | null) => void): unknown {
  try {
    const parsed = JSON.parse(text) as unknown;
    if (nesting(text) <= deepest) return parsed;
    fault(`${what} has lists and objects more than ${deepest} deep in each other: no setting has; take them out.`, null);
    return undefined;
  } catch (e) {
    const { message } = e as Error;
    const [, line] = /\bline (\d+)/.exec(message) ?? [];
    fault(`${what} is not JSON: ${message}.`, line === undefined ? null : Number(line));
    return undefined;
  }
}

function ofRegistry(name: string, values: readonly RegistryValue[], fault: (fault: Fault) => void): Members {
  // Any name may stand in a registry.
  const members = Object.create(null) as Record<string, unknown>;
  const lines = new Map<string, (path: Path) => number | null>();
  const placeOf = (key: string): string => `${name}\\${key}`;
  const say = (key: string, sentence: string, line: number | null = null): void => fault({ sentence, line, source: placeOf(key) });
  const take = (key: string, meant: Meant): void => {
    if (meant.kind === 'wrong') return say(key, `"${key}" must be ${meant.should}.`);
    if (meant.kind === 'value') members[key] = meant.value;
    else {
      const value = parse(meant.text, `"${key}"`, (sentence, line) => say(key, sentence, line));
      if (value === undefined) return;
      const { lineOf, repeated } = jsonLines(meant.text);
      for (const twice of repeated) say(key, `"${twice.key}" stands there twice: take one out.`, twice.line);
      members[key] = value;
      lines.set(key, lineOf);
    }
  };
  const own = values.filter(({ key }) => key === '');
  for (const value of own) {
    const none = value.name.toLowerCase().endsWith(noneSuffix) ? settingNamed(value.name.slice(0, -noneSuffix.length)) : null;
    if (none !== null && noneOf(none) !== undefined) {
      if (value.type !== 'REG_DWORD' || value.data > 1) say(value.name, `"${value.name}" must be a number (REG_DWORD) 1 or 0.`);
      else if (value.data === 1 && values.some(({ key, name: other }) => (key === '' ? other : key).toLowerCase() === none.toLowerCase()))
        say(value.name, `"${none}" stands beside "${value.name}": take one out.`);
      else if (value.data === 1) members[none] = noneOf(none);
      continue;
    }
    const key = settingNamed(value.name);
    // As it is: what judges a file's members says that there is no such setting.
    if (key === null) members[value.name] = value.data;
    else take(key, meaningOf(key, value));
  }
  for (const below of new Set(values.filter(({ key }) => key !== '').map(({ key }) => key))) {
    const key = settingNamed(below);
    const hasKey = key !== null && !isList(key) && isKey(key) && fields[key].shape.kind === 'choices';
    if (hasKey) take(key, chosenIn(values.filter((value) => value.key === below)));
    else say(below, `"${below}" is no key of settings: take it out.`);
  }
  return { name, members, placeOf, lineOf: ([key = '', ...path]) => (path.length === 0 ? null : (lines.get(String(key))?.(path) ?? null)) };
}
