/** Stacks and a greeter's program come in; a real LightDM on a bus of its own goes out, with that greeter on a real X server, and who got a desktop from it. */
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Stand } from './stand.ts';

let started = 0;
/** Nobody else's here: LightDM takes the first, and others behind it for the desktops. */
const displaysOf = (first: number): readonly number[] => [first, first + 1, first + 2];

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
const settings = (dir: string, display: number): string => `[LightDM]
minimum-display-number=${display}
log-directory=${dir}
run-directory=${dir}/run
cache-directory=${dir}
sessions-directory=${dir}
remote-sessions-directory=${dir}
greeters-directory=${dir}
greeter-user=bob
lock-memory=false
user-authority-in-system-dir=true
logind-check-graphical=false
[Seat:*]
xserver-command=${dir}/server
greeter-session=greeter
user-session=lightdm-xsession
greeter-hide-users=false
`;
const entry = (program: string): string => `[Desktop Entry]\nType=Application\nName=${program}\nExec=${program}\n`;

export async function until(what: string, holds: () => boolean, also: () => string = () => ''): Promise<void> {
  for (const end = performance.now() + 15_000; !holds(); await sleep(20)) if (performance.now() > end) throw new Error(`not in time: ${what}: ${also()}`);
}

export type Lightdm = {
  /** A folder that everybody may write to. */
  readonly dir: string;
  /** Its greeter's. */
  readonly display: number;
  /** Of its system bus. */
  readonly address: string;
  /** What the greeter has written there, line by line. */
  readonly heard: () => readonly string[];
  /** The accounts whose desktop was begun, in turn. */
  readonly desks: () => readonly string[];
  readonly log: () => string;
};

const linesOf = (path: string): readonly string[] =>
  existsSync(path)
    ? readFileSync(path, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
    : [];

/** `greeter`: of the program there, which may write lines to the file it is given. */
export async function startLightdm(t: TestContext, stand: Stand, greeter: (heard: string) => string): Promise<Lightdm> {
  const display = 200 + (process.pid % 700) + 10 * started++;
  // By then its servers were killed.
  t.after(() => displaysOf(display).forEach((n) => [`/tmp/.X${n}-lock`, `/tmp/.X11-unix/X${n}`].forEach((left) => rmSync(left, { force: true }))));
  const dir = join(stand.dir, 'lightdm');
  mkdirSync(dir);
  chmodSync(dir, 0o777);
  const files = {
    greeter: greeter(`${dir}/heard`),
    desk: `#!/bin/sh\nid -un >>${dir}/desks\nexec sleep 60\n`,
    server,
    'bus.conf': bus(dir),
    'lightdm.conf': settings(dir, display),
    'greeter.desktop': entry(`${dir}/greeter`),
    // Debian's greeter asks for a session of this name.
    'lightdm-xsession.desktop': entry(`${dir}/desk`),
  };
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(dir, name), content);
    chmodSync(join(dir, name), 0o755);
  }
  for (const file of ['desks', 'heard']) {
    writeFileSync(join(dir, file), '');
    chmodSync(join(dir, file), 0o666);
  }
  stand.stack('lightdm-greeter', ['auth required pam_permit.so', 'account required pam_permit.so', 'session required pam_permit.so']);
  // Without logind it switches virtual terminals itself: here to nowhere. What it keeps of people is kept nowhere.
  const mounts = 'for tty in tty0 tty7 tty8 console; do [ -e /dev/$tty ] && mount --bind /dev/null /dev/$tty; done; mount -t tmpfs none /var/lib/lightdm-data';
  await stand.exec(['sh', '-c', mounts]);
  void stand.exec(['dbus-daemon', `--config-file=${dir}/bus.conf`, '--nofork', '--nopidfile']);
  await until('a bus', () => existsSync(join(dir, 'bus')));
  const address = `unix:path=${dir}/bus`;
  void stand.exec(['lightdm', '-c', `${dir}/lightdm.conf`], { env: { DBUS_SYSTEM_BUS_ADDRESS: address } });
  return {
    dir,
    display,
    address,
    heard: () => linesOf(join(dir, 'heard')),
    desks: () => linesOf(join(dir, 'desks')),
    log: () => ['lightdm.log', 'seat0-greeter.log'].flatMap((file) => linesOf(join(dir, file)).slice(-400)).join('\n'),
  };
}
