/** Every View that the core can publish comes in; what the tile on Windows' logon screen shows of it is tested, row by row. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Face } from '../../agent/faces.ts';
import { showLogonScreen } from '../../agent/windows/logon-screen.ts';
import { tileScreen } from '../../agent/windows/tile.ts';
import type { Frame } from '../../core/bridge.ts';
import type { Screen, View } from '../../core/view.ts';
import type { TileScreen } from '../../native/session/windows/host.ts';

const ana = { given: 'Ana', initial: 'R' };
const viewOf = (screen: Screen): View => ({ screen, help: null, language: null, emergency: { offered: false, until: null } });
const pad = { person: ana, length: 6, digits: 0, remark: null, checkingSince: null } as const;
const idle = { kind: 'idle', name: '' } as const;

const rows: readonly (readonly [string, Screen, TileScreen | null])[] = [
  ['nobody has tapped', { kind: 'idle' }, idle],
  ['her PIN', { kind: 'pin', ...pad }, { kind: 'pin', length: 6, name: 'Ana R' }],
  ['digits of it change nothing', { kind: 'pin', ...pad, digits: 3 }, { kind: 'pin', length: 6, name: 'Ana R' }],
  ['it is being checked', { kind: 'pin', ...pad, digits: 6, checkingSince: 1 }, null],
  ['it was wrong', { kind: 'pin', ...pad, remark: { kind: 'wrong', left: 3 } }, { kind: 'wrong', left: 3, name: 'Ana R' }],
  ['another remark is no wrong PIN', { kind: 'pin', ...pad, remark: { kind: 'wiped' } }, { kind: 'pin', length: 6, name: 'Ana R' }],
  ['her key’s own PIN', { kind: 'keyPin', ...pad, length: 4 }, { kind: 'pin', length: 4, name: 'Ana R' }],
  ['a wait, rounded up', { kind: 'wait', until: 61_001 }, { kind: 'wait', seconds: 61, name: '' }],
  ['a wait that is over', { kind: 'wait', until: 900 }, { kind: 'wait', seconds: 1, name: '' }],
  ['blocked', { kind: 'blocked' }, { kind: 'blocked', name: '' }],
  ['her key is blocked', { kind: 'keyBlocked' }, { kind: 'blocked', name: '' }],
  ['the station is degraded', { kind: 'callIt', cause: 'storeDamaged' }, { kind: 'away', name: '' }],
  ['no reader', { kind: 'readerMissing', cause: 'noReader' }, { kind: 'away', name: '' }],
  ['a badge is read', { kind: 'reading', since: 1 }, null],
  ['it opens', { kind: 'welcome', person: ana, tapUntil: null, weak: null }, null],
  ['it did not open', { kind: 'notOpened' }, idle],
  ['open', { kind: 'open', person: ana, session: '2', strip: null, lockButton: false }, idle],
  ['an unknown badge', { kind: 'unknown', add: 'off', vouch: false }, idle],
  ['an application asks', { kind: 'confirm', ...pad, app: 'Orders', act: 'sign', wantsBadge: false }, idle],
];

for (const [what, screen, expected] of rows) test(`the tile: ${what}`, () => assert.deepEqual(tileScreen(viewOf(screen), 1_000, null), expected));

test('a password is asked for where nothing else is, and by no screen of somebody else’s', () => {
  for (const [what, screen, expected] of rows) {
    const asked = screen.kind === 'idle' || screen.kind === 'notOpened';
    assert.deepEqual(tileScreen(viewOf(screen), 1_000, 'Ana R'), asked ? { kind: 'password', name: 'Ana R' } : expected, what);
  }
});

test('the same question after an answer is told again: the tile waits for it; and after the host was away', () => {
  const shown: TileScreen[] = [];
  let face: Face = () => undefined;
  let changed: (isHere: boolean) => void = () => undefined;
  const agent = { faces: { connect: (one: Face) => ((face = one), () => undefined) }, clock: { now: () => 1_000 } } as unknown as Parameters<typeof showLogonScreen>[0]['agent'];
  const host = { show: (screen: TileScreen) => void shown.push(screen), hear: () => undefined, hearPin: () => undefined, changed: (one: typeof changed) => void (changed = one) };
  using _ = showLogonScreen({ agent, host });
  const publish = (screen: Screen): void => face({ kind: 'frame', frame: { view: viewOf(screen) } as Frame });
  publish({ kind: 'keyPin', ...pad });
  publish({ kind: 'keyPin', ...pad, digits: 2 });
  assert.equal(shown.length, 1);
  publish({ kind: 'keyPin', ...pad, checkingSince: 1 });
  publish({ kind: 'keyPin', ...pad, remark: { kind: 'keyGone' } });
  assert.equal(shown.length, 2);
  changed(false);
  changed(true);
  assert.equal(shown.length, 3);
});
