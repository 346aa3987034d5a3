/** Nothing comes in: what a picture of a screen consists of, and one with nothing on it, go out. */
import type { Lesson, Millis } from '../core/types.ts';
import type { HelpView, PersonView, Screen } from '../core/view.ts';
import type { Say } from './words/words.ts';

/** Screens that stand in another's section. */
type Borrowed = 'addedDemo' | 'confirm' | 'keyPin' | 'form' | 'keyBlocked' | 'badgeTaken' | 'codeWait' | 'notAllowed' | 'limit' | 'noEmergency';
export type Section = Exclude<Screen['kind'], Borrowed> | 'colleague' | 'reason' | 'turnedAway' | 'help' | 'lost';
export type Tone = 'plain' | 'info' | 'ok' | 'warning' | 'refused';
export type TrailStep = 'done' | 'now' | 'next';
/** By its `data-part` in the document. */
export type Part =
  | 'spinner'
  | 'otherWay'
  | 'addBadge'
  | 'useKey'
  | 'usePin'
  | 'cancel'
  | 'enterCode'
  | 'newPin'
  | 'vouch'
  | 'keepWorking'
  | 'changePin'
  | 'practise'
  | 'clean'
  | 'next'
  | 'finish'
  | Exclude<Lesson, 'pin' | 'wrongPin'>;

export type Picture = {
  readonly section: Section;
  /** Where one section is used for one step after the other: which. A new one is announced like a new screen. */
  readonly step: string | null;
  readonly tone: Tone;
  readonly heading: Say;
  readonly line: Say | null;
  /** Stands in the line's place where something must be put right. */
  readonly remark: Say | null;
  /** Stands below whichever of them. */
  readonly note: Say | null;
  /** Parts of the section that stand only sometimes. */
  readonly parts: readonly Part[];
  readonly dots: { readonly filled: number; readonly of: number } | null;
  /** The pad takes nothing: what was typed is being checked. */
  readonly still: boolean;
  /** Badge, PIN and desktop of an unlock; PIN, touch and end of a key's registration. */
  readonly trail: readonly [TrailStep, TrailStep, TrailStep] | null;
  /** Of something done in steps. `bar`: long enough that how far it is matters more than what it is. */
  readonly progress: { readonly part: number; readonly parts: number; readonly looks: 'bar' | 'trail' } | null;
  readonly countdown: { readonly until: Millis; readonly seconds: number } | null;
  readonly people: { readonly from: string; readonly to: string } | null;
  readonly help: HelpView | null;
  /** Over open work: buttons that lock, or ask for help. */
  readonly lock: boolean;
  /** The way in for a patient in need. */
  readonly emergency: boolean;
  /** Stands above everything: an emergency session is open, or what is seen is made up. */
  readonly band: { readonly kind: 'emergency' | 'practice'; readonly words: Say } | null;
  /** Station time at which the same View looks different; null: never. */
  readonly changesAt: Millis | null;
};
/** What a station's words need beside a View. */
export type Place = {
  /** IT's. */
  readonly phone: string;
  /** What a clock on the wall shows at this station time. */
  readonly clock: (at: Millis) => string;
};

/** No spinner before this much waiting: most checks are over by then. */
export const spinnerAfter: Millis = 400;

export const nothing = {
  step: null,
  tone: 'plain',
  line: null,
  remark: null,
  note: null,
  parts: [],
  dots: null,
  still: false,
  trail: null,
  progress: null,
  countdown: null,
  people: null,
  help: null,
  lock: false,
  emergency: false,
  band: null,
  changesAt: null,
} as const;

/** First name and last initial, as a badge shows them. */
export const fullName = ({ given, initial }: PersonView): string => `${given} ${initial}.`;

export const secondsLeft = (until: Millis, now: Millis): number => Math.max(0, Math.ceil((until - now) / 1000));
export const nextSecond = (until: Millis, seconds: number): Millis | null => (seconds === 0 ? null : until - (seconds - 1) * 1000);
