/** The "rules" and "groups" of a source come in; what they set on one computer, for everybody and for each role, goes out with the rule each came from. */
import { type Policy, type RoleSettings, roleSettings } from '../../core/policy.ts';
import type { Role } from '../../core/types.ts';
import { settingFault } from './fault.ts';
import type { Key } from './fields.ts';
import type { Path } from './json-lines.ts';

export type Rule = {
  /** The file's path, or the registry's key. */
  readonly source: string;
  /** From 1 in its source, as people count them; null: no rule, but what the source itself sets for everybody. */
  readonly number: number | null;
  readonly line: number | null;
  /** Of each setting it names. */
  readonly lines: ReadonlyMap<Key, number | null>;
  /** null: everybody. */
  readonly roles: readonly Role[] | null;
  /** null: every station. Globs on the computer's name; `@icu` is a group of them. */
  readonly stations: readonly string[] | null;
  readonly set: ReadonlyMap<Key, unknown>;
};
export type Groups = ReadonlyMap<string, readonly string[]>;
export type Rules = { readonly rules: readonly Rule[]; readonly groups: Groups };

const rolePattern = /^[a-z][a-z0-9-]{0,31}$/;
const globPattern = /^[A-Za-z0-9._*?-]{1,64}$/;
const groupPattern = /^[a-z][a-z0-9-]{0,31}$/;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isListOf = (value: unknown, like: (text: string) => boolean): value is readonly string[] =>
  Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string' && like(one));
const isForRoles = (key: string): key is keyof RoleSettings => (roleSettings as readonly string[]).includes(key);

type Say = (path: Path, sentence: string) => void;

/** `named`: also those that are wrong, so that nobody is told twice. `say` has each fault, with its path below "groups". */
export function readGroups(given: unknown = {}, say: Say): { readonly groups: Groups; readonly named: readonly string[] } {
  const groups = new Map<string, readonly string[]>();
  if (!isObject(given)) {
    say([], '"groups" must be an object of lists of computer names: {"icu": ["icu-*"]}.');
    return { groups, named: [] };
  }
  for (const [name, globs] of Object.entries(given)) {
    const fits = groupPattern.test(name);
    if (!fits) say([name], `The group "${name}" must have a name of lower-case letters, digits and -.`);
    else if (!isListOf(globs, (glob) => globPattern.test(glob))) say([name], `The group "${name}" must be a list of computer names, in which * and ? stand for any: ["icu-*"].`);
    else groups.set(name, globs);
  }
  return { groups, named: Object.keys(given) };
}

type From = { readonly source: string /** Of all sources. */; readonly groups: readonly string[]; readonly lineOf: (path: Path) => number | null };

/** What is right is still taken. `say` has each fault, with its path below "rules". */
export function readRules(given: unknown = [], from: From, say: Say): readonly Rule[] {
  if (!Array.isArray(given)) {
    say([], '"rules" must be a list: [{"roles": ["nurse"], "stations": ["@icu"], "set": {…}}].');
    return [];
  }
  return given.map((one: unknown, i) => readRule(one, i, from, (path, sentence) => say([i, ...path], `Rule ${i + 1}: ${sentence}`)));
}

function readRule(given: unknown, index: number, { source, groups, lineOf }: From, say: Say): Rule {
  const set = new Map<Key, unknown>();
  const lines = new Map<Key, number | null>();
  const rule = { source, number: index + 1, line: lineOf(['rules', index]), lines, roles: null, stations: null, set };
  if (!isObject(given)) {
    say([], 'it must be an object: {"roles": ["nurse"], "stations": ["@icu"], "set": {…}}.');
    return rule;
  }
  for (const key of Object.keys(given)) if (!['roles', 'stations', 'set'].includes(key)) say([key], `"${key}" has no place here: it has "roles", "stations" and "set".`);
  const { roles, stations, set: settings } = given;
  const rolesFit = roles === undefined || isListOf(roles, (role) => rolePattern.test(role));
  if (!rolesFit) say(['roles'], '"roles" must be a list of roles in lower-case letters, digits and -; without it the rule holds for everybody.');
  const stationsFit = stations === undefined || isListOf(stations, (glob) => globPattern.test(glob.replace(/^@/, '')));
  if (!stationsFit) say(['stations'], '"stations" must be a list of computer names, in which * and ? stand for any, or of groups: ["@icu", "pc-0441"].');
  else
    for (const [i, glob] of (stations ?? []).entries()) {
      if (glob.startsWith('@') && !groups.includes(glob.slice(1))) say(['stations', i], `there is no group "${glob.slice(1)}": name it in "groups".`);
    }
  if (!isObject(settings) || Object.keys(settings).length === 0) say(['set'], '"set" must be an object of one or more settings.');
  else {
    for (const [key, value] of Object.entries(settings)) {
      const fault = settingFault(key, value, (k, taken) => {
        if (roles === undefined || isForRoles(k)) {
          set.set(k, taken);
          lines.set(k, lineOf(['rules', index, 'set', k]));
        } else say(['set', key], `"${key}" cannot be set for a role: take "roles" out of the rule, and it holds for the station.`);
      });
      if (fault !== null) say(['set', key], fault);
    }
  }
  return { ...rule, roles: rolesFit ? (roles ?? null) : [], stations: stationsFit ? (stations ?? null) : [] };
}

/** Whether the rule speaks of this computer; case does not matter. */
export const holdsOn = ({ stations }: Rule, groups: Groups, computer: string): boolean =>
  stations === null || stations.some((station) => (station.startsWith('@') ? (groups.get(station.slice(1)) ?? []) : [station]).some((glob) => globMatches(glob, computer)));

/** In steps of both lengths at most: a pattern with many stars must not hold the station up, as it would a regular expression. */
function globMatches(glob: string, name: string): boolean {
  const [pattern, text] = [glob.toLowerCase(), name.toLowerCase()];
  let at = 0;
  let star: { readonly pattern: number; readonly text: number } | null = null;
  for (let i = 0; i < text.length; ) {
    if (pattern[at] === '*') star = { pattern: at++, text: i };
    else if (pattern[at] === '?' || pattern[at] === text[i]) {
      at++;
      i++;
    } else if (star === null) return false;
    else {
      // The last star takes one more.
      star = { pattern: star.pattern, text: star.text + 1 };
      at = star.pattern + 1;
      i = star.text;
    }
  }
  return /^\**$/.test(pattern.slice(at));
}

export type Resolved = {
  readonly policy: Policy;
  /** The rule that decides a setting for this role (null: for somebody without one); null: none does. */
  readonly ruleFor: (key: Key, role: Role | null) => Rule | null;
};

/** Of all rules that speak of this computer and role, the last one that names a setting decides it. */
export function resolve(base: Policy, { rules, groups }: Rules, computer: string): Resolved {
  const station = new Map<Key, Rule>();
  const roles = new Map<Role, Map<Key, Rule>>();
  for (const rule of rules.filter((each) => holdsOn(each, groups, computer))) {
    for (const key of rule.set.keys()) {
      if (rule.roles === null) {
        station.set(key, rule);
        for (const own of roles.values()) own.delete(key);
      }
      for (const role of rule.roles ?? []) roles.set(role, (roles.get(role) ?? new Map<Key, Rule>()).set(key, rule));
    }
  }
  const valuesOf = (from: ReadonlyMap<Key, Rule>): Partial<Policy> => Object.fromEntries([...from].map(([key, rule]) => [key, rule.set.get(key)]));
  const policy: Policy = { ...base, ...valuesOf(station), roles: Object.fromEntries([...roles].filter(([, own]) => own.size > 0).map(([role, own]) => [role, valuesOf(own)])) };
  return { policy, ruleFor: (key, role) => (role === null ? undefined : roles.get(role)?.get(key)) ?? station.get(key) ?? null };
}
