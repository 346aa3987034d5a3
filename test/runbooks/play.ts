/** A runbook and a way to run commands come in; its steps are run in their order, and what does not appear fails. */
import assert from 'node:assert/strict';
import { bookOf, missing, type Step, wordsOf } from './book.ts';

export type Said = { readonly code: number | null; readonly out: string; readonly err: string };
export type Stage = {
  /** `tapward` with these words, without the name itself. */
  readonly run: (words: readonly string[]) => Promise<Said> | Said;
  /** What stands for PERSON, BADGE and the like; each may be known only once it is asked for. */
  readonly names?: Readonly<Record<string, () => string | Promise<string>>>;
  /** Done before the n-th step, counted from 0, and after it. */
  readonly before?: Readonly<Record<number, () => unknown>>;
  readonly after?: Readonly<Record<number, (said: Said) => unknown>>;
};

export async function play(title: string, { run, names = {}, before = {}, after = {} }: Stage): Promise<void> {
  const { steps } = bookOf(title);
  assert.ok(steps.length > 0, `${title} has no step`);
  for (const place of [...Object.keys(before), ...Object.keys(after)]) assert.ok(Number(place) < steps.length, `${title} has no step ${place}`);
  for (const [i, step] of steps.entries()) {
    await before[i]?.();
    const put = await namesIn(step, names);
    const said = await run(wordsOf(put(step.command)).slice(1));
    // What it says while it waits stands before its answer.
    const lost = missing(`${said.err}${said.out}`, step.expected.map(put));
    assert.equal(lost, null, `${title}: \`${step.command}\` said\n${said.out}${said.err}`);
    await after[i]?.(said);
  }
}

async function namesIn({ command, expected }: Step, names: NonNullable<Stage['names']>): Promise<(text: string) => string> {
  const text = [command, ...expected].join('\n');
  const known: (readonly [string, string])[] = [];
  for (const [name, find] of Object.entries(names)) if (new RegExp(`\\b${name}\\b`).test(text)) known.push([name, await find()]);
  return (line) => known.reduce((put, [name, value]) => put.replace(new RegExp(`\\b${name}\\b`, 'g'), value), line);
}
