/** A grant for each transaction to a whole PAM authentication, beside pam_exec running /bin/true and beside pam_permit, which does nothing: in turn, each in the same namespace. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { nativeProgram } from '../../build/native.ts';
import { grantFor, openStand, type Stand } from '../pam/stand.ts';
import { type Measurement, percentile, row } from './row.ts';

const each = 200;
const medianOf = (samples: readonly number[]): number => percentile(samples, 50);

/** Milliseconds of each of `each` transactions. */
async function transact(stand: Stand, program: string, service: string): Promise<readonly number[]> {
  const { code, said } = await stand.exec([program, service, 'alice', String(each)]);
  if (code !== 0) throw new Error(`${service} refused one of ${each} transactions: ${said.slice(-200)}`);
  return said
    .trim()
    .split('\n')
    .map((micros) => Number(micros) / 1_000);
}

/** As soon as a grant is taken the next one is held. */
function keepOffering({ offers, clock }: Stand): () => void {
  let over = false;
  const offer = (): void => void offers.offer(grantFor('s-alice', clock, 30_000), { account: 'alice', session: null }).then(() => over || offer());
  offer();
  return () => {
    over = true;
    offers.revoke();
  };
}

export const measurement: Measurement = {
  ids: ['pam'],
  run: async (progress) => {
    await using stand = await openStand();
    const program = join(stand.dir, 'pam-bench');
    copyFileSync(await nativeProgram('pam-bench'), program);
    stand.stack('bench-exec', ['auth required pam_exec.so quiet /bin/true']);
    stand.stack('bench-permit', ['auth required pam_permit.so']);
    const stop = keepOffering(stand);
    const [ours, exec, permit]: [(readonly number[])[], (readonly number[])[], (readonly number[])[]] = [[], [], []];
    for (let round = 1; round <= 5; round++) {
      progress(`round ${round} of 5, ${each} transactions each`);
      ours.push(await transact(stand, program, 'lightdm'));
      exec.push(await transact(stand, program, 'bench-exec'));
      permit.push(await transact(stand, program, 'bench-permit'));
    }
    stop();
    const against = (others: readonly (readonly number[])[]): number => medianOf(ours.map((samples, i) => medianOf(samples) / medianOf(others[i] ?? [])));
    return [row('pam', 'ms', ours.flat(), { pam_exec: against(exec), pam_permit: against(permit) })];
  },
};
