/** A folder and a file come in; how the folder's machine key stands, and the key itself, for the test alone, go out to the file. Bundled by the test, run by Node for Windows, which Wine gives no pipes to write to. */
import { writeFileSync } from 'node:fs';
import { windowsKeys } from '../../native/keys/dpapi-key.ts';

const [, , folder = '', answer = ''] = process.argv;
try {
  const { holder } = windowsKeys(folder);
  const found = holder.load();
  const held = found.kind === 'absent' ? holder.create() : found;
  writeFileSync(answer, `${holder.grade()} ${found.kind}${found.kind === 'absent' ? ', made' : ''}\n${held.kind === 'held' ? Buffer.from(held.key).toString('hex') : held.kind}`);
} catch (why) {
  writeFileSync(answer, String(why));
}
