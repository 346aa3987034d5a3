/** The folder of a station that an earlier version wrote comes in as argv[2]; it is opened, and so brought to this version, until this program is killed. */
import { writeSync } from 'node:fs';
import { placeIn } from '../store/place.ts';

const place = placeIn(process.argv[2] ?? '');
writeSync(1, 'ready\n');
place.open();
writeSync(1, 'upgraded\n');
setInterval(() => undefined, 60_000);
