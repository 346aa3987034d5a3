/** A policy file, what the MSI was told and Group Policy come in; that each decides against the one before, and says where a value comes from, is tested. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { registryKey, setupKey } from '../../agent/policy/group-policy.ts';
import { readSources } from '../../agent/policy/reading.ts';
import { judgeSources } from '../../agent/policy/sources.ts';
import { type SiteProperty, settings, siteProperties } from '../../build/windows/site.ts';
import { place } from './place.ts';

const text = (name: string, data: string): { readonly key: ''; readonly name: string; readonly type: 'REG_SZ'; readonly data: string } => ({ key: '', name, type: 'REG_SZ', data });

test('what the MSI was told counts below the policy file, and that below Group Policy', () => {
  using here = place();
  const path = join(here.folder, 'policy.json');
  mkdirSync(here.folder, { recursive: true });
  writeFileSync(path, '{ "helpPhone": "2", "stationName": "file" }');
  const told: Readonly<Record<string, readonly ReturnType<typeof text>[]>> = {
    [setupKey]: [text('sessions', 'windows'), text('helpPhone', '1'), text('stationName', 'installer')],
    [registryKey]: [text('stationName', 'group')],
  };
  const judged = judgeSources(
    readSources(path, (key) => told[key] ?? null),
    { mode: 'installed', stationName: 'own' },
  );
  assert.deepEqual(judged.faults, []);
  const { sessions, helpPhone, stationName } = judged.resolveOn('own').policy;
  assert.deepEqual({ sessions, helpPhone, stationName }, { sessions: 'windows', helpPhone: '2', stationName: 'group' });
});

test('the MSI writes where the agent reads, by the names of settings', () => {
  assert.equal(settings, setupKey);
  const kept = (siteProperties as readonly SiteProperty[]).flatMap((property) => (property.kept?.key === settings ? [text(property.kept.value, 'windows')] : []));
  assert.deepEqual(
    kept.map(({ name }) => name),
    ['stationName', 'sessions'],
  );
  const judged = judgeSources(
    readSources('/nowhere/policy.json', (key) => (key === setupKey ? kept : null)),
    { mode: 'installed', stationName: 'own' },
  );
  assert.deepEqual(judged.faults, []);
});
