/** A whole command line comes in; what stands on standard output and standard error, and the exit code, go out. Nothing thrown leaves here. */
import { parseArgs } from 'node:util';
import { type Answer, type ExitCode, sorry } from './answer.ts';
import { type Command, type Option, type Options, optionTypes, type Tools } from './command.ts';
import { commands } from './commands.ts';
import { commandHelp, overview } from './help.ts';
import { barredFrom, stationDir } from './place.ts';
import { Interrupted, type Terminal } from './terminal.ts';

export type Printed = { readonly code: ExitCode; readonly out: string; readonly err: string };
export type Around = { readonly tools: Tools; readonly terminal: Terminal /** Its folder; null where Tapward is installed. */; readonly clone: string | null };

const everywhere: readonly Option[] = ['dir', 'json', 'help'];

export async function runLine(args: readonly string[], around: Around): Promise<Printed> {
  // Asked for before anything can go wrong with the rest of the line.
  const wantsJson = args.includes('--json');
  try {
    const read = readLine(args);
    if (read.kind === 'help') return { code: 0, out: `${read.text}\n`, err: '' };
    if (read.kind === 'version') return { code: 0, out: `${around.tools.version}\n`, err: '' };
    if (read.kind === 'wrong') return print(sorry({ because: 'wrong', why: read.why }), wantsJson);
    const { command, options, words } = read;
    const dir = stationDir(options.dir, around.clone);
    const barred = barredFrom(dir);
    if (barred !== null) return print(sorry({ because: 'unavailable', why: barred }), wantsJson);
    return print(await command.run({ dir, options, words, tools: around.tools, terminal: around.terminal }), wantsJson);
  } catch (why) {
    if (why instanceof Interrupted) return { code: 130, out: '', err: 'Ended; nothing was changed.\n' };
    const { code } = why as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM')
      return print(sorry({ because: 'unavailable', why: 'This account may not read the station’s files: run the command as root or as the agent’s account.' }), wantsJson);
    if (code === 'ENOSPC' || code === 'EDQUOT') return print(sorry({ because: 'refused', why: 'The disk is full: free it, then run the command again.' }), wantsJson);
    const text = why instanceof Error ? `${why.name}: ${why.message}` : String(why);
    return print({ code: 4, text: [`This is a fault of tapward itself; report it: ${text}`], json: { kind: 'fault', why: text } }, wantsJson);
  }
}

/** A refusal in words goes to standard error, everything else to standard output, as does all JSON. */
function print({ code, text, json }: Answer, wantsJson: boolean): Printed {
  if (wantsJson) return { code, out: `${JSON.stringify(json)}\n`, err: '' };
  const lines = text.map((line) => `${line}\n`).join('');
  return 'kind' in json && (json.kind === 'refused' || json.kind === 'fault') ? { code, out: '', err: lines } : { code, out: lines, err: '' };
}

type ReadLine =
  | { readonly kind: 'command'; readonly command: Command; readonly options: Options; readonly words: readonly string[] }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'version' }
  | { readonly kind: 'wrong'; readonly why: string };

function readLine(args: readonly string[]): ReadLine {
  let options: Options;
  let words: readonly string[];
  try {
    ({ values: options, positionals: words } = parseArgs({ args: [...args], options: optionTypes, allowPositionals: true, strict: true }));
  } catch (why) {
    return { kind: 'wrong', why: `${sentenceOf(why)} See \`tapward --help\`.` };
  }
  if (options.version === true) return { kind: 'version' };
  // `people set` before `people`.
  const [command] = commands.filter(({ name }) => name === words.slice(0, name.split(' ').length).join(' ')).toSorted((a, b) => b.name.length - a.name.length);
  if (command === undefined) {
    if (options.help === true || words.length === 0)
      return words.length === 0 && options.help !== true
        ? { kind: 'wrong', why: 'Say what to do; `tapward --help` lists the commands.' }
        : { kind: 'help', text: overview(commands) };
    const group = commands.filter(({ name }) => name.startsWith(`${words[0] ?? ''} `));
    return {
      kind: 'wrong',
      why: group.length > 0 ? `Say which: ${group.map(({ name }) => `\`tapward ${name}\``).join(', ')}.` : 'There is no such command: `tapward --help` lists them.',
    };
  }
  if (options.help === true) return { kind: 'help', text: commandHelp(command) };
  const rest = words.slice(command.name.split(' ').length);
  const foreign = (Object.keys(options) as Option[]).find((name) => !everywhere.includes(name) && !command.options.some(([own]) => own === name));
  if (foreign !== undefined) return { kind: 'wrong', why: `\`tapward ${command.name}\` has no option --${foreign}: see \`tapward ${command.name} --help\`.` };
  // What was given too much is not repeated: it may be a PIN.
  if (rest.length > command.words.most)
    return { kind: 'wrong', why: `\`tapward ${command.name}\` was given too much: see \`tapward ${command.name} --help\`. A PIN or a name is never an argument; it is asked for.` };
  if (rest.length < command.words.least) return { kind: 'wrong', why: `\`tapward ${command.name}\` needs ${command.words.named}: see \`tapward ${command.name} --help\`.` };
  return { kind: 'command', command, options, words: rest };
}

/** Node's own words for what it could not parse, first sentence. */
function sentenceOf(why: unknown): string {
  const text = why instanceof Error ? why.message : String(why);
  return `${(text.split(/\. |\n/)[0] ?? text).replace(/\.$/, '')}.`;
}
