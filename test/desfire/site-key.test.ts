/** Files of every kind come in where a site key is looked for; the key, or one sentence with what to do, goes out. */
import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createSiteKey, loadSiteKey } from '../../native/desfire/site-key.ts';
import { need } from '../needs.ts';
import { text } from './hex.ts';

const dir = mkdtempSync(join(tmpdir(), 'tapward-site-key-'));
after(() => rmSync(dir, { recursive: true, force: true }));
const path = (name: string): string => join(dir, name);
const digits = '404142434445464748494a4B4C4D4E4F';

function written(name: string, content: string | Uint8Array, mode = 0o600): string {
  writeFileSync(path(name), content, { mode });
  chmodSync(path(name), mode);
  return path(name);
}

test('a new key is random, its owner’s alone, and never over one that is there', () => {
  const made = createSiteKey(path('new.key'));
  assert.ok(made.kind === 'held');
  assert.equal(statSync(path('new.key')).mode & 0o777, 0o600);
  assert.equal(readFileSync(path('new.key'), 'utf8'), `${text(made.key).toLowerCase()}\n`);
  const again = createSiteKey(path('new.key'));
  assert.ok(again.kind === 'unusable');
  assert.match(again.why, /is there already/);
  const loaded = loadSiteKey(path('new.key'));
  assert.ok(loaded.kind === 'held');
  assert.deepEqual(loaded.key, made.key);
  const other = createSiteKey(path('other.key'));
  assert.ok(other.kind === 'held');
  assert.notDeepEqual(other.key, made.key);
});

test('32 digits, with or without an end of line', () => {
  for (const end of ['', '\n', '\r\n']) {
    const held = loadSiteKey(written('good.key', digits + end));
    assert.ok(held.kind === 'held');
    assert.equal(text(held.key), digits.toUpperCase());
  }
});

test('anything else in the file is refused in one sentence that does not show it', () => {
  for (const content of [
    '',
    '\n',
    digits.slice(1),
    `${digits}0`,
    `${digits}\n\n`,
    `${digits}\r`,
    `${digits} \n`,
    ` ${digits}`,
    digits.replace('4', 'g'),
    'x'.repeat(100),
    new Uint8Array(16).fill(7),
    '00'.repeat(16),
  ]) {
    const held = loadSiteKey(written('bad.key', content));
    assert.ok(held.kind === 'unusable', JSON.stringify(content));
    assert.match(held.why, /^\S+ (does not hold 32 hexadecimal digits: restore it from its copy|holds a key of zeros, which every badge is delivered with: make a new one)\.$/);
    if (typeof content === 'string' && content.length > 8) assert.ok(!held.why.includes(content.trim().slice(0, 8)));
  }
});

test('a file that others may read or write, a link, a folder, none: refused', { skip: need('linux') }, () => {
  for (const mode of [0o640, 0o604, 0o620, 0o660, 0o644, 0o666, 0o610]) {
    const held = loadSiteKey(written('open.key', digits, mode));
    assert.ok(held.kind === 'unusable', mode.toString(8));
    assert.match(held.why, /^Others may read .*: run chmod 600 on it, .*\.$/);
  }
  written('there.key', digits);
  symlinkSync(path('there.key'), path('link.key'));
  mkdirSync(path('folder.key'));
  const whys = ['link.key', 'folder.key', 'nowhere.key'].map((name) => {
    const held = loadSiteKey(path(name));
    assert.ok(held.kind !== 'held');
    return `${held.kind}: ${held.why.replace(dir, '')}`;
  });
  assert.deepEqual(whys, [
    'unusable: /link.key is a symbolic link: name the file itself.',
    'unusable: /folder.key is not a file: name the file that holds the site key.',
    'absent: There is no site key at /nowhere.key: make one, or bring the site’s own there.',
  ]);
});

test('another account’s file is refused even to root', { skip: need('linux', 'root') }, () => {
  const file = written('theirs.key', digits);
  chownSync(file, 65_534, 65_534);
  const held = loadSiteKey(file);
  assert.ok(held.kind === 'unusable');
  assert.match(held.why, /belongs to another account/);
});
