/** The command line comes in; the switch on it that opens a Chromium to others goes out, is taken away, told to the agent, and ends the program. */
import { app } from 'electron';
import type { RefusedSwitch } from '../core/face-link.ts';
import type { Door } from './door.ts';
import { exitCodes } from './exits.ts';
import { startLink } from './link.ts';

/** How long the agent has to answer, in milliseconds: one that is there does so in a few. */
const connectedWithin = 300;
/** And to hang up, which says that it has heard; a busy machine takes its time. */
const heardWithin = 3_000;

/** Each switch beside the name it is told by: they open this program's inside to others, or its pages to the machine. */
const opening: Readonly<Record<string, RefusedSwitch>> = {
  'remote-debugging-port': 'remote-debugging-port',
  'remote-debugging-address': 'remote-debugging-port',
  'remote-allow-origins': 'remote-debugging-port',
  'remote-debugging-pipe': 'remote-debugging-pipe',
  inspect: 'inspect',
  'inspect-brk': 'inspect',
  'inspect-brk-node': 'inspect',
  'inspect-wait': 'inspect',
  'inspect-port': 'inspect',
  'inspect-publish-uid': 'inspect',
  'debug-port': 'inspect',
};

/**
 * What is refused of this start, or null. `args`: all words after the program's own name. Chromium knows some thousand switches, and dozens of them start other programs, load code,
 * lift the sandbox or move the profile: an installed face takes no word at all. Chromium's own reading of the command line is looked at as well.
 */
export function refusedSwitch(args: readonly string[], has: (name: string) => boolean): RefusedSwitch | null {
  for (const [name, told] of Object.entries(opening)) if (has(name) || args.some((arg) => nameOf(arg) === name)) return told;
  return args.length === 0 ? null : 'argument';
}

/** Chromium takes one dash or two, on Windows a slash too. */
const nameOf = (arg: string): string => /^(?:--?|\/)([^=]*)/.exec(arg)?.[1] ?? '';

/** Ends the program, having said why to the agent if it answers in time. Call it before `ready`: Chromium has opened nothing yet. */
export function refuse(what: RefusedSwitch, args: readonly string[], door: Door): void {
  for (const name of [...Object.keys(opening), ...args.map(nameOf)]) if (name !== '') app.commandLine.removeSwitch(name);
  const leave = (): void => app.exit(exitCodes.refused);
  let late = setTimeout(leave, connectedWithin);
  const link = startLink(door, {
    connected: () => {
      clearTimeout(late);
      late = setTimeout(leave, heardWithin);
      link.send({ kind: 'refused', what });
    },
    message: () => undefined,
    away: leave,
  });
}
