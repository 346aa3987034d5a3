/** The name of a native program comes in; it is compiled once per content of its sources, and its path, or what to install, goes out. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { aptLine } from './debian.ts';
import { root } from './setup.mjs';
import { windowsRecipes } from './windows.ts';

/** What one program is made of, and how. */
export type Recipe = {
  readonly output: string;
  readonly folder: string;
  /** Compiled in this order; headers only count for the cache. */
  readonly sources: readonly string[];
  readonly headers: readonly string[];
  readonly compiler: string;
  readonly flags: readonly string[];
  readonly libraries: readonly string[];
  readonly packages: readonly string[];
};

const c17 = ['-std=c17', '-D_GNU_SOURCE', '-Wall', '-Wextra', '-Werror'];
/** Two builds from two folders are the same bytes: no time, no path, and an image base that does not come from the output's name. */
const reproduciblePe = ['--dynamicbase', '--nxcompat', '--high-entropy-va', '--no-insert-timestamp', '--disable-auto-image-base', '--image-base,0x140000000'];
const hardened = ['-O2', '-fstack-protector-strong', '-D_FORTIFY_SOURCE=2', '-fPIE', '-pie', '-Wl,-z,relro,-z,now', '-s'];
const checked = ['-O1', '-g', '-fno-omit-frame-pointer', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];

const x11 = { folder: 'native/x11', headers: ['choice.h', 'grab.h'], sources: ['keys.c', 'grab.c', 'choice.c'], compiler: 'gcc', libraries: ['-lX11', '-lXi'] };
const x11Packages = ['gcc', 'libc6-dev', 'libx11-dev', 'libxi-dev'];
const windows = { folder: 'native/windows/keys', headers: ['choice.h'], compiler: 'x86_64-w64-mingw32-g++-posix', packages: ['g++-mingw-w64-x86-64-posix'] };
const cpp17 = ['-std=c++17', '-Wall', '-Wextra', '-Werror'];
const windowsFlags = [...cpp17, '-O2', '-D_WIN32_WINNT=0x0A00', '-DUNICODE', '-static', '-s', '-mwindows', `-Wl,${reproduciblePe.join(',')}`];

const linux = { folder: 'native/linux', headers: ['answer.h', 'link.h', 'press_x11.h', 'redeem.h'], compiler: 'gcc' };
const module = ['-fPIC', '-shared', '-fvisibility=hidden'];
const pam = { ...linux, output: 'pam_tapward.so', sources: ['pam_tapward.c', 'link.c', 'answer.c'], libraries: ['-lpam'], packages: ['gcc', 'libc6-dev', 'libpam0g-dev'] };
const inSession = { ...linux, libraries: ['-lX11', '-lXtst'], packages: ['gcc', 'libc6-dev', 'libx11-dev', 'libxtst-dev'] };
const locker = { ...inSession, output: 'tapward-locker', sources: ['locker.c', 'press_x11.c', 'redeem.c', 'link.c', 'answer.c'] };
const authproto = { ...inSession, output: 'authproto_tapward', sources: ['authproto_tapward.c', 'press_x11.c', 'redeem.c', 'link.c', 'answer.c'] };

const tests = { folder: 'test/keys', headers: [] };

/** Each native program: `…-checked` is the same with the address and undefined behaviour sanitizers. */
const recipes = {
  ...windowsRecipes,
  'keys-x11': { ...x11, output: 'tapward-keys', flags: [...c17, ...hardened], packages: x11Packages },
  'keys-x11-checked': { ...x11, output: 'tapward-keys', flags: [...c17, ...checked], packages: x11Packages },
  // Beside the session helper: whose work is seen in the shared desktop, and whether anybody uses it.
  'context-x11': {
    ...x11,
    headers: ['access.h'],
    sources: ['context.c', 'access.c'],
    libraries: ['-lX11'],
    output: 'tapward-context',
    flags: [...c17, ...hardened],
    packages: x11Packages,
  },
  'input-x11': { ...x11, headers: [], sources: ['input.c'], output: 'tapward-input', flags: [...c17, ...hardened], packages: x11Packages },
  'context-x11-checked': {
    ...x11,
    headers: ['access.h'],
    sources: ['context.c', 'access.c'],
    libraries: ['-lX11'],
    output: 'tapward-context',
    flags: [...c17, ...checked],
    packages: x11Packages,
  },
  'input-x11-checked': { ...x11, headers: [], sources: ['input.c'], output: 'tapward-input', flags: [...c17, ...checked], packages: x11Packages },
  'keys-windows': { ...windows, output: 'tapward-keys.exe', sources: ['keys.cpp', 'choice.cpp'], flags: windowsFlags, libraries: ['-luser32'] },
  pam: { ...pam, flags: [...c17, ...hardened.filter((flag) => !/pie$/i.test(flag)), ...module] },
  'pam-checked': { ...pam, flags: [...c17, ...checked, ...module] },
  // For valgrind, which wants no sanitizer and all names.
  'pam-plain': { ...pam, flags: [...c17, '-O1', '-g', ...module] },
  locker: { ...locker, flags: [...c17, ...hardened] },
  'locker-checked': { ...locker, flags: [...c17, ...checked] },
  authproto: { ...authproto, flags: [...c17, ...hardened] },
  'authproto-checked': { ...authproto, flags: [...c17, ...checked] },
  'authproto-plain': { ...authproto, flags: [...c17, '-O1', '-g'] },
  'pam-bench': {
    folder: 'test/bench',
    sources: ['pam.c'],
    headers: [],
    compiler: 'gcc',
    libraries: ['-lpam'],
    output: 'pam-bench',
    flags: [...c17, ...hardened],
    packages: pam.packages,
  },
  // libFuzzer, for what an agent may say.
  'pam-fuzz': {
    folder: 'test/pam',
    sources: ['fuzz.c', '../../native/linux/link.c', '../../native/linux/answer.c'],
    headers: ['../../native/linux/link.h', '../../native/linux/answer.h'],
    compiler: 'clang',
    libraries: [],
    output: 'pam-fuzz',
    flags: [...c17, '-O1', '-g', '-fsanitize=fuzzer,address,undefined', '-fno-sanitize-recover=all'],
    packages: ['clang', 'libclang-rt-dev', 'libc6-dev'],
  },
  // In place of an Electron, for tests of packages.
  'stand-in': {
    folder: 'build/stand-in',
    headers: [],
    sources: ['electron.c'],
    compiler: 'gcc',
    libraries: [],
    output: 'electron',
    flags: [...c17, ...hardened],
    packages: ['gcc', 'libc6-dev'],
  },
  'stand-in-windows': {
    ...windows,
    folder: 'build/stand-in',
    headers: [],
    sources: ['electron.c'],
    compiler: 'x86_64-w64-mingw32-gcc-posix',
    libraries: [],
    output: 'electron.exe',
    flags: [...c17, ...windowsFlags.filter((flag) => !cpp17.includes(flag))],
  },
  // For tests: a plain X client that types and points, the two tables, and hands for Windows.
  hand: {
    ...tests,
    sources: ['hand.c'],
    compiler: 'gcc',
    libraries: ['-lX11', '-lXi', '-lXtst'],
    output: 'hand',
    flags: [...c17, ...checked],
    packages: [...x11Packages, 'libxtst-dev'],
  },
  'choice-x11': {
    ...tests,
    sources: ['choice-x11.c', '../../native/x11/choice.c'],
    headers: ['../../native/x11/choice.h'],
    compiler: 'gcc',
    libraries: ['-lX11'],
    output: 'choice-x11',
    flags: [...c17, ...checked],
    packages: x11Packages,
  },
  'choice-windows': {
    ...tests,
    sources: ['choice-windows.cpp', '../../native/windows/keys/choice.cpp'],
    headers: ['../../native/windows/keys/choice.h'],
    compiler: 'g++',
    libraries: [],
    output: 'choice-windows',
    flags: [...cpp17, ...checked],
    packages: ['g++'],
  },
  'harness-windows': { ...windows, ...tests, sources: ['harness.cpp'], libraries: ['-luser32'], output: 'harness.exe', flags: windowsFlags.filter((flag) => flag !== '-mwindows') },
} as const satisfies Record<string, Recipe>;
export type NativeProgram = keyof typeof recipes;

export type Built =
  | { readonly kind: 'built'; readonly path: string }
  /** `say`: one sentence on what to install. */
  | { readonly kind: 'noCompiler'; readonly say: string }
  | { readonly kind: 'failed'; readonly said: string };

/** Compiles into `.cache/native`, which git ignores. A program whose sources and flags have not changed is there at once. */
export function buildNative(name: NativeProgram): Promise<Built> {
  return buildFrom(recipes[name], root, join(root, '.cache', 'native'));
}

/** The path of a program, for tests and tools; throws the sentence that says what is missing or wrong. */
export async function nativeProgram(name: NativeProgram): Promise<string> {
  const built = await buildNative(name);
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

/** As `buildNative`, from the sources of another clone into another cache. */
export function buildNativeFrom(name: NativeProgram, clone: string, cache: string): Promise<Built> {
  return buildFrom(recipes[name], clone, cache);
}

async function buildFrom(recipe: Recipe, clone: string, cache: string): Promise<Built> {
  const { folder, sources, headers, compiler, flags, libraries, packages, output } = recipe;
  const hash = createHash('sha256').update(JSON.stringify([compiler, flags, libraries]));
  for (const name of [...headers, ...sources]) hash.update(name).update(readFileSync(join(clone, folder, name)));
  const place = join(cache, `${output}-${hash.digest('hex').slice(0, 16)}`);
  const path = join(place, output);
  if (existsSync(path)) return { kind: 'built', path };

  const building = `${place}.${process.pid}.${performance.now()}`;
  mkdirSync(building, { recursive: true, mode: 0o755 });
  const outcome = await run(compiler, [...flags, '-o', join(building, output), ...sources, ...libraries], join(clone, folder));
  if (outcome.kind === 'ran') {
    try {
      renameSync(building, place);
    } catch (error) {
      // Another process was first with the same content.
      if (!existsSync(path)) throw error;
    }
  }
  rmSync(building, { recursive: true, force: true });
  switch (outcome.kind) {
    case 'ran':
      return { kind: 'built', path };
    case 'absent':
      return { kind: 'noCompiler', say: `${output} needs ${compiler}: ${aptLine(packages)}` };
    case 'failed':
      // A header that is not there is a package that is not there.
      return /fatal error: (X11\/|[a-z]+\.h).*No such file/.test(outcome.said)
        ? { kind: 'noCompiler', say: `${output} needs headers of the system: ${aptLine(packages)}` }
        : { kind: 'failed', said: outcome.said };
    default:
      return outcome satisfies never;
  }
}

type Ran = { readonly kind: 'ran' } | { readonly kind: 'absent' } | { readonly kind: 'failed'; readonly said: string };
function run(command: string, args: readonly string[], cwd: string): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd, env: { ...process.env, LC_ALL: 'C' } }, (failure, out, err) => {
      if (failure === null) resolve({ kind: 'ran' });
      else if (failure.code === 'ENOENT') resolve({ kind: 'absent' });
      else resolve({ kind: 'failed', said: `${out}${err}`.trim() || failure.message });
    });
  });
}
