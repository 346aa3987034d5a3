/** The policy before a change and the one after it come in; what holds for work that is open meanwhile goes out: a limit may become shorter under it, never longer. */
import { forRole, type Policy, type RoleSettings } from '../../core/policy.ts';
import type { Role } from '../../core/types.ts';

type Limits = Pick<RoleSettings, 'inactivity' | 'warning' | 'openOverall' | 'stayGrace' | 'badgeMode'>;

/** For as long as the work that was open at the change stays open; afterwards `after` holds as it is. Whether lifting the badge closes it stays as it was told at its beginning. */
export function underOpenWork(before: Policy, after: Policy): Policy {
  const ofRole = (role: Role | null): Limits => stricter(forRole(before, role), forRole(after, role));
  const roles = [...new Set([...Object.keys(before.roles), ...Object.keys(after.roles)])];
  return {
    ...after,
    ...ofRole(null),
    emergencyLasts: Math.min(before.emergencyLasts, after.emergencyLasts),
    roles: Object.fromEntries(roles.map((role) => [role, { ...after.roles[role], ...ofRole(role) }])),
  };
}

function stricter(before: Policy, after: Policy): Limits {
  // The warning belongs to the limit it warns of.
  const { inactivity, warning } = before.inactivity < after.inactivity ? before : after;
  return {
    inactivity,
    warning,
    badgeMode: before.badgeMode,
    openOverall: Math.min(before.openOverall, after.openOverall),
    stayGrace: Math.min(before.stayGrace, after.stayGrace),
  };
}
