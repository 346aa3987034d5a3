/** Nothing comes in; what the compiler for Windows puts into every program it links goes out, as this Debian has it. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import type { Component } from './components.ts';

const linked = [
  { name: 'libstdc++ and libgcc', package: 'g++-mingw-w64-x86-64-posix', licence: 'GPL-3.0-or-later WITH GCC-exception-3.1' },
  { name: 'mingw-w64 runtime', package: 'mingw-w64-x86-64-dev', licence: 'ZPL-2.1' },
] as const;

/** Throws one sentence where the packages are not Debian's. */
export async function mingwComponents(): Promise<readonly Component[]> {
  return linked.map(({ name, package: debian, licence }): Component => {
    const text = `/usr/share/doc/${debian}/copyright`;
    if (!existsSync(text)) throw new Error(`What is linked into the programs for Windows is named as Debian has it: install ${debian} there.`);
    const version = execFileSync('dpkg-query', ['-W', '-f', '${Version}', debian], { encoding: 'utf8' });
    return {
      kind: 'library',
      name,
      version,
      purl: `pkg:deb/debian/${debian.replaceAll('+', '%2B')}@${encodeURIComponent(version)}`,
      licence,
      text: readFileSync(text, 'utf8').trim(),
      hash: null,
      files: [],
      needs: [],
      inside: [],
    };
  });
}
