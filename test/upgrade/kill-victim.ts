/** The folder of a station that an earlier version wrote comes in as argv[2]; it is opened, and so brought to this version, or with `back` set back to the one before, until this program is killed. */
import { writeSync } from 'node:fs';
import { storePath } from '../../agent/store/opening.ts';
import { rollBack } from '../../agent/store/roll-back.ts';
import { keysOf, placeIn } from '../store/place.ts';

const [, , dir = '', what] = process.argv;
const place = placeIn(dir);
const keys = keysOf(place.holder);
writeSync(1, 'ready\n');
if (what === 'back') {
  const done = rollBack({ dir: place.dir, path: storePath(place.dir), keys, counter: place.counter });
  if (done.kind !== 'rolledBack') throw new Error(done.kind);
} else place.open();
writeSync(1, 'done\n');
setInterval(() => undefined, 60_000);
