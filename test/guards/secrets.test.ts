/** Every product source comes in; a test fails for a line that prints where nothing may be printed, or puts a secret's name into a sentence. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { files, textOf } from './tree.ts';

const product = files.filter((path) => /^(core|agent|native|renderer|electron)\/.*\.ts$/.test(path));
/** Programs that a person runs in a terminal, the diagnostics they all speak through, and the face's one sentence to its supervisor. */
const speaks = /^agent\/(cli|evaluation|demo)\/|^agent\/diagnostics\.ts$|^agent\/([a-z-]+\/)?main\.ts$|^electron\/complaint\.ts$/;

/** Lines that write to the terminal outside the programs that may. */
export function prints(path: string, source: string): readonly string[] {
  if (speaks.test(path)) return [];
  return source.split('\n').flatMap((line, at) => (/\bconsole\.\w+\(|process\.(stdout|stderr)\.write\(/.test(line) ? [`${path}:${at + 1}: ${line.trim()}`] : []));
}

const secretNames = /\$\{[^}]*\b(pin|pins|digits?|uid|pepper|secret|[a-z]+Key|key|given|cardNumber)\b(?!\.length|\.kind|s?Length)[^}]*\}/i;
const sentence = /\b(new \w*Error|throw|log|warn|note|console\.\w+|stderr|stdout|diagnose|report)\b.*`/;

/** Lines that put a secret, a UID or a personal name into an error, a log line or another sentence. */
export function leaks(path: string, source: string): readonly string[] {
  return source.split('\n').flatMap((line, at) => (sentence.test(line) && secretNames.test(line) ? [`${path}:${at + 1}: ${line.trim()}`] : []));
}

test('only the programs of the terminal write to it', () => {
  assert.deepEqual(
    product.flatMap((path) => prints(path, textOf(path) ?? '')),
    [],
  );
});

test('no error and no log line names a PIN, a UID, a key or a person', () => {
  assert.deepEqual(
    product.flatMap((path) => leaks(path, textOf(path) ?? '')),
    [],
  );
});

test('planted leaks are seen', () => {
  /** Written in pieces: as one string these would be templates here. */
  const line = (before: string, name: string, after = '`)'): string => `${before}\`wrong: $\{${name}}${after}`;
  assert.equal(leaks('agent/x.ts', line('throw new Error(', 'pin')).length, 1);
  assert.equal(leaks('agent/x.ts', line('log(', "uid.toString('hex')")).length, 1);
  assert.equal(leaks('agent/x.ts', line('diagnose(', 'subscriber.given')).length, 1);
  assert.equal(leaks('agent/x.ts', line('log(', 'uid.length')).length, 0);
  assert.equal(leaks('agent/x.ts', line('log(', 'reader')).length, 0);
  assert.equal(prints('agent/queue.ts', 'console.log(1)').length, 1);
  assert.equal(prints('agent/cli/main.ts', 'console.log(1)').length, 0);
});
