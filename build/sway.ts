/** Nothing comes in; sway, swaylock and swayidle of Debian 13 go out, made once per clone as a layer over the Debian 13 that Wine 10 has: Debian 12’s compositors have no ext-session-lock, and its swaylock no ready descriptor. */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { debian, once, shellWords, wineRoot } from './wine.ts';

const layer = join(dirname(debian), 'sway');
/** What a locker of ours is linked to as well. */
const packages = ['sway', 'swaylock', 'swayidle', 'wtype', 'libxtst6'];
/** Of nine tenths of the weight, and of no use to a compositor that draws in memory (WLR_RENDERER=pixman). */
const drivers = '^(libllvm|libz3|mesa-libgallium|libgl1-mesa|libegl-mesa)';

const seen = `${layer}.seen`;
const install = `set -e
  mount -t overlay overlay -o "lowerdir=$1,upperdir=$0.new,workdir=$0.work" "$0.seen"
  mount --rbind /proc "$0.seen/proc"
  mount --rbind /dev "$0.seen/dev"
  chroot "$0.seen" apt-get -q update
  wanted=$(chroot "$0.seen" apt-get -s install --no-install-recommends ${packages.join(' ')} | awk '$1 == "Inst" && $2 !~ /${drivers}/ { print $2 }')
  mkdir "$0.seen/debs"
  chroot "$0.seen" sh -ec 'cd /debs; apt-get -q download "$@"; for deb in *.deb; do dpkg -x "$deb" /; done' download $wanted
  rm -rf "$0.seen/debs" "$0.seen"/var/lib/apt/lists/* "$0.seen"/usr/share/doc "$0.seen"/usr/share/locale`;

/** null: it stands. Else one sentence that says why there is none; never throws. */
export async function swayRoot(say: (line: string) => void = console.log): Promise<string | null> {
  if (existsSync(layer)) return null;
  const missing = await wineRoot(say);
  if (missing !== null) return missing;
  try {
    say('Adding sway to the Debian 13 under .cache (once, half a minute)');
    mkdirSync(seen, { recursive: true });
    await once(layer, [
      'rm -rf "$0.new" "$0.work"',
      'mkdir "$0.new" "$0.work"',
      `${shellWords(['unshare', '--mount', '--propagation', 'private', 'sh', '-c', install])} "$0" '${debian}' >&2`,
      'rm -rf "$0.work"',
      'mv "$0.new" "$0"',
    ]);
    return null;
  } catch (why) {
    const said = why instanceof Error && 'stderr' in why ? String(why.stderr).trim().split('\n').at(-1) : String(why);
    return `needs sway of Debian 13, which could not be added: ${said}`;
  }
}

/** For a shell in a mount namespace of its own: what mounts that Debian, writable until the namespace ends, at `at`, an empty folder, with this computer's processes, devices and /tmp. */
export const swayMounts = (at: string): readonly string[] => [
  `mount -t tmpfs tmpfs '${seen}'`,
  `mkdir '${seen}/up' '${seen}/work'`,
  `mount -t overlay overlay -o 'lowerdir=${layer}:${debian},upperdir=${seen}/up,workdir=${seen}/work' '${at}'`,
  ...['/proc', '/dev', '/tmp'].map((name) => `mount --rbind ${name} '${at}${name}'`),
];
