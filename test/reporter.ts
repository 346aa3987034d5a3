/** The events of one test file come in, its counts and what a reader must see of it go out. Leaves count once; a suite or parent counts only for a failure of its own. */
import { relative } from 'node:path';
import type { TestEvent } from 'node:test/reporters';
import { inspect } from 'node:util';

export type Line = { readonly name: string; readonly text: string };
export type FileReport = {
  readonly file: string;
  readonly passed: number;
  readonly failed: readonly Line[];
  readonly skipped: readonly Line[];
  /** Of a file that was run once more: what failed the first time. */
  readonly unsteady?: readonly Line[];
  /** What its tests said by `t.diagnostic` or on stdout. */
  readonly said: readonly string[];
  readonly errors: string;
  readonly ms: number;
};

/** Reads one file's events to their end. `ms` is wall time. */
export async function report(file: string, events: AsyncIterable<TestEvent>): Promise<FileReport> {
  const began = performance.now();
  const failed: Line[] = [];
  const skipped: Line[] = [];
  const said: string[] = [];
  let passed = 0;
  let errors = '';
  /** Names of the tests above the running one; and whether anything has finished below each depth since. */
  const above: string[] = [];
  let depthBelow = 0;
  let ended = false;
  for await (const event of events) {
    switch (event.type) {
      case 'test:stdout':
        said.push(...event.data.message.split('\n').filter((line) => line.trim() !== ''));
        break;
      case 'test:stderr':
        errors += event.data.message;
        break;
      case 'test:diagnostic':
        // Those without a file are node:test's own summary.
        if (event.data.file !== undefined) said.push(event.data.message);
        break;
      case 'test:start':
        above.length = event.data.nesting;
        above[event.data.nesting] = event.data.name;
        break;
      case 'test:summary':
        // The file's own: it got to its end. (node:test's sum over files names none.)
        if (event.data.file !== undefined) ended = true;
        break;
      case 'test:pass':
      case 'test:fail': {
        const { name, nesting, skip, todo, details } = event.data;
        const parent = details.type === 'suite' || depthBelow > nesting;
        depthBelow = nesting;
        const full = [...above.slice(0, nesting), name === file ? '(the file itself)' : name].join(' › ');
        if (skip !== undefined) skipped.push({ name: full, text: words(skip, 'no reason given') });
        else if (todo !== undefined) skipped.push({ name: full, text: `to do: ${words(todo, 'no reason given')}` });
        else if (event.type === 'test:fail') {
          const error: Failure = event.data.details.error;
          if (!parent || error.failureType !== 'subtestsFailed') failed.push({ name: full, text: explain(error) });
        } else if (name === file) failed.push({ name: full, text: 'holds no test' });
        else if (!parent) passed += 1;
        break;
      }
      default:
        break;
    }
  }
  if (!ended && failed.length === 0) failed.push({ name: '(the file itself)', text: 'ended before its tests were done' });
  return { file, passed, failed, skipped, said, errors: errors.trim(), ms: performance.now() - began };
}

const words = (reason: string | boolean, none: string): string => (typeof reason === 'string' ? reason : none);

type Failure = Error & { readonly failureType?: string; readonly exitCode?: number | null; readonly signal?: string | null };

function explain(error: Failure): string {
  // node:test wraps what the test threw; its own words are only for crashes and timeouts.
  if (error.exitCode !== undefined) return `the process ended with ${error.signal ?? `exit code ${error.exitCode}`} before its tests were done`;
  if (error.failureType === 'testAborted') return 'did not end in time and was stopped: a test hangs, or something stays open after the last one';
  const { cause } = error;
  if (cause instanceof Error) return withoutNode(cause.stack?.includes(cause.message) ? cause.stack : `${cause.message}\n${cause.stack ?? ''}`);
  return cause === undefined ? error.message : inspect(cause);
}

/** A stack without the frames of Node itself. */
const withoutNode = (stack: string): string => stack.replace(/\n\s+at [^\n]*\(?node:[^\n]*/g, '');

const indent = (text: string, by: string): string =>
  text
    .split('\n')
    .map((line) => by + line)
    .join('\n');
const seconds = (ms: number): string => (ms < 950 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);

/** One file's report as the lines to print: a headline, what it said, its failures in full. */
export function lines(root: string, { file, passed, failed, skipped, said, errors, ms }: FileReport): readonly string[] {
  const counts = [`${passed} passed`, ...(failed.length > 0 ? [`${failed.length} FAILED`] : []), ...(skipped.length > 0 ? [`${skipped.length} skipped`] : [])];
  return [
    `${failed.length > 0 ? 'not ok' : 'ok    '}  ${relative(root, file)}  ${counts.join(', ')}  (${seconds(ms)})`,
    ...said.map((line) => `          ${line}`),
    ...failed.flatMap(({ name, text }) => [`        FAILED  ${name}`, indent(text, '          ')]),
    ...(failed.length > 0 && errors !== '' ? ['        stderr', indent(errors, '          ')] : []),
  ];
}

/** The end of a run: each skip with its reason, what passed only the second time, each failure's name again, and the counts alone on the last line. */
export function closing(root: string, reports: readonly FileReport[]): readonly string[] {
  const sum = (count: (report: FileReport) => number): number => reports.reduce((total, one) => total + count(one), 0);
  const each = (kind: 'failed' | 'skipped' | 'unsteady'): readonly (Line & { readonly file: string })[] =>
    reports.flatMap((one) => (one[kind] ?? []).map((line) => ({ ...line, file: relative(root, one.file) })));
  return [
    '',
    ...each('skipped').map(({ file, name, text }) => `skipped  ${file}  ${name}: ${text}`),
    ...each('unsteady').map(({ file, name }) => `UNSTEADY ${file}  ${name}: failed beside others, and the file was run again`),
    ...each('failed').map(({ file, name }) => `FAILED   ${file}  ${name}`),
    `${sum((one) => one.passed)} passed, ${sum((one) => one.failed.length)} failed, ${sum((one) => one.skipped.length)} skipped`,
  ];
}
