/** docs/RUNBOOKS.md comes in; that it has a runbook for each call, says what the screen says, names commands and settings that there are, and is played by a test or says that it is not, is tested. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseArgs } from 'node:util';
import { optionTypes } from '../../agent/cli/command.ts';
import { commands } from '../../agent/cli/commands.ts';
import { settings } from '../../agent/policy-file.ts';
import { root } from '../../build/setup.mjs';
import { missing, runbooks, screenSentences, wordsOf } from './book.ts';

const calls = [
  'Lost badge',
  'Blocked PIN',
  'Reader dead',
  'Station will not unlock',
  'Keys leave the locked screen',
  'Emergency unlock',
  'Roll back',
  'A cloned station',
  'Policy refused',
  'A full disk',
  'The password screen, and no tap',
  'Windows: back to passwords alone',
  'Support bundle',
];

test('a runbook for each call, short enough to follow on the telephone', () => {
  assert.deepEqual(
    runbooks.map(({ title }) => title),
    calls,
  );
  for (const { title, text, steps } of runbooks) {
    assert.ok(text.split(/\s+/).length < 320, `${title} is too long`);
    assert.ok(steps.length <= 5, `${title} has too many steps`);
    assert.match(text, /^> (Screen: )?“/m, `${title} begins with what is said or shown`);
  }
});

test('what the page says the screen shows, the screen can show', () => {
  for (const { title, screens } of runbooks) for (const sentence of screens.flat()) assert.ok(screenSentences.includes(sentence), `${title}: the screen never says “${sentence}”`);
  assert.ok(runbooks.flatMap(({ screens }) => screens).length >= 8);
});

test('commands, options and settings of the page are there', () => {
  const known = (words: readonly string[]): string | null => {
    const command = commands.filter(({ name }) => name === words.slice(0, name.split(' ').length).join(' ')).toSorted((a, b) => b.name.length - a.name.length)[0];
    if (command === undefined) return `there is no command ${words.join(' ')}`;
    const { values } = parseArgs({ args: [...words], options: optionTypes, allowPositionals: true });
    return Object.keys(values).find((option) => !['json', 'dir'].includes(option) && !command.options.some(([own]) => own === option)) ?? null;
  };
  for (const { title, steps, text } of runbooks) {
    for (const { command, expected } of steps) {
      assert.match(command, /^tapward /, `${title}: only tapward's own commands are run by a test`);
      assert.equal(known(wordsOf(command).slice(1)), null, `${title}: ${command}`);
      assert.ok(expected.length > 0, `${title}: ${command} says nothing`);
    }
    for (const [, command = ''] of text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/`tapward ([^`]*)`/g))
      assert.equal(known(command.split(' ').filter((word) => !/^[A-Z]+$/.test(word))), null, `${title}: ${command}`);
    for (const [, key = ''] of text.matchAll(/`([a-z]+[A-Z][A-Za-z]*)`/g))
      assert.ok(
        settings().some((setting) => setting.key === key),
        `${title}: ${key} is no setting`,
      );
  }
});

test('each runbook is played by a test of its own, or says that it is not', () => {
  const folder = join(root, 'test/runbooks');
  const tests = readdirSync(folder)
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
  for (const { title, text, steps } of runbooks) assert.equal(steps.length > 0 && tests.includes(`play('${title}'`), !/^\*Not tried by a test: /m.test(text), title);
});

test('what is expected is found in its order, and nothing else is', () => {
  const said = 'health  degraded: the store\nmend    free (the) disk.\n';
  assert.equal(missing(said, ['health … degraded: …', 'mend … free (the) disk.']), null);
  assert.equal(missing(said, ['mend …', 'health …']), 'health …');
  assert.equal(missing(said, ['free .the. disk']), 'free .the. disk');
});
