/** Names of prerequisites come in; false or the reason to skip, in words, goes out. With CI=true a missing one throws, but for what CI cannot always get. */
import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { findElectron } from '../build/electron-runtime.ts';

const onPath = (command: string): boolean =>
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .concat('/usr/sbin', '/sbin')
    .some((dir) => {
      try {
        accessSync(join(dir, command), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });

const namespaces = (): boolean => {
  try {
    execFileSync('unshare', [...(process.getuid?.() === 0 ? [] : ['-r']), '-m', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

const clangFuzzer = (): boolean => {
  try {
    const dir = execFileSync('clang', ['--print-resource-dir'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    return existsSync(join(dir, 'lib', 'linux')) && readdirSync(join(dir, 'lib', 'linux')).some((name) => name.startsWith('libclang_rt.fuzzer-'));
  } catch {
    return false;
  }
};

/** What asks for a password on polkit's behalf. */
export const polkitHelper = '/usr/lib/polkit-1/polkit-agent-helper-1';

/** Where Debian's wine64 package puts the loader. */
export const wine64 = '/usr/lib/wine/wine64';

/** Each prerequisite: how it is looked for, and what it is in words. */
export const prerequisites = {
  history: { there: () => existsSync(join(import.meta.dirname, '..', '.git')) && onPath('git'), words: 'needs git and its history (this is no clone)' },
  python: { there: () => onPath('python3'), words: 'needs python3 (apt install python3)' },
  perl: { there: () => onPath('perl'), words: 'needs perl (apt install perl)' },
  openssl: { there: () => onPath('openssl'), words: 'needs openssl (apt install openssl)' },
  opensc: { there: () => ['opensc-tool', 'piv-tool', 'pkcs15-tool', 'pkcs15-crypt'].every(onPath), words: 'needs OpenSC (apt install opensc)' },
  linux: { there: () => process.platform === 'linux', words: 'needs Linux' },
  pcscd: { there: () => onPath('pcscd'), words: 'needs pcscd (apt install pcscd)' },
  compiler: { there: () => onPath('gcc') && existsSync('/usr/include/PCSC/winscard.h'), words: 'needs gcc and libpcsclite-dev (apt install gcc libc6-dev libpcsclite-dev)' },
  namespaces: { there: namespaces, words: 'needs mount namespaces (unshare -m is not allowed here)' },
  root: { there: () => process.getuid?.() === 0, words: 'needs root' },
  logind: {
    there: () =>
      existsSync('/lib/systemd/systemd-logind') &&
      ['dbus-daemon', 'dbus-send'].every(onPath) &&
      existsSync('/usr/lib/python3/dist-packages/dbus') &&
      existsSync('/usr/lib/python3/dist-packages/gi'),
    words: 'needs systemd-logind and a bus of its own (apt install systemd dbus-daemon dbus-bin python3-dbus python3-gi)',
  },
  vts: { there: () => existsSync('/dev/tty0') && existsSync('/sys/class/tty/tty0/active'), words: 'needs virtual terminals (a kernel with CONFIG_VT and its /dev/tty0)' },
  systemd: { there: () => ['systemd-analyze', 'systemd-sysusers'].every(onPath), words: 'needs systemd’s own tools (apt install systemd)' },
  polkit: { there: () => existsSync('/usr/lib/polkit-1/polkitd'), words: 'needs polkitd (apt install polkitd)' },
  dpkg: { there: () => ['dpkg', 'dpkg-deb', 'deb-systemd-helper', 'userdel'].every(onPath) && namespaces(), words: 'needs Debian’s dpkg and mount namespaces' },
  rpm: { there: () => ['rpm', 'rpmbuild'].every(onPath), words: 'needs rpmbuild (apt install rpm)' },
  systemdCreds: { there: () => process.getuid?.() === 0 && onPath('systemd-creds'), words: 'needs root and systemd-creds (apt install systemd)' },
  tpm: { there: () => ['swtpm', 'tpm2_nvread'].every(onPath), words: 'needs a software TPM (apt install swtpm tpm2-tools)' },
  chromium: { there: () => existsSync('/usr/bin/chromium'), words: 'needs Chromium (apt install chromium)' },
  xServer: {
    there: () => ['Xvfb', 'openbox', 'xprop', 'gcc'].every(onPath) && ['XInput2.h', 'XTest.h'].every((header) => existsSync(`/usr/include/X11/extensions/${header}`)),
    words: 'needs an X server to test on (apt install xvfb openbox x11-utils gcc libx11-dev libxi-dev libxtst-dev)',
  },
  cppCompiler: { there: () => onPath('g++'), words: 'needs g++ (apt install g++)' },
  mingw: { there: () => onPath('x86_64-w64-mingw32-g++-posix'), words: 'needs mingw-w64 (apt install g++-mingw-w64-x86-64-posix)' },
  wine: { there: () => existsSync(wine64), words: 'needs 64-bit Wine (apt install wine64)' },
  msitools: { there: () => ['msibuild', 'msiinfo', 'msiextract', 'gcab'].every(onPath), words: 'needs what makes and reads an MSI (apt install msitools gcab)' },
  osslsigncode: { there: () => onPath('osslsigncode'), words: 'needs osslsigncode (apt install osslsigncode)' },
  display: {
    there: () => ['Xvfb', 'Xtigervnc', 'openbox', 'xdotool', 'xprop', 'xwd', 'xsetroot'].every(onPath),
    words: 'needs X servers to show a face on (apt install xvfb tigervnc-standalone-server openbox xdotool x11-utils x11-apps x11-xserver-utils)',
  },
  contexts: {
    there: () => ['Xephyr', 'bwrap', 'dbus-run-session', 'xauth', 'mousepad', 'xclip'].every(onPath),
    words: 'needs what separates people in a shared kiosk (apt install xserver-xephyr bubblewrap dbus-daemon xauth mousepad xclip)',
  },
  remoteDesktop: { there: () => ['xrdp', 'xfreerdp'].every(onPath), words: 'needs a remote desktop (apt install xrdp freerdp2-x11 tigervnc-standalone-server)' },
  pamStack: {
    there: () => ['pamtester', 'nsenter', 'setpriv', 'openssl', 'perl', 'gcc'].every(onPath) && existsSync('/usr/include/security/pam_modules.h') && namespaces(),
    words: 'needs PAM, its headers and mount namespaces (apt install pamtester libpam0g-dev gcc util-linux openssl perl)',
  },
  privilege: { there: () => ['su', 'sudo'].every(onPath) && existsSync(polkitHelper), words: 'needs su, sudo and polkit (apt install sudo polkitd)' },
  xsecurelock: {
    there: () => ['xsecurelock', 'Xvfb', 'xdotool', 'gcc'].every(onPath) && existsSync('/usr/include/X11/extensions/XTest.h'),
    words: 'needs xsecurelock on an X server (apt install xsecurelock xvfb xdotool gcc libx11-dev libxtst-dev)',
  },
  xssLock: { there: () => onPath('xss-lock'), words: 'needs what starts a locker when logind asks (apt install xss-lock)' },
  swaylock: { there: () => ['sway', 'swaylock', 'wtype'].every(onPath), words: 'needs swaylock on a Wayland compositor (apt install sway swaylock wtype)' },
  lightdm: {
    there: () => ['lightdm', 'lightdm-gtk-greeter', 'dbus-daemon', 'Xvfb', 'xdotool', 'python3'].every(onPath) && existsSync('/usr/lib/girepository-1.0/LightDM-1.typelib'),
    words:
      'needs LightDM, which no test installs since it would become this computer’s own (apt install lightdm lightdm-gtk-greeter gir1.2-lightdm-1 python3-gi dbus-daemon xvfb xdotool)',
  },
  bareDebian: { there: () => process.env['TAPWARD_ROOT'] !== undefined, words: 'needs a Debian of its own to start, as build/installed-debian.sh has one' },
  valgrind: { there: () => onPath('valgrind'), words: 'needs valgrind (apt install valgrind)' },
  fuzzer: { there: clangFuzzer, words: 'needs clang with its fuzzer (apt install clang libclang-rt-dev)' },
  electron: { there: () => findElectron() !== null, words: 'needs an Electron: none was downloaded, and ELECTRON_OVERRIDE_DIST_PATH names none' },
  openSans: { there: () => existsSync('/usr/share/fonts/truetype/open-sans/OpenSans-Semibold.ttf'), words: 'needs the font of the pictures (apt install fonts-open-sans)' },
  pythonCryptography: {
    there: () => existsSync('/usr/lib/python3/dist-packages/cryptography/hazmat/primitives/cmac.py'),
    words: 'needs python3-cryptography (apt install python3-cryptography)',
  },
  pythonFido2: { there: () => existsSync('/usr/lib/python3/dist-packages/fido2/pcsc.py'), words: 'needs python3-fido2 (apt install python3-fido2)' },
  fido2Tools: { there: () => ['fido2-assert', 'fido2-cred'].every(onPath), words: 'needs fido2-tools (apt install fido2-tools)' },
} as const;
export type Prerequisite = keyof typeof prerequisites;

/** What a machine may lack even with CI=true, since `npm test` cannot or must not install it; its tests are skipped loudly. */
export const mayLack: ReadonlySet<Prerequisite> = new Set(['electron', 'lightdm', 'bareDebian']);

/** For `test(name, { skip: need('pcscd') }, …)`. Throws with CI=true when one is missing that CI can get. */
export function need(...names: readonly Prerequisite[]): false | string {
  for (const name of names) {
    const { there, words } = prerequisites[name];
    if (there()) continue;
    return mayLack.has(name) ? words : needMade(words);
  }
  return false;
}

/** The same for what a test makes or fetches itself: the sentence that says why it could not, or null where it is there. */
export function needMade(why: string | null): false | string {
  if (why !== null && process.env['CI'] === 'true') throw new Error(`CI is incomplete: ${why}`);
  return why ?? false;
}
