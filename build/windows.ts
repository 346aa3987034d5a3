/** Nothing comes in; the recipe of each Windows program goes out, for build/native.ts: a plain list, one entry per program and per test of one. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Recipe } from './native.ts';
import { root } from './setup.mjs';

const folder = 'native/windows';
const tests = '../../test/windows';
/** Files of a folder below native/windows, as the compiler is given them there. */
const listed = (place: string, ending: string): readonly string[] =>
  readdirSync(join(root, folder, place))
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => (place === '.' ? name : `${place}/${name}`));

const compiler = 'x86_64-w64-mingw32-g++-posix';
const packages = ['g++-mingw-w64-x86-64-posix'];
const cpp17 = ['-std=c++17', '-Wall', '-Wextra', '-Werror'];
/** Two builds from two folders are the same bytes: no time, no path, and an image base that does not come from the output's name. */
const linked = (base: string): string =>
  ['-Wl', '--dynamicbase', '--nxcompat', '--high-entropy-va', '--no-insert-timestamp', '--disable-auto-image-base', '--image-base', base].join(',');
const windows = [...cpp17, '-O2', '-D_WIN32_WINNT=0x0A00', '-DUNICODE', '-fno-exceptions', '-fno-rtti', '-fstack-protector-strong', '-static', '-s'];
const checked = [...cpp17, '-O1', '-g', '-fno-omit-frame-pointer', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];

const shared = ['protocol.cpp', 'base64.cpp'];
const sharedHeaders = ['protocol.h', 'base64.h'];

const provider = {
  folder,
  headers: [...sharedHeaders, ...listed('provider', '.h'), 'provider/tapward-cp.def'],
  compiler,
  flags: [...windows, '-shared', linked('0x180000000')],
  libraries: ['-lsecur32', '-lole32', '-lgdi32', '-ladvapi32', '-lnetapi32', '-luuid'],
  packages,
};
const providerSources = [...shared, ...listed('provider', '.cpp'), 'provider/tapward-cp.def'];
/** The parts without a Windows header: compiled for this machine, with sanitizers. */
const providerPlain = [...shared, ...['desk', 'hands', 'password', 'tile', 'words'].map((name) => `provider/${name}.cpp`)];

const service = {
  folder,
  headers: [...sharedHeaders, ...listed('host', '.h')],
  sources: [...shared, ...listed('host', '.cpp')],
  compiler,
  flags: [...windows, '-municode', linked('0x140000000')],
  libraries: ['-lbcrypt', '-lncrypt', '-ladvapi32', '-lwtsapi32', '-lcrypt32', '-luserenv'],
  packages,
  output: 'tapward-host.exe',
};
const protocol = { folder, headers: sharedHeaders, libraries: [], output: 'protocol' };

export const windowsRecipes = {
  /** The service host, as it is installed. */
  'host-windows': service,
  /** The same but for what Wine has not: a TPM's key, and a SYSTEM account. It says so. */
  'host-windows-wine': { ...service, flags: [...service.flags, '-DTAPWARD_TEST'] },
  /** The same on sessions that a test makes up, events included: Wine has none. */
  'host-windows-sessions': {
    ...service,
    sources: [...service.sources.filter((name) => name !== 'host/sessions.cpp'), `${tests}/sessions.cpp`],
    flags: [...service.flags, '-DTAPWARD_TEST'],
  },
  /** Plays peers of the host's pipes, many of them, and asks how many handles it holds. */
  'peer-windows': { ...service, headers: [], sources: [`${tests}/peer.cpp`], libraries: ['-lws2_32', '-ladvapi32'], output: 'peer.exe' },
  'protocol-checked': { ...protocol, sources: [...shared, `${tests}/protocol.cpp`], compiler: 'g++', flags: checked, packages: ['g++'] },
  'protocol-fuzz': {
    ...protocol,
    sources: [...shared, `${tests}/protocol-fuzz.cpp`],
    compiler: 'clang++',
    flags: [...checked, '-fsanitize=fuzzer'],
    packages: ['clang', 'libclang-rt-14-dev', 'g++'],
  },
  /** The credential provider and its filter, as they are installed. */
  'provider-windows': { ...provider, sources: providerSources, output: 'tapward-cp.dll' },
  /** The same but for what Wine cannot say of the machine around it. */
  'provider-windows-wine': {
    ...provider,
    sources: [...providerSources.filter((name) => name !== 'provider/world.cpp'), `${tests}/provider/world.cpp`],
    output: 'tapward-cp.dll',
  },
  /** Plays LogonUI, and the host. */
  'logon-windows': {
    ...provider,
    headers: [...sharedHeaders, ...['logon-abi.h', 'logon.h', 'host.h', 'check.h', 'scene.h'].map((name) => `${tests}/provider/${name}`)],
    sources: [...shared, ...['main', 'logon', 'packed', 'host', 'dials', 'scenes', 'grants', 'interface', 'real', 'hand', 'chaos'].map((name) => `${tests}/provider/${name}.cpp`)],
    flags: [...windows, linked('0x140000000')],
    output: 'logon.exe',
  },
  'desk-checked': {
    ...provider,
    compiler: 'g++',
    packages: ['g++'],
    sources: [...providerPlain, `${tests}/provider/desk.cpp`],
    flags: checked,
    libraries: [],
    output: 'desk',
  },
  'desk-fuzz': {
    ...provider,
    compiler: 'clang++',
    packages: ['clang', 'libclang-rt-14-dev', 'g++'],
    sources: [...providerPlain, `${tests}/provider/desk.cpp`],
    flags: [...checked, '-DTAPWARD_FUZZER', '-fsanitize=fuzzer'],
    libraries: [],
    output: 'desk-fuzz',
  },
} as const satisfies Record<string, Recipe>;
