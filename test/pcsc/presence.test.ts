/** Reports of the reader program, losses of sight and the passing of time come in as stories; the events that a CardReader makes of them are compared. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ReaderEvent } from '../../core/ports.ts';
import type { Presence } from '../../native/pcsc/presence.ts';
import { trackPresence } from '../../native/pcsc/presence.ts';
import type { Report } from '../../native/pcsc/reports.ts';
import { assertOrderly } from '../contract/card-reader.ts';

const grace = 5_000;
type World = { readonly presence: Presence; readonly events: ReaderEvent[]; readonly pass: (milliseconds: number) => void };

function openWorld(): World {
  const events: ReaderEvent[] = [];
  const alarms = new Set<{ readonly at: number; readonly call: () => void }>();
  let now = 0;
  let presentations = 0;
  const presence = trackPresence({
    now: () => now,
    nextPresentation: () => (presentations += 1),
    emit: (event) => events.push(event),
    exchange: async () => null,
    after(milliseconds, call) {
      const alarm = { at: now + milliseconds, call };
      alarms.add(alarm);
      return () => alarms.delete(alarm);
    },
    grace,
  });
  const pass = (milliseconds: number): void => {
    now += milliseconds;
    for (const alarm of [...alarms].sort((a, b) => a.at - b.at)) {
      if (alarm.at > now || !alarms.delete(alarm)) continue;
      alarm.call();
    }
  };
  return { presence, events, pass };
}

const atr = Uint8Array.of(0x3b);
const red = Uint8Array.of(1, 2, 3, 4);
const blue = Uint8Array.of(5, 6, 7, 8);
const up: Report = { kind: 'service', cause: null };
const down: Report = { kind: 'service', cause: 'noService' };
const found = (reader: number, name = 'R'): Report => ({ kind: 'found', reader, name });
const arrived = (reader: number): Report => ({ kind: 'arrived', reader, at: 0 });
const read = (reader: number, uid: Uint8Array): Report => ({ kind: 'read', reader, at: 0, stay: 1, uid: Uint8Array.from(uid), atr });
const unreadable = (reader: number, why: 'noUid' | 'pulled' = 'noUid'): Report => ({ kind: 'unreadable', reader, at: 0, why });
const gone = (reader: number): Report => ({ kind: 'gone', reader, at: 0 });
const empty = (reader: number): Report => ({ kind: 'empty', reader });
const lost = (reader: number): Report => ({ kind: 'lost', reader });
const listed: Report = { kind: 'listed' };
const tapped = [up, found(1), listed, arrived(1), read(1, red)];
const tap = ['service null', 'readerFound', 'arrived 1', 'read 1'];

type Happening = Report | 'program dies' | 'service dies' | number;
/** Each line: what happens (a number: milliseconds pass), and what is told. */
const stories: readonly (readonly [string, readonly Happening[], readonly string[]])[] = [
  ['program dies, successor reads the same card', [...tapped, 'program dies', up, found(2), listed, arrived(2), read(2, red), 9_999, gone(2)], [...tap, 'gone 1']],
  ['program dies, successor reads another card', [...tapped, 'program dies', found(2), arrived(2), read(2, blue)], [...tap, 'gone 1', 'arrived 2', 'read 2']],
  ['program dies, successor finds the field empty', [...tapped, 'program dies', found(2), empty(2)], [...tap, 'gone 1']],
  ['program dies and none comes', [...tapped, 'program dies', grace], [...tap, 'gone 1', 'readerLost']],
  ['not a moment sooner', [...tapped, 'program dies', grace - 1], [...tap]],
  ['program dies twice within the grace', [...tapped, 'program dies', 3_000, 'program dies', 1_999, 1], [...tap, 'gone 1', 'readerLost']],
  ['sight between two deaths begins the grace anew', [...tapped, 'program dies', 3_000, found(2), arrived(2), read(2, red), 'program dies', 4_999], [...tap]],
  ['program dies before the card was read', [up, found(1), arrived(1), 'program dies', found(2), arrived(2), read(2, red)], ['service null', 'readerFound', 'arrived 1', 'read 1']],
  [
    'unreadable before, unreadable after',
    [up, found(1), arrived(1), unreadable(1), 'program dies', found(2), arrived(2), unreadable(2)],
    ['service null', 'readerFound', 'arrived 1', 'unreadable 1'],
  ],
  [
    'unreadable before, read after: it counts',
    [up, found(1), arrived(1), unreadable(1), 'program dies', found(2), arrived(2), read(2, red)],
    ['service null', 'readerFound', 'arrived 1', 'unreadable 1', 'gone 1', 'arrived 2', 'read 2'],
  ],
  [
    'read before, unreadable after: nobody can say it is the same',
    [...tapped, 'program dies', found(2), arrived(2), unreadable(2)],
    [...tap, 'gone 1', 'arrived 2', 'unreadable 2'],
  ],
  ['pulled while the successor reads it', [...tapped, 'program dies', found(2), arrived(2), unreadable(2, 'pulled'), gone(2)], [...tap, 'gone 1']],
  ['gone again before the successor could read it', [...tapped, 'program dies', found(2), arrived(2), gone(2)], [...tap, 'gone 1']],
  ['service dies, comes back without the reader at first', [...tapped, down, up, listed, 1_000, found(2), arrived(2), read(2, red)], [...tap, 'service noService', 'service null']],
  ['service dies, comes back without the reader for good', [...tapped, down, up, listed, grace], [...tap, 'service noService', 'service null', 'gone 1', 'readerLost']],
  [
    'service dies, its reader finds the card a moment later',
    [...tapped, down, up, found(2), empty(2), 999, arrived(2), read(2, red), 9_999],
    [...tap, 'service noService', 'service null'],
  ],
  ['service dies, its reader finds no card', [...tapped, down, up, found(2), empty(2), 1_000], [...tap, 'service noService', 'service null', 'gone 1']],
  ['service dies, the reader never says what it sees', [...tapped, down, up, found(2), grace], [...tap, 'service noService', 'service null', 'gone 1']],
  [
    'a reader without a card is not lost for a restart',
    [up, found(1), empty(1), down, 2_000, up, found(2), empty(2), 9_999],
    ['service null', 'readerFound', 'service noService', 'service null'],
  ],
  ['service dies twice: told once', [...tapped, down, down], [...tap, 'service noService']],
  ['a reader that is lost with a card', [...tapped, lost(1)], [...tap, 'gone 1', 'readerLost']],
  ['found again under the same name while in sight', [...tapped, found(2), arrived(2), read(2, red)], [...tap]],
  [
    'two readers, one does not come back',
    [...tapped, found(2, 'S'), arrived(2), read(2, blue), 'program dies', found(3), arrived(3), read(3, red), grace],
    [...tap, 'readerFound', 'arrived 2', 'read 2', 'gone 2', 'readerLost'],
  ],
  ['words about readers that are not known', [up, arrived(9), read(9, red), gone(9), lost(9), empty(9)], ['service null']],
];

const told = (event: ReaderEvent): string => ('presentation' in event ? `${event.kind} ${event.presentation}` : event.kind === 'service' ? `service ${event.cause}` : event.kind);

for (const [name, happenings, expected] of stories) {
  test(`presence: ${name}`, () => {
    const { presence, events, pass } = openWorld();
    for (const happening of happenings) happen(presence, pass, happening);
    assertOrderly(events);
    assert.deepEqual(events.map(told), expected);
  });
}

function happen(presence: Presence, pass: (milliseconds: number) => void, happening: Happening): void {
  if (happening === 'program dies') presence.blind('program');
  else if (happening === 'service dies') presence.blind('service');
  else if (typeof happening === 'number') pass(happening);
  else presence.report(structuredClone(happening)); // A UID is wiped once its card has gone.
}

const anyReader = fc.integer({ min: 1, max: 3 });
const anyHappening: fc.Arbitrary<Happening> = fc.oneof(
  fc.constantFrom<Happening>(up, down, listed, 'program dies', 'service dies', 500, 3_000),
  fc.tuple(anyReader, fc.constantFrom('R', 'S')).map(([reader, name]) => found(reader, name)),
  anyReader.map(arrived),
  anyReader.map(gone),
  anyReader.map(empty),
  anyReader.map(lost),
  anyReader.map((reader) => unreadable(reader)),
  anyReader.map((reader) => unreadable(reader, 'pulled')),
  fc.tuple(anyReader, fc.constantFrom(red, blue)).map(([reader, uid]) => read(reader, uid)),
);

test('presence: whatever a program says in whatever order, events stay orderly', () => {
  fc.assert(
    fc.property(fc.array(anyHappening, { maxLength: 60 }), (happenings) => {
      const { presence, events, pass } = openWorld();
      for (const happening of happenings) happen(presence, pass, happening);
      pass(20_000);
      assertOrderly(events);
    }),
    { numRuns: 5_000 },
  );
});
