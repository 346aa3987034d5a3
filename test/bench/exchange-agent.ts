/** The adapter as an agent uses it, in a process of its own: sends as many commands as its argument says to each card, prints "took" and the nanoseconds of each exchange, one line a card. */
import { createClock } from '../../native/clock/clock.ts';
import { createPcscReader } from '../../native/pcsc/reader.ts';

const count = Number(process.argv[2]);
const command = Uint8Array.from({ length: 21 }, (_, i) => [0x90, 0xaf, 0x00, 0x00, 0x10][i] ?? 0);
let presentation = 0;
const reader = createPcscReader({ clock: createClock(), nextPresentation: () => ++presentation, diagnose: () => undefined });
process.stdin.on('end', () => void reader[Symbol.asyncDispose]().then(() => process.exit(0))).resume();
await reader.start((event) => {
  if (event.kind === 'readerFound') process.stdout.write('ready\n');
  if (event.kind !== 'read') return;
  const { transmit } = event;
  void (async () => {
    const took: bigint[] = [];
    for (let i = 0; i < count; i++) {
      const from = process.hrtime.bigint();
      const response = await transmit(command);
      took.push(process.hrtime.bigint() - from);
      if (response?.length !== command.length + 2) throw new Error('the card gave no answer');
    }
    process.stdout.write(`took ${took.join(' ')}\n`);
  })();
});
