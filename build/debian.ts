/** Names of Debian packages come in; they are installed where we may (root), otherwise the one line that does it goes out. */
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** What the station itself wants of the system: the PC/SC service, which brings its library and the driver of USB readers. */
export const stationPackages = ['pcscd'] as const;
/** What virtual readers behind the real pcscd want beside it: a compiler for their driver, and namespaces of their own. */
export const virtualReaderPackages = [...stationPackages, 'gcc', 'libc6-dev', 'libpcsclite-dev', 'util-linux', 'iproute2'] as const;
/** What the tests want. */
export const testPackages = [
  ...virtualReaderPackages,
  'chromium',
  'fonts-open-sans',
  'git',
  'openssl',
  'perl',
  'procps',
  'swtpm',
  'systemd',
  'tpm2-tools',
  // Keys that a window cannot stop, on X11 and for Windows.
  'xvfb',
  'openbox',
  'x11-utils',
  'libx11-dev',
  'libxi-dev',
  'libxtst-dev',
  'g++',
  'g++-mingw-w64-x86-64-posix',
  'wine64',
  'debootstrap',
  // A face on displays that come and go, seen and touched from outside.
  'tigervnc-standalone-server',
  'x11-apps',
  'x11-xserver-utils',
  'xdotool',
  // A shared kiosk: an X server and a namespace for each person, her programs, and a remote desktop.
  'bubblewrap',
  'dbus-daemon',
  'freerdp2-x11',
  'mousepad',
  'xauth',
  'xclip',
  'xrdp',
  'xserver-xephyr',
  // PAM transactions in a namespace of their own, lockers of X11 and Wayland, and what looks into C programs.
  'pamtester',
  'libpam0g-dev',
  'sudo',
  'xsecurelock',
  'xss-lock',
  'sway',
  'swaylock',
  'wtype',
  'valgrind',
  'clang',
  'libclang-rt-dev',
  // Strangers that check our security key and our client, and our PIV card.
  'fido2-tools',
  'python3-cryptography',
  'python3',
  'python3-fido2',
  'opensc',
  // The real logind and polkit on a bus of their own.
  'dbus-bin',
  'python3-dbus',
  'python3-gi',
  'polkitd',
  // The rpm and the MSI, made, signed and read back.
  'rpm',
  'gcab',
  'msitools',
  'osslsigncode',
] as const;

/** True on Debian itself: others of its family name some packages differently. */
export function isDebian(): boolean {
  try {
    return /^ID="?debian"?$/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false;
  }
}

/** Which of these packages are not installed. */
export function notInstalled(packages: readonly string[]): readonly string[] {
  let listed = '';
  try {
    listed = execFileSync('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\n', ...packages], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch (failure) {
    // dpkg-query exits 1 when it knows nothing of one of them, and still lists the others.
    if (failure instanceof Error && 'stdout' in failure) listed = String(failure.stdout);
  }
  const there = new Set(
    listed
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.slice(0, line.indexOf(' '))),
  );
  return packages.filter((name) => !there.has(name));
}

/** The one line a person types to install them. */
export const aptLine = (packages: readonly string[]): string => `apt-get install -y --no-install-recommends ${packages.join(' ')}`;

export type Prepared =
  /** Another system: its packages have names of their own. */
  | { readonly kind: 'notDebian' }
  | { readonly kind: 'there' }
  | { readonly kind: 'installed' }
  | { readonly kind: 'byHand'; readonly line: string }
  | { readonly kind: 'failed'; readonly line: string; readonly said: string };

/** Makes these packages be there: as root on Debian by itself, saying so; otherwise it answers the line to type. Nothing is asked of a person. */
export async function prepare(packages: readonly string[], say: (line: string) => void): Promise<Prepared> {
  if (!isDebian()) return { kind: 'notDebian' };
  const missing = notInstalled(packages);
  if (missing.length === 0) return { kind: 'there' };
  const line = aptLine(missing);
  if (process.getuid?.() !== 0) return { kind: 'byHand', line: `sudo ${line}` };
  say(`Installing for Debian: ${missing.join(' ')}`);
  // apt waits for dpkg's lock by itself, but not for that of its lists, which a machine's daily update may hold.
  let update = await apt(['update', '-q']);
  for (let tries = 0; update.code !== 0 && update.said.includes('lists/lock') && tries < 60; tries++) {
    await sleep(5_000);
    update = await apt(['update', '-q']);
  }
  // Lists that could not be refreshed may still do; installing says so if they do not.
  const install = await apt(['install', '-y', '-q', '--no-install-recommends', ...missing]);
  if (install.code === 0) return { kind: 'installed' };
  return { kind: 'failed', line, said: `${update.code === 0 ? '' : update.said}${install.said}`.trim().split('\n').slice(-8).join('\n') };
}

function apt(args: readonly string[]): Promise<{ readonly code: number | null; readonly said: string }> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return new Promise((resolve) => {
    const child = spawn('apt-get', ['-o', 'DPkg::Lock::Timeout=600', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.on('error', (failure) => resolve({ code: null, said: failure.message }));
    child.on('close', (code) => resolve({ code, said }));
  });
}
