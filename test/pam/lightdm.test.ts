/** A real LightDM with a greeter of ours on a real X server comes in; that a tap's grant, and a tap and its PIN, let her in through it, and nothing else does, is tested. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { need } from '../needs.ts';
import { judge, wrong } from './core.ts';
import { grantFor, openStand, pinOf, type Stand } from './stand.ts';

const skip = need('linux', 'root', 'pamStack', 'lightdm');
/** Nobody else's here. */
const display = 200 + (process.pid % 700);

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
/** LightDM's own arguments are Xorg's. */
const server = `#!/bin/sh
while [ $# -gt 0 ]; do case "$1" in :*) number=$1 ;; -auth) shift; cookies=$1 ;; esac; shift; done
exec Xvfb "$number" -auth "$cookies" -screen 0 640x480x24 -nolisten tcp
`;
const everything = ['method_call', 'method_return', 'error', 'signal'].flatMap((type) => [`<allow send_type="${type}"/>`, `<allow receive_type="${type}"/>`]);
const busRights = ['<allow user="*"/>', '<allow own="*"/>', ...everything];
const bus = (dir: string): string => `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path=${dir}/bus</listen><auth>EXTERNAL</auth><policy context="default">${busRights.join('')}</policy></busconfig>
`;
const settings = (dir: string): string => `[LightDM]
minimum-display-number=${display}
log-directory=${dir}
run-directory=${dir}/run
cache-directory=${dir}
sessions-directory=${dir}
remote-sessions-directory=${dir}
greeters-directory=${dir}
greeter-user=alice
lock-memory=false
logind-check-graphical=false
[Seat:*]
xserver-command=${dir}/server
greeter-session=greeter
user-session=greeter
`;

async function until(what: string, holds: () => boolean): Promise<void> {
  for (const end = performance.now() + 15_000; !holds(); await sleep(20)) if (performance.now() > end) throw new Error(`not in time: ${what}`);
}

/** Starts it; what its greeter heard goes out, line by line. */
async function startLightdm(stand: Stand): Promise<() => readonly string[]> {
  const dir = join(stand.dir, 'lightdm');
  mkdirSync(dir);
  chmodSync(dir, 0o777);
  const files = {
    greeter: greeter(`${dir}/heard`),
    server,
    'bus.conf': bus(dir),
    'lightdm.conf': settings(dir),
    'greeter.desktop': `[Desktop Entry]\nType=Application\nName=greeter\nExec=${dir}/greeter\n`,
  };
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(dir, name), content);
    chmodSync(join(dir, name), 0o755);
  }
  stand.stack('lightdm-greeter', ['auth required pam_permit.so', 'account required pam_permit.so', 'session required pam_permit.so']);
  // Without logind it switches virtual terminals itself: here to nowhere.
  await stand.exec(['sh', '-c', 'for tty in tty0 tty7 console; do [ -e /dev/$tty ] && mount --bind /dev/null /dev/$tty; done']);
  void stand.exec(['dbus-daemon', `--config-file=${dir}/bus.conf`, '--nofork', '--nopidfile']);
  await until('a bus', () => existsSync(join(dir, 'bus')));
  void stand.exec(['lightdm', '-c', `${dir}/lightdm.conf`], { env: { DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${dir}/bus` } });
  const heard = (): readonly string[] => (existsSync(join(dir, 'heard')) ? readFileSync(join(dir, 'heard'), 'utf8').trim().split('\n') : []);
  await until('its greeter', () => heard().length > 1);
  return heard;
}

test('LightDM: nobody without a tap, her with one, and with a tap and its PIN at the greeter’s own prompt', { skip, timeout: 60_000 }, async () => {
  await using stand = await openStand({ services: ['lightdm'], core: judge('204681', wrong(4)) });
  const heard = await startLightdm(stand);
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
