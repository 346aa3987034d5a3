/** What a badge has proved, how long the PIN beside it is and whether a key verified its user come in; the assurance level of SP 800-63B-4 they reach together goes out. */
import type { Grade, Reached } from './types.ts';

/** Weakest first: what a policy that names a least grade compares by. */
export const grades = ['uid', 'aes', 'piv', 'fido'] as const satisfies readonly Grade[];
export const isAtLeast = (grade: Grade, least: Grade): boolean => grades.indexOf(grade) >= grades.indexOf(least);

/** A password that is only ever used beside another factor: at least 8 characters (SP 800-63B-4 §3.1.1.2). */
export const passwordBesideKey = 8;
/** A password that stands alone: at least 15 (same clause). */
export const passwordAlone = 15;

const levels = ['none', 'AAL1', 'AAL2'] as const satisfies readonly Reached[];
/** Whether what was shown is as much as somebody asked for; who asked for nothing gets it. */
export const isReached = (reached: Reached, least: Reached = 'none'): boolean => levels.indexOf(reached) >= levels.indexOf(least);

export type Presented = {
  /** null: no badge. */
  readonly badge: Grade | null;
  /** Digits of an accepted station PIN; null: none was asked. */
  readonly pinDigits: number | null;
  /** The key itself verified its user (UV: its own PIN or a biometric), so both factors are in one multi-factor authenticator (§3.1.7). */
  readonly verified: boolean;
};

/**
 * A station PIN is compared by a verifier, so it is a password (§3.1.1), not an activation secret (§3.2.10).
 * A grade of `uid` is an identifier that anybody can copy: possession rests on proof of possession of a secret (§3.2.1).
 */
export function reach({ badge, pinDigits, verified }: Presented): Reached {
  // §3.1.7: a multi-factor cryptographic authenticator that was unlocked by its activation secret is AAL2 alone. Only `fido` says that of itself, under its signature.
  if (badge === 'fido' && verified) return 'AAL2';
  const provesKey = provesPossession(badge);
  // §2.2.1: AAL2 is two distinct factors, here something held (single-factor cryptographic, §3.1.6) and something known.
  if (provesKey && pinDigits !== null && pinDigits >= passwordBesideKey) return 'AAL2';
  // §2.1.1: AAL1 is any one permitted authenticator.
  if (provesKey || (pinDigits !== null && pinDigits >= passwordAlone)) return 'AAL1';
  return 'none';
}

export function provesPossession(badge: Grade | null): boolean {
  switch (badge) {
    case 'aes':
    case 'piv':
    case 'fido':
      return true;
    case 'uid':
    case null:
      return false;
    default:
      return badge satisfies never;
  }
}
