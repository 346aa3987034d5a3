/** A real LightDM with a greeter of ours on a real X server comes in; that a tap's grant, and a tap and its PIN, let her in through it, and nothing else does, is tested. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { need } from '../needs.ts';
import { judge, wrong } from './core.ts';
import { startLightdm, until } from './lightdm.ts';
import { grantFor, openStand, pinOf } from './stand.ts';

const skip = need('linux', 'root', 'pamStack', 'lightdm');
/** Asks for her again and again, types this PIN at every prompt, and writes down what it hears. */
const greeter = (heard: string): string => `#!/usr/bin/python3
import gi
gi.require_version('LightDM', '1')
from gi.repository import GLib, LightDM
heard = open('${heard}', 'a', buffering=1)
greeter = LightDM.Greeter()
def ask():
    greeter.authenticate('alice')
    return False
def prompted(greeter, text, kind):
    heard.write('prompt %s %s\\n' % (text.strip(), 'hidden' if kind == LightDM.PromptType.SECRET else 'shown'))
    greeter.respond('204681')
def told(greeter, text, kind):
    heard.write('message %s\\n' % text)
def ended(greeter):
    heard.write('in\\n' if greeter.get_is_authenticated() else 'out\\n')
    GLib.timeout_add(200, ask)
greeter.connect('show-prompt', prompted)
greeter.connect('show-message', told)
greeter.connect('authentication-complete', ended)
assert greeter.connect_to_daemon_sync()
ask()
GLib.MainLoop().run()
`;
test('LightDM: nobody without a tap, her with one, and with a tap and its PIN at the greeter’s own prompt', { skip, timeout: 60_000 }, async (t) => {
  await using stand = await openStand({ services: ['lightdm'], core: judge('204681', wrong(4)) });
  const { heard, log, display } = await startLightdm(t, stand, greeter);
  await until('its greeter', () => heard().length > 1, log);
  await sleep(600);
  assert.deepEqual([...new Set(heard())], ['out']);
  const other = stand.offers.offer(grantFor('s-alice', stand.clock), { account: 'alice', session: null, tty: ':1' });
  await sleep(600);
  assert.deepEqual([...new Set(heard())], ['out'], 'a grant for another screen');

  const held = stand.offers.offer(grantFor('s-alice', stand.clock), { account: 'alice', session: null, tty: `:${display}` });
  assert.deepEqual(await other, { kind: 'revoked' });
  assert.deepEqual(await held, { kind: 'redeemed' });
  await until('she is in', () => heard().includes('in'));
  await until('and only once', () => heard().at(-1) === 'out');
  assert.equal(heard().filter((line) => line === 'in').length, 1);

  stand.asks(pinOf('alice'));
  await until('she is in by her PIN', () => heard().filter((line) => line === 'in').length === 2);
  assert.ok(heard().includes('prompt Enter your 6-digit PIN: hidden'), heard().join('\n'));
  assert.deepEqual(
    stand.gestures.map((gesture) => (gesture.kind === 'digit' ? gesture.digit : gesture.kind)),
    ['clear', 2, 0, 4, 6, 8, 1],
  );
  assert.deepEqual(stand.noted, []);
});
