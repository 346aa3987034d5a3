/** A station's folder and a bundle's file come in as argv[2] and argv[3]; the bundle is imported into a copy of the folder. `ready` stands before the write, `applied` behind it; then it waits to be killed. */
import { cpSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { createStationGroup } from '../../agent/group/group.ts';
import { placeIn } from '../store/place.ts';

const [, , dir = '', file = ''] = process.argv;
rmSync(`${dir}.now`, { recursive: true, force: true });
cpSync(dir, `${dir}.now`, { recursive: true });
const { store, ledger } = placeIn(`${dir}.now`).open();
await createStationGroup({ store, ledger }).importPeople(readFileSync(file), 'test', {
  progress: (done, all) => void (done === all && writeSync(1, 'ready\n')),
  applied: () => void writeSync(1, 'applied\n'),
});
setInterval(() => undefined, 1_000);
