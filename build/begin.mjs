/** A script's name comes in; it runs on Node 24 after the set-up, or one sentence says what is missing. Kept to syntax of 2018, so that an old Node still prints that sentence. */
import process from 'process';

const oldest = 20;

/**
 * Sets the clone up when needed, then runs a TypeScript file of it on Node 24 with this process's arguments, terminal, signals and exit code.
 * @param {string} script path from the clone's root
 * @returns {void}
 */
export function begin(script) {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < oldest) {
    console.error('Tapward needs Node ' + oldest + ' or newer to set itself up, and this is Node ' + process.versions.node + ': install a newer one and run the command again.');
    process.exit(1);
  }
  import('./setup.mjs')
    .then((setup) => setup.handOver(script, process.argv.slice(2)))
    .catch((failure) => {
      console.error(failure);
      process.exit(1);
    });
}
