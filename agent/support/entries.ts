/** Entries of the ledger come in; what they say goes out field by field as Facts, people as pseudonyms. A field that is not named here is not in the bundle, whatever a later version writes into it. */
import type { Recorded } from '../ledger/reading.ts';
import { keys } from '../policy/fields.ts';
import { digest, type Fact, flag, moment, pseudonyms, version, whole, word } from './fact.ts';

/** Every word that an entry of this version can have where a union of words stands. */
// biome-ignore format: by what they belong to.
export const vocabulary: readonly string[] = [
  // kinds
  'started', 'stopped', 'reader', 'face', 'faceRefused', 'readerService', 'tap', 'proof', 'tapEnded', 'verdict', 'key', 'stepUp', 'permit', 'outcome', 'outcomeUnknown', 'locked', 'openedElsewhere',
  'emergency', 'fromReserve', 'emergencyReviewed', 'tried', 'form', 'codeIssued', 'vouched', 'pinChanged', 'parkedWarned', 'signedOut', 'practised', 'degraded', 'policy', 'policyRefused', 'policyChanged',
  'enrolled', 'revoked', 'pinReset', 'changed', 'retired', 'replaced', 'setUp', 'sameStation', 'upgraded', 'rolledBack', 'group', 'invited', 'peopleExported', 'peopleImported',
  // modes, changes, causes
  'evaluation', 'installed', 'found', 'lost', 'noLibrary', 'noService', 'refused', 'hung',
  'storeDamaged', 'storeNewer', 'storeOlder', 'storeKey', 'ledgerUnwritable', 'ledgerDamaged', 'keyHolderWeak', 'exception', 'upgradeFailed', 'cloned', 'SIGTERM', 'SIGINT',
  // what became of taps
  'asked', 'askedSwitch', 'inWindow', 'undone', 'refusedTyping', 'staying', 'keptPolicy', 'practice', 'opened', 'switched', 'tappedOut', 'keptTyping', 'keptOpening', 'keptJustOpened', 'keptWarning',
  'keptIdle', 'keptOwner', 'tooSoon', 'sameAttempt', 'besideBadge', 'twoBadges', 'unknown', 'unproved', 'tooWeak', 'unusable', 'unreadable', 'goneTooSoon', 'wrongPin', 'waiting', 'blocked', 'keyBlocked',
  'cancelled', 'declined', 'timedOut', 'displaced', 'unreachable', 'notOpened', 'added', 'busyOpening', 'revokedNow', 'readerTest', 'taken', 'faceLost', 'readerLost',
  // policies and people carried
  'given', 'notGiven', 'running', 'lastGood', 'defaults', 'created', 'joined', 'import', 'export',
  // grades, proofs, verdicts, assurance
  'uid', 'aes', 'piv', 'fido', 'gone', 'missing', 'wrong', 'malformed', 'expired', 'withdrawn', 'untrusted', 'pinNeeded', 'accepted', 'wait', 'keyGone', 'keyRests', 'verified', 'touched', 'none', 'AAL1', 'AAL2',
  'badge', 'pin', 'code', 'window', 'undo', 'vouch', 'unlock', 'switch', 'signIn', 'confirmed', 'unconfirmed',
  // locks, forms, emergencies
  'start', 'tapOut', 'walkAway', 'lockNow', 'sessionLost', 'notConfirmed', 'broken', 'stop', 'sleep', 'lifted', 'overall', 'emergencyOver', 'enrol', 'newPin', 'changePin', 'shift', 'done', 'ended',
  'vanished', 'notConsole', 'noSession', 'staleSecret', 'account', 'rejected', 'timeout', 'unsupported', 'busy', 'notAllowed', 'limit', 'colleague', 'colleaguePin', 'elsewhere',
  'many', 'old', 'proved', 'claimed', 'life', 'treatment', 'other', 'number', 'oldPin', 'again', 'reason', 'role',
];

type As = 'word' | 'words' | 'keys' | 'whole' | 'flag' | 'moment' | 'version' | 'digest' | 'person' | 'reader' | 'account' | 'stages' | 'claimant' | 'entry';
// biome-ignore format: a closed list.
const shown: Readonly<Record<string, As>> = {
  kind: 'word', mode: 'word', version: 'version', why: 'word', reader: 'reader', change: 'word', cause: 'word', tap: 'whole', attempt: 'whole', subscriber: 'person', voucher: 'person', displaced: 'person',
  reason: 'word', result: 'word', stages: 'stages', verdict: 'word', left: 'whole', factors: 'words', reached: 'word', intent: 'word', grade: 'word', by: 'word', ms: 'whole', confirmed: 'flag', claimant: 'claimant',
  minutes: 'whole', wall: 'moment', until: 'moment', proved: 'flag', compared: 'flag', entry: 'entry', emergency: 'whole', actor: 'account', step: 'word', form: 'word', purpose: 'word', sha256: 'digest', faults: 'whole', kept: 'word', keys: 'keys', startKey: 'word',
  may: 'word', people: 'whole', added: 'whole', changed: 'whole', revoked: 'whole', unchanged: 'whole', conflicts: 'whole', sequence: 'whole', from: 'whole', to: 'whole',
};
/** `read`, `pin`, `check`, `open`: milliseconds. */
const stageNames = ['read', 'pin', 'check', 'open'] as const;

export type EntryFacts = { readonly of: (recorded: Recorded) => { readonly [name: string]: Fact }; readonly reader: (name: unknown) => Fact };

/** One for each bundle: its pseudonyms are its own. */
export function createEntryFacts(): EntryFacts {
  const [person, account, reader] = [pseudonyms('P'), pseudonyms('A'), pseudonyms('R')];
  const fact = (as: As, value: unknown): Fact => {
    switch (as) {
      case 'word':
        return value === null ? null : word(vocabulary, value);
      case 'words':
        return Array.isArray(value) ? value.map((one) => word(vocabulary, one)) : null;
      case 'keys':
        return Array.isArray(value) ? value.map((one) => word(keys(), one)) : null;
      case 'whole':
        return whole(value);
      case 'flag':
        return flag(value);
      case 'moment':
        return moment(value);
      case 'version':
        return version(value);
      case 'digest':
        return digest(value);
      case 'person':
        return person(value);
      case 'account':
        return account(value);
      case 'reader':
        return reader(value);
      case 'stages':
        return Object.fromEntries(stageNames.flatMap((name) => (isObject(value) && typeof value[name] === 'number' ? [[name, whole(value[name])]] : [])));
      case 'claimant':
        return isObject(value) ? { kind: word(vocabulary, value['kind']), ...(value['kind'] === 'proved' && { subscriber: person(value['subscriber']) }) } : null;
      case 'entry':
        return isObject(value) ? fields(value) : null;
      default:
        return as satisfies never;
    }
  };
  const fields = (entry: object): { readonly [name: string]: Fact } =>
    Object.fromEntries(Object.entries(shown).flatMap(([name, as]) => (Object.hasOwn(entry, name) ? [[name, fact(as, (entry as Readonly<Record<string, unknown>>)[name])]] : [])));
  return { reader, of: ({ seq, wall, entry }) => ({ seq: whole(seq), time: moment(wall), ...fields(entry) }) };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);
