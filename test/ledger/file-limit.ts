/** Run under a limit on file sizes: appends to a ledger in argv[2] until it fails, twice, opens it again and prints what happened as JSON. */
import { createSecretKey } from 'node:crypto';
import { join } from 'node:path';
import { createLedger, openLedger } from '../../agent/ledger/opening.ts';

const place = { dir: join(process.argv[2] ?? '', 'ledger'), wrap: createSecretKey(Buffer.alloc(32, 1)), clock: { now: () => 0 } };
// The limit is announced by a signal first; ignored, it becomes EFBIG.
process.on('SIGXFSZ', () => undefined);
createLedger(place);
const open = () => {
  const opened = openLedger(place);
  if (opened.kind !== 'open') throw new Error(opened.kind === 'degraded' ? opened.detail : opened.kind);
  return opened.ledger;
};
const ledger = open();
let entries = 0;
const untilItFails = (): string => {
  for (;;) {
    try {
      ledger.append({ kind: 'stopped', why: 'x'.repeat(300) }, 'reserve');
      entries++;
    } catch (e) {
      return String(e);
    }
  }
};
const failures = [untilItFails(), untilItFails()];
ledger[Symbol.dispose]();
const again = open();
process.stdout.write(JSON.stringify({ failures, entries, reopened: again.count }));
