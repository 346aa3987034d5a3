/** Patterns come in (none: everything); the checks and test files run, each is reported as it ends, and the last line and the exit code sum them up. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, relative } from 'node:path';
import { run } from 'node:test';
import { type Check, checks, runCheck } from '../build/checks.ts';
import { prepare, testPackages } from '../build/debian.ts';
import { root } from '../build/setup.mjs';
import { importsOf } from './guards/layers.ts';
import { closing, type FileReport, lines, report } from './reporter.ts';

/** For one test that sets no time of its own. */
const testTimeout = 5 * 60_000;
/** For a whole file: beyond any honest one. */
const fileTimeout = 20 * 60_000;

const everyFile: readonly string[] = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.test.ts'))
  .map((path) => `test/${path.replaceAll('\\', '/')}`)
  .sort();

/** What a file drives, itself or through what it imports: a display with an Electron or an X client, whose tests measure moments and have the machine to themselves; a Chromium or a pcscd, one at a time, since on two cores each would be the other's hanging machine; or neither. */
type Drives = 'display' | 'service' | 'neither';
const drivers: readonly (readonly [Drives, (from: string) => boolean])[] = [
  ['display', (from) => from.endsWith('/screen.ts')],
  ['service', (from) => from === 'playwright-core' || from.endsWith('/virtual-reader/stand.ts')],
];

function drives(file: string): Drives {
  const imported = importsBelow(file);
  return drivers.find(([, is]) => imported.some(is))?.[0] ?? 'neither';
}

function importsBelow(file: string, seen = new Set<string>()): readonly string[] {
  if (seen.has(file) || !existsSync(file)) return [];
  seen.add(file);
  const imports = importsOf(readFileSync(file, 'utf8')).filter(({ typeOnly }) => !typeOnly);
  return imports.flatMap(({ from }) => [from, ...(from.startsWith('.') ? importsBelow(join(dirname(file), from), seen) : [])]);
}

function runFile(file: string): Promise<FileReport> {
  const name = relative(root, file);
  if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K… ${name}`);
  const began = performance.now();
  const waiting = setInterval(() => console.log(`…       ${name} has been running for ${Math.round((performance.now() - began) / 60_000)} min`), 60_000);
  return report(file, run({ files: [file], concurrency: 1, timeout: testTimeout, signal: AbortSignal.timeout(fileTimeout) })).finally(() => clearInterval(waiting));
}

async function check(one: Check): Promise<FileReport> {
  const checked = await runCheck(one, root);
  const none = { file: join(root, `check: ${one.name}`), passed: 0, failed: [], skipped: [], said: [], errors: '', ms: 0 };
  switch (checked.kind) {
    case 'passed':
      return { ...none, passed: 1, ms: checked.ms };
    case 'failed':
      return { ...none, failed: [{ name: one.name, text: checked.said }], ms: checked.ms };
    case 'skipped':
      return { ...none, skipped: [{ name: one.name, text: checked.why }] };
    default:
      return checked satisfies never;
  }
}

/** Runs the jobs of each lane, one at a time in order, printing each report as it comes; a lane that is through takes from the one after it. */
async function all(...lanes: readonly (readonly (() => Promise<FileReport>)[])[]): Promise<readonly FileReport[]> {
  const reports: FileReport[] = [];
  const queues = lanes.map((jobs) => jobs.values());
  const lane = async (first: number): Promise<void> => {
    for (const queue of queues.slice(first)) {
      for (let next = queue.next(); !next.done; next = queue.next()) {
        const one = await next.value();
        if (process.stdout.isTTY) process.stdout.write('\r\x1b[K');
        reports.push(one);
        for (const line of lines(root, one)) console.log(line);
      }
    }
  };
  await Promise.all(lanes.map((_, first) => lane(first)));
  return reports;
}

/** Rooms whose tests only compute: what fails there would fail again. */
const pure = ['check: ', 'test/core/', 'test/explore/', 'test/guards/'];
/** What tries to get past a lock: a failure seen once in two runs may be a leak seen once in two runs, and is never forgiven. */
const guarding = /kill|guard|hostile|overlays|contexts|cover|flood/;
/** More than these is no noise of a shared machine. */
const mostAgain = 3;

/** Where nobody looks on (CI): the few files that drive real programs and failed run once more, alone, but for those that guard a lock. What passes then counts, and is named at the end for somebody to mend. */
async function again(reports: readonly FileReport[]): Promise<readonly FileReport[]> {
  const once = (name: string): boolean => pure.some((room) => name.startsWith(room)) || guarding.test(name);
  const worth = reports.filter(({ file, failed }) => failed.length > 0 && !once(relative(root, file)));
  if (worth.length === 0 || worth.length > mostAgain) return reports;
  console.log(`\nOnce more, alone: ${worth.map(({ file }) => relative(root, file)).join(', ')}`);
  const repeated = await all(
    worth.map(({ file, failed }) => async () => ({ ...(await runFile(file)), unsteady: failed })),
  );
  return reports.map((one) => repeated.find(({ file }) => file === one.file) ?? one);
}

/** Parts of paths; one that a shell completed (`./test/x`, `test\\x`, absolute) means the same file. */
const patterns = process.argv.slice(2).map((word) => (isAbsolute(word) ? relative(root, word) : word).replaceAll('\\', '/').replace(/^\.\//, ''));
const chosen = (name: string): boolean => patterns.length === 0 || patterns.some((pattern) => name.includes(pattern));
const files = everyFile.filter(chosen).map((path) => join(root, path));
const chosenChecks = checks(root).filter(({ name }) => patterns.length === 0 || patterns.some((pattern) => pattern.startsWith('check') && `check: ${name}`.includes(pattern)));

if (patterns.length === 0) {
  const prepared = await prepare(testPackages, console.log);
  if (prepared.kind === 'byHand') console.log(`Some tests need more than this machine has and will be skipped; for all of them: ${prepared.line}`);
  if (prepared.kind === 'failed') console.log(`${prepared.said}\nThe packages could not be installed; by hand: ${prepared.line}`);
}
const jobs = (what: Drives): readonly (() => Promise<FileReport>)[] => files.filter((file) => drives(file) === what).map((file) => () => runFile(file));
const first = [...(await all(chosenChecks.map((one) => () => check(one)))), ...(await all(jobs('display'))), ...(await all(jobs('service'), jobs('neither')))];
const reports = process.env['CI'] === 'true' ? await again(first) : first;
if (reports.length === 0) console.log(`No test file or check has ${patterns.join(' or ')} in its name; test files: ${everyFile.join(', ')}`);
for (const line of closing(root, reports)) console.log(line);
process.exitCode = reports.length === 0 || reports.some(({ failed }) => failed.length > 0) ? 1 : 0;
