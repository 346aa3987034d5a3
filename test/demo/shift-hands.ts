/** A stage comes in: a station with its cards; what hands do there, what they see, and how long they wait goes out, for the scenes of a shift. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Entry } from '../../core/entry.ts';
import { defaultPolicy } from '../../core/policy.ts';
import type { View } from '../../core/view.ts';
import type { Shift } from './shift.ts';
import type { Cards, Who } from './shift-cast.ts';

export type Stage = {
  readonly shift: Shift;
  readonly cards: Cards;
  readonly ids: Map<string, string>;
  /** The last welcome: until when a tap alone suffices from then on, in ms; and what it was weaker than a badge by. */
  readonly welcomed: () => { readonly left: number | null; readonly weak: string | null };
  /** When Sam last proved herself with two factors, by performance.now(). */
  provedAt: number;
};
type Tapped = Parameters<Shift['tap']>[0];
export const shows = (kind: View['screen']['kind']) => (v: View) => v.screen.kind === kind;
export const isOpenFor =
  ({ given }: Who) =>
  (v: View) =>
    v.screen.kind === 'open' && v.screen.person.given === given;
export const asksPin =
  ({ given }: Who) =>
  (v: View) =>
    v.screen.kind === 'pin' && v.screen.person.given === given && v.screen.checkingSince === null;
export const atStep = (step: string) => (v: View) => v.screen.kind === 'form' && v.screen.step === step && v.screen.checkingSince === null;

export const tapForPin = ({ shift }: Stage, card: Tapped, who: Who): Promise<void> => shift.tap(card, `the PIN of ${who.given}`, asksPin(who));
export async function enterPin({ shift: { face } }: Stage, who: Who, pin = who.pin): Promise<void> {
  face.type(pin);
  await face.until(`${who.given}’s open desktop`, isOpenFor(who));
}
export const byTapAlone = ({ shift }: Stage, card: Tapped, who: Who): Promise<void> => shift.tap(card, `${who.given}’s open desktop, without a PIN`, isOpenFor(who));
export async function typeSteps({ shift: { face } }: Stage, ...steps: readonly (readonly [step: string, digits: string])[]): Promise<number> {
  for (const [step, digits] of steps) {
    await face.until(`the form at ${step}`, atStep(step));
    face.type(digits);
  }
  return steps.reduce((n, [, digits]) => n + digits.length, 0);
}
/** Somebody is at her work: the station hears of it. */
export async function works<T>({ shift: { face } }: Stage, meanwhile: Promise<T>): Promise<T> {
  const hands = setInterval(() => face.do('pointer'), 400);
  try {
    return await meanwhile;
  } finally {
    clearInterval(hands);
  }
}
export const beyondKeep = (stage: Stage): Promise<void> => works(stage, sleep(defaultPolicy.keepAfterOpen + 200));
/** As `tapward code issue` prints it. */
export async function codeFor({ shift, ids }: Stage, who: Who, purpose: string): Promise<string> {
  const said = await shift.command(['code', 'issue', '--for', purpose, '--checked', 'staff card with photo', ids.get(who.given) ?? '']);
  return (/^Code: ([\d ]+)$/m.exec(said)?.[1] ?? '').replaceAll(' ', '');
}
export const lastPermit = ({ shift }: Stage): Extract<Entry, { kind: 'permit' }> | undefined => shift.entries().findLast((entry) => entry.kind === 'permit');
export function mustBe(what: string, is: unknown, expected: unknown): void {
  if (is !== expected) throw new Error(`${what}: ${String(is)} instead of ${String(expected)}`);
}
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(0)} s`;
export const sessionOf = ({ screen }: View): string | null => (screen.kind === 'open' ? screen.session : null);
