/** A bare clone comes in; its packages installed, and the Node 24 that runs its TypeScript, go out. Plain JavaScript for any Node ≥ 20, with nothing but Node itself. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { explainInstall, findNpm, runNpm } from './npm.mjs';

/**
 * @typedef {{ platform: string, arch: string, node: string, exists: (path: string) => boolean }} Machine
 * @typedef {{ version?: string, integrity?: string, os?: string | string[], cpu?: string | string[], libc?: string[] }} Locked
 * @typedef {Record<string, Locked>} Packages the `packages` of a lock file
 */

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const wanted = 24;
/** What the packaged Node asks the kernel for; musl systems and NixOS do not have it. */
const loaders = /** @type {Record<string, string>} */ ({ 'linux-x64': '/lib64/ld-linux-x86-64.so.2', 'linux-arm64': '/lib/ld-linux-aarch64.so.1' });

/** @type {Machine} */
const thisMachine = { platform: process.platform, arch: process.arch, node: process.versions.node, exists: existsSync };

/**
 * The npm package that carries Node 24 for this machine, or null where npm offers none that runs here.
 * @param {Machine} machine
 * @param {readonly string[]} offered names of the optional dependencies
 */
export function nodePackage(machine, offered) {
  const name = `node-${machine.platform === 'win32' ? 'win' : machine.platform}-${machine.arch}`;
  const loader = loaders[`${machine.platform}-${machine.arch}`];
  return offered.includes(name) && (loader === undefined || machine.exists(loader)) ? name : null;
}

/**
 * One sentence when this machine cannot run Tapward, or null.
 * @param {Machine} machine
 * @param {readonly string[]} offered
 */
export function refusal(machine, offered) {
  if (nodePackage(machine, offered) !== null || Number(machine.node.split('.')[0]) >= wanted) return null;
  const names = /** @type {Record<string, string>} */ ({ darwin: 'macOS', win32: 'Windows', linux: 'this Linux' });
  return `npm carries no Node ${wanted} for ${names[machine.platform] ?? machine.platform} (${machine.arch}), so the machine's own must be ${wanted} or newer, and it is ${machine.node}: install Node ${wanted} and run the command again.`;
}

/**
 * The packages of the lock that this machine needs and that are not installed as locked. `installed` is npm's own record of node_modules, which it writes last.
 * @param {Packages} locked
 * @param {Packages} installed
 * @param {Machine} machine
 */
export function missingPackages(locked, installed, machine) {
  return Object.entries(locked)
    .filter(([path, entry]) => {
      // Two C libraries share os and cpu: which of the two npm chose is its own affair.
      if (path === '' || entry.libc !== undefined || !fits(entry.os, machine.platform) || !fits(entry.cpu, machine.arch)) return false;
      const there = installed[path];
      return there === undefined || there.version !== entry.version || there.integrity !== entry.integrity;
    })
    .map(([path]) => path.replace(/^.*node_modules\//, ''));
}

/** @param {string | string[] | undefined} rule @param {string} value */
function fits(rule, value) {
  if (rule === undefined) return true;
  const rules = typeof rule === 'string' ? [rule] : rule;
  return !rules.includes(`!${value}`) && (rules.every((r) => r.startsWith('!')) || rules.includes(value));
}

/** @param {string} path @returns {Packages} */
function packagesOf(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages ?? {};
  } catch {
    return {};
  }
}

/**
 * Installs what the lock names, if anything of it is missing. Ends the process with one sentence on stderr when it cannot.
 * @param {string} [folder] the clone's root
 * @returns {Promise<string>} the Node that runs this clone's TypeScript
 */
export async function setUp(folder = root) {
  const offered = Object.keys(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).optionalDependencies ?? {});
  const sentence = refusal(thisMachine, offered);
  if (sentence !== null) stop(sentence);
  const missing = () => missingPackages(packagesOf(join(folder, 'package-lock.json')), packagesOf(join(folder, 'node_modules', '.package-lock.json')), thisMachine);
  if (missing().length > 0) {
    await install(folder, missing().length);
    const left = missing();
    if (left.length > 0)
      stop(`npm left out ${left.join(', ')}: look for \`omit\` in \`npm config list\`, or for a filter between here and the registry, and run the command again.`);
  }
  const name = nodePackage(thisMachine, offered);
  return name === null ? process.execPath : join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
}

/** @param {string} folder @param {number} count */
async function install(folder, count) {
  const npm = findNpm(thisMachine, process.env, process.execPath);
  if (npm === null) stop('npm is missing: install it (on Debian `apt-get install npm`; elsewhere it comes with Node) and run the command again.');
  const began = Date.now();
  const seconds = () => `${Math.round((Date.now() - began) / 1000)} s`;
  console.error(`Setting up, once: npm fetches ${count} packages, Node ${wanted} among them.`);
  const line = process.stderr.isTTY;
  const ticking = setInterval(() => process.stderr.write(line ? `\r  ${seconds()} ` : `  ${seconds()}\n`), line ? 1_000 : 15_000);
  const { code, output } = await runNpm(npm, folder);
  clearInterval(ticking);
  if (line) process.stderr.write('\r\x1b[K');
  if (code !== 0) stop(explainInstall(output));
  console.error(`Set up in ${seconds()}.`);
}

/**
 * Runs a TypeScript file of this clone on Node 24 and ends as it ends.
 * @param {string} script path from the clone's root
 * @param {readonly string[]} args
 */
export async function handOver(script, args) {
  const child = spawn(await setUp(), [join(root, script), ...args], { stdio: 'inherit' });
  /** @type {NodeJS.Signals[]} */
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) {
    process.on(signal, () => {
      // A terminal gives Ctrl-C to both of us: passing it on would be a second one.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on('error', (failure) => stop(`Node ${wanted} did not start (${failure.message}): delete node_modules and run the command again.`));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

/** @param {string} sentence @returns {never} */
function stop(sentence) {
  console.error(sentence);
  process.exit(1);
}
