/** A clone's folder comes in, `npm ci` runs there without install scripts; npm's output comes in, one sentence that says what to do goes out. */
import { spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import process from 'node:process';

/**
 * npm's own script, to be run by Node without a shell (on Windows npm is a .cmd, which only a shell starts). Null when there is none.
 * @param {{ platform: string, exists: (path: string) => boolean }} machine
 * @param {Record<string, string | undefined>} env
 * @param {string} node path of the running Node
 * @returns {string | null}
 */
export function findNpm(machine, env, node) {
  const inside = (/** @type {string} */ dir) => join(dir, 'node_modules', 'npm', 'bin', 'npm-cli.js');
  const running = env['npm_execpath'];
  const path = (env['PATH'] ?? env['Path'] ?? '').split(delimiter).filter((dir) => dir !== '');
  const candidates = [
    ...(running !== undefined && /^np[mx]-cli\.js$/.test(basename(running)) ? [join(dirname(running), 'npm-cli.js')] : []),
    ...(machine.platform === 'win32'
      ? [inside(dirname(node)), ...path.map(inside)]
      : [inside(join(dirname(dirname(node)), 'lib')), ...path.map((dir) => real(join(dir, 'npm'))), '/usr/share/nodejs/npm/bin/npm-cli.js']),
  ];
  return candidates.find((file) => file.endsWith('npm-cli.js') && machine.exists(file)) ?? null;
}

/** @param {string} file */
function real(file) {
  try {
    return realpathSync(file);
  } catch {
    return '';
  }
}

/**
 * `npm ci` without install scripts: npm 9 would compile better-sqlite3, whose binary already lies in its package.
 * @param {string} npm path of npm-cli.js
 * @param {string} folder
 * @returns {Promise<{ code: number | null, output: string }>}
 */
export function runNpm(npm, folder) {
  const flags = ['--ignore-scripts', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error', '--progress=false', '--fetch-retry-maxtimeout=15000'];
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [npm, 'ci', ...flags], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', (failure) => resolve({ code: null, output: failure.message }));
    child.on('close', (code) => resolve({ code, output }));
  });
}

/** What npm printed → what it means. The first that matches counts, so the particular stands before the general. @type {readonly (readonly [RegExp, string])[]} */
const meanings = [
  [
    /SELF_SIGNED_CERT|UNABLE_TO_(GET_ISSUER|VERIFY_LEAF)|CERT_(UNTRUSTED|HAS_EXPIRED|NOT_YET)|DEPTH_ZERO_SELF|unable to (get local issuer|verify the first) certificate|self[- ]signed certificate/i,
    "The registry's certificate is signed by an authority that Node does not know (a proxy that reads TLS?): run `npm config set cafile PATH-OF-YOUR-CA.pem`, or set NODE_EXTRA_CA_CERTS to that file, and run the command again.",
  ],
  [/\b407\b|proxy authentication/i, 'The proxy wants a name and a password: run `npm config set https-proxy http://NAME:PASSWORD@HOST:PORT` and run the command again.'],
  [/\bE40[13]\b|ENEEDAUTH/, 'The package registry refused us: run `npm login`, or see `npm config get registry`, and run the command again.'],
  [/\bE404\b|ETARGET|ENOVERSIONS/, 'The package registry does not have one of the packages: see `npm config get registry` (a mirror may lag), and run the command again.'],
  [
    /ENOTFOUND|EAI_AGAIN|ECONN(REFUSED|RESET)|ETIMEDOUT|ERR_SOCKET_TIMEOUT|ENETUNREACH|EHOSTUNREACH|EPROTO|network/i,
    'The package registry cannot be reached: check the network, or behind a proxy run `npm config set https-proxy http://HOST:PORT` (and `npm config set noproxy …` where it must be passed by), and run the command again.',
  ],
  [/ENOSPC/, 'The disk is full: about 600 MB are needed; make room and run the command again.'],
  [
    /EINTEGRITY/,
    'A package does not have the contents that package-lock.json names: run `npm cache clean --force`; if it happens again, a proxy is changing packages on their way.',
  ],
  [
    /EACCES|EPERM|EBUSY|EROFS|ENOTEMPTY/,
    'npm may not write here, or a running Tapward holds the files: close it, make sure that this folder and `npm config get cache` are yours, and run the command again.',
  ],
  [
    /EUSAGE|can only install (packages )?when|in sync/i,
    'package.json and package-lock.json do not agree: run `git checkout package.json package-lock.json`, or `npm install --ignore-scripts` if you changed them, and run the command again.',
  ],
];

/**
 * npm's output and what to do about it, in one sentence.
 * @param {string} output
 */
export function explainInstall(output) {
  const meaning = meanings.find(([pattern]) => pattern.test(output))?.[1];
  const said = output.trim().split('\n').slice(-12).join('\n');
  return `${said}\n\nNothing was set up. ${meaning ?? 'npm failed, see its last lines above; mend that and run the command again.'}`;
}
