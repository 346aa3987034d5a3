/** The tray of virtual badges, held to the contract of every CardReader. */
import { createTrayReader } from '../../agent/evaluation/tray-reader.ts';
import { createClock } from '../../native/clock/clock.ts';
import { cardReaderContract } from '../contract/card-reader.ts';

cardReaderContract('the tray', false, async (nextPresentation) => {
  const reader = createTrayReader(createClock(), nextPresentation, () => undefined);
  return {
    reader,
    insert: (uid) => reader.place({ id: uid, label: uid, uid: () => Uint8Array.from(Buffer.from(uid, 'hex')) }, false),
    remove: () => reader.lift(),
    plug: () => reader.plug(),
    unplug: () => reader.unplug(),
    [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
  };
});
