/** Marks of computers, then and now, come in; same, moved, cloned or fresh goes out; and the marks themselves are what systemd and SMBIOS say they are. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { learned, standing } from '../../agent/station/machine.ts';
import { applicationId, boardCredential, machineMarks, marksOf } from '../../native/machine/marks.ts';
import { smbiosUuid } from '../../native/machine/windows-machine.ts';
import { need } from '../needs.ts';

const none = { system: null, board: null };
const both = { system: 's', board: 'b' };

test('every pair of marks has its one answer', () => {
  const table = [
    [null, both, 'fresh'],
    [null, none, 'fresh'],
    [none, both, 'fresh'],
    [both, both, 'same'],
    [both, { system: 's', board: null }, 'same'],
    [{ system: 's', board: null }, both, 'same'],
    [{ system: null, board: 'b' }, both, 'same'],
    [both, { system: 's', board: 'x' }, 'moved'],
    [{ system: null, board: 'b' }, { system: 's', board: 'x' }, 'moved'],
    [both, { system: 'x', board: 'b' }, 'cloned'],
    [both, { system: 'x', board: 'x' }, 'cloned'],
    [both, { system: 'x', board: null }, 'cloned'],
    // Nothing that could be compared is left: nothing speaks for the station.
    [both, none, 'cloned'],
    [{ system: 's', board: null }, { system: null, board: 'b' }, 'cloned'],
  ] as const;
  for (const [then, now, expected] of table) assert.equal(standing(then, now), expected, JSON.stringify([then, now]));
});

test('a mark that was read once is kept where it cannot be read', () => {
  assert.deepEqual(learned(both, { system: 's', board: null }), both);
  assert.deepEqual(learned({ system: 's', board: null }, both), both);
  assert.deepEqual(learned(null, none), none);
});

const machine = '3d1219c7c4c5404aaa1f6d2a48adfda4';
const board = '4c4c4544-0042-3510-8052-b4c04f4d3032';

test('what is no id, or stands on thousands of boards alike, is no mark', () => {
  for (const system of [null, '', 'uninitialized\n', '0'.repeat(32), machine.slice(1), `${machine}0`]) assert.equal(marksOf(system, null).system, null, String(system));
  for (const uuid of [
    null,
    '',
    'none',
    'Not Settable',
    board.slice(1),
    '00000000-0000-0000-0000-000000000000',
    'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF',
    '03000200-0400-0500-0006-000700080009',
  ])
    assert.equal(marksOf(null, uuid).board, null, String(uuid));
  const { system, board: found } = marksOf(`${machine}\n`, `${board}\n`);
  assert.deepEqual([system?.length, found?.length, system === found], [32, 32, false]);
  assert.ok(system !== null && found !== null && !machine.includes(system) && !board.replaceAll('-', '').includes(found));
  assert.deepEqual(marksOf(machine.toUpperCase(), board.toUpperCase()), { system, board: found });
});

test('the system’s mark is the one systemd derives for us', { skip: need('linux', 'systemd') }, () => {
  const derived = execFileSync('systemd-id128', ['machine-id', `--app-specific=${applicationId}`], { encoding: 'utf8' }).trim();
  assert.equal(machineMarks().system, derived);
});

test('the unit passes the board’s number as the credential that is read, and goes on without one', () => {
  const unit = readFileSync(join(import.meta.dirname, '../../build/linux/tapward.service'), 'utf8');
  assert.match(unit, new RegExp(`^LoadCredential=${boardCredential}:/sys/class/dmi/id/product_uuid$`, 'm'));
  assert.match(unit, new RegExp(`^SetCredential=${boardCredential}:`, 'm'));
});

/** A structure of SMBIOS: type, length, handle, what it holds, its strings. */
const structure = (type: number, holds: Uint8Array, ...strings: readonly string[]): Buffer =>
  Buffer.concat([Buffer.of(type, 4 + holds.length, 0, 0), holds, Buffer.from(strings.length === 0 ? '\0\0' : `${strings.join('\0')}\0\0`)]);

test('the board’s UUID in the firmware’s tables, wherever it stands, and none in what is cut short', () => {
  const raw = Buffer.from('44454c4c420010358052b4c04f4d3032', 'hex');
  const information = structure(1, Buffer.concat([Buffer.alloc(4), raw, Buffer.alloc(3)]), 'Maker', 'Board');
  const tables = Buffer.concat([Buffer.alloc(8), structure(0, Buffer.alloc(20), 'BIOS'), structure(11, Buffer.alloc(1)), information, structure(127, Buffer.of())]);
  assert.equal(smbiosUuid(tables), '4c4c4544-0042-3510-8052-b4c04f4d3032');
  assert.equal(smbiosUuid(Buffer.concat([Buffer.alloc(8), structure(127, Buffer.of()), information])), null);
  for (let length = 0; length < tables.length; length++) {
    const cut = smbiosUuid(tables.subarray(0, length));
    assert.ok(cut === null || cut === board, `cut at ${length}`);
  }
});
