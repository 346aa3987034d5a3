/** This computer comes in; what a help desk asks of it first goes out as Facts: versions, units, memory. No name of it, no address, no account. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { arch, cpus, freemem, platform, release, totalmem, uptime } from 'node:os';
import { type Fact, fixed, version, whole, word } from './fact.ts';

const distributions = ['debian', 'ubuntu', 'linuxmint', 'fedora', 'rhel', 'rocky', 'almalinux', 'centos', 'opensuse-leap', 'opensuse-tumbleweed', 'sles', 'arch'];
const megabytes = (bytes: number): number => Math.round(bytes / 1024 ** 2);

/** Each asked program has a second; one that is not there leaves null. */
export function systemFacts(): Fact {
  const linux = platform() === 'linux';
  return {
    platform: word(['linux', 'win32', 'darwin'], platform()),
    arch: word(['x64', 'arm64'], arch()),
    // On Windows its build: 10.0.22631.
    kernel: version(release()),
    distribution: linux ? distribution() : null,
    node: version(process.versions.node),
    processors: whole(cpus().length),
    memoryMegabytes: whole(megabytes(totalmem())),
    freeMegabytes: whole(megabytes(freemem())),
    upHours: whole(Math.round(uptime() / 360) / 10),
    pcscd: linux ? version(said('pcscd', ['--version'])) : null,
    systemd: linux ? version(`${/^systemd (\d+)/.exec(said('systemctl', ['--version']))?.[1] ?? ''}.0`) : null,
    units: linux ? units.map(unit) : [service()],
  };
}

function distribution(): Fact {
  let text = '';
  try {
    text = readFileSync('/etc/os-release', 'utf8');
  } catch {
    return null;
  }
  const [, id] = /^ID="?([\w.-]+)"?$/m.exec(text) ?? [];
  const [, number = ''] = /^VERSION_ID="?(\d{1,3}(?:\.\d{1,3})?)"?$/m.exec(text) ?? [];
  return { id: word(distributions, id), version: version(number.includes('.') ? number : `${number}.0`) };
}

const units = ['tapward.service', 'tapward-key.service', 'pcscd.service', 'pcscd.socket', 'polkit.service', 'systemd-logind.service'];
const unitWords = [
  'loaded',
  'not-found',
  'masked',
  'error',
  'active',
  'inactive',
  'failed',
  'activating',
  'deactivating',
  'reloading',
  'running',
  'dead',
  'exited',
  'listening',
  'start',
  'stop',
  'auto-restart',
  'success',
  'exit-code',
  'signal',
  'core-dump',
  'watchdog',
  'timeout',
  'start-limit-hit',
  'oom-kill',
  'resources',
  'protocol',
];

function unit(name: string): Fact {
  const text = said('systemctl', ['show', name, '--property=LoadState,ActiveState,SubState,Result,NRestarts,ExecMainStatus']);
  if (text === '') return { unit: word(units, name), seen: false };
  const of = (property: string): string => new RegExp(`^${property}=(.*)$`, 'm').exec(text)?.[1] ?? '';
  const number = (property: string): number | null => (/^\d{1,9}$/.test(of(property)) ? Number(of(property)) : null);
  return {
    unit: word(units, name),
    seen: true,
    load: word(unitWords, of('LoadState')),
    active: word(unitWords, of('ActiveState')),
    sub: word(unitWords, of('SubState')),
    result: word(unitWords, of('Result')),
    restarts: number('NRestarts'),
    exit: number('ExecMainStatus'),
  };
}

/** Windows' own number of the service's state: 4 is running. */
function service(): Fact {
  const [, state] = /STATE\s*:\s*(\d)/.exec(said('sc', ['query', 'Tapward'])) ?? [];
  return { unit: fixed`Tapward`, seen: state !== undefined, state: state === undefined ? null : whole(Number(state)) };
}

function said(program: string, args: readonly string[]): string {
  const path = platform() === 'win32' ? process.env['PATH'] : '/usr/sbin:/usr/bin:/sbin:/bin';
  const asked = spawnSync(program, args, { encoding: 'utf8', timeout: 1_000, env: { ...process.env, PATH: path, LC_ALL: 'C' } });
  return asked.status === 0 ? asked.stdout : '';
}
