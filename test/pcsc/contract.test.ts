/** The PC/SC adapter at a real pcscd, held to the contract of every CardReader. */
import { createClock } from '../../native/clock/clock.ts';
import { createPcscReader } from '../../native/pcsc/reader.ts';
import { cardReaderContract } from '../contract/card-reader.ts';
import { virtualCard } from '../virtual-reader/card.ts';
import { startStand } from '../virtual-reader/stand.ts';
import { skip } from './station.ts';

cardReaderContract('pcscd', skip, async (nextPresentation) => {
  await using stack = new AsyncDisposableStack();
  const stand = stack.use(await startStand({ readers: [1] }));
  const reader = stack.use(createPcscReader({ clock: createClock(), nextPresentation, diagnose: () => {}, env: stand.env }));
  const kept = stack.move();
  return {
    reader,
    insert: (uid) => stand.insert(1, virtualCard(uid)),
    remove: () => stand.remove(1),
    plug: () => stand.plug(1),
    unplug: () => stand.unplug(1),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
});
