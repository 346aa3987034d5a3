/** What the payload staged and the station's own files come in; every file of the installed tree goes out, one description for every kind of package, so that they cannot differ. */
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { journalCatalog } from '../../agent/events/catalog.ts';
import { nativeProgram } from '../native.ts';
import { root } from '../setup.mjs';
import { filesBelow } from './contents.ts';
import type { Payload } from './payload.ts';

/** All of it root's own. `site`: the administrator's from then on (a conffile): an upgrade keeps what was changed, and only purging takes it away. */
export type Entry = { readonly path: string; readonly mode: number; readonly site?: true } & (
  | { readonly kind: 'folder' }
  | { readonly kind: 'file'; readonly from: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'link'; readonly to: string }
);
export type Staged = Payload & { /** What becomes /usr/lib/tapward. */ readonly folder: string };

/** Where a package lays the programs down; they run from /usr/lib/tapward, which its scripts make of it once the store is known to go with them (maintainer/lib.sh). */
const lib = '/usr/lib/tapward-packaged';
const doc = '/usr/share/doc/tapward';
const linux = join(root, 'build/linux');
const hooks = join(root, 'build/hooks');
/** Events for which a site may have hooks of its own, in any session (native/helper/hooks.ts). */
const events = ['open', 'switch', 'lock', 'sign-out', 'warn', 'emergency'];
/** Chromium's way into a sandbox where the kernel gives ordinary accounts no namespaces: it must be root's and set-uid, or the face does not start there. */
const setUid = 'face/chrome-sandbox';

const policy = '{}\n';
/** Debian's Policy §12.5 wants one under this name. */
const copyright = `Tapward is its makers’ own work, all rights reserved; this package gives nobody a licence to it.
What it holds of others is named in THIRD-PARTY.txt beside this file, each with its licence and that licence’s words, and in sbom.cdx.json by version and hash.
Of a face, Electron’s and Chromium’s words lie in /usr/lib/tapward/face: LICENSE.electron.txt and LICENSES.chromium.html.
`;
const programs = `# What runs on each person's own desktop in a kiosk, one command a line, each in a namespace of its own:
# firefox-esr --kiosk https://records.example
`;

/** Sorted by path, folders before what lies in them. `modules`: where this system keeps its PAM modules. */
export async function linuxTree({ folder, documents }: Staged, modules: string): Promise<readonly Entry[]> {
  const file = (path: string, from: string, mode = 0o644): Entry => ({ kind: 'file', path, from, mode });
  const text = (path: string, words: string): Entry => ({ kind: 'text', path, text: words, mode: 0o644 });
  const site = (entry: Entry): Entry => ({ ...entry, site: true });
  const all = (from: string, to: string, mode?: number): readonly Entry[] => filesBelow(from).map((name) => file(join(to, name), join(from, name), mode));
  const files: readonly Entry[] = [
    ...filesBelow(folder).map((name) => file(join(lib, name), join(folder, name), name === setUid ? 0o4755 : (lstatSync(join(folder, name)).mode & 0o111) === 0 ? 0o644 : 0o755)),
    ...['lib.sh', 'openbox.xml'].map((name) => file(join(lib, 'session', name), join(linux, 'session', name))),
    ...['tapward-helper-session', 'tapward-kiosk-session'].map((name) => file(join(lib, 'session', name), join(linux, 'session', name), 0o755)),
    { kind: 'link', path: '/usr/bin/tapward', to: '../lib/tapward/tapward', mode: 0o777 },
    file(join(modules, 'pam_tapward.so'), await nativeProgram('pam')),
    ...['tapward.service', 'tapward-key.service'].map((name) => file(join('/usr/lib/systemd/system', name), join(linux, name))),
    // Debian's systemd, and Fedora's, take it into their database by a trigger of their own.
    text('/usr/lib/systemd/catalog/tapward.catalog', journalCatalog()),
    file('/usr/lib/sysusers.d/tapward.conf', join(linux, 'sysusers.conf')),
    file('/usr/lib/tmpfiles.d/tapward.conf', join(linux, 'tmpfiles.conf')),
    file('/usr/share/polkit-1/rules.d/50-tapward.rules', join(linux, '50-tapward.rules')),
    file('/usr/share/xsessions/tapward-kiosk.desktop', join(linux, 'session/tapward-kiosk.desktop')),
    site(file('/etc/xdg/autostart/tapward-helper.desktop', join(linux, 'session/tapward-helper.desktop'))),
    // No package's own: as conffiles they would ask about what IT laid before, and go with the other of the two packages while a login names them.
    file(join(lib, 'site/etc/pam.d/tapward'), join(linux, 'pam-tapward')),
    text(join(lib, 'site/etc/tapward/policy.json'), policy),
    text(join(lib, 'site/etc/tapward/programs'), programs),
    ...events.map((event): Entry => ({ kind: 'folder', path: `/etc/tapward/hooks.d/${event}`, mode: 0o755 })),
    ...all(join(hooks, 'desktop'), '/etc/tapward/kiosk.d', 0o755).map(site),
    // Not in force until IT copies them.
    file(join(doc, 'polkit/51-tapward-end.rules'), join(linux, '51-tapward-end.rules')),
    ...readdirSync(join(linux, 'pam')).map((name) => file(join(doc, 'pam', name), join(linux, 'pam', name))),
    ...all(join(hooks, 'remote-desktop'), join(doc, 'hooks/remote-desktop')),
    ...all(join(root, 'docs/examples'), join(doc, 'examples')),
    file(join(doc, 'RUNBOOKS.md'), join(root, 'docs/RUNBOOKS.md')),
    text(join(doc, 'copyright'), copyright),
    ...[...documents].map(([name, words]) => text(join(doc, name), words)),
  ];
  const folders = ownFolders(files.map(({ path }) => path))
    .filter((path) => !files.some((one) => one.path === path))
    .map((path): Entry => ({ kind: 'folder', path, mode: 0o755 }));
  return [...files, ...folders].toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** Folders that no other package has: below these, and these themselves. */
const own = [lib, doc, '/etc/tapward'];
function ownFolders(paths: readonly string[]): readonly string[] {
  const found = new Set<string>(own);
  for (const path of paths) {
    for (let above = path.slice(0, -basename(path).length - 1); own.some((one) => above.startsWith(`${one}/`)); above = above.slice(0, above.lastIndexOf('/'))) found.add(above);
  }
  return [...found].toSorted();
}

/** What the file holds, for those that are made here. */
export const bytesOf = (entry: Extract<Entry, { kind: 'file' | 'text' }>): Buffer => (entry.kind === 'text' ? Buffer.from(entry.text) : readFileSync(entry.from));
