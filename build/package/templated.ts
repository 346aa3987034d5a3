/** The schema of settings comes in; what an administrative template has of it goes out: which settings, of which shape, and where in its tree. */
import type { Shape } from '../../agent/policy/field.ts';
import { fields, type Key, keys } from '../../agent/policy/fields.ts';
import { type Category, titles } from '../../agent/policy/titles.ts';

export type Templated = Key | 'rules' | 'groups';
/** What the template has: every setting that means something on Windows, and the rules. */
export const templated = (): readonly Templated[] => [...keys().filter((key) => fields[key].on === 'everywhere'), 'rules', 'groups'];
export const shapeOf = (key: Templated): Shape => (key === 'rules' || key === 'groups' ? { kind: 'json', none: [] } : fields[key].shape);
/** One that is on or off: Enabled and Disabled say it themselves. */
export const isSwitch = (shape: Shape): boolean => shape.kind === 'choice' && shape.values.length === 2 && ['off', 'on'].every((word) => shape.values.includes(word));
/** One that may be nothing at all: that is what Disabled means. */
export const mayBeNone = (shape: Shape): boolean => (shape.kind === 'text' && shape.none) || shape.kind === 'list' || shape.kind === 'json' || shape.kind === 'choices';
/** The rules stand in the tree's own folder, beside all of its categories. */
export function categoryOf(key: Templated): `Category_${Category}` | 'Tapward' {
  const { category } = titles[key];
  return category === null ? 'Tapward' : `Category_${category}`;
}

const namespace = 'http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions';
/** Of both kinds of file. */
export const schema = {
  xmlns: namespace,
  'xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance',
  'xmlns:xsd': 'http://www.w3.org/2001/XMLSchema',
  revision: '1.0',
  schemaVersion: '1.0',
} as const;
