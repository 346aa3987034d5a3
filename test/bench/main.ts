/** Row ids come in (none: all) and `--json`; the measurements that answer them run one after another, and a table or one JSON array of rows goes out. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Measurement, Row } from './row.ts';

/** One module each, beside this file, exporting its `measurement`; in the order of the table. */
const modules = ['step', 'ledger', 'vault', 'import', 'tap', 'exchange', 'proof', 'screen', 'face', 'agent', 'pam', 'logind', 'cp'];

async function measurements(): Promise<readonly Measurement[]> {
  const paths = modules.map((name) => join(import.meta.dirname, `${name}.ts`)).filter((path) => existsSync(path));
  return Promise.all(paths.map(async (path) => ((await import(pathToFileURL(path).href)) as { readonly measurement: Measurement }).measurement));
}

/** Three significant digits, plain. */
const figure = (value: number): string =>
  value === 0 ? '0' : Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en').replaceAll(',', ' ') : String(Number(value.toPrecision(3)));

function table(rows: readonly Row[]): readonly string[] {
  const cells = [
    ['id', 'unit', 'n', 'p50', 'p95', 'p99', 'against'],
    ...rows.map(({ id, unit, n, p50, p95, p99, against }) => [
      id,
      unit,
      String(n),
      figure(p50),
      figure(p95),
      figure(p99),
      Object.entries(against)
        .map(([name, ratio]) => `${name} ${figure(ratio)}`)
        .join(', '),
    ]),
  ];
  const widths = cells[0]?.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0))) ?? [];
  return cells.map((line) =>
    line
      .map((cell, column) => (column >= 2 && column <= 5 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

const args = process.argv.slice(2);
const json = args.includes('--json');
const wanted = args.filter((arg) => arg !== '--json');
const all = await measurements();
const known = all.flatMap(({ ids }) => ids);
const strange = wanted.filter((id) => !known.includes(id));
if (strange.length > 0) {
  console.error(`No row is called ${strange.join(' or ')}; there are: ${known.join(', ')}.`);
  process.exit(1);
}
const rows: Row[] = [];
for (const { ids, run } of all) {
  const here = ids.filter((id) => wanted.length === 0 || wanted.includes(id));
  if (here.length === 0) continue;
  console.error(here.join(', '));
  try {
    rows.push(...(await run((line) => console.error(`  ${line}`))).filter(({ id }) => here.includes(id)));
  } catch (why) {
    // One that cannot be measured here takes none of the others with it.
    console.error(`  not measured: ${why instanceof Error ? why.message : String(why)}`);
    process.exitCode = 1;
  }
}
if (json) console.log(JSON.stringify(rows));
else for (const line of table(rows)) console.log(line);
