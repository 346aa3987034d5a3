/** Nothing comes in; every screen the face can be asked for goes out as a Frame with a name, for pictures, tests and reviews. */
import type { Frame } from '../core/bridge.ts';
import type { HelpView, Screen, View } from '../core/view.ts';

/** Station time and wall time (02:14 UTC) of every sample. */
export const sampleNow = 1_000_000;
export const sampleWall = Date.UTC(2026, 10, 21, 2, 14);

const sam = { given: 'Sam', initial: 'B' } as const;
const ana = { given: 'Ana', initial: 'K' } as const;
const pin = { kind: 'pin', person: sam, length: 6, digits: 0, remark: null, checkingSince: null } as const;
const helpView: HelpView = { lastTap: { at: sampleNow - 73_000, reason: 'wrongPin', reference: '4821' }, reader: 'ready', test: 'off' };

const screens = {
  idle: { kind: 'idle' },
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
  welcome: { kind: 'welcome', person: sam },
  open: { kind: 'open', person: sam, session: 'session-sam', strip: null },
  'open-who': { kind: 'open', person: sam, session: 'session-sam', strip: 'who' },
  'open-kept': { kind: 'open', person: sam, session: 'session-sam', strip: 'kept' },
  warning: { kind: 'away', person: sam, until: sampleNow + 20_000 },
  lockout: { kind: 'wait', until: sampleNow + 30_000 },
  'lockout-long': { kind: 'wait', until: sampleNow + 300_000 },
  blocked: { kind: 'blocked' },
  'key-blocked': { kind: 'keyBlocked' },
  unknown: { kind: 'unknown', add: 'off' },
  'unknown-demo': { kind: 'unknown', add: 'demo' },
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
  'other-way': { kind: 'otherWay', key: false },
  'other-way-key': { kind: 'otherWay', key: true },
  key: { kind: 'key', since: sampleNow, pin: true },
  'enrol-key': { kind: 'enrolKey', person: sam, step: 'touch' },
  'enrol-key-done': { kind: 'enrolKey', person: sam, step: 'done' },
  confirm: { ...pin, kind: 'confirm', app: 'Records', act: 'Export records', digits: 2 },
  'call-it': { kind: 'callIt', cause: 'storeDamaged' },
  help: { kind: 'idle' },
  'help-test': { kind: 'idle' },
} as const satisfies Record<string, Screen>;

export type ScreenName = keyof typeof screens;
/** Every screen by name. `lost` is the face's own and has no Frame: it stands when the bridge is away. */
export const screenNames = Object.keys(screens) as readonly ScreenName[];

const helps: Partial<Readonly<Record<ScreenName, HelpView>>> = {
  help: helpView,
  'help-test': { lastTap: null, reader: 'ready', test: 'waiting' },
};

/** The Frame of one screen. The station's name is like a ward's, and nobody's. */
export function sampleFrame(name: ScreenName, theme: 'day' | 'night'): Frame {
  const view: View = { screen: screens[name], help: helps[name] ?? null, language: null };
  return {
    view,
    now: sampleNow,
    wall: sampleWall,
    station: { name: 'Ward 4 · Cart 12', computer: 'W4-CART-12', version: '0.1.0', phone: '4321', language: 'en', theme, nightSound: 'low', mode: 'installed' },
  };
}

/** The tray of the evaluation page, as the agent tells it. */
export const sampleTray = { badges: ['Sam B.', 'Ana K.', 'Luz M.', 'Omar T.', 'Mei L.'].map((label, at) => ({ id: String(at), label })), plugged: true } as const;
