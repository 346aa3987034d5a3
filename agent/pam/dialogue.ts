/** A display manager that asks for somebody and what the core is doing come in; the PIN dialogue goes out, and each digit goes to the core as a gesture and nowhere else. */
import type { Gesture } from '../../core/bridge.ts';
import type { AttemptId, Language, Millis, State, SubscriberId } from '../../core/types.ts';
import type { Visitor } from './door.ts';
import { notices, type Told, wordsFor } from './words.ts';

export type DialogueParts = {
  readonly state: () => State;
  /** Called after each change of it, until the returned function is called. */
  readonly changes: (listener: () => void) => () => void;
  readonly gesture: (gesture: Gesture) => void;
  /** Digits of a station PIN. */
  readonly pinLength: () => number;
  /** Station time. */
  readonly now: () => Millis;
  /** Of a station whose person is not known yet. */
  readonly language: () => Language;
  readonly phone: () => string;
};

/** A line of native/linux/answer.h whose words are shown; without any where none can be. */
export function lineOf(answer: string, told: Told, { state, language, phone }: DialogueParts): string {
  const { claim } = state();
  const own = 'tap' in claim ? (claim.tap?.subscriber.language ?? null) : null;
  return `${answer} ${wordsFor(told, own ?? language(), phone())}`.trimEnd();
}

/** Why a tap of hers, or whatever was held to the reader, leads to no PIN now; null: nothing is said of it. */
export function refusalOf(who: SubscriberId, { state, now }: DialogueParts): Told | null {
  const { claim } = state();
  if (claim.kind === 'wait' && claim.tap.subscriber.id === who) return { kind: 'wait', ms: claim.until - now() };
  const notice = claim.kind === 'notice' ? notices.find((one) => one === claim.notice) : undefined;
  return notice === undefined ? null : { kind: 'notice', notice };
}

/** What the core asks of this person at this moment. */
type Asked = { readonly attempt: AttemptId; readonly digits: number; readonly isKeys: boolean };
const askedOf = (who: SubscriberId, { state, pinLength }: DialogueParts): Asked | null => {
  const { claim } = state();
  // A PIN that an application asked for opens nothing.
  if (claim.kind !== 'pin' || claim.ask !== null || claim.tap.subscriber.id !== who) return null;
  return { attempt: claim.tap.attempt, digits: claim.tap.keyPin ?? pinLength(), isKeys: claim.tap.keyPin !== null };
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
  const tell = (answer: string, told: Told): void => visitor.say(lineOf(answer, told, parts));
  const ask = ({ digits, isKeys }: Asked): void => {
    step = 'typing';
    typed = 0;
    tell(`PIN ${digits}`, { kind: 'pin', digits, isKeys });
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
    const remark = claim.kind === 'pin' ? claim.remark : null;
    if (asked !== null && remark?.kind === 'wrong') {
      tell(`WRONG ${Math.min(99, remark.left)}`, remark);
      return ask(asked);
    }
    if (asked !== null && (remark?.kind === 'keyGone' || remark?.kind === 'keyRests')) {
      tell('SAY', remark);
      return ask(asked);
    }
    const why = refusalOf(who, parts);
    if (why !== null) tell('SAY', why);
    end('NO');
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
  tell('SAY', { kind: 'otherWay' });
  ask(first);
  return true;
}
