/** A resolved policy, a role and badges come in; what a tap of each would come to now, and which rule each setting comes from, go out as plain values for `policy explain`. */
import { isAtLeast, passwordBesideKey, reach } from '../../core/assurance.ts';
import { defaultPolicy, forRole, inForce, type Policy } from '../../core/policy.ts';
import type { Grade, Millis, Reached, Role } from '../../core/types.ts';
import { windowLasts } from '../../core/window.ts';
import { isStale } from '../enrolment.ts';
import type { BadgeAccount } from '../proofs/account.ts';
import { type Key, keys } from './fields.ts';
import type { Resolved, Rule } from './rules.ts';

type Live = { readonly tap: Millis; readonly left: Millis };
export type BadgeOutlook =
  | { readonly kind: 'nothing'; readonly badge: string; readonly grade: Grade; readonly why: 'revoked' | 'tooWeak' | 'expired' | 'stale' | 'spareOver' }
  | {
      readonly kind: 'opens';
      readonly badge: string;
      readonly grade: Grade;
      /** What is asked beside it now; `none`: her live window is enough. */
      readonly asked: 'pin' | 'none';
      /** What this tap reaches now. */
      readonly reached: Reached;
      /** How long taps alone suffice after a full factor; 0: never. `alone`: what such a tap reaches. */
      readonly window: Millis;
      readonly alone: Reached;
      /** Of the live one: for how long a tap alone still opens, and until it is forgotten; null: there is none, or nobody could say. */
      readonly live: Live | null;
    };
/** `from`: null: what the station knows of itself. */
export type Deviation = { readonly key: Key; readonly value: unknown; readonly standard: unknown; readonly from: Rule | null };
export type Explanation = {
  readonly policy: Policy;
  readonly badges: readonly BadgeOutlook[];
  readonly deviations: readonly Deviation[] /** null: everything that opens here reaches AAL2. */;
  readonly belowAal2: string | null;
};

export type ExplanationParts = {
  readonly resolved: Resolved;
  readonly role: Role | null;
  readonly badges: readonly BadgeAccount[];
  /** Her live windows, by badge. */
  readonly live: ReadonlyMap<string, Live>;
  /** Unix milliseconds. */
  readonly wall: number;
};

export function explain({ resolved, role, badges, live, wall }: ExplanationParts): Explanation {
  const policy = forRole(inForce(resolved.policy, wall), role);
  const outlooks = badges.map((badge) => outlook(badge, policy, live.get(badge.id) ?? null, wall));
  return { policy, badges: outlooks, deviations: deviations(resolved, role), belowAal2: belowAal2(policy, outlooks) };
}

function outlook(account: BadgeAccount, policy: Policy, live: Live | null, wall: number): BadgeOutlook {
  const grade = account.proves.kind;
  const about = { badge: account.id, grade };
  const nothing = (why: Extract<BadgeOutlook, { kind: 'nothing' }>['why']): BadgeOutlook => ({ kind: 'nothing', ...about, why });
  if (account.revoked) return nothing('revoked');
  if (account.spareUntil !== null && wall >= account.spareUntil) return nothing('spareOver');
  if (!isAtLeast(grade, policy.leastGrade)) return nothing('tooWeak');
  if (account.proves.kind === 'piv' && wall > account.proves.expires) return nothing('expired');
  if (policy.staleBadges === 'retire' && isStale(account, policy, wall)) return nothing('stale');
  // A lent badge opens nothing by itself.
  const window = account.spareUntil === null ? windowLasts(grade, policy) : 0;
  const alone = reach({ badge: grade, pinDigits: null, verified: false });
  const suffices = live !== null && live.tap > 0 && window > 0;
  return {
    kind: 'opens',
    ...about,
    asked: suffices ? 'none' : 'pin',
    reached: suffices ? alone : reach({ badge: grade, pinDigits: policy.pinLength, verified: false }),
    window,
    alone,
    live,
  };
}

function deviations({ policy, ruleFor }: Resolved, role: Role | null): readonly Deviation[] {
  const own = forRole(policy, role);
  return keys().flatMap((key) => {
    const value = own[key];
    const standard = defaultPolicy[key];
    if (JSON.stringify(value) === JSON.stringify(standard)) return [];
    return [{ key, value, standard, from: ruleFor(key, role) }];
  });
}

/** One sentence, or null. */
function belowAal2(policy: Policy, outlooks: readonly BadgeOutlook[]): string | null {
  const opens = outlooks.filter((each) => each.kind === 'opens');
  const parts = [
    opens.some(({ grade }) => grade === 'uid') && 'badges that prove nothing',
    policy.pinLength < passwordBesideKey && opens.some(({ grade }) => grade !== 'uid') && `a PIN of ${policy.pinLength} digits, where ${passwordBesideKey} are asked for`,
    opens.some(({ window }) => window > 0) && 'taps alone inside a window',
    policy.shiftCodes === 'on' && 'codes of the help desk',
    policy.vouching === 'on' && 'spare badges on a colleague’s word',
    policy.emergency === 'on' && 'emergency access',
  ].filter((part) => part !== false);
  return parts.length === 0 ? null : `Here the policy goes below AAL2 of SP 800-63B-4 with ${inOneLine(parts)}.`;
}

const inOneLine = (parts: readonly string[]): string => (parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1) ?? ''}`);
