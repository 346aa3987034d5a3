/** A machine comes in; its PC/SC service answers when this is done, or one line says what to type. Nothing is asked of a person. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { isDebian, prepare, stationPackages } from './debian.ts';

export type PcscService = { /** Ends the service if it was started here. */ readonly stop: () => Promise<void> };
const notOurs: PcscService = { stop: async () => undefined };
/** Where libpcsclite looks for the daemon; the variable is its own. */
const socket = process.env['PCSCLITE_CSOCK_NAME'] ?? '/run/pcscd/pcscd.comm';

/** Whether somebody listens there: a killed daemon leaves its socket behind. */
const answers = (): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = connect(socket);
    probe.once('connect', () => resolve(true)).once('error', () => resolve(false));
    probe.once('connect', () => probe.destroy());
  });

/** Windows and macOS bring their own service; on Debian as root it is installed and started when missing, elsewhere the tray must do. */
export async function ensurePcsc(say: (line: string) => void): Promise<PcscService> {
  if (process.platform !== 'linux' || (await answers())) return notOurs;
  if (!isDebian()) {
    say('No PC/SC service answers: install and start pcscd for real readers. The tray works without it.');
    return notOurs;
  }
  const prepared = await prepare(stationPackages, say);
  if (prepared.kind === 'byHand' || prepared.kind === 'failed') {
    say(`For real readers install the PC/SC service: ${prepared.line}. The tray works without it.`);
    return notOurs;
  }
  if (await answers()) return notOurs;
  if (process.getuid?.() !== 0) {
    say('The PC/SC service is installed but not running: sudo systemctl start pcscd.socket. The tray works without it.');
    return notOurs;
  }
  if (existsSync('/run/systemd/system')) {
    try {
      execFileSync('systemctl', ['start', 'pcscd.socket'], { stdio: 'ignore' });
      say('Started the PC/SC service (pcscd.socket).');
    } catch {
      say('The PC/SC service did not start: see systemctl status pcscd. The tray works without it.');
    }
    return notOurs;
  }
  return startHere(say);
}

/** Without an init system the daemon is our child, and ends with us. */
async function startHere(say: (line: string) => void): Promise<PcscService> {
  // Debian 13's daemon refuses every client where no polkitd runs; Debian 12's does not know the option.
  const help = execFileSync('/usr/sbin/pcscd', ['--help'], { encoding: 'utf8' });
  const child: ChildProcess = spawn('/usr/sbin/pcscd', ['-f', '-e', ...(help.includes('--disable-polkit') ? ['--disable-polkit'] : [])], { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  for (let i = 0; i < 200 && !(await answers()); i++) await new Promise((resolve) => setTimeout(resolve, 10));
  say('Started the PC/SC service (pcscd) for this run.');
  return {
    stop: async () => {
      child.kill('SIGTERM');
      // 1.9.9 can hang on its way out (a polling thread that waits for itself).
      const late = setTimeout(() => child.kill('SIGKILL'), 1000);
      await ended;
      clearTimeout(late);
    },
  };
}
