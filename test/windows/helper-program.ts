/** A session's environment comes in; the product's own session helper runs, and trusts beside the administrators the one account that Wine has. Bundled by the test, started by the host. */
import { writeFileSync } from 'node:fs';
import { trustedOwners } from '../../native/helper/windows/access.ts';
import { runWindowsHelper } from '../../native/helper/windows/program.ts';
import { loadWindowsSystem } from '../../native/helper/windows/system.ts';

writeFileSync('C:\\helper', String(process.pid));
const own = /^O:(S-[\d-]+|[A-Z]{2})/.exec(loadWindowsSystem().sddlOf('C:\\face.owner') ?? '')?.[1];
runWindowsHelper({ owners: new Set([...trustedOwners, ...(own === undefined ? [] : [own])]) });
