/** The commands come in; the text of `--help` goes out. */
import { exitCodes, table } from './answer.ts';
import type { Command } from './command.ts';

const common: readonly (readonly [string, string])[] = [
  ['--dir DIR', 'the station’s folder; else TAPWARD_DIR, else this clone’s .evaluation, else the installed one'],
  ['--json', 'one JSON object instead of text'],
  ['--help', 'this text; after a command, that command’s'],
];
const indented = (rows: readonly (readonly string[])[]): readonly string[] => table(rows).map((line) => `  ${line}`);

export function overview(commands: readonly Command[]): string {
  return [
    'tapward COMMAND [options]   a badge station, for its administrator',
    '',
    ...indented(commands.map(({ name, summary, words }) => [`${name}${words.named === '' ? '' : ` ${words.named}`}`, summary])),
    '',
    ...indented([...common, ['--version', 'the version of this program']]),
    '',
    'Exit codes:',
    ...indented(Object.entries(exitCodes).map(([code, meaning]) => [code, meaning])),
    '',
    'While the agent runs, a command asks it; otherwise it opens the store itself.',
  ].join('\n');
}

export function commandHelp({ name, summary, words, options, notes }: Command): string {
  const own = options.map(([option, placeholder, help]) => [`--${option}${placeholder === '' ? '' : ` ${placeholder}`}`, help] as const);
  return [
    `tapward ${name}${words.named === '' ? '' : ` ${words.named}`}${options.length > 0 ? ' [options]' : ''}   ${summary}`,
    '',
    ...indented([...own, ...common]),
    ...(notes.length > 0 ? ['', ...notes] : []),
  ].join('\n');
}
