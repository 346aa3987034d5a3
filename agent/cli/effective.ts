/** A station, a computer's name and a role come in; every setting as it holds there, and where each value came from, go out, by the running agent where it is its own station. */
import { hostname } from 'node:os';
import { connectDoor } from '../admin/client.ts';
import type { PolicyReply, Reply } from '../admin/contract.ts';
import { effective, type Row } from '../policy/effective.ts';
import { faultWords } from '../policy/fault.ts';
import { originWords } from '../policy/origin.ts';
import { type Answer, count, plain, sorry, table } from './answer.ts';
import type { Command, Given } from './command.ts';
import { modeOf } from './place.ts';
import { faultsIn, policyHere } from './policy-here.ts';
import { valueWords } from './policy-words.ts';

/** null: no agent runs. */
async function asked(dir: string, request: { readonly ask: 'policy'; readonly role: string | null } | { readonly ask: 'reloadPolicy' }): Promise<Reply | null> {
  const door = await connectDoor(dir);
  if (door.kind === 'absent') return null;
  if (door.kind === 'barred') return { kind: 'refused', because: 'unavailable', why: door.why };
  try {
    return await door.ask(request);
  } finally {
    door.close();
  }
}

type Shown = Omit<PolicyReply, 'kind'> & { readonly from: 'agent' | 'sources' };

export const showEffective: Command = {
  name: 'policy show-effective',
  summary: 'every setting as it holds here, and where its value comes from',
  words: { least: 0, most: 0, named: '' },
  options: [
    ['station', 'NAME', 'on a computer of this name; this one unless given'],
    ['role', 'ROLE', 'for somebody of this role; without it for somebody of none'],
  ],
  notes: [
    'Of the running agent, where it runs and its own station is meant; else of the sources on this computer. A * marks what is not the default.',
    'Sources, the strongest last: on Windows what the installer was told; policy.json; policy.d/*.json by name; on Windows Group Policy.',
  ],
  run: async (given) => {
    const shown = await find(given);
    return 'because' in shown ? sorry(shown) : told(shown, given.options.role ?? null);
  },
};

async function find({ dir, options, tools }: Given): Promise<Shown | Extract<Reply, { kind: 'refused' }>> {
  const computer = options.station ?? hostname();
  const role = options.role ?? null;
  const isHere = computer.toLowerCase() === hostname().toLowerCase();
  const reply = isHere ? await asked(dir, { ask: 'policy', role }) : null;
  if (reply?.kind === 'policy') return { ...reply, from: 'agent' };
  if (reply?.kind === 'refused' && reply.because !== 'unavailable') return reply;
  const here = policyHere(dir, modeOf(dir), computer, tools);
  const resolved = here.judged.resolveOn(computer);
  return { from: 'sources', computer, standing: here.standing, faults: faultsIn(here), rows: effective(resolved, resolved.policy, role) };
}

function told({ from, computer, standing, faults, rows }: Shown, role: string | null): Answer {
  const differing = rows.filter(({ isDefault }) => !isDefault).length;
  return {
    code: faults.length === 0 ? 0 : 1,
    text: [
      `${plain(computer)}, ${role === null ? 'for somebody without a role' : `for the role ${plain(role)}`}; ${from === 'agent' ? 'in force in the running agent' : 'by the sources on this computer'}; ${count(differing, 'setting')} other than the default`,
      ...faultLines(standing, faults),
      '',
      ...table(rows.map((row) => [row.isDefault ? ' ' : '*', row.key, shortened(valueWords(row.key, row.value)), `${originWords(row.origin, row.key)}${waitWords(row)}`])),
    ],
    json: { kind: 'effective', from, station: computer, role, standing, faults, settings: rows },
  };
}

/** A list of many cards would leave no room for the rest of its line; --json has all of it. */
const shortened = (text: string): string => (text.length > 60 ? `${text.slice(0, 59)}…` : text);

function faultLines(standing: Shown['standing'], faults: readonly string[]): readonly string[] {
  if (standing === 'current') return [];
  const kept = standing === 'kept' ? 'the last policy that held goes on' : 'none ever held, and the defaults do';
  return [`The sources have ${count(faults.length, 'fault')}; ${kept}:`, ...faults.map((fault) => `  ${plain(fault)}`)];
}

const waitWords = ({ key, waits }: Row): string =>
  waits === null
    ? ''
    : waits.until === 'restart'
      ? `; ${valueWords(key, waits.value)} once the agent was restarted`
      : `; ${valueWords(key, waits.value)} once the work that is open has closed`;

export const reloadPolicy: Command = {
  name: 'policy reload',
  summary: 'let the running agent look at its policy’s sources now',
  words: { least: 0, most: 0, named: '' },
  options: [],
  notes: ['It looks every minute by itself. A change counts from the next tap on; under work that is open a limit becomes shorter at once and longer only once it has closed.'],
  run: async ({ dir }) => {
    const reply = await asked(dir, { ask: 'reloadPolicy' });
    if (reply === null) return sorry({ because: 'unavailable', why: 'No agent runs here: it reads its policy when it starts.' });
    if (reply.kind === 'refused') return sorry(reply);
    if (reply.kind !== 'reloaded') return sorry({ because: 'unavailable', why: 'The agent gave no answer to this: restart it.' });
    const { outcome } = reply;
    if (outcome.kind === 'refused') {
      const faults = outcome.faults.map((fault) => faultWords(fault, true));
      return { code: 1, text: [`The sources have ${count(faults.length, 'fault')}; the policy in force goes on:`, ...faults.map((fault) => `  ${plain(fault)}`)], json: reply };
    }
    if (outcome.kind === 'unchanged') return { code: 0, text: ['Nothing changed.'], json: reply };
    const waits = outcome.restart.length === 0 ? [] : [`From the agent’s next start: ${outcome.restart.join(', ')}.`];
    return { code: 0, text: [`Changed: ${outcome.keys.join(', ')}.`, ...waits], json: reply };
  },
};
