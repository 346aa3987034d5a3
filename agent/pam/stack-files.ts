/** The names of PAM services come in; their files gain or lose Tapward's lines, one rename each, and what became of each goes out. A file that is not plainly root's own is left alone. */
import { closeSync, constants, fchmodSync, fchownSync, fsyncSync, lstatSync, openSync, readdirSync, readFileSync, renameSync, rmSync, type Stats, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mayEverAsk } from './services.ts';
import { disabled, enabled, type Standing, standingOf } from './stack-text.ts';

export const pamFolder = '/etc/pam.d';
export type Service = { readonly service: string; readonly standing: Standing };
export type Edited = { readonly service: string; readonly kind: 'changed' | 'already' } | { readonly service: string; readonly kind: 'refused'; readonly why: string };

const named = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
const longest = 64 * 1024;
/** What it was before the first line of ours; there for as long as one is. */
const backupOf = (service: string): string => `.${service}.before-tapward`;

/** A tap must not stand in for the password there, and what others include reaches them all. */
function forbidden(service: string): string | null {
  if (!named.test(service)) return 'That is no name of a PAM service: write it as its file in /etc/pam.d is called.';
  if (service === 'tapward') return 'That is our own file: name the service of a display manager or of a locker.';
  if (service === 'xsecurelock') return 'xsecurelock needs no line of ours: start it as `tapward-locker`.';
  if (!mayEverAsk(service) || /^(common|system|password|postlogin|fingerprint|smartcard)-/.test(service))
    return 'A tap never stands in for a password there: it shows who stands at the screen, and nothing more.';
  return null;
}

type Found = { readonly kind: 'found'; readonly text: string; readonly stats: Stats } | { readonly kind: 'refused'; readonly why: string };

function look(folder: string, service: string): Found {
  const path = join(folder, service);
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return { kind: 'refused', why: `There is no ${path}: install that program first, or look up its name with \`ls ${folder}\`.` };
  if (stats.isSymbolicLink()) return { kind: 'refused', why: `${path} leads to another file: name that one.` };
  if (!stats.isFile() || stats.nlink > 1) return { kind: 'refused', why: `${path} is no plain file of its own.` };
  if (stats.uid !== (process.geteuid?.() ?? 0) || (stats.mode & 0o022) !== 0)
    return { kind: 'refused', why: `${path} can be changed by others than root: mend its owner and mode first.` };
  if (stats.size > longest) return { kind: 'refused', why: `${path} is longer than any PAM file.` };
  const text = readFileSync(path, 'latin1');
  return text.includes('\0') ? { kind: 'refused', why: `${path} is no text.` } : { kind: 'found', text, stats };
}

/** All of it or nothing, also when the power goes. */
function write(folder: string, name: string, text: string, { mode, uid, gid }: Pick<Stats, 'mode' | 'uid' | 'gid'>): void {
  const making = join(folder, `.${name}.${process.pid}.tapward-new`);
  const file = openSync(making, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_NOFOLLOW, 0o600);
  try {
    writeFileSync(file, text, 'latin1');
    fchownSync(file, uid, gid);
    fchmodSync(file, mode & 0o7777);
    fsyncSync(file);
    renameSync(making, join(folder, name));
  } catch (why) {
    rmSync(making, { force: true });
    throw why;
  } finally {
    closeSync(file);
  }
  const parent = openSync(folder, constants.O_RDONLY);
  fsyncSync(parent);
  closeSync(parent);
}

/** Needs root. Throws only what the file system says. */
export function enableService(service: string, folder = pamFolder): Edited {
  const never = forbidden(service);
  if (never !== null) return { service, kind: 'refused', why: never };
  if (lstatSync(join(folder, 'tapward'), { throwIfNoEntry: false }) === undefined)
    return { service, kind: 'refused', why: `${join(folder, 'tapward')} is not there, and a line that names it would let nobody in: install the package again.` };
  const found = look(folder, service);
  if (found.kind === 'refused') return { service, ...found };
  const wanted = enabled(found.text);
  if (wanted.kind === 'refused') return { service, ...wanted };
  if (wanted.text === found.text) return { service, kind: 'already' };
  if (standingOf(found.text) === 'off') write(folder, backupOf(service), found.text, found.stats);
  write(folder, service, wanted.text, found.stats);
  return { service, kind: 'changed' };
}

/** As `enableService`; also of a service that is never enabled, since somebody may have written our line there. */
export function disableService(service: string, folder = pamFolder): Edited {
  if (!named.test(service)) return { service, kind: 'refused', why: forbidden(service) ?? '' };
  const found = look(folder, service);
  if (found.kind === 'refused') return { service, ...found };
  const text = disabled(found.text);
  if (text !== found.text) write(folder, service, text, found.stats);
  rmSync(join(folder, backupOf(service)), { force: true });
  return { service, kind: text === found.text ? 'already' : 'changed' };
}

/** Every service whose file names us, in whatever way; files that cannot be read are none. */
export function services(folder = pamFolder): readonly Service[] {
  return readdirSync(folder)
    .filter((service) => named.test(service) && service !== 'tapward')
    .flatMap((service) => {
      try {
        const standing = standingOf(readFileSync(join(folder, service), 'latin1'));
        return standing === 'off' ? [] : [{ service, standing }];
      } catch {
        return [];
      }
    })
    .toSorted((a, b) => a.service.localeCompare(b.service));
}
