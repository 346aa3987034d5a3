/** A person at a real terminal comes in; what she is asked is shown, what she types as a PIN is not, and the terminal is hers again afterwards. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { need } from '../needs.ts';
import { folder, type RunningAgent, startAgentProcess, tapwardJson } from './running.ts';

const skip = need('linux');
const place = folder();
const agent: RunningAgent | null = skip === false ? await startAgentProcess(join(place.path, 'station')) : null;
after(async () => {
  await agent?.[Symbol.asyncDispose]();
  place[Symbol.dispose]();
});
const main = fileURLToPath(new URL('../../agent/cli/main.ts', import.meta.url));

type Screen = {
  readonly shown: () => string /** Resolves once this is shown behind what was waited for before. */;
  readonly until: (text: string) => Promise<void>;
  readonly type: (text: string) => void;
  readonly ended: Promise<number>;
};

/** script(1) gives the command a pseudo-terminal; behind it `stty` says how it was left. */
function atTerminal(...args: readonly string[]): Screen {
  const command = [process.execPath, main, '--dir', agent?.dir ?? '', ...args].map((arg) => `'${arg}'`).join(' ');
  const child: ChildProcess = spawn('script', ['--quiet', '--return', '--flush', '--command', `${command}; code=$?; stty -a; exit $code`, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let shown = '';
  let passed = 0;
  let look = (): void => undefined;
  child.stdout?.on('data', (bytes: Buffer) => {
    shown += bytes.toString();
    look();
  });
  const ended = once(child, 'close').then(([code]: unknown[]) => code as number);
  return {
    shown: () => shown,
    until: (text) =>
      Promise.race([
        new Promise<void>((resolve) => {
          look = () => {
            const at = shown.indexOf(text, passed);
            if (at < 0) return;
            passed = at + text.length;
            look = () => undefined;
            resolve();
          };
          look();
        }),
        ended.then(() => {
          throw new Error(`it ended without showing "${text}": ${shown}`);
        }),
      ]),
    type: (text) => void child.stdin?.write(text),
    ended,
  };
}

/** Cooked, with echo: the terminal as a shell has it. */
function isHersAgain(shown: string): void {
  const left = shown.slice(shown.lastIndexOf('speed'));
  for (const flag of ['icanon', 'echo', 'isig']) assert.match(left, new RegExp(`\\s${flag}\\s`));
}

test('enrol at a terminal: asks, hides the PIN, asks again after each mistake', { skip }, async () => {
  const screen = atTerminal('enrol');
  await screen.until('First name: ');
  screen.type('R2\n');
  await screen.until('Initial of the last name: ');
  screen.type('S\n');
  await screen.until('Give the first name in letters, at most 24.');
  await screen.until('First name: ');
  screen.type('Robin\n');
  await screen.until('Initial of the last name: ');
  screen.type('S\n');
  await screen.until('Hold the badge to the reader.');
  await agent?.do({ do: 'place', uid: '04010203040506' });
  await agent?.do({ do: 'lift' });
  await screen.until('Got it. The badge may go.');
  await screen.until('PIN, 6 digits: ');
  screen.type('123456\r');
  await screen.until('because it counts up or down: choose another one.');
  await screen.until('PIN, 6 digits: ');
  screen.type('638204\r');
  await screen.until('The same again: ');
  screen.type('638205\r');
  await screen.until('The two were not the same: choose a PIN again.');
  await screen.until('PIN, 6 digits: ');
  // A mistake taken back, and a line begun anew.
  screen.type('9\u007f11\u0015638204\r');
  await screen.until('The same again: ');
  screen.type('638204\r');
  await screen.until('Robin S. is enrolled as ');
  assert.equal(await screen.ended, 0);
  for (const typed of ['123456', '638204', '638205', '911']) assert.ok(!screen.shown().includes(typed), 'a PIN was shown');
  assert.ok(screen.shown().includes('Robin\r\n'), 'what is no secret is shown as it is typed');
  isHersAgain(screen.shown());
  await agent?.signIn({ uid: '04010203040506', pin: '638204' });
});

test('three bad PINs end it; nobody has a new one', { skip }, async () => {
  const id = await personOf('Sam');
  const screen = atTerminal('reset-pin', id);
  for (let round = 1; round <= 3; round++) {
    await screen.until('PIN, 6 digits: ');
    screen.type('111111\r');
  }
  await screen.until('it repeats itself');
  assert.equal(await screen.ended, 1);
  isHersAgain(screen.shown());
});

test('Ctrl-C at the PIN ends it with 130, and the terminal is hers again', { skip }, async () => {
  const screen = atTerminal('reset-pin', await personOf('Sam'));
  await screen.until('PIN, 6 digits: ');
  screen.type('63\u0003');
  await screen.until('Ended; nothing was changed.');
  assert.equal(await screen.ended, 130);
  isHersAgain(screen.shown());
});

async function personOf(given: string): Promise<string> {
  const { json } = await tapwardJson(agent?.dir ?? '', ['people']);
  return (json as { people: { subscriber: { given: string; id: string } }[] }).people.find((p) => p.subscriber.given === given)?.subscriber.id ?? 'nobody';
}
