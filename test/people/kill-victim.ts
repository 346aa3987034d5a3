/** A station's folder and a bundle's file come in as argv[2] and argv[3]; it is imported, over and over from the beginning, until it is killed. `ready` stands before the first, a line with its totals behind each. */
import { cpSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { createStationGroup } from '../../agent/group/group.ts';
import { placeIn } from '../store/place.ts';

const [, , dir = '', file = ''] = process.argv;
const bundle = readFileSync(file);
writeSync(1, 'ready\n');
for (;;) {
  rmSync(`${dir}.now`, { recursive: true, force: true });
  cpSync(dir, `${dir}.now`, { recursive: true });
  const { store, ledger, close } = placeIn(`${dir}.now`).open();
  writeSync(1, 'opened\n');
  const imported = await createStationGroup({ store, ledger }).importPeople(Buffer.from(bundle), 'test', { progress: () => undefined, applied: () => void writeSync(1, 'applied\n') });
  writeSync(1, `${imported.kind}\n`);
  close();
}
