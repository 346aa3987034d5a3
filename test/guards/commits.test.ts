/** The subjects of all commits come in; a test fails for one that is not `room: imperative` within 60 characters. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { root } from '../../build/setup.mjs';
import { need } from '../needs.ts';

const rooms = 'agent|bench|build|ci|core|docs|electron|native|renderer|test';

/** What is wrong with a subject, in words, or null. */
export function fault(subject: string): string | null {
  if (subject.length > 60) return `${subject.length} characters`;
  if (!new RegExp(`^(${rooms}): \\S`).test(subject)) return 'does not begin with its room';
  return subject.endsWith('.') ? 'ends with a full stop' : null;
}

test('every commit says `room: imperative` within 60 characters', { skip: need('history') }, () => {
  const subjects = execFileSync('git', ['log', '--no-merges', '--format=%s'], { cwd: root, encoding: 'utf8' }).trim().split('\n');
  assert.deepEqual(
    subjects.map((subject) => ({ subject, fault: fault(subject) })).filter((each) => each.fault !== null),
    [],
  );
});

test('a subject without room, too long or ended is refused', () => {
  assert.notEqual(fault('Fix things'), null);
  assert.notEqual(fault(`core: ${'x'.repeat(60)}`), null);
  assert.notEqual(fault('core: keep the owner.'), null);
  assert.equal(fault('core: keep the owner who is typing'), null);
});
