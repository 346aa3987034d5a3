/** A station's folder comes in; everything that could keep it from opening, or its records from being believed, goes out line by line, each with its mend. */
import { connectDoor } from '../../admin/client.ts';
import type { Status } from '../../admin/contract.ts';
import { keyboardWords } from '../../face/keyboard.ts';
import { readEntries } from '../../ledger/reading.ts';
import { type Answer, localTime, plain } from '../answer.ts';
import type { Command, Given } from '../command.ts';
import { findLedger, verifyBesideAgent } from '../ledger.ts';
import { isStation, modeOf, noStation } from '../place.ts';
import { badgeFindings } from './badges.ts';
import { clockFindings } from './clock.ts';
import { diskFinding, permissionFindings } from './files.ts';
import { bad, type Finding, ok, said, warn } from './finding.ts';
import { keyFindings } from './keys.ts';
import { policyFindings } from './policy.ts';
import { readerFindings } from './readers.ts';

export const doctor: Command = {
  name: 'doctor',
  summary: 'what is wrong with this station, and how to mend it',
  words: { least: 0, most: 0, named: '' },
  options: [],
  notes: [
    'Looks at: agent, PC/SC, readers and slots, keyboard, permissions, key holder, rollback counter, store,',
    'policy and the files it names, badges (while the agent runs), ledger, disk, clock. Changes nothing. Exits 1 when something is bad; warnings leave it at 0.',
  ],
  run: examine,
};

/** All of them, in the order of their lines. */
export async function findingsOf({ dir, tools }: Given): Promise<readonly Finding[]> {
  const here = isStation(dir);
  const { status, finding } = here
    ? await agentFinding(dir)
    : { status: null, finding: bad('station', noStation(dir).replace(/: .*$/, ''), 'Name the station’s folder with --dir, or start the agent: it sets up what never was.') };
  const mode = status?.mode ?? modeOf(dir);
  const findings: Finding[] = [finding, ...(await readerFindings(status, tools)), ...keyboardFindings(status)];
  if (here) {
    const last = lastEntry(dir);
    findings.push(...permissionFindings(dir), ...keyFindings(dir, mode, status, tools), ...(await policyFindings(dir, mode, tools)));
    findings.push(...(status === null ? [] : await badgeFindings(dir)), await ledgerFinding(dir), diskFinding(dir));
    findings.push(...clockFindings({ wall: Date.now(), at: tools.clock.now() }, status, last), ...noteFindings(status));
  }
  return findings;
}

async function examine(given: Given): Promise<Answer> {
  const { dir } = given;
  const findings = await findingsOf(given);
  const worst = findings.some(({ grade }) => grade === 'bad') ? 1 : 0;
  const lines = findings.flatMap(({ grade, what, mend }) => [`${grade.padEnd(4)}  ${what}.`, ...(mend === null ? [] : [`      → ${mend}`])]);
  return {
    code: worst,
    text: [`Station in ${dir}`, ...lines],
    json: { kind: 'findings', dir, findings: findings.map(({ id, grade, what, mend }) => ({ id, grade, what, mend })) },
  };
}

async function agentFinding(dir: string): Promise<{ readonly status: Status | null; readonly finding: Finding }> {
  const door = await connectDoor(dir);
  if (door.kind === 'absent') return { status: null, finding: warn('agent', said`No agent runs for this station`, 'Start it: nobody is let in until then.') };
  if (door.kind === 'barred') return { status: null, finding: bad('agent', said`The agent cannot be asked`, door.why) };
  try {
    const reply = await door.ask({ ask: 'status' });
    if (reply.kind !== 'status') return { status: null, finding: bad('agent', said`The agent gives no account of itself`, reply.kind === 'refused' ? reply.why : 'Restart it.') };
    return { status: reply, finding: ok('agent', said`The agent runs: version ${reply.version}, ${reply.mode}, process ${reply.pid}`) };
  } finally {
    door.close();
  }
}

/** Nothing where no face holds a keyboard, or none has said so yet. */
function keyboardFindings(status: Status | null): readonly Finding[] {
  const hold = status?.keyboard ?? 'none';
  if (hold === 'none') return [];
  const { what, mend } = keyboardWords[hold];
  return [mend === null ? ok('keyboard', what) : warn('keyboard', what, mend)];
}

async function ledgerFinding(dir: string): Promise<Finding> {
  const ledger = findLedger(dir);
  if (ledger.kind === 'none') return bad('ledger', said`There is no ledger that could be read`, ledger.why);
  const found = await verifyBesideAgent(dir, { dir: ledger.dir });
  if (found.kind === 'sound') return ok('ledger', said`The ledger holds: ${found.entries} entries, ${found.signatures} signatures`);
  const what = found.seq === null ? said`The ledger does not hold: ${found.why}` : said`The ledger does not hold from entry ${found.seq} on: ${found.why}`;
  return bad('ledger', what, 'Keep this disk as it is for whoever is to find out why, then bring the ledger back from its copy.');
}

function lastEntry(dir: string): ReturnType<typeof readEntries>[number] | null {
  const ledger = findLedger(dir);
  try {
    return ledger.kind === 'found' ? (readEntries(ledger.dir, { last: 1 })[0] ?? null) : null;
  } catch {
    return null;
  }
}

/** What the agent met since its start that no other line tells. */
const noteMends: Readonly<Record<string, string>> = {
  TW1101: 'Look for TW1101 in its log and report it; then restart the agent.',
  TW1102: 'Look for TW1102 in its log and report it; then restart the agent.',
  TW1204: 'Unplug the reader and plug it in again; if that does not help, restart pcscd.',
  TW1301: 'Look whether disk and memory suffice.',
  TW1401: 'Mend the policy file; until then the last good policy stays in force.',
};

function noteFindings(status: Status | null): readonly Finding[] {
  return (status?.notes ?? []).flatMap(({ id, wall, text }) => {
    const mend = noteMends[id];
    return mend === undefined ? [] : [warn('note', said`${localTime(wall)} ${id} ${plain(text).replace(/\.$/, '')}`, mend)];
  });
}
