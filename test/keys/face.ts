/** The path of the helper comes in; a process that holds goes out, which says the helper's pid once it does. A test kills it. */
import { startKeys } from '../../electron/keys.ts';

const keys = startKeys({
  program: process.argv[2] ?? '',
  target: () => null,
  hear: ({ kind }) => {
    if (kind === 'held') console.log(keys.pid);
  },
});
keys.hold([]);
