/** A test comes in; a TPM 2.0 in software, empty and answering on two loopback ports, goes out, and ends with the test. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cleanup, folder } from './place.ts';

/** TCTI of the TPM, as tpm2-tools and systemd-creds take it. */
export async function softwareTpm(t: Cleanup): Promise<string> {
  // The TCTI takes the control port to be the next one.
  const port = await twoFreePorts();
  const at = (p: number): string => `type=tcp,port=${p},bindaddr=127.0.0.1`;
  const tpm = spawn('swtpm', ['socket', '--tpm2', '--tpmstate', `dir=${folder(t)}`, '--server', at(port), '--ctrl', at(port + 1), '--flags', 'not-need-init,startup-clear'], {
    stdio: 'ignore',
  });
  t.after(() => void tpm.kill('SIGKILL'));
  for (let tries = 0; tries < 100 && !(await answers(port + 1)); tries++) await sleep(50);
  return `swtpm:host=127.0.0.1,port=${port}`;
}

async function twoFreePorts(): Promise<number> {
  for (;;) {
    const first = createServer().listen(0, '127.0.0.1');
    await once(first, 'listening');
    const address = first.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const second = createServer().listen(port + 1, '127.0.0.1');
    const free = await once(second, 'listening').then(
      () => true,
      () => false,
    );
    first.close();
    second.close();
    if (free) return port;
  }
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const there = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return there;
}
