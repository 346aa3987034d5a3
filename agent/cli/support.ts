/** A station's folder comes in, with its agent running or not; one file that may be mailed to a help desk goes out. Every member is built from Facts (support/fact.ts): nothing is taken out of free text. */
import { degradedWords, serviceWords } from '../admin/causes.ts';
import { connectDoor } from '../admin/client.ts';
import type { Ask, Status } from '../admin/contract.ts';
import { type Recorded, readEntries } from '../ledger/reading.ts';
import { archive } from '../support/archive.ts';
import { type Bundle, membersOf } from '../support/bundle.ts';
import { diagnosticFacts } from '../support/diagnostics.ts';
import { createEntryFacts } from '../support/entries.ts';
import { counts, digest, type Fact, fixed, moment, version, whole, word } from '../support/fact.ts';
import { ledgerFacts, timingFacts } from '../support/ledger.ts';
import { type PolicyShown, policyFacts } from '../support/policy.ts';
import { readerFacts } from '../support/readers.ts';
import { systemFacts } from '../support/system.ts';
import { count, plain, sorry } from './answer.ts';
import { listBadges } from './badges.ts';
import type { Command, Given } from './command.ts';
import { findingsOf } from './doctor/doctor.ts';
import type { Finding } from './doctor/finding.ts';
import { showEffective } from './effective.ts';
import { findLedger, verifyBesideAgent } from './ledger.ts';
import { listPeople } from './people.ts';
import { isStation, modeOf, noStation } from './place.ts';
import { newPrivateFile } from './private-file.ts';

export const supportBundle: Command = {
  name: 'support-bundle',
  summary: 'one file about this station for the help desk, without anything about anybody',
  words: { least: 0, most: 0, named: '' },
  options: [['out', 'FILE', 'write it there, a new file; else tapward-support-TIME.tar.gz in this folder']],
  notes: ['Holds no UID, PIN, key, name, number or path; README.txt in it says what each file is. Works with and without a running agent.'],
  run: async (given) => {
    const { dir, options } = given;
    if (!isStation(dir)) return sorry({ because: 'unavailable', why: noStation(dir) });
    const time = new Date().toISOString().slice(0, 19).replaceAll(':', '');
    const file = newPrivateFile(options.out ?? `tapward-support-${time}.tar.gz`);
    if ('kind' in file) return sorry({ because: 'refused', why: file.why });
    const { path } = file;
    try {
      const members = membersOf(await gather(given));
      const bytes = archive(members);
      file.write(bytes);
      return {
        code: 0,
        text: [
          `Written to ${plain(path)}: ${count(members.length, 'file')}, ${Math.ceil(bytes.length / 1024)} kB.`,
          'It holds nothing about anybody and may be mailed to your help desk.',
        ],
        json: { kind: 'bundle', path, members: members.length, bytes: bytes.length },
      };
    } finally {
      file.drop();
    }
  },
};

async function gather(given: Given): Promise<Bundle> {
  const { dir, tools } = given;
  const asked = await askAgent(dir);
  const entries = entriesIn(dir);
  const ledger = findLedger(dir);
  const found = ledger.kind === 'none' ? null : await verifyBesideAgent(dir, { dir: ledger.dir }).catch(() => null);
  const facts = createEntryFacts();
  const { json: policy } = await showEffective.run({ ...given, options: {}, words: [] });
  const probe = asked.status === null ? await tools.probe() : null;
  return {
    station: stationFacts(given, asked),
    system: systemFacts(),
    doctor: findingFacts(await findingsOf(given)),
    policy: hasSettings(policy) ? policyFacts({ ...policy, rows: policy.settings }) : null,
    diagnostics: diagnosticFacts(dir),
    readers: {
      service: serviceOf(asked.status === null ? (probe?.cause ?? null) : asked.status.readerService),
      readers: readerFacts(asked.status?.readers ?? probe?.readers ?? [], facts),
    },
    ledger: ledgerFacts(entries, found, facts),
    timings: timingFacts(entries),
  };
}

const hasSettings = (json: object): json is Pick<PolicyShown, 'standing' | 'faults'> & { readonly settings: PolicyShown['rows'] } => 'settings' in json;

const serviceOf = (cause: Status['readerService']): Fact => (cause === null ? fixed`answers` : word(Object.keys(serviceWords), cause));
const grades = ['ok', 'warn', 'bad'];
/** Every subject of the doctor's. */
export const subjects = [
  'agent',
  'station',
  'pcsc',
  'readers',
  'slot',
  'keyboard',
  'permissions',
  'key',
  'counter',
  'store',
  'policy',
  'piv',
  'keys',
  'exception',
  'hook',
  'emergency',
  'review',
  'badges',
  'ledger',
  'disk',
  'clock',
  'time-sync',
  'note',
  'identity',
  'group',
  'backup',
  'pam',
  'machine',
];
const findingFacts = (findings: readonly Finding[]): Fact => findings.map(({ id, grade, form }) => ({ about: word(subjects, id), grade: word(grades, grade), what: form }));

type Asked = { readonly status: Status | null; readonly people: Fact; readonly badges: Fact };

async function askAgent(dir: string): Promise<Asked> {
  const none: Asked = { status: null, people: null, badges: null };
  const door = await connectDoor(dir);
  if (door.kind !== 'connected') return none;
  try {
    const status = await door.ask({ ask: 'status' });
    return status.kind === 'status' ? { status, people: await peopleFacts(door.ask), badges: await badgeFacts(door.ask) } : none;
  } finally {
    door.close();
  }
}

async function peopleFacts(ask: Ask): Promise<Fact> {
  const all = await listPeople(ask);
  return 'code' in all ? null : counts(all.map(({ revoked, pin }) => (revoked ? fixed`revoked` : word(['set', 'short', 'blocked', 'none'], pin))));
}

async function badgeFacts(ask: Ask): Promise<Fact> {
  const all = await listBadges(ask);
  return 'code' in all ? null : counts(all.badges.map(({ revoked, proves }) => (revoked ? fixed`revoked` : word(['uid', 'aes', 'piv', 'fido'], proves.kind))));
}

function stationFacts({ dir, tools }: Given, { status, people, badges }: Asked): Fact {
  return {
    made: moment(Date.now()),
    tapward: version(tools.version),
    mode: word(['evaluation', 'installed'], status?.mode ?? modeOf(dir)),
    keyHolder: word(['tpm', 'host', 'file'], tools.keys(dir, status?.mode ?? modeOf(dir)).holder.grade()),
    agent: status && {
      version: version(status.version),
      upMinutes: whole(Math.round((Date.now() - status.started.wall) / 60_000)),
      health: status.health.kind === 'ok' ? fixed`ok` : word(Object.keys(degradedWords), status.health.cause),
      desk: word(['locked', 'locking', 'opening', 'open'], status.desk.kind),
      policy: digest(status.policySha256),
      entries: whole(status.ledger?.entries),
    },
    people,
    badges,
  };
}

function entriesIn(dir: string): readonly Recorded[] {
  const ledger = findLedger(dir);
  try {
    return ledger.kind === 'found' ? readEntries(ledger.dir) : [];
  } catch {
    return [];
  }
}
