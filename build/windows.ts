/** Nothing, or a folder, comes in; the Windows programs of native/windows, cross-built here and the same bytes from every folder, go out, each with its SHA-256. */
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Built, buildFrom, type Recipe, reproduciblePe } from './native.ts';
import { root } from './setup.mjs';

const compiler = 'x86_64-w64-mingw32-g++-posix';
const packages = ['g++-mingw-w64-x86-64-posix'];
const checkedFlags = ['-std=c++17', '-Wall', '-Wextra', '-Werror', '-O1', '-g', '-fno-omit-frame-pointer'];
const sanitizers = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'];

/** Image bases differ between programs only so that none moves another at load; ASLR moves them all. */
export const windowsFlags = (base: string): readonly string[] => [
  '-std=c++17', '-Wall', '-Wextra', '-Werror', '-O2', '-fstack-protector-strong', '-D_WIN32_WINNT=0x0A00', '-DUNICODE', '-static', '-s',
  `-Wl,${reproduciblePe.map((flag) => (flag.startsWith('--image-base') ? `--image-base,${base}` : flag)).join(',')}`,
];

const host = {
  folder: 'native/windows/host',
  sources: [
    'service.cpp', 'host.cpp', 'agent_door.cpp', 'provider_door.cpp', 'redemption.cpp', 'face_door.cpp', 'reader_door.cpp', 'pipe.cpp', 'peer.cpp', 'child.cpp',
    'sessions.cpp', 'kept.cpp', 'sealed.cpp', 'record_key.cpp', 'machine_key.cpp', 'folder.cpp', 'system.cpp', '../protocol.cpp', '../base64.cpp',
  ],
  headers: [
    'host.h', 'agent_door.h', 'provider_door.h', 'face_door.h', 'reader_door.h', 'pipe.h', 'peer.h', 'child.h', 'sessions.h', 'kept.h', 'sealed.h', 'record_key.h', 'machine_key.h', 'system.h',
    '../protocol.h', '../base64.h',
  ],
  compiler,
  packages,
  libraries: ['-lbcrypt', '-lncrypt', '-ladvapi32', '-lwtsapi32', '-lcrypt32'],
};

/** What a site installs. */
const products = {
  host: { ...host, output: 'tapward-host.exe', flags: [...windowsFlags('0x140000000'), '-municode'] },
} as const satisfies Record<string, Recipe>;

/** For tests alone: Wine keeps no TPM key, and is no SYSTEM account. Not in a site's hands. */
const testPrograms = {
  'host-for-tests': { ...host, output: 'tapward-host.exe', flags: [...windowsFlags('0x140000000'), '-municode', '-DTAPWARD_TEST'] },
  /** Plays peers of the host's pipes, many at a time. */
  peer: {
    folder: 'test/windows',
    sources: ['peer.cpp'],
    headers: [],
    compiler,
    packages,
    libraries: ['-ladvapi32'],
    output: 'peer.exe',
    flags: [...windowsFlags('0x140000000'), '-municode'],
  },
  protocol: {
    folder: 'test/windows',
    sources: ['protocol.cpp', '../../native/windows/protocol.cpp', '../../native/windows/base64.cpp'],
    headers: ['../../native/windows/protocol.h', '../../native/windows/base64.h'],
    compiler: 'g++',
    packages: ['g++'],
    libraries: [],
    output: 'protocol',
    flags: [...checkedFlags, ...sanitizers],
  },
  'protocol-fuzz': {
    folder: 'test/windows',
    sources: ['protocol-fuzz.cpp', '../../native/windows/protocol.cpp', '../../native/windows/base64.cpp'],
    headers: ['../../native/windows/protocol.h', '../../native/windows/base64.h'],
    compiler: 'clang++',
    packages: ['clang', 'g++'],
    libraries: [],
    output: 'protocol-fuzz',
    flags: [...checkedFlags, '-fsanitize=fuzzer,address,undefined', '-fno-sanitize-recover=all'],
  },
} as const satisfies Record<string, Recipe>;

const recipes = { ...products, ...testPrograms };
export type WindowsProgram = keyof typeof recipes;

/** Compiled once per content, as all native programs are; from another clone into another cache where they are given. */
export function buildWindows(name: WindowsProgram, clone = root, cache = join(root, '.cache', 'native')): Promise<Built> {
  return buildFrom(recipes[name], clone, cache);
}

/** The path of a program; throws the sentence that says what is missing or wrong. */
export async function windowsProgram(name: WindowsProgram): Promise<string> {
  const built = await buildWindows(name);
  switch (built.kind) {
    case 'built':
      return built.path;
    case 'noCompiler':
      throw new Error(built.say);
    case 'failed':
      throw new Error(`${name} does not compile: ${built.said}`);
    default:
      return built satisfies never;
  }
}

if (process.argv[1] === import.meta.filename) {
  const folder = process.argv[2] ?? join(root, '.cache', 'windows');
  mkdirSync(folder, { recursive: true });
  for (const name of Object.keys(products) as (keyof typeof products)[]) {
    const path = await windowsProgram(name);
    copyFileSync(path, join(folder, basename(path)));
    console.log(`${createHash('sha256').update(readFileSync(path)).digest('hex')}  ${join(folder, basename(path))}`);
  }
}
