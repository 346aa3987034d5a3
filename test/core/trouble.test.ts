/** Weeks of taps and PINs come in: who struggles, and the one hint that fits, go out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Entry } from '../../core/entry.ts';
import { hintFor, noTrouble, noteTrouble, remembered, struggling, type Trouble, told } from '../../core/trouble.ts';
import type { TapReason } from '../../core/types.ts';

const hour = 3_600_000;
const day = 24 * hour;
const now = 1_800_000_000_000;
type At = readonly [wall: number, entry: Entry];
const tap = (wall: number, reason: TapReason, subscriber: string | null = null, reader = 'R'): At => [wall, { kind: 'tap', tap: 1, reader, subscriber, reason, stages: {} }];
const pin = (wall: number, attempt: number, verdict: 'accepted' | 'refused'): At => [wall, { kind: 'verdict', attempt, subscriber: 's1', verdict, left: 4 }];
const changed = (wall: number): At => [wall, { kind: 'pinChanged', subscriber: 's1' }];
const after = (...entries: readonly At[]): Trouble => entries.reduce<Trouble>((t, [wall, entry]) => noteTrouble(t, entry, wall), noTrouble);
/** A tap of this kind that failed, and hers a moment later. */
const failing = (reason: 'goneTooSoon' | 'unreadable', ...days: readonly number[]): readonly At[] =>
  days.flatMap((d) => [tap(now - d * day, reason), tap(now - d * day + 4_000, 'asked', 's1')]);

for (const [what, trouble, expected] of [
  ['three taps that were cut short', after(...failing('goneTooSoon', 3, 2, 1)), 'tooShort'],
  ['two', after(...failing('goneTooSoon', 3, 2)), null],
  ['three, one of them long ago', after(...failing('goneTooSoon', 15, 2, 1)), null],
  ['a badge that could not be read three times', after(...failing('unreadable', 3, 2, 1)), 'wrongSide'],
  ['somebody else’s failed taps', after(tap(now - day, 'unreadable'), tap(now - day + 1_000, 'asked', 's2'), ...failing('unreadable', 2, 3)), null],
  ['failed taps on another reader', after(tap(now - 5_000, 'unreadable', null, 'Q'), tap(now - 4_000, 'asked', 's1'), ...failing('unreadable', 2, 3)), null],
  ['a failed tap long before hers', after(tap(now - 20_000, 'unreadable'), tap(now - 4_000, 'asked', 's1'), ...failing('unreadable', 2, 3)), null],
  [
    'a wrong PIN first, three sign-ins in a row over days',
    after(
      pin(now - 2 * day, 1, 'refused'),
      pin(now - 2 * day + 1, 1, 'accepted'),
      pin(now - day, 2, 'refused'),
      pin(now - day + 1, 2, 'accepted'),
      pin(now - hour, 3, 'refused'),
      pin(now - hour + 1, 3, 'accepted'),
    ),
    'wrongPins',
  ],
  ['three within one bad hour', after(pin(now - hour, 1, 'refused'), pin(now - hour + 9, 2, 'refused'), pin(now - hour + 20, 3, 'refused')), null],
  [
    'one sign-in between that went well',
    after(pin(now - 2 * day, 1, 'refused'), pin(now - day, 2, 'refused'), pin(now - hour * 2, 3, 'accepted'), pin(now - hour, 4, 'refused')),
    null,
  ],
  ['the old PIN after a change', after(changed(now - hour), pin(now - 60_000, 1, 'refused')), 'oldPin'],
  ['a wrong PIN long after a change', after(changed(now - 4 * day), pin(now - 60_000, 1, 'refused')), null],
  ['the right one meanwhile', after(changed(now - hour), pin(now - 60_000, 1, 'refused'), pin(now - 50_000, 1, 'accepted')), null],
  ['she was revoked', after(...failing('unreadable', 3, 2, 1), [now - 5, { kind: 'revoked', subscriber: 's1', actor: 'it' }]), null],
] as const) {
  test(`${what}: ${expected ?? 'no hint'}`, () => assert.equal(hintFor(trouble, 's1', now), expected));
}

test('a hint is said once, and again only when it happens again', () => {
  const said = told(after(...failing('unreadable', 3, 2, 1)), 's1', now);
  assert.equal(hintFor(said, 's1', now + 1), null);
  assert.equal(hintFor(said, 's1', now + 2 * day), null);
  const again = [1, 2, 3].reduce(
    (t, h) => noteTrouble(noteTrouble(t, tap(0, 'unreadable')[1], now + 2 * day + h * hour), tap(0, 'asked', 's1')[1], now + 2 * day + h * hour + 1_000),
    said,
  );
  assert.equal(hintFor(again, 's1', now + 3 * day), 'wrongSide');
});

test('IT sees people and readers, the worst first, and nobody who is well', () => {
  const trouble = after(
    ...failing('goneTooSoon', 3, 2, 1),
    tap(now - 10, 'asked', 's2'),
    ...[1, 2, 3, 4].map((n) => tap(now - n, 'unreadable', null, 'Q')),
    tap(now, 'asked', 's3', 'Q'),
  );
  const { people, readers } = struggling(trouble, now - 7 * day);
  assert.deepEqual(
    people.map((p) => [p.subscriber, p.tooShort + p.wrongSide]),
    [
      ['s3', 4],
      ['s1', 3],
    ],
  );
  assert.deepEqual(
    readers.map((r) => [r.reader, r.failed, r.taps]),
    [
      ['Q', 4, 5],
      ['R', 3, 7],
    ],
  );
  assert.deepEqual(struggling(trouble, now + 1), { people: [], readers: [] });
});

test('whatever comes, it stays small and never throws; what is irrelevant changes nothing', () => {
  const names = fc.nat(5_000).map((n) => `p${n}`);
  const entries: fc.Arbitrary<At> = fc.oneof(
    fc.tuple(fc.nat(1e12), fc.constantFrom<TapReason>('asked', 'unreadable', 'goneTooSoon', 'unknown'), fc.option(names), names).map(([w, r, s, reader]) => tap(w, r, s, reader)),
    fc.tuple(fc.nat(1e12), fc.nat(50), fc.constantFrom('accepted' as const, 'refused' as const)).map(([w, a, v]) => pin(w, a, v)),
  );
  fc.assert(
    fc.property(fc.array(entries, { maxLength: 400 }), (all) => {
      const trouble = after(...all);
      assert.ok(trouble.readers.size <= 64 && trouble.people.size <= 2_000);
      hintFor(trouble, 's1', 1e12);
      struggling(trouble, 1e12 - remembered);
    }),
    { numRuns: 100 },
  );
  const some = after(...failing('unreadable', 1));
  assert.equal(noteTrouble(some, { kind: 'practised' }, now), some);
});
