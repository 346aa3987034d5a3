/** A learner's taps and presses come in: lessons that go on, and a station that gives itself back at once, go out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { view } from '../../core/view.ts';
import { badge, Story, sam } from './world.ts';

const lesson = (s: Story): string => (s.state.claim.kind === 'practice' ? s.state.claim.lesson : s.state.claim.kind);
const begun = (): Story => new Story().play({ kind: 'help' }, { kind: 'practise', attempt: 5 });

test('six lessons, any card, any digits, and one entry: that it was done', () => {
  const s = begun();
  const said = new Set<string>();
  const play: Story['play'] = (...h) => {
    for (const one of h) {
      s.play(one);
      for (const e of s.effects) said.add(e.kind === 'record' ? `record ${e.entry.kind}` : e.kind);
    }
    return s;
  };
  assert.deepEqual(view(s.state, s.at, s.policy).screen, { kind: 'practice', lesson: 'tap', length: 0, digits: 0, wrong: false, part: 1, parts: 7 });
  s.tap(1, { kind: 'unknown', tag: 'tag-u' });
  assert.deepEqual([lesson(s), s.reason()], ['pin', 'practice']);
  const six = Array.from({ length: 6 }, () => ({ kind: 'digit' }) as const);
  play(...six);
  assert.equal(lesson(s), 'wrongPin');
  play(...six);
  assert.equal(s.state.claim.kind === 'practice' && s.state.claim.wrong, true);
  play(...six);
  assert.equal(lesson(s), 'takeOver');
  play({ kind: 'next' });
  assert.equal(lesson(s), 'takeOver', 'it is done, not skipped');
  play({ kind: 'notNow' });
  play({ kind: 'next' }, { kind: 'next' });
  assert.equal(lesson(s), 'done');
  play({ kind: 'next' });
  assert.equal(lesson(s), 'none');
  assert.deepEqual([...said].sort(), ['cue', 'record practised']);
});

test('a real tap after the first lesson is a real tap', () => {
  const s = begun().tap(1, badge(sam)).tap(2, badge(sam));
  assert.deepEqual([s.reason(), lesson(s)], ['tooSoon', 'pin'], 'the learner’s own badge once more');
  assert.equal(lesson(s.play(5_000).tap(3, badge(sam))), 'pin');
  assert.equal(s.state.claim.kind, 'pin');
});

test('it gives the station back: by back, by cancel, left alone, or when it breaks', () => {
  for (const end of [{ kind: 'back' }, { kind: 'cancel' }] as const) assert.equal(lesson(begun().play(end)), 'none');
  assert.equal(lesson(begun().play(60_000, { kind: 'tick' })), 'none');
  assert.equal(lesson(begun().play({ kind: 'broken', cause: 'storeDamaged' })), 'none');
});

test('never over open work', () => {
  assert.equal(lesson(new Story().signIn(1, sam).play({ kind: 'practise', attempt: 5 })), 'none');
});
