/** A View and the station time come in; what each part of the screen shows goes out, still without a word and without the document. */
import type { Millis } from '../core/types.ts';
import type { HelpView, PersonView, Screen, View } from '../core/view.ts';
import type { Say } from './words/words.ts';

export type Section = Exclude<Screen['kind'], 'confirm' | 'keyPin' | 'keyBlocked'> | 'help' | 'lost';
export type Tone = 'plain' | 'info' | 'ok' | 'warning' | 'refused';
export type TrailStep = 'done' | 'now' | 'next';
export type Picture = {
  readonly section: Section;
  readonly tone: Tone;
  readonly heading: Say;
  readonly line: Say | null;
  /** Stands in the line's place where something must be put right. */
  readonly remark: Say | null;
  /** Parts of the section that stand only sometimes, by their `data-part`. */
  readonly parts: readonly ('spinner' | 'otherWay' | 'addBadge' | 'useKey' | 'usePin' | 'cancel')[];
  readonly dots: { readonly filled: number; readonly of: number } | null;
  /** The pad takes nothing: the PIN is being checked. */
  readonly still: boolean;
  /** Badge, PIN and desktop of an unlock; PIN, touch and end of a key's registration. */
  readonly trail: readonly [TrailStep, TrailStep, TrailStep] | null;
  readonly countdown: { readonly until: Millis; readonly seconds: number } | null;
  readonly people: { readonly from: string; readonly to: string } | null;
  readonly help: HelpView | null;
  /** Station time at which the same View looks different; null: never. */
  readonly changesAt: Millis | null;
};

/** No spinner before this much waiting: most checks are over by then. */
export const spinnerAfter: Millis = 400;
/** Reading that lasts this long offers another way in. */
export const otherWayAfter: Millis = 5_000;

const nothing = {
  tone: 'plain',
  line: null,
  remark: null,
  parts: [],
  dots: null,
  still: false,
  trail: null,
  countdown: null,
  people: null,
  help: null,
  changesAt: null,
} as const;

/** First name and last initial, as a badge shows them. */
export const fullName = ({ given, initial }: PersonView): string => `${given} ${initial}.`;

/** What the face shows for this View at this station time. `phone` is IT's. */
export function picture(view: View, now: Millis, phone: string): Picture {
  if (view.help !== null) return { ...nothing, section: 'help', tone: 'info', heading: ['help.heading'], help: view.help };
  return ofScreen(view.screen, now, phone);
}

/** What the face shows when no agent speaks to it. It needs no View: it must not depend on one. */
export function lost(long: boolean, phone: string | null): Picture {
  if (!long) return { ...nothing, section: 'lost', tone: 'info', heading: ['lost.heading'], line: ['lost.line'], parts: ['spinner'] };
  return { ...nothing, section: 'lost', tone: 'warning', heading: phone === null ? ['lost.call'] : ['lost.callOn', { phone }], line: ['lost.stays'] };
}

function ofScreen(screen: Screen, now: Millis, phone: string): Picture {
  const it = { phone };
  switch (screen.kind) {
    case 'idle':
      return { ...nothing, section: 'idle', tone: 'info', heading: ['idle.heading'], line: ['idle.line'] };
    case 'readerMissing':
      return {
        ...nothing,
        section: 'readerMissing',
        tone: 'warning',
        heading: ['readerMissing.heading'],
        line: screen.cause === 'noReader' ? ['readerMissing.line'] : ['readerMissing.service', it],
      };
    case 'reading': {
      const waited = now - screen.since;
      const parts = [...(waited >= spinnerAfter ? (['spinner'] as const) : []), ...(waited >= otherWayAfter ? (['otherWay'] as const) : [])];
      const changesAt = waited < spinnerAfter ? screen.since + spinnerAfter : waited < otherWayAfter ? screen.since + otherWayAfter : null;
      return { ...nothing, section: 'reading', tone: 'info', heading: ['reading.heading'], line: ['reading.line'], parts, changesAt };
    }
    case 'choose':
      return {
        ...nothing,
        section: 'choose',
        tone: 'info',
        heading: ['choose.heading', { to: fullName(screen.to) }],
        line: ['choose.line', { from: fullName(screen.from), given: screen.from.given }],
        people: { from: fullName(screen.from), to: fullName(screen.to) },
      };
    case 'pin':
      return ofPin(screen, now, ['pin.line', { length: screen.length }]);
    case 'keyPin':
      // Its first step would say that a badge was read.
      return { ...ofPin(screen, now, ['keyPin.line']), trail: null };
    case 'confirm':
      return ofConfirm(screen, now);
    case 'key':
      return { ...nothing, section: 'key', tone: 'info', heading: ['key.heading'], line: ['key.line'], parts: screen.pin ? ['usePin'] : [] };
    case 'enrolKey':
      return screen.step === 'touch'
        ? { ...nothing, section: 'enrolKey', tone: 'info', heading: ['enrolKey.heading'], line: ['enrolKey.line'], trail: ['done', 'now', 'next'], parts: ['cancel'] }
        : { ...nothing, section: 'enrolKey', tone: 'ok', heading: ['enrolKey.done'], line: ['enrolKey.next'], trail: ['done', 'done', 'done'] };
    case 'welcome':
      return {
        ...nothing,
        section: 'welcome',
        tone: 'ok',
        heading: ['welcome.heading', { given: screen.person.given }],
        line: ['welcome.line'],
        trail: ['done', 'done', 'now'],
      };
    case 'open':
      return ofOpen(screen);
    case 'away': {
      const seconds = secondsLeft(screen.until, now);
      return {
        ...nothing,
        section: 'away',
        tone: 'warning',
        heading: ['away.heading', { given: screen.person.given }],
        line: seconds === 0 ? ['away.now'] : ['away.line', { n: seconds }],
        countdown: { until: screen.until, seconds },
        changesAt: nextSecond(screen.until, seconds),
      };
    }
    case 'wait': {
      const seconds = secondsLeft(screen.until, now);
      const heading: Say = seconds > 90 ? ['wait.minutes', { n: Math.ceil(seconds / 60) }] : ['wait.heading', { n: Math.max(1, seconds) }];
      return {
        ...nothing,
        section: 'wait',
        tone: 'warning',
        heading,
        line: ['wait.line', it],
        countdown: { until: screen.until, seconds },
        changesAt: nextSecond(screen.until, seconds),
      };
    }
    case 'unknown':
      return screen.add === 'off'
        ? { ...nothing, section: 'unknown', tone: 'warning', heading: ['unknown.heading'], line: ['unknown.line', it] }
        : { ...nothing, section: 'unknown', tone: 'warning', heading: ['unknown.heading'], line: ['unknown.demo'], parts: ['addBadge'] };
    case 'keyBlocked':
      return { ...nothing, section: 'blocked', tone: 'refused', heading: ['keyBlocked.heading'], line: ['keyBlocked.line', it] };
    case 'blocked':
    case 'revoked':
    case 'unproved':
    case 'tooWeak':
      return { ...nothing, section: screen.kind, tone: 'refused', heading: [`${screen.kind}.heading`], line: [`${screen.kind}.line`, it] };
    case 'unusable':
    case 'unreadable':
    case 'twoBadges':
      return { ...nothing, section: screen.kind, tone: 'warning', heading: [`${screen.kind}.heading`], line: [`${screen.kind}.line`] };
    case 'unreachable':
    case 'notOpened':
      return { ...nothing, section: screen.kind, tone: 'warning', heading: [`${screen.kind}.heading`], line: [`${screen.kind}.line`, it] };
    case 'adding':
      return { ...nothing, section: 'adding', tone: 'info', heading: ['adding.heading'], line: ['adding.line'], parts: ['spinner'] };
    case 'added':
      return { ...nothing, section: 'added', tone: 'ok', heading: ['added.heading'], line: ['added.line'] };
    case 'otherWay':
      return screen.key
        ? { ...nothing, section: 'otherWay', tone: 'info', heading: ['otherWay.choose'], line: ['otherWay.keyOrCall', it], parts: ['useKey'] }
        : { ...nothing, section: 'otherWay', tone: 'info', heading: ['otherWay.heading', it], line: ['otherWay.line'] };
    case 'callIt':
      return { ...nothing, section: 'callIt', tone: 'refused', heading: ['callIt.heading', it], line: ['callIt.line', { cause: [`cause.${screen.cause}`] }] };
    default:
      return screen satisfies never;
  }
}

/** The PIN pad again, with who asks and for what in the places of the greeting. */
function ofConfirm({ app, act, ...pad }: Extract<Screen, { kind: 'confirm' }>, now: Millis): Picture {
  const shown = ofPin(pad, now, ['confirm.line', { app, act }]);
  // The one other way would be to say no, and that is Cancel.
  const parts = shown.parts.filter((part) => part !== 'otherWay');
  return { ...shown, parts, heading: ['confirm.heading', { given: pad.person.given }], line: shown.remark === null ? ['confirm.line', { app, act }] : null, trail: null };
}

function ofPin(screen: Omit<Extract<Screen, { kind: 'pin' }>, 'kind'>, now: Millis, line: Say): Picture {
  const { remark, checkingSince, length } = screen;
  const slow = checkingSince !== null && now - checkingSince >= spinnerAfter;
  const said: Say | null = slow || remark === null ? null : remark.kind === 'wrong' ? ['pin.wrong', { n: remark.left }] : [`pin.${remark.kind}`];
  return {
    ...nothing,
    section: 'pin',
    tone: said === null ? 'info' : remark?.kind === 'wrong' || remark?.kind === 'keyRests' ? 'refused' : 'warning',
    heading: ['pin.heading', { given: screen.person.given }],
    line: said !== null ? null : slow ? ['pin.checking'] : line,
    remark: said,
    parts: [...(slow ? (['spinner'] as const) : []), 'otherWay'],
    dots: { filled: screen.digits, of: length },
    still: checkingSince !== null,
    trail: ['done', 'now', 'next'],
    changesAt: checkingSince !== null && !slow ? checkingSince + spinnerAfter : null,
  };
}

function ofOpen({ person, strip }: Extract<Screen, { kind: 'open' }>): Picture {
  const heading: Say = strip === 'kept' ? ['kept.heading', { given: person.given }] : ['who.heading', { person: fullName(person) }];
  return { ...nothing, section: 'open', tone: strip === 'kept' ? 'ok' : 'info', heading, line: strip === null ? null : [`${strip}.line`] };
}

const secondsLeft = (until: Millis, now: Millis): number => Math.max(0, Math.ceil((until - now) / 1000));
const nextSecond = (until: Millis, seconds: number): Millis | null => (seconds === 0 ? null : until - (seconds - 1) * 1000);
