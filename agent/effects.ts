/** One Effect comes in, the part of the world it names is asked; answers go back to the queue as Events. */
import type { Entry } from '../core/entry.ts';
import type { SessionController, Verifier } from '../core/ports.ts';
import type { Ask, AskRefusal, AttemptId, Effect, Factor, KeyAnswer, Outcome, Presentation, Reached, StepAnswer, SubscriberId } from '../core/types.ts';
import type { Faces } from './faces.ts';
import type { KeyVerifier } from './key-verifier.ts';
import type { FixedPinBuffer } from './pin-buffer.ts';
import { Broken, type Queue } from './queue.ts';

/** Security keys at the face (WebAuthn). `ask` never rejects for what a key or a page does, only where the store does not hold: it answers `none` or `unproved`. */
export type SecurityKeys = {
  readonly ask: (attempt: AttemptId, subscriber: SubscriberId | null) => Promise<KeyAnswer>;
  /** The ceremony of this attempt is over: its challenge is worth nothing more. */
  readonly end: (attempt: AttemptId) => void;
};
export const noKeys: SecurityKeys = { ask: async () => ({ kind: 'none' }), end: () => undefined };

/** Applications that asked for a fresh proof get their answer here. */
export type Asks = {
  readonly confirm: (ask: Ask, factors: readonly Factor[], reached: Reached) => void;
  readonly decline: (ask: Ask, because: AskRefusal) => void;
};
export const noAsks: Asks = { confirm: () => undefined, decline: () => undefined };

/** What is typed step by step is judged here; the digits stand in the PIN buffer. `answer` never rejects for what somebody typed. */
export type Forms = {
  readonly answer: (asked: AskedStep) => Promise<StepAnswer>;
  /** Whatever was kept for it is overwritten. */
  readonly end: (attempt: AttemptId) => void;
};
export type AskedStep = Extract<Effect, { kind: 'answerStep' }>;
export const noForms: Forms = { answer: async () => ({ kind: 'refused', because: 'unreachable' }), end: () => undefined };

export type World = {
  /** Durable when it returns; throws where it could not be made so. */
  readonly record: (entry: Entry) => void;
  /** null where the store could not be opened: the station is degraded from its first event on. */
  readonly verifier: Verifier | null;
  /** null: as above, or no way to speak to cards. */
  readonly keyVerifier: KeyVerifier | null;
  readonly sessions: SessionController;
  readonly pin: FixedPinBuffer;
  readonly faces: Faces;
  readonly securityKeys: SecurityKeys;
  readonly asks: Asks;
  readonly forms: Forms;
  readonly addBadge: (presentation: Presentation) => void;
};

const unanswered: Outcome = { kind: 'failed', code: 'unconfirmed', screen: 'unknown' };

export function perform(effect: Effect, world: World, queue: () => Queue): void {
  const { pin, sessions } = world;
  switch (effect.kind) {
    case 'record':
      try {
        world.record(effect.entry);
      } catch (why) {
        throw new Broken('ledgerUnwritable', why);
      }
      return;
    case 'takeDigit':
      return pin.take();
    case 'eraseDigit':
      return pin.erase();
    case 'wipePin':
      return pin.wipe();
    case 'verify': {
      const { attempt, subscriber, grade } = effect;
      if (world.verifier === null) throw new Broken('storeDamaged', 'no store is open');
      world.verifier.verify(subscriber, pin, grade).then((verdict) => queue().dispatch({ kind: 'verdict', attempt, subscriber, verdict }), queue().crash);
      return;
    }
    case 'verifyKey': {
      const { attempt, subscriber, badge } = effect;
      if (world.keyVerifier === null) throw new Broken('storeDamaged', 'no store is open');
      world.keyVerifier.verify(subscriber, badge, pin).then((verdict) => queue().dispatch({ kind: 'verdict', attempt, subscriber, verdict }), queue().crash);
      return;
    }
    case 'open':
      sessions.open(effect.grant).then(
        (outcome) => queue().dispatch({ kind: 'opened', grant: effect.grant.id, outcome }),
        (why: unknown) => {
          queue().dispatch({ kind: 'opened', grant: effect.grant.id, outcome: unanswered });
          queue().crash(why);
        },
      );
      return;
    case 'lock':
      sessions.lock(effect.why, effect.escalate).then(
        (outcome) => queue().dispatch({ kind: 'locked', outcome }),
        (why: unknown) => {
          queue().dispatch({ kind: 'locked', outcome: unanswered });
          queue().crash(why);
        },
      );
      return;
    case 'askKey': {
      const { attempt, subscriber } = effect;
      world.securityKeys.ask(attempt, subscriber).then((answer) => queue().dispatch({ kind: 'keyCame', attempt, answer }), queue().crash);
      return;
    }
    case 'endKey':
      return world.securityKeys.end(effect.attempt);
    case 'confirm':
      return world.asks.confirm(effect.ask, effect.factors, effect.reached);
    case 'decline':
      return world.asks.decline(effect.ask, effect.because);
    case 'answerStep': {
      const { attempt, step } = effect;
      world.forms.answer(effect).then((answer) => queue().dispatch({ kind: 'stepAnswered', attempt, step, answer }), queue().crash);
      return;
    }
    case 'endForm':
      return world.forms.end(effect.attempt);
    case 'warnParked':
      return sessions.warn?.(effect.session);
    case 'signOut':
      // The snapshot without it is the answer; a failure is asked for again by the core.
      sessions.signOut(effect.session).then(() => undefined, queue().crash);
      return;
    case 'addBadge':
      return world.addBadge(effect.presentation);
    case 'cue':
      return world.faces.send({ kind: 'cue', tone: effect.tone });
    default:
      return effect satisfies never;
  }
}
