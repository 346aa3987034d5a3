/** A file comes in; the marks of the Windows computer this runs on go out to it. Bundled by the test, run by Node for Windows, which Wine gives no pipes to write to. */
import { writeFileSync } from 'node:fs';
import { machineMarks } from '../../native/machine/marks.ts';

const [, , answer = ''] = process.argv;
try {
  writeFileSync(answer, JSON.stringify(machineMarks()));
} catch (why) {
  writeFileSync(answer, JSON.stringify({ threw: String(why) }));
}
