/** What faces say of the keyboard comes in, beat by beat; that it is told once for each change that lasts, and kept for whoever looks later, is tested. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Keyboard, keyboardWords, watchKeyboard } from '../../agent/face/keyboard.ts';
import type { KeyboardHold } from '../../core/face-link.ts';
import { need } from '../needs.ts';
import { openKnock, until } from './visitor.ts';

type Watched = { readonly keyboard: Keyboard; readonly told: string[]; readonly beats: (seconds: number, hold: KeyboardHold, face?: object) => void };
const usual = {};

function watched({ mock: { timers } }: TestContext): Watched {
  timers.enable({ apis: ['setTimeout'] });
  const told: string[] = [];
  const keyboard = watchKeyboard((text) => told.push(text));
  const beats: Watched['beats'] = (seconds, hold, face = usual) => {
    for (let second = 0; second < seconds; second++) {
      keyboard.said(face, hold);
      timers.tick(1_000);
    }
  };
  return { keyboard, told, beats };
}

test('a hold that goes well is never told; one that does not is told once, with why and what to do, and once more when it is well', (t) => {
  const { keyboard, told, beats } = watched(t);
  assert.equal(keyboard.now(), null);
  beats(10, 'free');
  beats(10, 'held');
  assert.deepEqual([told, keyboard.now()], [[], 'held']);
  for (const hold of ['missing', 'noServer', 'wayland', 'taken'] as const) {
    beats(60, hold);
    assert.deepEqual(told.splice(0), [`${keyboardWords[hold].what}. ${keyboardWords[hold].mend}`]);
    assert.equal(keyboard.now(), hold);
  }
  beats(60, 'held');
  assert.deepEqual(told, [`${keyboardWords.held.what}.`]);
  for (const { what, mend } of Object.values(keyboardWords)) assert.match(`${what}. ${mend ?? 'It is.'}`, /^\p{Lu}[^.]*\. \p{Lu}[^\n]*\.$/u);
});

test('a menu that is open at the moment of locking, and a helper that is back at once, are no news', (t) => {
  const { keyboard, told, beats } = watched(t);
  for (let i = 0; i < 20; i++) {
    beats(5, 'free');
    beats(1, i % 2 === 0 ? 'taken' : 'missing');
    beats(5, 'held');
  }
  assert.deepEqual([told, keyboard.now()], [[], 'held']);
});

test('whoever looks while it is open still finds what was wrong at the last lock', (t) => {
  const { keyboard, told, beats } = watched(t);
  beats(10, 'held');
  for (let i = 0; i < 3; i++) {
    beats(10, 'taken');
    beats(100, 'free');
  }
  assert.deepEqual([told.length, keyboard.now()], [1, 'taken']);
  // A helper that is there again, though, is mended.
  beats(10, 'wayland');
  beats(10, 'free');
  assert.deepEqual([told.length, keyboard.now()], [3, 'free']);
});

test('of several faces the worst counts; one that is gone counts no more, and the last one’s word stays', (t) => {
  const { keyboard, told, beats } = watched(t);
  const [first, second] = [{}, {}];
  beats(10, 'held', first);
  beats(10, 'missing', second);
  assert.equal(keyboard.now(), 'missing');
  keyboard.gone(second);
  beats(10, 'held', first);
  assert.equal(keyboard.now(), 'held');
  beats(10, 'taken', first);
  keyboard.gone(first);
  beats(10, 'none', second);
  assert.deepEqual([told.length, keyboard.now()], [4, 'none']);
});

test('the face’s door hears it in the beats, and answers those that tell it, which a face from before would not understand; and that a face is gone', {
  skip: need('linux'),
}, async () => {
  const heard: (KeyboardHold | 'gone')[] = [];
  await using door = await openKnock({ keyboard: { said: (_face, hold) => heard.push(hold), gone: () => heard.push('gone') } });
  const face = await door.visit();
  face.send({ kind: 'beat', covers: true });
  for (const hold of ['held', 'taken'] as const) face.send({ kind: 'beat', covers: true, hold });
  await until('all is heard', () => door.beats.length === 3);
  assert.deepEqual(heard, ['held', 'taken']);
  await until('each of the two is answered', () => face.answers() === 2);
  face.socket.destroy();
  await until('it is gone', () => heard.length === 3);
  assert.deepEqual(heard.at(-1), 'gone');
});
