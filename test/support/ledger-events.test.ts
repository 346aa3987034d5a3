/** Entries of the ledger come in; that the few which somebody should hear of go out as ids, and nothing of whose they are, is tested. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLedgerEvents } from '../../agent/events/ledger-events.ts';
import type { Entry } from '../../core/entry.ts';

const secrets = ['s-0451', '482917', 'Anna as root', 'Omnikey 5022 of Anna', 'she could not wait'];

function heard(entries: readonly Entry[]): readonly string[] {
  const said: string[] = [];
  using events = createLedgerEvents(
    (id, text) => said.push(`${id} ${text}`),
    () => () => undefined,
  );
  for (const entry of entries) events.hear(entry);
  return said;
}

test('an emergency, its review, a blocked PIN and a copied badge are told, and never whose', () => {
  const subscriber = 's-0451';
  const said = heard([
    { kind: 'emergency', grant: 'g', attempt: 7, claimant: { kind: 'claimed', number: '482917' }, reason: 'life', minutes: 30 },
    { kind: 'emergency', grant: 'g', attempt: 8, claimant: { kind: 'proved', subscriber }, reason: 'other', minutes: 30 },
    { kind: 'emergencyReviewed', emergency: 12, actor: 'Anna as root', statement: 'she could not wait' },
    { kind: 'verdict', attempt: 9, subscriber, verdict: 'blocked', left: null },
    { kind: 'verdict', attempt: 9, subscriber, verdict: 'refused', left: 2 },
    { kind: 'tried', attempt: 10, step: 'pin', subscriber, verdict: 'blocked' },
    { kind: 'tried', attempt: 10, step: 'code', subscriber: null, verdict: 'blocked' },
    { kind: 'proof', tap: 11, subscriber, result: 'cloned' },
    { kind: 'proof', tap: 11, subscriber, result: 'gone' },
    { kind: 'proof', tap: 12, subscriber: null, result: 'wrong' },
    { kind: 'proof', tap: 11, subscriber, result: 'aes' },
    { kind: 'enrolled', subscriber, actor: 'Anna as root', grade: 'aes' },
  ]);
  assert.deepEqual(said, [
    'TW2201 claimed, reason life, for 30 minutes',
    'TW2201 proved, reason other, for 30 minutes',
    'TW2205 the emergency of entry 12',
    'TW2202 at tap 9',
    'TW2202 in form 10',
    'TW2203 at tap 11: cloned',
  ]);
  for (const secret of secrets) assert.ok(!said.join('\n').includes(secret));
});

test('a reader that stays away is told once; one that comes back in time is not', () => {
  const said: string[] = [];
  const waiting = new Set<() => void>();
  using events = createLedgerEvents(
    (id, text) => said.push(`${id} ${text}`),
    (milliseconds, run) => {
      assert.equal(milliseconds, 300_000);
      waiting.add(run);
      return () => void waiting.delete(run);
    },
  );
  assert.equal(waiting.size, 1, 'none from the start on');
  const reader = (name: string, change: 'found' | 'lost'): void => events.hear({ kind: 'reader', reader: name, change });
  reader('A', 'found');
  assert.equal(waiting.size, 0);
  reader('B', 'found');
  reader('A', 'lost');
  assert.equal(waiting.size, 0, 'one is there');
  reader('B', 'lost');
  reader('B', 'found');
  assert.equal(waiting.size, 0);
  reader('B', 'lost');
  for (const run of waiting) run();
  reader('C', 'lost');
  assert.deepEqual([said, waiting.size], [['TW2204 none for 5 minutes'], 1]);
});
