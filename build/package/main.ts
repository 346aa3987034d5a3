/** Kinds of packages and options come in; the packages are made, each of them named as it is done, or one sentence says what is missing. */
import { mkdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { isDebian, prepare } from '../debian.ts';
import { electronIn } from '../electron-runtime.ts';
import { root } from '../setup.mjs';
import { lockedPackage } from './locked.ts';
import { version } from './script.ts';

type Make = (order: { readonly out: string; readonly electron: string | null }) => Promise<string>;
type Kind = {
  readonly system: 'linux' | 'windows';
  /** Debian packages that make it. */
  readonly needs: readonly string[];
  readonly load: () => Promise<Make>;
};

const linuxNeeds = ['gcc', 'libc6-dev', 'libx11-dev', 'libxi-dev', 'libxtst-dev', 'libpam0g-dev'];
const kinds: Readonly<Record<string, Kind>> = {
  deb: { system: 'linux', needs: [...linuxNeeds, 'dpkg'], load: async () => (await import('./deb.ts')).makeDeb },
  rpm: { system: 'linux', needs: [...linuxNeeds, 'rpm'], load: async () => (await import('./rpm.ts')).makeRpm },
  msi: { system: 'windows', needs: ['g++-mingw-w64-x86-64-posix', 'mingw-w64-x86-64-dev', 'gcab', 'msitools'], load: async () => (await import('./msi.ts')).makeMsi },
};

const usage = `npm run package -- deb|rpm|msi|all [--electron DIR]… [--out DIR]

  --electron DIR  an unpacked Electron for the face, for Linux or for Windows; once for each system.
                  A package without one is named noface, and is no release.
  --out DIR       where the packages go (default: .cache/packages)`;

/** The exit code. */
async function main(args: readonly string[]): Promise<number> {
  const order = readOrder(args);
  if (typeof order === 'string') return say(order, 2);
  const { wanted, electron, out } = order;
  const needs = [...new Set(wanted.flatMap((kind) => kinds[kind]?.needs ?? []))];
  if (!isDebian()) return say('Packages are made on Debian, whose compilers and tools this names: use a Debian machine, or a container of it.', 1);
  const prepared = await prepare(needs, console.log);
  if (prepared.kind === 'byHand') return say(`Tools are missing: ${prepared.line}`, 1);
  if (prepared.kind === 'failed') return say(`${prepared.said}\nThe tools could not be installed; by hand: ${prepared.line}`, 1);
  mkdirSync(out, { recursive: true });
  for (const name of wanted) {
    const kind = kinds[name];
    if (kind === undefined) continue;
    const face = electron[kind.system];
    console.log(
      `${name}: making Tapward ${version} for ${kind.system === 'linux' ? 'Linux' : 'Windows'}, ${face === null ? 'without a face (no --electron for it): this is no release' : `with ${faceOf(face)}`}.`,
    );
    const began = performance.now();
    try {
      const path = await (await kind.load())({ out, electron: face });
      console.log(`${name}: ${path}, ${(statSync(path).size / 1e6).toFixed(1)} MB, in ${Math.round((performance.now() - began) / 1_000)} s.`);
    } catch (why) {
      return say(`${name}: ${why instanceof Error ? why.message : String(why)}`, 1);
    }
  }
  return 0;
}

/** Which Electron it is, and that another one was tested: an older one lacks what was mended since. */
function faceOf(folder: string): string {
  const [found, tested] = [electronIn(folder)?.version ?? '', `v${lockedPackage('electron').version}`];
  return `the face of Electron ${found} in ${folder}${found === tested ? '' : `, which is not the one that package-lock.json names (${tested}): it is no release`}`;
}

type Order = { readonly wanted: readonly string[]; readonly electron: Readonly<Record<Kind['system'], string | null>>; readonly out: string };

/** A sentence where the line is wrong. */
function readOrder(args: readonly string[]): Order | string {
  try {
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: { electron: { type: 'string', multiple: true }, out: { type: 'string' } } });
    const unknown = positionals.filter((one) => one !== 'all' && kinds[one] === undefined);
    if (positionals.length === 0 || unknown.length > 0) return `${unknown.length > 0 ? `There is no package called ${unknown.join(', ')}.\n` : ''}${usage}`;
    const electron: Record<Kind['system'], string | null> = { linux: null, windows: null };
    for (const dir of values.electron ?? []) {
      const found = electronIn(resolve(dir));
      if (found === null) return `There is no Electron in ${dir}: name the folder that has its electron or electron.exe.`;
      electron[basename(found.executable) === 'electron.exe' ? 'windows' : 'linux'] = resolve(dir);
    }
    return { wanted: positionals.includes('all') ? Object.keys(kinds) : [...new Set(positionals)], electron, out: resolve(values.out ?? join(root, '.cache/packages')) };
  } catch (why) {
    return `${why instanceof Error ? why.message : String(why)}\n${usage}`;
  }
}

function say(sentence: string, code: number): number {
  console.error(sentence);
  return code;
}

process.exitCode = await main(process.argv.slice(2));
