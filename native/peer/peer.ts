/** A connected Unix socket's descriptor comes in; which account holds its other end goes out, as the kernel noted it. */
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import koffi from 'koffi';

export type Peer = {
  readonly uid: number;
  /** The process that connected; it may have ended since, or handed the socket on. */
  readonly pid: number;
  /** The account's name; `anna as root` where the login that led to it was another's. */
  readonly account: string;
};

const solSocket = 1;
const soPeerCred = 17;

/** SO_PEERCRED, unix(7): taken at connect, so it cannot be claimed otherwise. null where the system does not say it this way. */
export function peerOf(fd: number): Peer | null {
  if (process.platform !== 'linux') return null;
  const getsockopt = koffi.load(null).func('getsockopt', 'int', ['int', 'int', 'int', 'void *', 'void *']) as (
    ...args: readonly [number, number, number, Uint8Array, Uint8Array]
  ) => number;
  const credentials = new Int32Array(3);
  const length = Int32Array.of(credentials.byteLength);
  if (getsockopt(fd, solSocket, soPeerCred, new Uint8Array(credentials.buffer), new Uint8Array(length.buffer)) !== 0) return null;
  const [pid = 0, uid = -1] = credentials;
  return { uid, pid, account: accountOf(pid, uid) };
}

/** Who runs this process, in the same words. */
export function ownAccount(): string {
  const uid = process.geteuid?.();
  return uid === undefined ? windowsAccount() : accountOf(process.pid, uid);
}

/** Windows' host runs the agent with so few rights that it may not ask for its own name. */
function windowsAccount(): string {
  try {
    return userInfo().username;
  } catch {
    return 'the Tapward service';
  }
}

/** The kernel keeps the uid of the login through sudo and su (pam_loginuid); where there was none it says 2³² − 1. */
function accountOf(pid: number, uid: number): string {
  const login = Number(textOf(`/proc/${pid}/loginuid`) ?? 'none');
  const account = nameOf(uid);
  return Number.isInteger(login) && login !== 0xffff_ffff && login !== uid ? `${nameOf(login)} as ${account}` : account;
}

/** The local account of this name; null: there is none. */
export function uidOf(account: string): number | null {
  const [, , id] = local().find(([name]) => name === account) ?? [];
  return id === undefined ? null : Number(id);
}

/** Every line of /etc/passwd, passwd(5). */
const local = (): readonly (readonly string[])[] => (textOf('/etc/passwd') ?? '').split('\n').map((entry) => entry.split(':'));
const nameOf = (uid: number): string => local().find(([, , id]) => id === String(uid))?.[0] ?? `uid ${uid}`;

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}
