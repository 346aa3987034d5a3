/** A screen on which something is typed comes in, a PIN, a code or a number; the pad with its words goes out. */
import type { FormKind, FormRemark, FormStep, Millis, Remark } from '../core/types.ts';
import type { Screen } from '../core/view.ts';
import { nothing, type Part, type Picture, spinnerAfter, type Tone } from './parts.ts';
import type { Key, Say } from './words/words.ts';

type Of<K extends Screen['kind']> = Omit<Extract<Screen, { kind: K }>, 'kind'>;
type Typed = { readonly length: number; readonly digits: number; readonly checkingSince: Millis | null };
type Said = { readonly words: Say; readonly tone: Tone } | null;

function pad({ length, digits, checkingSince }: Typed, now: Millis, heading: Say, line: Say, said: Said, parts: readonly Part[]): Picture {
  const slow = checkingSince !== null && now - checkingSince >= spinnerAfter;
  const remark = slow ? null : said;
  return {
    ...nothing,
    section: 'pin',
    tone: remark?.tone ?? 'info',
    heading,
    line: remark !== null ? null : slow ? ['pin.checking'] : line,
    remark: remark?.words ?? null,
    parts: slow ? ['spinner', ...parts] : parts,
    dots: { filled: digits, of: length },
    still: checkingSince !== null,
    changesAt: checkingSince !== null && !slow ? checkingSince + spinnerAfter : null,
  };
}

function saidOf(remark: Remark | null): Said {
  if (remark === null) return null;
  switch (remark.kind) {
    // It is said below: what to do now stays.
    case 'hint':
      return null;
    case 'wrong':
      return { words: ['pin.wrong', { n: remark.left }], tone: 'refused' };
    default:
      return { words: [`pin.${remark.kind}`], tone: remark.kind === 'keyRests' ? 'refused' : 'warning' };
  }
}

const ofPad = (screen: Of<'pin'>, now: Millis, line: Say, parts: readonly Part[]): Picture => ({
  ...pad(screen, now, ['pin.heading', { given: screen.person.given }], line, saidOf(screen.remark), parts),
  note: screen.remark?.kind === 'hint' ? [`hint.${screen.remark.hint}`] : null,
});

export const ofPin = (screen: Of<'pin'>, now: Millis): Picture => ({
  ...ofPad(screen, now, ['pin.line', { length: screen.length }], ['otherWay']),
  trail: ['done', 'now', 'next'],
});

/** No trail: its first step would say that a badge was read. */
export const ofKeyPin = (screen: Of<'keyPin'>, now: Millis): Picture => ofPad(screen, now, ['keyPin.line'], ['otherWay']);

/** The PIN pad again, with who asks and for what in the places of the greeting. The one other way would be to say no, and that is Cancel. */
export function ofConfirm({ app, act, wantsBadge, ...screen }: Of<'confirm'>, now: Millis): Picture {
  const shown = ofPad(screen, now, ['confirm.line', { app, act }], []);
  return {
    ...shown,
    heading: ['confirm.heading', { given: screen.person.given }],
    line: shown.remark === null ? ['confirm.line', { app, act }] : null,
    note: wantsBadge ? ['confirm.badge'] : shown.note,
  };
}

/** What is to be typed, told apart by what it is for. `colleague` and `reason` take no digits. */
const lines: Readonly<Record<FormKind, Readonly<Partial<Record<FormStep, Key>>>>> = {
  enrol: { number: 'enrol.number', code: 'enrol.code', pin: 'enrol.pin', newPin: 'newPin.rules', again: 'newPin.again' },
  code: { number: 'code.number', code: 'code.code', pin: 'code.pin' },
  newPin: { number: 'newPin.number', code: 'enrol.code', newPin: 'newPin.rules', again: 'newPin.again' },
  changePin: { pin: 'changePin.pin', newPin: 'newPin.rules', again: 'newPin.again' },
  vouch: { number: 'vouch.number', pin: 'vouch.pin', colleague: 'vouch.colleague', colleaguePin: 'vouch.colleaguePin' },
  emergency: { number: 'emergency.number', pin: 'pin.line', code: 'emergency.code', reason: 'emergency.line' },
};

function formSaid(remark: FormRemark | null): Said {
  if (remark === null) return null;
  switch (remark.kind) {
    case 'wrong':
      return { words: ['pin.wrong', { n: remark.left }], tone: 'refused' };
    case 'wrongCode':
      return { words: ['form.wrongCode'], tone: 'refused' };
    case 'guessable':
      return { words: [`guess.${remark.why}`], tone: 'warning' };
    default:
      return { words: [`form.${remark.kind}`], tone: 'warning' };
  }
}

/** Each step of each form: the pad, a colleague who is waited for, or four reasons to choose from. */
export function ofForm(screen: Of<'form'>, now: Millis): Picture {
  const { form, step, person, length, part, parts } = screen;
  const emergency = form === 'emergency';
  const heading: Say = emergency && step !== 'reason' ? ['emergency.heading'] : [`step.${step}`, { given: person?.given ?? '' }];
  const line: Say = [lines[form][step] ?? 'form.wiped', { length }];
  const common = { step: `${form} ${step}`, progress: { part, parts, looks: form === 'enrol' ? 'bar' : 'trail' } } as const;
  if (length === 0) return { ...nothing, ...common, section: step === 'reason' ? 'reason' : 'colleague', tone: emergency ? 'refused' : 'info', heading, line };
  return { ...pad(screen, now, heading, line, formSaid(screen.remark), []), ...common, note: emergency ? ['emergency.line'] : null };
}

const wrong: Said = { words: ['practice.wrong'], tone: 'refused' };

/** A lesson on a made-up station. Its digits are nobody's. */
export function ofLesson(screen: Of<'practice'>, now: Millis): Picture {
  const { lesson, part, parts } = screen;
  const common = { step: `${lesson} ${screen.wrong}`, progress: { part, parts, looks: 'bar' }, band: { kind: 'practice', words: ['practice.band'] } } as const;
  const heading: Say = [`lesson.${lesson}`];
  const line: Say = [`practice.${lesson}`, { length: screen.length }];
  if (lesson === 'pin' || lesson === 'wrongPin') return { ...pad({ ...screen, checkingSince: null }, now, heading, line, screen.wrong ? wrong : null, []), ...common };
  const onward: readonly Part[] = lesson === 'done' ? ['finish'] : lesson === 'noBadge' || lesson === 'emergency' ? ['next'] : [];
  return { ...nothing, ...common, section: 'practice', tone: lesson === 'done' ? 'ok' : 'info', heading, line, parts: [lesson, ...onward] };
}
