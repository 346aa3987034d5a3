/** nfc-pcsc as its own README uses it, from the folder given: prints "uid HEX NANOSECONDS" (CLOCK_MONOTONIC) when the card event comes. */
const { createRequire } = require('node:module');
const { NFC } = createRequire(process.argv[2])('nfc-pcsc');

const nfc = new NFC();
nfc.on('reader', (reader) => {
  process.stdout.write('ready\n');
  reader.on('card', (card) => {
    const at = process.hrtime.bigint();
    process.stdout.write(`uid ${card.uid} ${at}\n`);
  });
  reader.on('error', () => undefined);
});
nfc.on('error', () => undefined);
process.stdin.on('end', () => process.exit(0)).resume();
