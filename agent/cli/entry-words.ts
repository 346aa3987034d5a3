/** One entry of the ledger comes in; one line for a reviewer goes out. Every kind has its words, or this does not compile. */

import { grades } from '../../core/assurance.ts';
import type { ChangedDetail, Entry } from '../../core/entry.ts';
import type { FormKind, Grade, LockReason, ProofFault, Reached } from '../../core/types.ts';
import { degradedWords, serviceWords } from '../admin/causes.ts';
import { localTime, lower, ms, plain, stagesInWords } from './answer.ts';
import { byWords } from './by-words.ts';

const lockWords: Readonly<Record<LockReason, string>> = {
  start: 'the agent started',
  tapOut: 'tapped out',
  walkAway: 'nobody at the station',
  lockNow: 'Lock now was pressed',
  readerLost: 'the reader was lost',
  sessionLost: 'the session changed behind the agent',
  notConfirmed: 'an open was not confirmed',
  revoked: 'the person or her badge was revoked',
  broken: 'the station degraded',
  exception: 'a fault in the agent',
  stop: 'the agent stopped',
  faceLost: 'no face covered the screen',
  displaced: 'a newer tap came before the system had opened',
  sleep: 'the computer went to sleep',
  asked: 'the session asked for it',
  lifted: 'the badge was lifted from the reader',
  overall: 'the work was open for as long as may be',
  emergencyOver: 'the emergency session was over',
};

const formWords: Readonly<Record<FormKind, string>> = {
  enrol: 'badge added at the station',
  code: 'sign-in with a help-desk code',
  newPin: 'new PIN by a code',
  changePin: 'PIN changed at the station',
  vouch: 'spare badge on a colleague’s word',
  emergency: 'emergency form',
};

const changedWords = { added: 'added, without a badge', role: 'another role', number: 'another staff number', account: 'another account' } as const satisfies Record<
  ChangedDetail,
  string
>;

const keptWords = { running: 'the one in force goes on', lastGood: 'the last one that held goes on', defaults: 'none ever held, the defaults do' } as const;

/** Subscriber ids, never names: the ledger has none. */
export function entryInWords(entry: Entry): string {
  switch (entry.kind) {
    case 'started':
      return `agent started, version ${plain(entry.version)}, ${entry.mode}`;
    case 'stopped':
      return `agent stopped: ${plain(entry.why)}`;
    case 'setUp':
      return `station set up${entry.by === null ? ' at the agent’s first start' : ` by ${plain(entry.by)}`}; the ledger’s start key was ${entry.startKey === 'given' ? 'given out' : 'given to nobody'}`;
    case 'sameStation':
      return `on another computer now, and no copy on the word of ${plain(entry.actor)}`;
    case 'upgraded':
      return `store brought from version ${entry.from} to ${entry.to}; the one before is in ${entry.backup}, sha256 ${entry.digest}`;
    case 'rolledBack':
      return `store set back from version ${entry.from} to ${entry.to}, from ${plain(entry.backup)}, by ${plain(entry.actor)}`;
    case 'reader':
      return `reader ${entry.change}: ${plain(entry.reader)}`;
    case 'face':
      return `face ${entry.change}`;
    case 'faceRefused':
      return `a face started with ${plain(entry.what)} was refused`;
    case 'readerService':
      return entry.cause === null ? 'PC/SC service answers' : `PC/SC: ${lower(serviceWords[entry.cause].what)}`;
    case 'tap':
      return `tap ${entry.tap} on ${plain(entry.reader)}: ${entry.reason}${by(entry.subscriber)}; ${stagesInWords(entry.stages)}`;
    case 'proof':
      return `badge of tap ${entry.tap}: ${provedWords(entry.result)}${by(entry.subscriber)}`;
    case 'key':
      return `security key, attempt ${entry.attempt}: ${entry.result}${by(entry.subscriber)}`;
    case 'stepUp':
      return `${plain(entry.app)} asked for "${plain(entry.act)}": ${entry.result}${entry.result === 'confirmed' ? `, ${reachedWords(entry.reached)}` : ''}${by(entry.subscriber)}`;
    case 'tapEnded':
      return `tap ${entry.tap} ended: ${entry.reason}${by(entry.subscriber)}; ${stagesInWords(entry.stages)}`;
    case 'verdict':
      return `PIN of tap ${entry.attempt}: ${verdictWords[entry.verdict]}${entry.left === null ? '' : `, ${entry.left} left`}${by(entry.subscriber)}`;
    case 'permit':
      return `permit ${entry.grant}: ${entry.intent} with ${entry.factors.join(' and ')}${byWords[entry.by]}, badge ${entry.badge === undefined ? '' : `${entry.badge} of grade `}${entry.grade}, ${reachedWords(entry.reached)}${by(entry.subscriber)}`;
    case 'outcome':
      return `outcome of ${entry.grant}: ${entry.result} in ${ms(entry.ms)}${by(entry.subscriber)}`;
    case 'outcomeUnknown':
      return `outcome of ${entry.grant} unknown${by(entry.subscriber)}`;
    case 'locked':
      return `${entry.confirmed ? 'locked' : 'lock NOT confirmed'}: ${lockWords[entry.why]}${by(entry.subscriber)}`;
    case 'emergency': {
      const who = entry.claimant.kind === 'proved' ? `${entry.claimant.subscriber}, proved` : `staff number ${plain(entry.claimant.number)}, claimed`;
      return `EMERGENCY session for ${entry.minutes} min, reason ${entry.reason}: ${who}`;
    }
    case 'fromReserve':
      return `from the reserve, no. ${entry.number} of ${localTime(entry.wall)}${entry.proved ? '' : ', NOT proved'}: ${entryInWords(entry.entry)}`;
    case 'emergencyReviewed':
      return `emergency of entry ${entry.emergency} reviewed by ${plain(entry.actor)}${entry.compared === false ? ', NOT compared with who opened it' : ''}: ${plain(entry.statement)}`;
    case 'tried':
      return `${entry.step === 'code' ? 'code' : 'PIN'} typed for form ${entry.attempt}: ${verdictWords[entry.verdict]}${by(entry.subscriber)}`;
    case 'form':
      return `${formWords[entry.form]}: ${entry.result}${by(entry.subscriber)}`;
    case 'codeIssued':
      return `code (${entry.purpose}) for ${entry.subscriber} by ${plain(entry.actor)}, who knew her by: ${plain(entry.checked)}`;
    case 'vouched':
      return `spare badge for ${entry.subscriber} until ${new Date(entry.until).toISOString()}, on the word of ${entry.voucher}`;
    case 'pinChanged':
      return `PIN changed by ${entry.subscriber}`;
    case 'parkedWarned':
      return `parked session to be signed out (${entry.why})${by(entry.subscriber)}`;
    case 'signedOut':
      return `session signed out (${entry.why})${by(entry.subscriber)}`;
    case 'practised':
      return 'somebody practised';
    case 'openedElsewhere':
      return `opened by a password at the system’s own screen${by(entry.subscriber)}`;
    case 'degraded':
      return `degraded: ${lower(degradedWords[entry.cause].what)}`;
    case 'policy':
      return `policy sha256 ${entry.sha256}`;
    case 'policyChanged':
      return entry.keys.length === 0 ? 'the policy’s sources hold again' : `policy changed: ${entry.keys.map(plain).join(', ')}; sha256 ${entry.sha256}`;
    case 'policyRefused':
      return `policy REFUSED with ${entry.faults} ${entry.faults === 1 ? 'fault' : 'faults'}: ${keptWords[entry.kept]}`;
    case 'group':
      return `station group ${entry.group} ${entry.change} as station ${entry.station}, which ${entry.may === 'export' ? 'may export' : 'imports only'}, by ${plain(entry.actor)}`;
    case 'invited':
      return `invitation ${entry.invitation} to ${entry.may} until ${new Date(entry.until).toISOString()} by ${plain(entry.actor)}`;
    case 'peopleExported':
      return `people exported by ${plain(entry.actor)}: bundle ${entry.sequence} with ${entry.people}, sha256 ${entry.sha256}`;
    case 'peopleImported':
      return `people imported by ${plain(entry.actor)}: bundle ${entry.sequence} of station ${entry.from}, ${entry.added} added, ${entry.changed} changed, ${entry.revoked} revoked, ${entry.unchanged} as they were, ${entry.conflicts} in conflict, sha256 ${entry.sha256}`;
    case 'enrolled':
      return `enrolled ${entry.subscriber} with badge ${entry.badge ?? ''} of grade ${entry.grade} by ${plain(entry.actor)}`;
    case 'revoked':
      return `${entry.badge === undefined ? `revoked ${entry.subscriber}` : `badge ${entry.badge} of ${entry.subscriber} revoked`} by ${plain(entry.actor)}`;
    case 'changed':
      return `${entry.subscriber}: ${(entry.what ?? []).map((what) => changedWords[what]).join(', ')} by ${plain(entry.actor)}`;
    case 'retired':
      return `badge ${entry.badge ?? ''} of ${entry.subscriber}, which nobody used, retired by ${plain(entry.actor)}`;
    case 'replaced':
      return `badge ${entry.badge ?? ''} of ${entry.subscriber} replaced by ${plain(entry.actor)}`;
    case 'pinReset':
      return `new PIN for ${entry.subscriber} by ${plain(entry.actor)}`;
    default:
      entry satisfies never;
      return 'an entry of no known kind: run tapward ledger verify';
  }
}

/** A tap alone never reaches AAL2: the entry says so in words. */
export const reachedWords = (reached: Reached): string => (reached === 'AAL2' ? 'AAL2' : reached === 'AAL1' ? 'AAL1, below AAL2' : 'no AAL');
export const provedWords = (result: Grade | ProofFault): string => (isGrade(result) ? `proved ${result}` : `NOT proved, ${result}: ${faultWords[result]}`);
const faultWords: Readonly<Record<ProofFault, string>> = {
  gone: 'it left the reader or kept silent',
  missing: 'it has no such application or key',
  wrong: 'it holds another key',
  malformed: 'it did not answer as such a badge does',
  expired: 'its certificate has run out, or that of a CA behind it',
  withdrawn: 'its certificate was withdrawn, or that of a CA behind it',
  untrusted: 'its certificate leads to no root that is trusted now, or no list says that it was not withdrawn (tapward doctor says which file)',
  cloned: 'its counter fell behind, so there may be two of it',
  pinNeeded: 'it asks for its own PIN at every touch, which a tap has not: switch that off with the key’s own tool (alwaysUv)',
};
const isGrade = (result: Grade | ProofFault): result is Grade => (grades as readonly string[]).includes(result);

/** The last three: of a PIN that a security key checks itself. */
const verdictWords: Readonly<Record<Extract<Entry, { kind: 'verdict' }>['verdict'], string>> = {
  accepted: 'accepted',
  refused: 'refused',
  wait: 'wait',
  blocked: 'blocked',
  unreachable: 'unreachable',
  keyGone: 'not checked, the security key was not on the reader',
  keyRests: 'refused, and the key looks at no more until it was lifted',
  unproved: 'NOT proved by the key',
};

const by = (subscriber: string | null): string => (subscriber === null ? '' : `, ${subscriber}`);
