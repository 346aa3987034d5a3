/** A running agent's own account of itself comes in; health, desk, readers, policy and last tap go out in a few lines. */
import { degradedWords, serviceWords } from '../admin/causes.ts';
import { connectDoor } from '../admin/client.ts';
import type { Status } from '../admin/contract.ts';
import { keyboardWords, keysLeave } from '../face/keyboard.ts';
import { type Answer, count, localTime, lower, plain, sorry, span, table } from './answer.ts';
import type { Command } from './command.ts';
import { isStation, noStation } from './place.ts';
import { tapWords } from './tap-words.ts';

export const status: Command = {
  name: 'status',
  summary: 'how the running agent is: health, desk, readers, policy, last tap',
  words: { least: 0, most: 0, named: '' },
  options: [],
  notes: ['Exits 1 when the station is degraded, 3 when no agent runs.'],
  run: async ({ dir }) => {
    const door = await connectDoor(dir);
    if (door.kind === 'barred') return sorry({ because: 'unavailable', why: door.why });
    if (door.kind === 'absent') return sorry({ because: 'unavailable', why: isStation(dir) ? `No agent runs for ${dir}: start it, or run tapward doctor.` : noStation(dir) });
    try {
      const reply = await door.ask({ ask: 'status' });
      if (reply.kind === 'status') return told(reply);
      return sorry(reply.kind === 'refused' ? reply : { because: 'unavailable', why: 'The agent gave no status: restart it.' });
    } finally {
      door.close();
    }
  },
};

const deskWords: Readonly<Record<Status['desk']['kind'], string>> = { locked: 'locked', locking: 'locking', opening: 'opening', open: 'open' };

function told(s: Status): Answer {
  const health = s.health.kind === 'ok' ? 'ok' : `degraded: ${lower(degradedWords[s.health.cause].what)}`;
  const mend = s.health.kind === 'ok' ? [] : [['mend', s.health.detail ?? capital(degradedWords[s.health.cause].mend)]];
  const service = s.readerService === null ? 'answers' : `${serviceWords[s.readerService].what}: ${serviceWords[s.readerService].mend}`;
  const keyboard = s.keyboard === null || !keysLeave(s.keyboard) ? [] : [['keyboard', `${keyboardWords[s.keyboard].what}; tapward doctor says what to do`]];
  const last = s.lastTap;
  const tapped = last === null ? 'none since the start' : `${localTime(last.wall)}, ref ${last.reference}, ${outcomeOf(last.reason)}; tapward why says more`;
  return {
    code: s.health.kind === 'ok' ? 0 : 1,
    text: table([
      ['health', health],
      ...mend,
      ['desk', s.desk.subscriber === null ? deskWords[s.desk.kind] : `${deskWords[s.desk.kind]}, ${s.desk.subscriber}`],
      ['readers', s.readers.length === 0 ? 'none: plug a badge reader in' : s.readers.map(plain).join(', ')],
      ['PC/SC', service],
      ...keyboard,
      ['last tap', tapped],
      ['ledger', s.ledger === null ? 'not open' : count(s.ledger.entries, 'entry', 'entries')],
      ['policy', `sha256 ${s.policySha256}${policyWords(s.policy)}`],
      ['agent', `version ${s.version}, ${s.mode}, process ${s.pid}, up for ${span(Date.now() - s.started.wall)}`],
    ]),
    json: s,
  };
}

function policyWords(policy: Status['policy']): string {
  if (policy === null) return '';
  const { standing, faults, waiting } = policy;
  const held =
    standing === 'current'
      ? ''
      : `; its sources have ${count(faults.length, 'fault')}, and ${standing === 'kept' ? 'the last policy that held goes on' : 'the defaults hold'}: tapward policy check says more`;
  return `${held}${waiting.length === 0 ? '' : `; restart the agent for ${waiting.join(', ')}`}`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function outcomeOf(reason: keyof typeof tapWords): string {
  const words = tapWords[reason];
  return typeof words === 'function' ? (reason === 'notOpened' ? 'not opened' : 'refused') : words.outcome;
}
