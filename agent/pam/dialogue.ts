/** A display manager that asks for somebody and what the core is doing come in; the PIN dialogue goes out, and each digit goes to the core as a gesture and nowhere else. */
import type { Gesture } from '../../core/bridge.ts';
import type { AttemptId, State, SubscriberId } from '../../core/types.ts';
import type { Visitor } from './door.ts';

export type DialogueParts = {
  readonly state: () => State;
  /** Called after each change of it, until the returned function is called. */
  readonly changes: (listener: () => void) => () => void;
  readonly gesture: (gesture: Gesture) => void;
  /** Digits of a station PIN. */
  readonly pinLength: () => number;
};

/** What the core asks of this person at this moment. */
type Asked = { readonly attempt: AttemptId; readonly digits: number };
const askedOf = (who: SubscriberId, { state, pinLength }: DialogueParts): Asked | null => {
  const { claim } = state();
  // A PIN that an application asked for opens nothing.
  if (claim.kind !== 'pin' || claim.ask !== null || claim.tap.subscriber.id !== who) return null;
  return { attempt: claim.tap.attempt, digits: claim.tap.keyPin ?? pinLength() };
};

/** Whether what she typed is still on its way to a grant. */
function isUnderWay(who: SubscriberId, attempt: AttemptId, { claim, desk }: State): boolean {
  if ((claim.kind === 'verifying' || claim.kind === 'ready') && claim.tap.attempt === attempt) return true;
  return desk.kind === 'opening' && desk.grant.subscriber === who && desk.tap.attempt === attempt;
}

/** Asks for her PIN if she has tapped: true, and the visitor is told every end but a good one, which is whoever's who redeems the grant. false: nothing is asked of her. */
export function converse(visitor: Visitor, who: SubscriberId, parts: DialogueParts): boolean {
  const first = askedOf(who, parts);
  if (first === null) return false;
  const { attempt } = first;
  /** `typing`: her digits are awaited; `sent`: all have come. */
  let step: 'typing' | 'sent' = 'typing';
  let typed = 0;
  let over = false;
  const end = (answer: string): void => {
    over = true;
    leave();
    visitor.end(answer);
  };
  const ask = (digits: number): void => {
    step = 'typing';
    typed = 0;
    visitor.say(`PIN ${digits}`);
  };
  /** Still this tap's: another person's may have come meanwhile, and digits must not reach her pad. */
  const stillAsked = (): Asked | null => {
    const asked = askedOf(who, parts);
    return asked?.attempt === attempt ? asked : null;
  };
  const look = (): void => {
    if (over) return;
    const asked = stillAsked();
    if (step === 'typing') return asked === null ? end('NO') : undefined;
    if (isUnderWay(who, attempt, parts.state())) return;
    const { claim } = parts.state();
    if (asked === null || claim.kind !== 'pin' || claim.remark?.kind !== 'wrong') return end('NO');
    visitor.say(`WRONG ${Math.min(99, claim.remark.left)}`);
    ask(asked.digits);
  };
  const leave = parts.changes(look);
  visitor.gone(() => {
    over = true;
    leave();
  });
  visitor.hear((byte) => {
    if (over || step !== 'typing') return;
    const asked = stillAsked();
    if (asked === null) return end('NO');
    const digit = byte - 0x30;
    if (digit < 0 || digit > 9) {
      // She wants her password instead.
      parts.gesture({ kind: 'cancel' });
      return end('NO');
    }
    // What a face has begun is not continued here.
    if (typed === 0) parts.gesture({ kind: 'clear' });
    typed++;
    if (typed === asked.digits) step = 'sent';
    parts.gesture({ kind: 'digit', digit });
  });
  ask(first.digits);
  return true;
}
