/** Nothing comes in but a bus's address; a hold on the computer's sleep goes out, to be let go once everything is locked. Its file descriptor is a child's: Node cannot receive one. */
import { type ChildProcess, spawn } from 'node:child_process';

export type SleepHold = {
  /** Takes it, where it is not held: sleep then waits for `release`, as long as logind's InhibitDelayMaxSec (5 s). */
  readonly take: () => void;
  readonly release: () => void;
};

/** `told` gets one sentence where no hold can be had: the computer then sleeps before it is known to be locked, and locks when it wakes. */
export function holdSleep(address: string, told: (text: string) => void): SleepHold {
  let held: ChildProcess | null = null;
  return {
    take: () => {
      if (held !== null) return;
      // It ends with its standard input: with this process, however that ends.
      const child = spawn('systemd-inhibit', ['--what=sleep', '--mode=delay', '--who=Tapward', '--why=Locking first', 'cat'], {
        env: { PATH: '/usr/bin:/bin', DBUS_SYSTEM_BUS_ADDRESS: address },
        stdio: ['pipe', 'ignore', 'pipe'],
      });
      held = child;
      let said = '';
      child.stderr?.on('data', (text: Buffer) => (said = (said + text.toString()).slice(-200)));
      child.stdin?.on('error', () => undefined);
      child.once('error', (why) => told(`sleep cannot be held until all is locked: ${why.message}`));
      child.once('close', (code) => {
        if (held === child) held = null;
        if (code !== 0 && code !== null) told(`sleep cannot be held until all is locked: ${said.trim()}`);
      });
    },
    release: () => {
      held?.stdin?.end();
      held = null;
    },
  };
}
