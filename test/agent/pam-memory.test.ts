/** A badge is tapped at a real agent and its PIN typed at a real PAM prompt; that this opens, that a wrong one does not, and that the agent's memory forgets both, is tested. */
import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { connectDoor } from '../../agent/admin/client.ts';
import { nativeProgram } from '../../build/native.ts';
import { need } from '../needs.ts';
import { createNamespace } from '../pam/namespace.ts';
import { assertForgotten, randomPin, start } from './remembered.ts';

const skip = need('linux', 'root', 'pamStack');

test('a tap and its PIN at the display manager’s prompt open; the PIN stands nowhere in the agent’s memory', { skip, timeout: 60_000 }, async (t) => {
  using space = createNamespace();
  const module = join(space.dir, 'pam_tapward.so');
  copyFileSync(await nativeProgram('pam'), module);
  space.stack('lightdm', [`auth sufficient ${module}`, 'auth required pam_deny.so', 'account required pam_permit.so']);
  const station = join(space.dir, 'station');
  const { child, answer } = start(t, 'held-pam.ts', station, space.run);
  const person = await answer();
  const door = await connectDoor(station);
  assert.ok(door.kind === 'connected');
  const pin = randomPin();
  const wrong = pin.map((digit) => (digit + 3) % 10);
  assert.equal((await door.ask({ ask: 'resetPin', person }, { pin: Uint8Array.from(pin) })).kind, 'done');
  const signIn = (input: string) => space.exec(['pamtester', '-I', 'tty=:0', 'lightdm', 'alice', 'authenticate'], { input });

  const untapped = await signIn(`${pin.join('')}\n`);
  assert.equal(untapped.code, 1, 'nobody has tapped');
  assert.doesNotMatch(untapped.said, /PIN/);
  child.stdin?.write('tap\n');
  assert.equal(await answer(), 'asked');
  const opened = await signIn(`${wrong.join('')}\n${pin.join('')}\n`);
  assert.match(opened.said, /Enter your 12-digit PIN: .*Wrong PIN\. 4 tries left\./s);
  assert.equal(opened.code, 0, opened.said);
  assert.equal(await answer(), 'open');
  assert.equal((await signIn(`${pin.join('')}\n`)).code, 1, 'the grant was one');
  const forms = (digits: readonly number[]): Readonly<Record<string, Buffer>> => ({
    'a line of PAM': Buffer.from(`${digits.join('')}\n`),
    'the start of one': Buffer.from(digits.slice(0, 9).join('')),
    'the end of one': Buffer.from(digits.slice(-9).join('')),
  });
  const ofWrong = Object.fromEntries(Object.entries(forms(wrong)).map(([name, form]) => [`the wrong one: ${name}`, form]));
  assertForgotten(child, 'held-pam.ts', pin, { ...forms(pin), 'the wrong one': Buffer.from(wrong), ...ofWrong });
});
