/** Parts of names come in (none: all), the static checks run one after another, and the exit code says whether all passed. */
import { checks, runCheck } from './checks.ts';
import { root } from './setup.mjs';

const wanted = process.argv.slice(2);
const chosen = checks(root).filter(({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)));
if (chosen.length === 0)
  console.error(
    `No check is called that; there are: ${checks(root)
      .map(({ name }) => name)
      .join(', ')}.`,
  );
let failed = chosen.length === 0;
for (const check of chosen) {
  const checked = await runCheck(check, root);
  if (checked.kind === 'failed') failed = true;
  console.log(`${checked.kind}  ${check.name}${checked.kind === 'skipped' ? `: ${checked.why}` : ''}`);
  if (checked.kind === 'failed') console.log(checked.said);
}
process.exitCode = failed ? 1 : 0;
