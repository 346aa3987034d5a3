/** A station's folder comes in; which diagnostics it wrote and when go out as Facts, with the fixed sentence of each id: never the words that were said with it. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { diagnosticIds } from '../diagnostics.ts';
import { hostEvents } from '../events/host-events.ts';
import { counts, type Fact, moment, type Word, word } from './fact.ts';

const meanings: Readonly<Record<string, string>> = { ...hostEvents, ...diagnosticIds };
const ids = Object.keys(meanings);
const most = 500;

type Said = { readonly time: Word | null; readonly id: Word };

/** Of the agent's own file and the Windows host's, else of the journal. */
export function diagnosticFacts(dir: string, journal: () => string = journalText): Fact {
  const files = [join(dir, 'agent.log.1'), join(dir, 'agent.log'), ...hostLogs(dir)].flatMap(linesOf);
  const all = files.length > 0 ? files : inJournal(journal());
  const sorted = all.toSorted((a, b) => ((a.time ?? '') < (b.time ?? '') ? -1 : 1));
  const seen = ids.filter((id) => all.some((one) => one.id === id));
  return {
    meanings: seen.map((id) => ({ id: word(ids, id), meaning: word(Object.values(meanings), meanings[id]) })),
    counts: counts(all.map(({ id }) => id)),
    last: sorted.slice(-most),
  };
}

/** On Windows the host keeps its own beside the agent's folder. */
const hostLogs = (dir: string): readonly string[] => ['host.log.before', 'host.log'].map((name) => join(dirname(dir), 'Tapward-Host', name));

const saidAt = (time: unknown, id: unknown): Said => ({ time: moment(time), id: word(ids, id) });

function linesOf(path: string): readonly Said[] {
  try {
    return [...readFileSync(path, 'utf8').matchAll(/^(\d{4}-\d\d-\d\dT[\d:.]+Z) (TW\d{4})\b/gm)].map(([, time, id]) => saidAt(time, id));
  } catch {
    return [];
  }
}

/** One JSON object each line, as journalctl prints them. */
function inJournal(text: string): readonly Said[] {
  return text.split('\n').flatMap((line) => {
    try {
      const { TAPWARD_ID: id, __REALTIME_TIMESTAMP: micros } = JSON.parse(line) as Readonly<Record<string, unknown>>;
      return [saidAt(typeof micros === 'string' && /^\d{1,17}$/.test(micros) ? Math.floor(Number(micros) / 1000) : null, id)];
    } catch {
      return [];
    }
  });
}

function journalText(): string {
  if (process.platform !== 'linux') return '';
  const asked = spawnSync(
    'journalctl',
    ['--output=json', '--output-fields=TAPWARD_ID', '--lines=2000', '--no-pager', 'SYSLOG_IDENTIFIER=tapward', '_SYSTEMD_UNIT=tapward.service'],
    { encoding: 'utf8', timeout: 10_000, maxBuffer: 32 << 20 },
  );
  return asked.status === 0 ? asked.stdout : '';
}
