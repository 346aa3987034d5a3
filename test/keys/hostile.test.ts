/** Junk, sanitizers and a memory checker come in; a helper that ends cleanly, gives every grab back and has no fault in its memory is tested. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { nativeProgram } from '../../build/native.ts';
import { need } from '../needs.ts';
import { openScreen, type Screen, until } from './screen.ts';

const skip = need('xServer');

type Bare = AsyncDisposable & { readonly child: ChildProcess; readonly said: () => string; readonly complaint: () => string };
/** The helper without anybody who supervises it. */
function bare(screen: Screen, program: string, args: readonly string[] = []): Bare {
  const child = spawn(program, args, { env: { ...screen.env, ASAN_OPTIONS: 'detect_leaks=0' }, stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  let complaint = '';
  child.stdout.on('data', (text: Buffer) => (said += text.toString('latin1')));
  child.stderr.on('data', (text: Buffer) => (complaint += text.toString()));
  child.stdin.on('error', () => {});
  return {
    child,
    said: () => said,
    complaint: () => complaint,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    },
  };
}
const exit = async (child: ChildProcess): Promise<number | null> => (child.exitCode === null ? ((await once(child, 'exit'))[0] as number | null) : child.exitCode);

test('junk for an order ends it at once, with every grab given back', { skip }, async () => {
  await using screen = await openScreen();
  const hand = await screen.hand();
  const program = await nativeProgram('keys-x11-checked');
  const junk = [
    Buffer.from('x'),
    Buffer.from([0x48, 17]),
    Buffer.from([0x48, 255]),
    Buffer.from([0]),
    Buffer.from('HOLD'),
    Buffer.concat([Buffer.from('x'), randomBytes(100_000)]),
  ];
  for (const bytes of junk) {
    await using helper = bare(screen, program);
    helper.child.stdin?.write(Buffer.from([0x48, 1, 1, 2, 3, 4]));
    await until('held', () => helper.said().includes('h'));
    assert.equal(await hand.say('grab'), 'grab 1 0');
    await hand.say('ungrab');
    helper.child.stdin?.write(bytes);
    if (bytes.equals(Buffer.from('HOLD'))) helper.child.stdin?.write(Buffer.alloc(4 * 0x4f));
    assert.equal(await exit(helper.child), 64, helper.complaint());
    assert.equal(helper.complaint(), '', 'the sanitizers have nothing to say');
    await until('everything is given back', async () => (await hand.say('grab')) === 'grab 0 0');
    await hand.say('ungrab');
  }
});

test('orders byte by byte and all at once, windows that do not exist, keys meanwhile: no fault of memory, and a clean end with stdin', { skip }, async () => {
  await using screen = await openScreen();
  const hand = await screen.hand();
  const window = Number((await hand.say('window 0 0 400 400')).split(' ')[1]);
  const id = Buffer.alloc(4);
  id.writeUInt32LE(window);
  await using helper = bare(screen, await nativeProgram('keys-x11-checked'));
  for (const byte of [0x48, 1, ...id]) {
    helper.child.stdin?.write(Buffer.of(byte));
    await new Promise(setImmediate);
  }
  await until('held', () => helper.said().includes('h'));
  await hand.keys('1');
  await hand.click(50, 350);
  // A press in the moment in which a hold ends may be lost: this one must have come before.
  await until('the press', () => hand.heard.some((line) => line.startsWith('click')));
  helper.child.stdin?.write(Buffer.concat([Buffer.from('RR'), Buffer.of(0x48, 16), randomBytes(64), Buffer.from('R'), Buffer.of(0x48, 0)]));
  await until('held again', () => /1.*f.*h$/.test(helper.said()));
  for (const key of ['2', 'Alt_L+Tab', 'KP_Enter']) await hand.keys(key);
  await hand.click(50, 350);
  await until('all of it came', () => /2[hn]*\r/.test(helper.said()));
  helper.child.stdin?.end();
  assert.equal(await exit(helper.child), 0, helper.complaint());
  assert.equal(helper.complaint(), '');
  assert.equal(hand.heard.filter((line) => line.startsWith('click')).length, 2);
});

test('a face that reads nothing more does not hold it up', { skip }, async () => {
  await using screen = await openScreen();
  const hand = await screen.hand();
  await using helper = bare(screen, await nativeProgram('keys-x11'));
  helper.child.stdin?.write(Buffer.of(0x48, 0));
  await until('held', () => helper.said().includes('h'));
  helper.child.stdout?.pause();
  const taps = 5_000; // a socket takes some 300 single bytes
  for (let i = 0; i < taps; i += 100) await hand.say('taps 100 5');
  helper.child.stdin?.write('R');
  await until('it still lets go', async () => (await hand.say('grab')) === 'grab 0 0');
});

test('Valgrind finds no invalid access, no uninitialised byte and nothing lost', {
  skip: skip || (!existsSync('/usr/bin/valgrind') && 'needs valgrind (apt install valgrind)'),
}, async () => {
  await using screen = await openScreen();
  const hand = await screen.hand();
  await hand.say('window 0 0 400 400');
  const args = ['-q', '--error-exitcode=99', '--leak-check=full', '--errors-for-leak-kinds=definite', await nativeProgram('keys-x11')];
  await using helper = bare(screen, '/usr/bin/valgrind', args);
  helper.child.stdin?.write(Buffer.of(0x48, 0));
  await until('held', () => helper.said().includes('h'));
  for (const key of ['1', 'Tab', 'F9']) await hand.keys(key);
  await hand.click(50, 350);
  await until('it came', () => helper.said().includes('\t'));
  helper.child.stdin?.write('R');
  await until('free', () => helper.said().endsWith('f'));
  helper.child.stdin?.end();
  assert.equal(await exit(helper.child), 0, helper.complaint());
  assert.equal(helper.complaint(), '');
});

test('the shipped program links nothing but X, and is hardened', { skip }, async () => {
  const linked = execFileSync('readelf', ['-dlW', await nativeProgram('keys-x11')], { encoding: 'utf8' });
  assert.deepEqual(new Set([...linked.matchAll(/NEEDED.*\[(.*)\]/g)].map(([, name]) => name)), new Set(['libX11.so.6', 'libXi.so.6', 'libc.so.6']));
  for (const sign of [/BIND_NOW/, /GNU_RELRO/, /\(FLAGS_1\).*PIE/, /GNU_STACK .* RW /]) assert.match(linked, sign);
});
