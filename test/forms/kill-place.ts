/** Nothing comes in; the policy and the wrong code that a victim and its judge share go out. */
import { defaultPolicy, type Policy } from '../../core/policy.ts';

export const policy: Policy = { ...defaultPolicy, shiftCodes: 'on', addBadge: 'code' };
export const wrongCode = '00000000';
