/** Tables and cabinets come in; an MSI file goes out, made by msibuild from nothing else: no time of the clock, no name of this computer. */
import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { guid } from './codes.ts';
import { idt, summaryIdt, type TableName, type Tables } from './tables.ts';

const run = promisify(execFile);

export type Database = {
  readonly tables: Tables;
  /** In the order of Media: the stream of each is `cabinet1`, `cabinet2`, … */
  readonly cabinets: readonly string[];
  /** What Explorer shows, and what this file is known by. */
  readonly subject: string;
  readonly comments: string;
  readonly content: string;
};

/** Property numbers of the summary information stream, as Windows Installer names them. */
const summary = ({ subject, comments, content }: Database): string =>
  summaryIdt({
    1: 1252,
    2: 'Installation Database',
    3: subject,
    4: 'Tapward',
    5: 'Installer',
    6: comments,
    7: 'x64;1033',
    9: guid(`package:${content}`),
    12: '2020/01/01 00:00:00',
    13: '2020/01/01 00:00:00',
    // Windows Installer 5, whose MsiLockPermissionsEx it needs; compressed, long names; opened only to be read.
    14: 500,
    15: 2,
    18: 'Tapward',
    19: 2,
  });

/** `work`: a folder of its own. Throws what msibuild said where it failed. */
export async function writeDatabase(database: Database, path: string, work: string): Promise<void> {
  await mkdir(work, { recursive: true });
  await rm(path, { force: true });
  const names = Object.keys(database.tables) as TableName[];
  for (const name of names) await writeFile(join(work, `${name}.idt`), idt(name, database.tables[name] ?? []), 'latin1');
  await writeFile(join(work, 'summary.idt'), summary(database), 'latin1');
  await run('msibuild', [path, '-i', ...[...names, 'summary'].map((name) => join(work, `${name}.idt`))], { maxBuffer: 16 << 20 });
  for (const [at, cabinet] of database.cabinets.entries()) await run('msibuild', [path, '-a', `cabinet${at + 1}`, cabinet], { maxBuffer: 16 << 20 });
}
