/** Whatever a face was sent comes in; the message it may draw, rebuilt field by field, or null goes out. */
import { type Frame, isCeremonyId, longestOptions, type Station, type ToFace } from './bridge.ts';
import type { DegradedCause, FormRemark, ReaderServiceCause, Remark, TapReason } from './types.ts';
import type { HelpView, PersonView, Screen, View } from './view.ts';

type Read<T> = (said: unknown) => T;
/** Thrown inside this file only: `readToFace` answers null for it. */
const no = (): never => {
  throw new RangeError('not a message for a face');
};

const text: Read<string> = (said) => (typeof said === 'string' && said.length <= 200 ? said : no());
/** As Electron writes a key with its modifiers: `F12`, `Ctrl+Alt+L`. */
const accelerator: Read<string> = (said) => (/^(?:[A-Z][A-Za-z]{1,15}\+){0,4}[A-Z0-9][A-Za-z0-9]{0,15}$/.test(text(said)) ? (said as string) : no());
const ceremonyId: Read<number> = (said) => (isCeremonyId(said) ? said : no());
const json: Read<string> = (said) => (typeof said === 'string' && said.length <= longestOptions ? said : no());
const count: Read<number> = (said) => (typeof said === 'number' && Number.isInteger(said) && said >= 0 && said <= 1000 ? said : no());
const truth: Read<boolean> = (said) => (typeof said === 'boolean' ? said : no());
const moment: Read<number> = (said) => (typeof said === 'number' && Number.isFinite(said) ? said : no());
const oneOf =
  <T extends string>(...names: readonly T[]): Read<T> =>
  (said) =>
    names.find((name) => name === said) ?? no();
const orNull =
  <T>(read: Read<T>): Read<T | null> =>
  (said) =>
    said === null ? null : read(said);
/** Exactly these fields: one more or one less is somebody else's message. */
const record =
  <T extends object>(fields: { readonly [K in keyof T]: Read<T[K]> }): Read<T> =>
  (said) => {
    if (typeof said !== 'object' || said === null) return no();
    const names = Object.keys(fields) as (keyof T & string)[];
    if (Object.keys(said).length !== names.length) return no();
    return Object.fromEntries(names.map((name) => [name, fields[name]((said as Record<string, unknown>)[name])])) as T;
  };
const kinded =
  <K extends string, T extends { readonly kind: K }>(kinds: { readonly [P in K]: Read<Extract<T, { readonly kind: P }>> }): Read<T> =>
  (said) => {
    const kind = typeof said === 'object' && said !== null && 'kind' in said ? said.kind : null;
    return typeof kind === 'string' && Object.hasOwn(kinds, kind) ? kinds[kind as K](said) : no();
  };

const person = record<PersonView>({ given: text, initial: text });
const serviceCauses = ['noLibrary', 'noService', 'refused', 'hung'] as const satisfies readonly ReaderServiceCause[];
const causes = [
  'storeDamaged',
  'storeNewer',
  'storeOlder',
  'storeKey',
  'ledgerUnwritable',
  'ledgerDamaged',
  'keyHolderWeak',
  'exception',
  'upgradeFailed',
  'cloned',
] as const satisfies readonly DegradedCause[];

type Of<K extends Screen['kind']> = Extract<Screen, { readonly kind: K }>;
const bare = <K extends Screen['kind']>(kind: K): Read<Of<K>> => record({ kind: oneOf(kind) }) as unknown as Read<Of<K>>;
const hint = oneOf('tooShort', 'oldPin', 'wrongPins', 'wrongSide');
const remark = (said: unknown): Remark | null =>
  said === null
    ? null
    : kinded<Remark['kind'], Remark>({
        hint: record({ kind: oneOf('hint'), hint }),
        wrong: record({ kind: oneOf('wrong'), left: count }),
        wiped: record({ kind: oneOf('wiped') }),
        keyGone: record({ kind: oneOf('keyGone') }),
        keyRests: record({ kind: oneOf('keyRests') }),
      })(said);

const formRemark = (said: unknown): FormRemark | null =>
  said === null
    ? null
    : kinded<FormRemark['kind'], FormRemark>({
        wrong: record({ kind: oneOf('wrong'), left: count }),
        wrongCode: record({ kind: oneOf('wrongCode') }),
        differ: record({ kind: oneOf('differ') }),
        wiped: record({ kind: oneOf('wiped') }),
        guessable: record({ kind: oneOf('guessable'), why: oneOf('repeat', 'run', 'pairs', 'date', 'keypad', 'mirror', 'common') }),
      })(said);

/** One reader for each kind of screen: a new kind does not compile until it is here. */
const screens: { readonly [K in Screen['kind']]: Read<Of<K>> } = {
  idle: bare('idle'),
  readerMissing: record<Of<'readerMissing'>>({ kind: oneOf('readerMissing'), cause: oneOf(...serviceCauses, 'noReader') }),
  reading: record<Of<'reading'>>({ kind: oneOf('reading'), since: moment }),
  choose: record<Of<'choose'>>({ kind: oneOf('choose'), to: person, from: person }),
  pin: record<Of<'pin'>>({ kind: oneOf('pin'), person, length: count, digits: count, remark, checkingSince: orNull(moment) }),
  keyPin: record<Of<'keyPin'>>({ kind: oneOf('keyPin'), person, length: count, digits: count, remark, checkingSince: orNull(moment) }),
  confirm: record<Of<'confirm'>>({ kind: oneOf('confirm'), person, app: text, act: text, wantsBadge: truth, length: count, digits: count, remark, checkingSince: orNull(moment) }),
  otherWay: record<Of<'otherWay'>>({ kind: oneOf('otherWay'), key: truth, code: truth }),
  key: record<Of<'key'>>({ kind: oneOf('key'), since: moment, pin: truth }),
  enrolKey: record<Of<'enrolKey'>>({ kind: oneOf('enrolKey'), person, step: oneOf('touch', 'again', 'done') }),
  welcome: record<Of<'welcome'>>({ kind: oneOf('welcome'), person, tapUntil: orNull(moment), weak: orNull(oneOf('code', 'vouch')) }),
  open: record<Of<'open'>>({ kind: oneOf('open'), person, session: text, strip: orNull(oneOf('who', 'kept', 'parked')), lockButton: truth }),
  away: record<Of<'away'>>({ kind: oneOf('away'), person, until: moment, why: oneOf('idle', 'overall', 'lifted') }),
  wait: record<Of<'wait'>>({ kind: oneOf('wait'), until: moment }),
  unknown: record<Of<'unknown'>>({ kind: oneOf('unknown'), add: oneOf('off', 'demo', 'code'), vouch: truth }),
  callIt: record<Of<'callIt'>>({ kind: oneOf('callIt'), cause: oneOf(...causes) }),
  revoked: bare('revoked'),
  unproved: bare('unproved'),
  tooWeak: bare('tooWeak'),
  unusable: bare('unusable'),
  unreadable: bare('unreadable'),
  twoBadges: bare('twoBadges'),
  blocked: bare('blocked'),
  keyBlocked: bare('keyBlocked'),
  unreachable: bare('unreachable'),
  added: bare('added'),
  addedDemo: bare('addedDemo'),
  adding: bare('adding'),
  notOpened: bare('notOpened'),
  pinChanged: bare('pinChanged'),
  spareReady: bare('spareReady'),
  codeWait: bare('codeWait'),
  notAllowed: bare('notAllowed'),
  limit: bare('limit'),
  badgeTaken: bare('badgeTaken'),
  noEmergency: bare('noEmergency'),
  inUse: record<Of<'inUse'>>({ kind: oneOf('inUse'), person }),
  cleaning: record<Of<'cleaning'>>({ kind: oneOf('cleaning'), until: moment }),
  form: record<Of<'form'>>({
    kind: oneOf('form'),
    form: oneOf('enrol', 'code', 'newPin', 'changePin', 'vouch', 'emergency'),
    step: oneOf('number', 'code', 'pin', 'newPin', 'again', 'colleague', 'colleaguePin', 'reason'),
    person: orNull(person),
    length: count,
    digits: count,
    remark: formRemark,
    checkingSince: orNull(moment),
    part: count,
    parts: count,
  }),
  practice: record<Of<'practice'>>({
    kind: oneOf('practice'),
    lesson: oneOf('tap', 'pin', 'wrongPin', 'takeOver', 'noBadge', 'emergency', 'done'),
    length: count,
    digits: count,
    wrong: truth,
    part: count,
    parts: count,
  }),
};

/** The reason's words are looked up by name, so any name will do: an unknown one has none. */
const reason: Read<TapReason> = (said) => (/^[A-Za-z]{1,32}$/.test(text(said)) ? (said as TapReason) : no());
const help = record<HelpView>({
  lastTap: orNull(record({ at: moment, reason, reference: text })),
  reader: oneOf('ready', 'missing'),
  test: oneOf('off', 'waiting', 'seen'),
  changePin: truth,
});
const view = record<View>({
  screen: kinded<Screen['kind'], Screen>(screens),
  help: orNull(help),
  language: orNull(oneOf('en', 'es')),
  emergency: record({ offered: truth, until: orNull(moment) }),
});
const station = record<Station>({
  name: text,
  computer: text,
  version: text,
  phone: text,
  language: oneOf('en', 'es'),
  theme: oneOf('day', 'night', 'auto'),
  nightSound: oneOf('low', 'off'),
  mode: oneOf('evaluation', 'installed'),
  lockKey: orNull(accelerator),
});
const frame = record<Frame>({ view, now: moment, wall: moment, station });
const message = kinded<ToFace['kind'], ToFace>({
  frame: record({ kind: oneOf('frame'), frame }),
  cue: record({ kind: oneOf('cue'), tone: oneOf('accepted', 'refused') }),
  ceremony: record({ kind: oneOf('ceremony'), id: ceremonyId, what: oneOf('get', 'create'), options: json }),
  ceremonyEnd: record({ kind: oneOf('ceremonyEnd'), id: ceremonyId }),
});

/** Never throws. What is not exactly a message of the contract is none: a face covers rather than draw a guess. */
export function readToFace(said: unknown): ToFace | null {
  try {
    return message(said);
  } catch (why) {
    if (why instanceof RangeError) return null;
    throw why;
  }
}
