/** The story of a nurse's shift, held to what it promises: played to its end, and the ledger of that run read entry by entry. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Entry } from '../../core/entry.ts';
import { need } from '../needs.ts';
import { scenes } from './shift-scenes.ts';
import { performShift } from './whole-shift.ts';

/** One entry in a few words, with names where the ledger has numbers; what differs from run to run is left out. */
function brief(entry: Entry, nameOf: (id: string | null) => string): string {
  switch (entry.kind) {
    case 'tap':
      return `tap ${entry.reason} ${nameOf(entry.subscriber)}`;
    case 'tapEnded':
      return `ended ${entry.reason} ${nameOf(entry.subscriber)}`;
    case 'proof':
      return `proof ${entry.result} ${nameOf(entry.subscriber)}`;
    case 'verdict':
      return `verdict ${entry.verdict} ${entry.left ?? ''} ${nameOf(entry.subscriber)}`.replace('  ', ' ');
    case 'permit':
      return `permit ${entry.by} ${entry.intent} ${entry.grade} ${entry.factors.join('+')} ${entry.reached} ${nameOf(entry.subscriber)}${entry.displaced === null ? '' : ` over ${nameOf(entry.displaced)}`}`;
    case 'outcome':
      return `outcome ${entry.result} ${nameOf(entry.subscriber)}`;
    case 'locked':
      return `locked ${entry.why} ${entry.confirmed} ${nameOf(entry.subscriber)}`;
    case 'form':
      return `form ${entry.form} ${entry.result} ${nameOf(entry.subscriber)}`;
    case 'codeIssued':
      return `code ${entry.purpose} “${entry.checked}” ${nameOf(entry.subscriber)}`;
    case 'vouched':
      return `vouched ${nameOf(entry.subscriber)} by ${nameOf(entry.voucher)}`;
    case 'emergency':
      return `emergency ${entry.claimant.kind} ${entry.reason} ${entry.minutes} ${nameOf(entry.claimant.kind === 'proved' ? entry.claimant.subscriber : null)}`;
    case 'parkedWarned':
    case 'signedOut':
      return `${entry.kind} ${entry.why} ${nameOf(entry.subscriber)}`;
    case 'enrolled':
      return `enrolled ${entry.grade} ${nameOf(entry.subscriber)} by ${entry.actor === 'IT' || entry.actor === 'screen' ? entry.actor : 'an account'}`;
    case 'reader':
      return `reader ${entry.change}`;
    default:
      return 'subscriber' in entry ? `${entry.kind} ${nameOf(entry.subscriber)}` : entry.kind;
  }
}

/** A tap, her PIN and the opening, in the ledger's order. */
const byPin = (who: string, grade: string, intent: string): readonly string[] => [
  `tap asked ${who}`,
  `proof ${grade} ${who}`,
  `verdict accepted ${who}`,
  `permit verdict ${intent} ${grade} badge+pin AAL2 ${who}`,
  `outcome opened ${who}`,
  `ended opened ${who}`,
];

const expected: readonly string[] = [
  'started',
  'policy',
  'locked start true nobody',
  'reader found',
  'enrolled aes Sam by IT',
  'enrolled aes Ana by IT',
  'enrolled uid Omar by IT',
  // The window: begun by the PIN, used by a tap alone.
  ...byPin('Sam', 'aes', 'signIn'),
  'locked lockNow true Sam',
  'tap inWindow Sam',
  'proof aes Sam',
  'permit window unlock aes badge AAL1 Sam',
  'outcome opened Sam',
  'ended opened Sam',
  // Taken over, and straight back.
  'tap askedSwitch Ana',
  'proof aes Ana',
  'verdict accepted Ana',
  'permit verdict signIn aes badge+pin AAL2 Ana over Sam',
  'outcome opened Ana',
  'ended switched Ana',
  'tap undone Sam',
  'proof aes Sam',
  'permit undo switch aes badge AAL1 Sam over Ana',
  'outcome opened Sam',
  'ended switched Sam',
  // Kept while she types; walked off; little of the window left.
  'tap keptTyping Sam',
  'proof aes Sam',
  'locked walkAway true Sam',
  ...byPin('Sam', 'aes', 'unlock'),
  // A new PIN, the old one typed, and the new one after the hint.
  'pinChanged Sam',
  'form changePin done Sam',
  'locked lockNow true Sam',
  'tap asked Sam',
  'proof aes Sam',
  'verdict refused 4 Sam',
  'ended cancelled Sam',
  ...byPin('Sam', 'aes', 'unlock'),
  // Another role: its window over, its rule obeyed.
  'changed Sam',
  'locked lockNow true Sam',
  ...byPin('Sam', 'aes', 'unlock'),
  'tap keptPolicy Sam',
  'proof aes Sam',
  'locked lockNow true Sam',
  // Without a badge: a code, then a spare on a colleague's word. Neither reaches an AAL.
  'code shift “staff card with photo” Omar',
  'form code done Omar',
  'permit code signIn uid code+pin none Omar',
  'outcome opened Omar',
  'ended opened Omar',
  'locked lockNow true Omar',
  'tap unknown nobody',
  'tap form Ana',
  'proof aes Ana',
  'vouched Omar by Ana',
  'form vouch done Omar',
  'tap asked Omar',
  'verdict accepted Omar',
  'permit vouch unlock uid badge+pin none Omar',
  'outcome opened Omar',
  'ended opened Omar',
  'locked lockNow true Omar',
  // A patient in need; her review.
  'tap form Sam',
  'proof aes Sam',
  'emergency proved treatment 30 Sam',
  'outcome opened Sam',
  'ended opened Sam',
  // It waits for her alone, for what is left of its 30 minutes.
  'locked lockNow true Sam',
  'emergencyReviewed',
  // Somebody new adds her own badge, and loses it.
  'changed Luz',
  'code enrol “staff card with photo” Luz',
  'tap unknown nobody',
  'enrolled piv Luz by screen',
  'form enrol done Luz',
  ...byPin('Luz', 'piv', 'signIn'),
  'revoked Luz',
  // One session more than the station keeps.
  'parkedWarned many Ana',
  'locked revoked true Luz',
  'signedOut many Ana',
  'practised',
  'locked stop true nobody',
  'stopped',
];

test('the shift plays to its end on real pcscd, and its ledger says what happened and nothing else', {
  skip: need('linux', 'pcscd', 'compiler', 'namespaces', 'openssl'),
  timeout: 150_000,
}, async () => {
  const left = (): readonly string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('tapward-shift-'));
  const before = left();
  const said: string[] = [];
  const { code, entries, ids } = await performShift({ version: '0.0.0', say: (line) => said.push(line) });
  assert.equal(code, 0, said.join('\n'));
  assert.match(said[0] ?? '', /^Times are shortened, the rules are not: windowOverall .+\(4 h\), inactivity .+\(5 min\)/);
  assert.equal(said.filter((line) => /^ +\d+\.\d ms {2}\S/.test(line)).length, scenes.length);
  assert.match(said.at(-1) ?? '', /^Demo passed in \d+ s on pcscd \d/);
  const names = new Map([...ids].map(([name, id]) => [id, name]));
  const all = entries.map((entry) => brief(entry, (id) => (id === null ? 'nobody' : (names.get(id) ?? id))));
  assert.deepEqual(all, expected);
  assert.deepEqual(left(), before);
});

test('another word after --demo is one sentence and the usage', () => {
  const { status, stdout } = spawnSync(process.execPath, [join(import.meta.dirname, '../../build/start.ts'), '--demo', 'night'], { encoding: 'utf8' });
  assert.equal(status, 2);
  assert.match(stdout, /^There are no such words here but “provable” and “shift”, one of them after --demo\.\nnpm start/);
});
