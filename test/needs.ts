/** Names of prerequisites come in; false or the reason to skip, in words, goes out. With CI=true a missing one throws: nothing is skipped there. */
import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

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

/** Each prerequisite: how it is looked for, and what it is in words. */
export const prerequisites = {
  history: { there: () => existsSync(join(import.meta.dirname, '..', '.git')) && onPath('git'), words: 'needs git and its history (this is no clone)' },
  openssl: { there: () => onPath('openssl'), words: 'needs openssl (apt install openssl)' },
  linux: { there: () => process.platform === 'linux', words: 'needs Linux' },
  pcscd: { there: () => onPath('pcscd'), words: 'needs pcscd (apt install pcscd)' },
  compiler: { there: () => onPath('gcc') && existsSync('/usr/include/PCSC/winscard.h'), words: 'needs gcc and libpcsclite-dev (apt install gcc libc6-dev libpcsclite-dev)' },
  namespaces: { there: namespaces, words: 'needs mount namespaces (unshare -m is not allowed here)' },
  root: { there: () => process.getuid?.() === 0, words: 'needs root' },
  systemdCreds: { there: () => process.getuid?.() === 0 && onPath('systemd-creds'), words: 'needs root and systemd-creds (apt install systemd)' },
  tpm: { there: () => ['swtpm', 'tpm2_nvread'].every(onPath), words: 'needs a software TPM (apt install swtpm tpm2-tools)' },
  chromium: { there: () => existsSync('/usr/bin/chromium'), words: 'needs Chromium (apt install chromium)' },
  openSans: { there: () => existsSync('/usr/share/fonts/truetype/open-sans/OpenSans-Semibold.ttf'), words: 'needs the font of the pictures (apt install fonts-open-sans)' },
} as const;
export type Prerequisite = keyof typeof prerequisites;

/** For `test(name, { skip: need('pcscd') }, …)`. Throws with CI=true when one is missing. */
export function need(...names: readonly Prerequisite[]): false | string {
  for (const name of names) {
    const { there, words } = prerequisites[name];
    if (there()) continue;
    if (process.env['CI'] === 'true') throw new Error(`CI is incomplete: ${words}`);
    return words;
  }
  return false;
}
