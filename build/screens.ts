/** Nothing comes in; every screen the face can be asked for goes out as a Frame with a name, for pictures, tests and reviews. */
import type { Frame } from '../core/bridge.ts';
import type { HelpView, Screen, View } from '../core/view.ts';

/** Station time and wall time (02:14 UTC) of every sample. */
export const sampleNow = 1_000_000;
export const sampleWall = Date.UTC(2026, 10, 21, 2, 14);

const sam = { given: 'Sam', initial: 'B' } as const;
/** Who only said her number. */
const nobody = { given: '', initial: '' } as const;
const ana = { given: 'Ana', initial: 'K' } as const;
const pin = { kind: 'pin', person: sam, length: 6, digits: 0, remark: null, checkingSince: null } as const;
const helpView: HelpView = { lastTap: { at: sampleNow - 73_000, reason: 'wrongPin', reference: '4821' }, reader: 'ready', test: 'off', changePin: false };
const form = { kind: 'form', person: null, digits: 0, remark: null, checkingSince: null } as const;
const enrol = { ...form, form: 'enrol', parts: 3 } as const;
const urgent = { ...form, form: 'emergency', parts: 3 } as const;
const practice = { kind: 'practice', length: 0, digits: 0, wrong: false, parts: 7 } as const;

const screens = {
  idle: { kind: 'idle' },
  'idle-emergency': { kind: 'idle' },
  'reader-missing': { kind: 'readerMissing', cause: 'noReader' },
  'reader-service': { kind: 'readerMissing', cause: 'noService' },
  reading: { kind: 'reading', since: sampleNow },
  'reading-slow': { kind: 'reading', since: sampleNow - 6_000 },
  pin: { ...pin, digits: 2 },
  'pin-wrong': { ...pin, remark: { kind: 'wrong', left: 4 } },
  'pin-wiped': { ...pin, remark: { kind: 'wiped' } },
  'pin-checking': { ...pin, digits: 6, checkingSince: sampleNow - 600 },
  'key-pin': { ...pin, kind: 'keyPin', digits: 2 },
  'key-pin-gone': { ...pin, kind: 'keyPin', remark: { kind: 'keyGone' } },
  'key-pin-rests': { ...pin, kind: 'keyPin', remark: { kind: 'keyRests' } },
  'pin-12': { ...pin, length: 12, digits: 11 },
  switch: { kind: 'choose', to: ana, from: sam },
  'switch-claimed': { kind: 'choose', to: ana, from: nobody },
  'pin-hint': { ...pin, remark: { kind: 'hint', hint: 'oldPin' } },
  welcome: { kind: 'welcome', person: sam, tapUntil: null, weak: null },
  'welcome-window': { kind: 'welcome', person: sam, tapUntil: sampleNow + 4 * 3_600_000, weak: null },
  'welcome-weak': { kind: 'welcome', person: sam, tapUntil: null, weak: 'vouch' },
  open: { kind: 'open', person: sam, session: 'session-sam', strip: null, lockButton: false },
  'open-lock': { kind: 'open', person: sam, session: 'session-sam', strip: null, lockButton: true },
  'open-who': { kind: 'open', person: sam, session: 'session-sam', strip: 'who', lockButton: true },
  'open-kept': { kind: 'open', person: sam, session: 'session-sam', strip: 'kept', lockButton: false },
  'open-parked': { kind: 'open', person: sam, session: 'session-sam', strip: 'parked', lockButton: true },
  'open-emergency': { kind: 'open', person: nobody, session: 'session-emergency', strip: null, lockButton: true },
  'warning-emergency': { kind: 'away', person: sam, until: sampleNow + 20_000, why: 'idle' },
  'warning-claimed': { kind: 'away', person: nobody, until: sampleNow + 20_000, why: 'idle' },
  warning: { kind: 'away', person: sam, until: sampleNow + 20_000, why: 'idle' },
  'warning-overall': { kind: 'away', person: sam, until: sampleNow + 20_000, why: 'overall' },
  'warning-lifted': { kind: 'away', person: sam, until: sampleNow + 3_000, why: 'lifted' },
  cleaning: { kind: 'cleaning', until: sampleNow + 30_000 },
  lockout: { kind: 'wait', until: sampleNow + 30_000 },
  'lockout-long': { kind: 'wait', until: sampleNow + 300_000 },
  blocked: { kind: 'blocked' },
  'key-blocked': { kind: 'keyBlocked' },
  unknown: { kind: 'unknown', add: 'off', vouch: false },
  'unknown-demo': { kind: 'unknown', add: 'demo', vouch: false },
  'unknown-code': { kind: 'unknown', add: 'code', vouch: true },
  revoked: { kind: 'revoked' },
  unproved: { kind: 'unproved' },
  'too-weak': { kind: 'tooWeak' },
  unusable: { kind: 'unusable' },
  unreadable: { kind: 'unreadable' },
  'two-badges': { kind: 'twoBadges' },
  unreachable: { kind: 'unreachable' },
  'not-opened': { kind: 'notOpened' },
  adding: { kind: 'adding' },
  added: { kind: 'added' },
  'added-demo': { kind: 'addedDemo' },
  'other-way': { kind: 'otherWay', key: false, code: false },
  'other-way-key': { kind: 'otherWay', key: true, code: false },
  'other-way-code': { kind: 'otherWay', key: false, code: true },
  'other-way-any': { kind: 'otherWay', key: true, code: true },
  key: { kind: 'key', since: sampleNow, pin: true },
  'enrol-key': { kind: 'enrolKey', person: sam, step: 'touch' },
  'enrol-key-again': { kind: 'enrolKey', person: sam, step: 'again' },
  'enrol-key-done': { kind: 'enrolKey', person: sam, step: 'done' },
  confirm: { ...pin, kind: 'confirm', app: 'Records', act: 'Export records', wantsBadge: false, digits: 2 },
  'confirm-badge': { ...pin, kind: 'confirm', app: 'Records', act: 'Export records', wantsBadge: true, digits: 0 },
  'in-use': { kind: 'inUse', person: sam },
  'in-use-claimed': { kind: 'inUse', person: nobody },
  'pin-changed': { kind: 'pinChanged' },
  'spare-ready': { kind: 'spareReady' },
  'badge-taken': { kind: 'badgeTaken' },
  'code-wait': { kind: 'codeWait' },
  limit: { kind: 'limit' },
  'not-allowed': { kind: 'notAllowed' },
  'no-emergency': { kind: 'noEmergency' },
  'enrol-number': { ...enrol, step: 'number', length: 6, digits: 3, part: 2 },
  'enrol-code': { ...enrol, step: 'code', length: 13, digits: 5, part: 2 },
  'enrol-wrong': { ...enrol, step: 'number', length: 6, part: 2, remark: { kind: 'wrongCode' } },
  'enrol-pin': { ...enrol, step: 'newPin', person: sam, length: 6, part: 3 },
  'enrol-date': { ...enrol, step: 'newPin', person: sam, length: 6, part: 3, remark: { kind: 'guessable', why: 'date' } },
  'enrol-again': { ...enrol, step: 'again', person: sam, length: 6, digits: 4, part: 3 },
  'shift-code': { ...form, form: 'code', step: 'code', length: 8, digits: 2, part: 2, parts: 3 },
  'change-pin': { ...form, form: 'changePin', step: 'pin', person: sam, length: 6, digits: 6, checkingSince: sampleNow - 600, part: 1, parts: 3 },
  'vouch-tap': { ...form, form: 'vouch', step: 'colleague', person: sam, length: 0, part: 3, parts: 4 },
  'vouch-pin': { ...form, form: 'vouch', step: 'colleaguePin', person: ana, length: 6, part: 4, parts: 4 },
  'emergency-who': { ...urgent, step: 'number', length: 6, part: 1 },
  'emergency-pin': { ...urgent, step: 'pin', person: sam, length: 6, digits: 2, part: 2 },
  'emergency-code': { ...urgent, step: 'code', length: 12, digits: 3, part: 2 },
  'emergency-why': { ...urgent, step: 'reason', person: sam, length: 0, part: 3 },
  'practice-tap': { ...practice, lesson: 'tap', part: 1 },
  'practice-pin': { ...practice, lesson: 'pin', length: 6, digits: 4, part: 2 },
  'practice-wrong': { ...practice, lesson: 'wrongPin', length: 6, wrong: true, part: 3 },
  'practice-take-over': { ...practice, lesson: 'takeOver', part: 4 },
  'practice-no-badge': { ...practice, lesson: 'noBadge', part: 5 },
  'practice-emergency': { ...practice, lesson: 'emergency', part: 6 },
  'practice-done': { ...practice, lesson: 'done', part: 7 },
  'call-it': { kind: 'callIt', cause: 'storeDamaged' },
  help: { kind: 'idle' },
  'help-test': { kind: 'idle' },
  'help-open': { kind: 'open', person: sam, session: 'session-sam', strip: null, lockButton: true },
} as const satisfies Record<string, Screen>;

export type ScreenName = keyof typeof screens;
/** Every screen by name. `lost` is the face's own and has no Frame: it stands when the bridge is away. */
export const screenNames = Object.keys(screens) as readonly ScreenName[];

const helps: Partial<Readonly<Record<ScreenName, HelpView>>> = {
  help: helpView,
  'help-test': { lastTap: null, reader: 'ready', test: 'waiting', changePin: false },
  'help-open': { ...helpView, changePin: true },
};

/** An emergency is offered where nobody's work is open, is open, or the station has none. */
export type Emergency = 'none' | 'offered' | 'open';
const openDesk: readonly Screen['kind'][] = ['open', 'away', 'choose', 'confirm', 'enrolKey', 'inUse'];
const own: Partial<Readonly<Record<ScreenName, Emergency>>> = {
  'idle-emergency': 'offered',
  'open-emergency': 'open',
  'warning-emergency': 'open',
  'warning-claimed': 'open',
  'switch-claimed': 'open',
  'in-use-claimed': 'open',
  'emergency-who': 'offered',
  'emergency-pin': 'offered',
  'emergency-code': 'offered',
  'emergency-why': 'offered',
  'practice-emergency': 'offered',
};

/** The Frame of one screen. The station's name is like a ward's, and nobody's. */
export function sampleFrame(name: ScreenName, theme: 'day' | 'night', emergency: Emergency = own[name] ?? 'none'): Frame {
  const screen: Screen = screens[name];
  // All that is typed but a change of the own PIN is typed at a locked station.
  const isTyped = screen.kind === 'form' && screen.form !== 'changePin';
  const view: View = {
    screen,
    help: helps[name] ?? null,
    language: null,
    emergency: { offered: emergency === 'offered' && !openDesk.includes(screen.kind), until: emergency === 'open' && !isTyped ? sampleNow + 24 * 60_000 - 20_000 : null },
  };
  return {
    view,
    now: sampleNow,
    wall: sampleWall,
    station: { name: 'Ward 4 · Cart 12', computer: 'W4-CART-12', version: '0.1.0', phone: '4321', language: 'en', theme, nightSound: 'low', mode: 'installed', lockKey: null },
  };
}

/** The tray of the evaluation page, as the agent tells it. */
export const sampleTray = { badges: ['Sam B.', 'Ana K.', 'Luz M.', 'Omar T.', 'Mei L.'].map((label, at) => ({ id: String(at), label })), plugged: true } as const;
