/** Hook events for one person's work come in; what the session helper reports of them goes out: the kiosk controller's two ports to the shared desktop. */
import type { ContextId, HookEvent, RanHow } from '../../core/helper-link.ts';
import type { Millis } from '../../core/types.ts';

/** `away`: no helper is connected, or it left meanwhile. `late`: also when it did not answer. */
export type HookReport = { readonly how: RanHow | 'away' /** The file's name, where one file is to blame. */; readonly hook: string | null };

/** A helper that is there: `session` tells one desktop from the next, `shown` is whose work it says may still be seen. */
export type HelperHere = { readonly session: string; readonly shown: ContextId | null };

/** The session helper, as far as the controller needs it. */
export type Contexts = {
  /** Never rejects; answers within `within` milliseconds and one second. `signal`: what runs is no longer wanted. */
  readonly run: (event: HookEvent, context: ContextId, within: Millis, signal?: AbortSignal) => Promise<HookReport>;
  /** Told at each change, and at once where one is there already; null: none is, so nobody knows what the desktop shows. */
  readonly watch: (changed: (here: HelperHere | null) => void) => void;
  /** Told when somebody used keyboard or pointer in the session, a few times a second at most. */
  readonly hear: (used: (how: 'key' | 'pointer') => void) => void;
};

/** The face, as far as the controller needs it: in a kiosk it is what locks. */
export type Cover = {
  /** A face counts as covering every display. */
  readonly present: () => boolean;
  /** True once a face has said since this call that it covers; false when none has within these milliseconds. */
  readonly confirmed: (within: Millis) => Promise<boolean>;
};
