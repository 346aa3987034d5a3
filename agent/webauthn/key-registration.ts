/** A person comes in whose work is open; she confirms with her PIN and touches a new key at the screen, twice, and the badge it became goes out, or one sentence why not. */
import { randomBytes } from 'node:crypto';
import type { Ask, AskRefusal, AttemptId, Language, SubscriberId } from '../../core/types.ts';
import type { Asks } from '../effects.ts';
import type { NewBadge } from '../enrolment.ts';
import type { Queue } from '../queue.ts';
import type { FaceKeys } from './face-keys.ts';

export type RegistrationStep = 'pin' | 'touch' | 'again';
export type Registration<Kept> = {
  readonly outcome: Promise<{ readonly kind: 'kept'; readonly kept: Kept } | { readonly kind: 'refused'; readonly why: string }>;
  /** Nobody waits for it any more. */
  readonly stop: () => void;
};
/** `keep` stores the badge, and says whether it did. */
export type Registrar = <Kept>(
  person: SubscriberId,
  told: (step: RegistrationStep) => void,
  keep: (badge: NewBadge) => { readonly stored: boolean; readonly kept: Kept },
) => Registration<Kept>;
export type RegistrarParts = {
  readonly queue: Pick<Queue, 'dispatch' | 'state'>;
  readonly keys: Pick<FaceKeys, 'register'>;
  readonly nextAttempt: () => AttemptId;
  readonly ownAsks: OwnAsks;
};

/** Questions that this agent puts itself; everybody else's pass through. */
export type OwnAsks = { readonly asks: Asks; readonly put: (ask: Ask, dispatch: (ask: Ask) => void) => Promise<'confirmed' | AskRefusal> };

export function createOwnAsks(others: Asks): OwnAsks {
  const open = new Map<string, (answer: 'confirmed' | AskRefusal) => void>();
  const take = ({ id }: Ask, answer: 'confirmed' | AskRefusal): boolean => {
    const settle = open.get(id);
    open.delete(id);
    settle?.(answer);
    return settle !== undefined;
  };
  return {
    asks: {
      confirm: (ask, factors, reached) => void (take(ask, 'confirmed') || others.confirm(ask, factors, reached)),
      decline: (ask, because) => void (take(ask, because) || others.decline(ask, because)),
    },
    put: (ask, dispatch) =>
      new Promise((resolve) => {
        open.set(ask.id, resolve);
        dispatch(ask);
      }),
  };
}

const act: Readonly<Record<Language, string>> = { en: 'Add a security key', es: 'Añadir una llave de seguridad' };
const signInFirst = 'Have her tap her badge and sign in at this station first, then run the command again: a second key needs the first.';
const asked: Readonly<Record<AskRefusal, string>> = {
  locked: signInFirst,
  busy: 'Somebody else is at the screen: run the command again in a moment.',
  declined: 'She declined at the screen: nothing was added.',
  timedOut: 'No PIN came in time: run the command again with her at the screen.',
  wrongPin: 'The PIN was wrong: nothing was added.',
  tooWeak: 'What she showed was not enough: nothing was added.',
};

/** One registration at a time: while one is on, the screen is not free for another. */
export function createRegistrar({ queue, keys, nextAttempt, ownAsks }: RegistrarParts): Registrar {
  return (person, told, keep) => {
    const attempt = nextAttempt();
    let stopped = false;
    const over = (): void => queue.dispatch({ kind: 'enrolKey', attempt, subscriber: person, step: 'over' });
    const refused = (why: string) => ({ kind: 'refused', why }) as const;

    const run = async () => {
      const { desk } = queue.state();
      if (desk.kind !== 'open' || desk.subscriber.id !== person) return refused(signInFirst);
      told('pin');
      // SP 800-63B-4 §4.1.2.1: whoever binds one more authenticator proves herself with one that she has.
      const ask: Ask = { id: randomBytes(16).toString('hex'), subscriber: person, app: 'Tapward', act: act[desk.subscriber.language ?? 'en'] };
      const answer = await ownAsks.put(ask, (put) => queue.dispatch({ kind: 'stepUp', attempt: nextAttempt(), ask: put }));
      if (answer !== 'confirmed') return refused(asked[answer]);
      if (stopped) return refused(asked.declined);
      queue.dispatch({ kind: 'enrolKey', attempt, subscriber: person, step: 'touch' });
      if (!holds('touch')) return refused(asked.busy);
      told('touch');
      const came = await keys.register(attempt, person, () => {
        queue.dispatch({ kind: 'enrolKey', attempt, subscriber: person, step: 'again' });
        if (!holds('again')) return false;
        told('again');
        return true;
      });
      // Her session may have closed, or another badge have come, since the key was touched.
      if (came.kind === 'refused' || !holds('again')) return refused(came.kind === 'refused' ? came.why : asked.declined);
      const { stored, kept } = keep(came.badge);
      if (stored) queue.dispatch({ kind: 'enrolKey', attempt, subscriber: person, step: 'done' });
      return { kind: 'kept', kept } as const;
    };
    const holds = (step: 'touch' | 'again'): boolean => {
      const { claim } = queue.state();
      return claim.kind === 'enrolKey' && claim.attempt === attempt && claim.step === step;
    };
    return {
      outcome: run().finally(over),
      stop: () => {
        stopped = true;
        over();
      },
    };
  };
}
