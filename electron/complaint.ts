/** A sentence comes in; it goes to the error output, whose last line the agent's supervisor keeps. Nothing else in the face writes anywhere. */

/** For IT: what does not work and what to do. Never a name, never what somebody typed. */
export function complain(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}

/** What kind of fault it was and where, without its message: that might quote what it was about. */
export function faultIn(why: unknown): string {
  if (!(why instanceof Error)) return 'something that is no error was thrown';
  const place = /^\s+at .*$/m.exec(why.stack ?? '')?.[0].trim() ?? 'at a place unknown';
  return `${why.name} ${place}`;
}
