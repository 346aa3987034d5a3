/** The adapter as an agent uses it, in a process of its own: prints "uid HEX NANOSECONDS" (CLOCK_MONOTONIC) when the event reaches the listener. */
import { createClock } from '../../native/clock/clock.ts';
import { createPcscReader } from '../../native/pcsc/reader.ts';

let presentation = 0;
const reader = createPcscReader({ clock: createClock(), nextPresentation: () => ++presentation, diagnose: () => undefined });
process.stdin.on('end', () => void reader[Symbol.asyncDispose]().then(() => process.exit(0))).resume();
await reader.start((event) => {
  const at = process.hrtime.bigint();
  if (event.kind === 'readerFound') process.stdout.write('ready\n');
  if (event.kind === 'read') process.stdout.write(`uid ${Buffer.from(event.uid).toString('hex')} ${at}\n`);
});
