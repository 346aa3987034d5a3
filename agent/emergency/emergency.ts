/** A station's folder and its durable parts come in; what keeps emergencies possible beside them goes out: the recorder, the form, and whether IT has set it all up. */
import type { Entry } from '../../core/entry.ts';
import type { Policy } from '../../core/policy.ts';
import type { Clock, PinBuffer, Verifier } from '../../core/ports.ts';
import type { Diagnose } from '../diagnostics.ts';
import { type Forms, noForms } from '../effects.ts';
import type { Tries } from '../forms/tries.ts';
import type { Notifier } from '../notify.ts';
import { type Durable, ledgerDir } from '../store/durable.ts';
import { digitsOf, publicPart } from '../store/person.ts';
import type { Store } from '../store/store.ts';
import { createEmergencyCode, type EmergencyCode } from './code.ts';
import { createEmergencyForm, type StaffNumbers } from './form.ts';
import { createRecorder, type EmergencyLedger, type Recorder } from './recorder.ts';
import { openReserve, type Reserve } from './reserve.ts';
import { takeOver } from './takeover.ts';

export type EmergencyPlace = {
  /** The station's folder: reserve, code and tries lie in it. */
  readonly dir: string;
  /** Whether there is a session or application context that IT set up for emergencies. */
  readonly hasSession: () => boolean;
};
export type EmergencyParts = {
  /** null: none; only the ledger counts and no button shows. */
  readonly place: EmergencyPlace | null;
  readonly durable: Pick<Durable, 'store' | 'ledger' | 'emergencyKey'>;
  /** The ledger, and who is told of what it took. */
  readonly ledger: EmergencyLedger | null;
  readonly notifier: Notifier;
  readonly clock: Clock;
  readonly policy: () => Policy;
  readonly pin: PinBuffer;
  /** As long as the store can be read, whatever else is broken. */
  readonly verifier: Verifier | null;
  readonly tries: Tries | null;
  readonly diagnose: Diagnose;
  /** Told of each entry that stands in the reserve alone. */
  readonly heard: (entry: Entry) => void;
};
export type Emergency = Disposable &
  Recorder & {
    readonly form: Forms;
    /** Whether everything IT has to set up is there: the session and the code. */
    readonly ready: () => boolean;
    /** What the last runs had to leave in the reserve is moved into the ledger; throws where that cannot be written. */
    readonly takeOver: () => void;
  };

const words = (why: unknown): string => (why instanceof Error ? `${why.name}: ${why.message}` : String(why));

export function createEmergency({ place, durable, ledger, notifier, clock, policy, pin, verifier, tries, diagnose, heard }: EmergencyParts): Emergency {
  const { store, emergencyKey: key } = durable;
  const reserve = place === null ? null : openedReserve(place, { key, clock, diagnose });
  const recorder = createRecorder({
    ledger,
    reserve,
    reserved: (entry, number) => {
      notifier.told(entry, number, 'reserve');
      heard(entry);
    },
    diagnose: (why) => diagnose('TW2103', words(why)),
  });
  const code: EmergencyCode | null = place === null ? null : createEmergencyCode({ dir: place.dir, key, clock, diagnose: (why) => diagnose('TW2105', words(why)) });
  const form =
    code === null
      ? noForms
      : createEmergencyForm({ pin, policy, verifier, people: store && numbersIn(store), tries, code: told(code, diagnose), diagnose: (why) => diagnose('TW2105', words(why)) });
  return {
    ...recorder,
    form,
    ready: () => place !== null && code !== null && code.ready() && place.hasSession(),
    takeOver: () => {
      if (place === null || reserve === null || durable.ledger === null) return;
      const taken = takeOver(reserve, durable.ledger, ledgerDir(place.dir));
      if (taken > 0) diagnose('TW2104', `${taken} of the reserve's entries are in the ledger now`);
    },
    [Symbol.dispose]: () => reserve?.[Symbol.dispose](),
  };
}

/** The policy in force on this station: emergency access is off where it was not set up, whatever the file says. */
export function withoutUnready(policy: () => Policy, ready: () => boolean): () => Policy {
  let last: { readonly given: Policy; readonly off: Policy } | null = null;
  return () => {
    const given = policy();
    if (given.emergency === 'off' || ready()) return given;
    if (last?.given !== given) last = { given, off: { ...given, emergency: 'off' } };
    return last.off;
  };
}

/** One set of forms of two: `emergency` has its own, which must not rest on what the others need. */
export const besideEmergency = (emergency: Forms, others: Forms): Forms => ({
  answer: (asked) => (asked.form === 'emergency' ? emergency : others).answer(asked),
  end: (attempt) => {
    emergency.end(attempt);
    others.end(attempt);
  },
});

/** IT should know that the envelope was opened. */
const told = (code: EmergencyCode, diagnose: Diagnose): EmergencyCode => ({
  ...code,
  check: async (pin) => {
    const verdict = await code.check(pin);
    if (verdict.kind === 'accepted') diagnose('TW2105', 'the sealed code was used: make a new one with `tapward emergency setup`');
    return verdict;
  },
});

const numbersIn = (store: Store): StaffNumbers => ({
  byNumber: (number) => {
    const found = store.findByNumber(digitsOf(number));
    return found === null || found.revoked ? null : publicPart(found);
  },
  numberOf: (subscriber) => store.subscriber(subscriber)?.number?.digits ?? null,
});

function openedReserve({ dir }: EmergencyPlace, { diagnose, ...place }: Pick<EmergencyParts, 'clock' | 'diagnose'> & { readonly key: Durable['emergencyKey'] }): Reserve | null {
  const opened = openReserve({ dir, ...place });
  if (opened.kind === 'open') return opened.reserve;
  diagnose('TW2104', opened.why);
  return null;
}
