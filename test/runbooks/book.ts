/** docs/RUNBOOKS.md comes in; its runbooks go out: the commands of each with what must appear, and the sentences of the screen. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../build/setup.mjs';
import { en } from '../../renderer/words/en.ts';

/** `expected`: lines in order, each somewhere in a line of the output; `…` is anything. */
export type Step = { readonly command: string; readonly expected: readonly string[] };
export type Runbook = { readonly title: string; readonly steps: readonly Step[]; readonly screens: readonly (readonly string[])[]; readonly text: string };

export const runbooks: readonly Runbook[] = readFileSync(join(root, 'docs/RUNBOOKS.md'), 'utf8')
  .split(/^## /m)
  .slice(1)
  .map((part) => {
    const title = part.slice(0, part.indexOf('\n'));
    const blocks = [...part.matchAll(/^```console\n([\s\S]*?)^```/gm)].map(([, body = '']) => body.trim().split('\n'));
    return {
      title,
      text: part,
      steps: blocks.flatMap(stepsOf),
      screens: [...part.matchAll(/^> Screen: (.*)$/gm)].map(([, said = '']) => [...said.matchAll(/“([^”]*)”/g)].map(([, words = '']) => words)),
    };
  });

function stepsOf(lines: readonly string[]): readonly Step[] {
  const steps: { command: string; expected: string[] }[] = [];
  for (const line of lines) {
    if (line.startsWith('$ ')) steps.push({ command: line.slice(2), expected: [] });
    else steps.at(-1)?.expected.push(line);
  }
  return steps;
}

export const bookOf = (title: string): Runbook => runbooks.find((book) => book.title === title) ?? assert.fail(`there is no runbook “${title}”`);

const pattern = (expected: string): RegExp =>
  new RegExp(
    expected
      .split('…')
      .map((part) =>
        part
          .trim()
          .split(/\s+/)
          .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
          .join('\\s+'),
      )
      .join('.*'),
  );

/** The first expected line that is not there, behind the one before; null: all are. */
export function missing(output: string, expected: readonly string[]): string | null {
  const lines = output.split('\n');
  let from = 0;
  for (const line of expected) {
    const at = lines.findIndex((said, i) => i >= from && pattern(line).test(said));
    if (at < 0) return line;
    from = at + 1;
  }
  return null;
}

/** A command line’s words; a text in quotation marks is one. */
export const wordsOf = (command: string): readonly string[] => [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');

/** Every sentence the screen can say, with the help desk's number of the runbooks and any cause. */
export const screenSentences: readonly string[] = Object.entries(en).flatMap(([key, words]) => {
  const all = typeof words === 'string' ? [words] : Object.values(words);
  const causes = Object.entries(en).flatMap(([name, cause]) => (name.startsWith('cause.') && typeof cause === 'string' ? [cause] : []));
  return all.flatMap((text) => (key === 'callIt.line' ? causes.map((cause) => text.replace('{cause}', cause)) : [text])).map((text) => text.replace('{phone}', '4321'));
});

/** A screen's heading, with the same number. */
export function headingOf(kind: string): string {
  const heading = (en as Readonly<Record<string, unknown>>)[`${kind}.heading`];
  return typeof heading === 'string' ? heading.replace('{phone}', '4321') : assert.fail(`the screen ${kind} has no heading of its own`);
}
