/** Tables that Windows Installer would stumble over come in; each fault is named in one sentence before a package is made of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultsOf } from '../../build/windows/tables.ts';

test('a table that leads nowhere, says a thing twice or has a letter of another alphabet is refused', () => {
  const faults = faultsOf({
    Feature: [['Agent', 'Gone', 'x', null, 1, 1, null, 0]],
    Property: [
      ['A', 'x'],
      ['A', 'y'],
      ['B', null],
      ['C', 'café'],
    ],
    Media: [['1', 3, null, null, null, null]],
  });
  assert.deepEqual(faults, [
    'Feature.Feature_Parent of Agent leads to no Feature: Gone',
    'Property has A twice',
    'Property.Value of B is empty',
    'Property.Value of C has a character that no table takes: "café"',
    'Media.DiskId of 1 is of the wrong kind',
  ]);
});
