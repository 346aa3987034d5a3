/** The file to write comes in; what this Windows' registry holds of our policies goes into it, as the agent reads it, and what that comes to. */
import { renameSync, writeFileSync } from 'node:fs';
import { registryKey } from '../../agent/policy/group-policy.ts';
import { readSources } from '../../agent/policy/reading.ts';
import { judgeSources } from '../../agent/policy/sources.ts';
import { readMachineKey } from '../../native/winreg/machine-key.ts';

const [answer = '', file = ''] = process.argv.slice(2);
const sources = readSources(file, readMachineKey);
const { faults, resolveOn } = judgeSources(sources, { mode: 'installed', stationName: 'PC-7', computer: 'PC-7' });
writeFileSync(
  `${answer}.new`,
  JSON.stringify({
    values: readMachineKey(registryKey),
    names: sources.map(({ name }) => name),
    faults,
    policy: resolveOn('PC-7').policy,
    none: readMachineKey('SOFTWARE\\Policies\\Tapward\\nothing'),
  }),
);
renameSync(`${answer}.new`, answer);
