/** Nothing comes in: what an evaluation sets before its policy file's own word goes out, so that everything can be tried. */
import type { Policy } from '../../core/policy.ts';

export const evaluationDefaults = {
  securityKeys: 'on',
  emergency: 'on',
  emergencyClaims: 'on',
  addBadge: 'demo',
  shiftCodes: 'on',
  vouching: 'on',
} as const satisfies Partial<Policy>;
