/** A View and the station time come in; what each part of the screen shows goes out, still without a word and without the document. */
import type { Millis } from '../core/types.ts';
import type { PersonView, Screen, View } from '../core/view.ts';
import { ofConfirm, ofForm, ofKeyPin, ofLesson, ofPin } from './pads.ts';
import { fullName, nextSecond, nothing, type Part, type Picture, type Place, secondsLeft, spinnerAfter } from './parts.ts';
import type { Say } from './words/words.ts';

export type { Picture, Place, Section, Tone } from './parts.ts';

/** Reading that lasts this long offers another way in. */
export const otherWayAfter: Millis = 5_000;

/** What the face shows for this View at this station time. */
export function picture(view: View, now: Millis, place: Place): Picture {
  const { screen, emergency } = view;
  const shown = view.help === null ? ofScreen(view, now, place) : ofHelp(view);
  const offered = emergency.offered && shown.section !== 'open' && shown.section !== 'cleaning' && (shown.section === 'help' || !isEmergency(screen));
  if (emergency.until === null) return { ...shown, emergency: offered };
  const minutes = Math.max(1, Math.ceil((emergency.until - now) / 60_000));
  const turns = minutes === 1 ? null : emergency.until - (minutes - 1) * 60_000;
  const changesAt = turns === null || shown.changesAt === null ? (turns ?? shown.changesAt) : Math.min(turns, shown.changesAt);
  return { ...shown, emergency: offered, band: { kind: 'emergency', words: ['emergency.band', { n: minutes }] }, changesAt };
}

/** She is on her way in already. */
const isEmergency = (screen: Screen): boolean => screen.kind === 'form' && screen.form === 'emergency';

/** What may be begun depends on what lies beneath. */
function ofHelp({ screen, help }: View): Picture {
  const free = screen.kind === 'idle' || screen.kind === 'readerMissing';
  const parts: Part[] = [
    ...(help?.changePin === true ? (['changePin'] as const) : []),
    ...(free || screen.kind === 'otherWay' ? (['practise'] as const) : []),
    ...(free || screen.kind === 'open' || screen.kind === 'away' ? (['clean'] as const) : []),
  ];
  return { ...nothing, section: 'help', tone: 'info', heading: ['help.heading'], help, parts };
}

/** What the face shows when no agent speaks to it. It needs no View: it must not depend on one. */
export function lost(long: boolean, phone: string | null): Picture {
  if (!long) return { ...nothing, section: 'lost', tone: 'info', heading: ['lost.heading'], line: ['lost.line'], parts: ['spinner'] };
  return { ...nothing, section: 'lost', tone: 'warning', heading: phone === null ? ['lost.call'] : ['lost.callOn', { phone }], line: ['lost.stays'] };
}

function ofScreen({ screen, emergency: { until: emergency } }: View, now: Millis, place: Place): Picture {
  const it = { phone: place.phone };
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
        line: isNobody(screen.from) ? ['choose.emergency'] : ['choose.line', { from: fullName(screen.from), given: screen.from.given }],
        people: { from: fullName(screen.from), to: fullName(screen.to) },
      };
    case 'pin':
      return ofPin(screen, now);
    case 'keyPin':
      return ofKeyPin(screen, now);
    case 'confirm':
      return ofConfirm(screen, now);
    case 'form':
      return ofForm(screen, now);
    case 'practice':
      return ofLesson(screen, now);
    case 'key':
      return { ...nothing, section: 'key', tone: 'info', heading: ['key.heading'], line: ['key.line'], parts: screen.pin ? ['usePin'] : [] };
    case 'enrolKey':
      if (screen.step === 'again')
        return { ...nothing, section: 'enrolKey', tone: 'info', heading: ['enrolKey.again'], line: ['enrolKey.check'], trail: ['done', 'done', 'now'], parts: ['cancel'] };
      return screen.step === 'touch'
        ? { ...nothing, section: 'enrolKey', tone: 'info', heading: ['enrolKey.heading'], line: ['enrolKey.line'], trail: ['done', 'now', 'next'], parts: ['cancel'] }
        : { ...nothing, section: 'enrolKey', tone: 'ok', heading: ['enrolKey.done'], line: ['enrolKey.next'], trail: ['done', 'done', 'done'] };
    case 'welcome':
      return ofWelcome(screen, place);
    case 'open':
      return ofOpen(screen);
    case 'away':
      return ofAway(screen, now, emergency, place);
    case 'cleaning': {
      const seconds = secondsLeft(screen.until, now);
      return {
        ...nothing,
        section: 'cleaning',
        tone: 'info',
        heading: ['cleaning.heading'],
        line: ['cleaning.line', { n: seconds }],
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
    case 'unknown': {
      const line: Say = screen.add === 'off' ? ['unknown.line', it] : [`unknown.${screen.add}`];
      const parts: Part[] = [...(screen.add === 'off' ? [] : (['addBadge'] as const)), ...(screen.vouch ? (['vouch'] as const) : [])];
      return { ...nothing, section: 'unknown', tone: 'warning', heading: ['unknown.heading'], line, parts };
    }
    case 'keyBlocked':
      return { ...nothing, section: 'blocked', tone: 'refused', heading: ['keyBlocked.heading'], line: ['keyBlocked.line', it] };
    case 'blocked':
      return { ...nothing, section: 'blocked', tone: 'refused', heading: ['blocked.heading'], line: ['blocked.line', it], parts: ['newPin'] };
    case 'badgeTaken':
      return { ...nothing, section: 'revoked', tone: 'refused', heading: ['badgeTaken.heading'], line: ['badgeTaken.line', it] };
    case 'codeWait':
    case 'limit':
      return { ...nothing, section: 'turnedAway', tone: 'warning', heading: [`${screen.kind}.heading`, it], line: [`${screen.kind}.line`, it] };
    case 'notAllowed':
    case 'noEmergency':
      return { ...nothing, section: 'turnedAway', tone: 'refused', heading: [`${screen.kind}.heading`, it], line: [`${screen.kind}.line`, it] };
    case 'inUse':
      return {
        ...nothing,
        section: 'inUse',
        tone: 'warning',
        heading: isNobody(screen.person) ? ['inUse.anybody'] : ['inUse.heading', { person: fullName(screen.person) }],
        line: ['inUse.line'],
      };
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
    case 'addedDemo':
      return { ...nothing, section: 'added', tone: 'ok', heading: ['added.heading'], line: ['added.demo'] };
    case 'added':
    case 'pinChanged':
    case 'spareReady':
      return { ...nothing, section: screen.kind, tone: 'ok', heading: [`${screen.kind}.heading`], line: [`${screen.kind}.line`] };
    case 'otherWay': {
      if (!screen.key && !screen.code) return { ...nothing, section: 'otherWay', tone: 'info', heading: ['otherWay.heading', it], line: ['otherWay.line'] };
      const line: Say = [screen.key ? (screen.code ? 'otherWay.anyOrCall' : 'otherWay.keyOrCall') : 'otherWay.codeOrCall', it];
      const parts: Part[] = [...(screen.key ? (['useKey'] as const) : []), ...(screen.code ? (['enterCode'] as const) : [])];
      return { ...nothing, section: 'otherWay', tone: 'info', heading: ['otherWay.choose'], line, parts };
    }
    case 'callIt':
      return { ...nothing, section: 'callIt', tone: 'refused', heading: ['callIt.heading', it], line: ['callIt.line', { cause: [`cause.${screen.cause}`] }] };
    default:
      return screen satisfies never;
  }
}

/** Whoever only said her number in an emergency has no name here, and nothing that waits for her. */
const isNobody = ({ given }: PersonView): boolean => given === '';

function ofWelcome({ person, tapUntil, weak }: Extract<Screen, { kind: 'welcome' }>, { clock }: Place): Picture {
  const { given } = person;
  const heading: Say = isNobody(person) ? ['emergency.heading'] : ['welcome.heading', { given }];
  const line: Say = tapUntil === null ? ['welcome.line'] : ['welcome.until', { time: clock(tapUntil) }];
  return { ...nothing, section: 'welcome', tone: 'ok', heading, line, note: weak === null ? null : [`weak.${weak}`], trail: ['done', 'done', 'now'] };
}

const signedIn = (person: PersonView): Say => (isNobody(person) ? ['emergency.heading'] : ['who.heading', { person: fullName(person) }]);

function ofOpen({ person, strip, lockButton }: Extract<Screen, { kind: 'open' }>): Picture {
  const heading: Say = strip === 'kept' ? ['kept.heading', { given: person.given }] : strip === 'parked' ? ['parked.heading'] : signedIn(person);
  return {
    ...nothing,
    section: 'open',
    tone: strip === 'kept' ? 'ok' : strip === 'parked' ? 'warning' : 'info',
    heading,
    line: strip === null ? null : [`${strip}.line`],
    lock: lockButton,
  };
}

type Away = Extract<Screen, { kind: 'away' }>;

/** What becomes of her work: it waits; it waits until the emergency is over; it ends with a lock. */
function awayLine({ person, why }: Away, n: number, emergency: Millis | null, { clock }: Place): Say {
  if (isNobody(person)) return n === 0 ? ['away.endsNow'] : ['away.ends', { n }];
  if (emergency !== null) return n === 0 ? ['away.backNow', { time: clock(emergency) }] : ['away.back', { n, time: clock(emergency) }];
  return n === 0 ? ['away.now'] : [why === 'overall' ? 'away.tapThen' : 'away.line', { n }];
}

function ofAway(screen: Away, now: Millis, emergency: Millis | null, place: Place): Picture {
  const { person, until, why } = screen;
  const seconds = secondsLeft(until, now);
  return {
    ...nothing,
    section: 'away',
    step: why,
    tone: 'warning',
    heading: why !== 'idle' ? [`away.${why}`] : isNobody(person) ? ['away.anybody'] : ['away.heading', { given: person.given }],
    line: awayLine(screen, seconds, emergency, place),
    // A button cannot prove anybody anew, nor put a badge back.
    parts: why === 'idle' ? ['keepWorking'] : [],
    countdown: { until, seconds },
    changesAt: nextSecond(until, seconds),
  };
}
