/** The credential provider under Wine comes in, before a host that gives at once; how long it takes from the host's GRANT to the serialized credential goes out, against the bare pipe. */
import { nativeProgram } from '../../build/native.ts';
import { need } from '../needs.ts';
import { startWine, windowsPath } from '../windows/wine.ts';
import { type Measurement, percentile, row } from './row.ts';

const rounds = 300;
/** What the program printed of one kind, in milliseconds, without the first ones, in which Wine loads what it needs. */
const samples = (out: string, kind: string): readonly number[] =>
  [...out.matchAll(new RegExp(`^${kind} ([\\d.]+)\\r?$`, 'gm'))].map(([, micros]) => Number(micros) / 1_000).slice(20);

export const measurement: Measurement = {
  ids: ['cp'],
  run: async (progress) => {
    const missing = need('mingw', 'wine');
    if (missing !== false) throw new Error(missing);
    const [logon, dll] = [await nativeProgram('logon-windows'), await nativeProgram('provider-windows-wine')];
    await using wine = await startWine();
    const { code, out, err } = await wine.run(logon, [windowsPath(dll), 'measure', String(rounds)], 120_000);
    if (code !== 0) throw new Error(`the provider failed: ${out}${err}`.slice(0, 400));
    const [credential, bare] = [samples(out, 'credential'), samples(out, 'bare')];
    progress(`bare pipe, two round trips as a grant needs them: p50 ${percentile(bare, 50).toFixed(3)} ms, p95 ${percentile(bare, 95).toFixed(3)} ms`);
    return [row('cp', 'ms', credential, { barePipe: percentile(credential, 50) / percentile(bare, 50) })];
  },
};
