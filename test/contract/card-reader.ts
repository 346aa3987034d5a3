/** A CardReader with something to tap on it comes in, tests go out that every CardReader must pass. Also: the recording that they and the fault tests read. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeAtr } from '../../core/card.ts';
import type { CardReader, ReaderEvent } from '../../core/ports.ts';
import type { Presentation } from '../../core/types.ts';

/** One reader in front of which cards can be moved; it is plugged in, and `reader` is not started yet. */
export type ReaderHarness = AsyncDisposable & {
  readonly reader: CardReader;
  /** `uid` in hexadecimal. */
  readonly insert: (uid: string) => void | Promise<void>;
  readonly remove: () => void | Promise<void>;
  readonly plug: () => void | Promise<void>;
  /** With the card on it, if there is one. */
  readonly unplug: () => void | Promise<void>;
};
/** `nextPresentation` is what the reader is to take its numbers from. */
export type OpenHarness = (nextPresentation: () => Presentation) => Promise<ReaderHarness>;

type Kind = ReaderEvent['kind'];
type OfKind<K extends Kind> = Extract<ReaderEvent, { readonly kind: K }>;

export type Recording = {
  readonly listen: (event: ReaderEvent) => void;
  /** The next events not yet asked for, of one reader if named; they must be of exactly these kinds. Waits for them. */
  readonly next: <K extends readonly Kind[]>(kinds: readonly [...K], reader?: string) => Promise<{ [I in keyof K]: OfKind<K[I]> }>;
  /** The next event not yet asked for, of one reader if named, whatever it is. */
  readonly any: (reader?: string) => Promise<ReaderEvent>;
  readonly all: () => readonly ReaderEvent[];
};

const patience = 20_000;

export function recordEvents(): Recording {
  const all: ReaderEvent[] = [];
  let open: ReaderEvent[] = [];
  const waiting = new Set<() => void>();

  /** Up to `count` events, fewer when they do not come in time. */
  const take = async (count: number, reader: string | undefined): Promise<readonly ReaderEvent[]> => {
    const mine = (): ReaderEvent[] => open.filter((event) => reader === undefined || ('reader' in event && event.reader === reader));
    const end = performance.now() + patience;
    while (mine().length < count && performance.now() < end) {
      await new Promise<void>((resolve) => {
        const heard = (): void => {
          clearTimeout(late);
          waiting.delete(heard);
          resolve();
        };
        const late = setTimeout(heard, Math.max(0, end - performance.now()));
        waiting.add(heard);
      });
    }
    const taken = mine().slice(0, count);
    open = open.filter((event) => !taken.includes(event));
    return taken;
  };
  const next = async (kinds: readonly Kind[], reader?: string): Promise<never> => {
    const taken = await take(kinds.length, reader);
    const whys = taken.flatMap((event) => (event.kind === 'unreadable' ? [event.why] : []));
    assert.deepEqual(
      taken.map((event) => event.kind),
      kinds,
      `expected ${kinds.join(', ')}; heard ${taken.map((event) => event.kind).join(', ')} ${whys.join(', ')}`,
    );
    return taken as never;
  };

  return {
    listen(event) {
      // As the agent does it: what it was given is wiped at once.
      const kept = event.kind === 'read' ? { ...event, uid: Uint8Array.from(event.uid) } : event;
      if (event.kind === 'read') event.uid.fill(0);
      all.push(kept);
      open.push(kept);
      for (const heard of waiting) heard();
    },
    next,
    async any(reader) {
      const [event] = await take(1, reader);
      assert.ok(event, 'nothing was reported');
      return event;
    },
    all: () => all,
  };
}

/** What holds for every sequence of events, whatever happened: each card arrives on a reader that is there, is read at most once, and goes exactly once. */
export function assertOrderly(events: readonly ReaderEvent[]): void {
  const readers = new Set<string>();
  const cards = new Map<string, { presentation: Presentation; isSettled: boolean }>();
  let last: Presentation = 0;
  for (const event of events) {
    if (event.kind === 'service') continue;
    const card = cards.get(event.reader);
    switch (event.kind) {
      case 'readerFound':
        assert.ok(!readers.has(event.reader), 'a reader was found twice');
        readers.add(event.reader);
        break;
      case 'readerLost':
        assert.ok(readers.delete(event.reader), 'a reader was lost that was not there');
        assert.equal(card, undefined, 'a reader was lost with a card on it that is not gone');
        break;
      case 'arrived':
        assert.ok(readers.has(event.reader), 'a card arrived on a reader that is not there');
        assert.equal(card, undefined, 'a card arrived where one is already');
        assert.ok(event.presentation > last, 'presentations must rise');
        last = event.presentation;
        cards.set(event.reader, { presentation: event.presentation, isSettled: false });
        break;
      case 'read':
      case 'unreadable':
        assert.equal(card?.presentation, event.presentation, `${event.kind} for a card that is not there`);
        assert.ok(card && !card.isSettled, 'a card was read twice');
        card.isSettled = true;
        break;
      case 'gone':
        assert.equal(card?.presentation, event.presentation, 'gone for a card that is not there');
        cards.delete(event.reader);
        break;
      default:
        event satisfies never;
    }
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Registers the contract under `name`. */
export function cardReaderContract(name: string, skip: false | string, open: OpenHarness): void {
  const contract = (what: string, body: (harness: ReaderHarness, log: Recording) => Promise<void>, before?: (harness: ReaderHarness) => void | Promise<void>): void => {
    test(`${name}: ${what}`, { skip }, async () => {
      let presentations = 0;
      await using harness = await open(() => (presentations += 1));
      await before?.(harness);
      const log = recordEvents();
      const start = harness.reader.start(log.listen);
      await start;
      // A reader with a service behind it tells first that the service answers.
      if (log.all()[0]?.kind === 'service') await log.next(['service']);
      await body(harness, log);
      assertOrderly(log.all());
    });
  };

  contract('a tap is arrived, read, gone, all of one presentation', async ({ insert, remove }, log) => {
    const [found] = await log.next(['readerFound']);
    await insert('04a1b2c3d4e5f6');
    const [arrived, read] = await log.next(['arrived', 'read']);
    await remove();
    const [gone] = await log.next(['gone']);
    assert.equal(hex(read.uid), '04a1b2c3d4e5f6');
    assert.equal(decodeAtr(read.atr).kind, 'storage');
    assert.deepEqual([read.presentation, gone.presentation], [arrived.presentation, arrived.presentation]);
    assert.deepEqual([arrived.reader, read.reader, gone.reader], [found.reader, found.reader, found.reader]);
    assert.ok(found.at <= arrived.at && arrived.at <= read.at && read.at <= gone.at);
  });

  contract('a card’s channel answers a response APDU or null, and null once the card has gone', async ({ insert, remove }, log) => {
    await log.next(['readerFound']);
    await insert('04a1b2c3d4e5f6');
    const [, { transmit }] = await log.next(['arrived', 'read']);
    const select = Uint8Array.of(0x00, 0xa4, 0x04, 0x00);
    const response = await transmit(select);
    assert.ok(response === null || response.length >= 2);
    await remove();
    await log.next(['gone']);
    assert.equal(await transmit(select), null);
  });

  contract('the same badge again is a new presentation', async ({ insert, remove }, log) => {
    await log.next(['readerFound']);
    await insert('04a1b2c3d4e5f6');
    const [first] = await log.next(['arrived', 'read']);
    await remove();
    await log.next(['gone']);
    await insert('04a1b2c3d4e5f6');
    const [second, read] = await log.next(['arrived', 'read']);
    assert.ok(second.presentation > first.presentation);
    assert.equal(hex(read.uid), '04a1b2c3d4e5f6');
  });

  contract('UIDs of 4, 7 and 10 bytes', async ({ insert, remove }, log) => {
    await log.next(['readerFound']);
    for (const uid of ['11223344', '04112233445566', '04112233445566778899']) {
      await insert(uid);
      const [, read] = await log.next(['arrived', 'read']);
      assert.equal(hex(read.uid), uid);
      await remove();
      await log.next(['gone']);
    }
  });

  contract('a reader pulled out with a card on it: gone, then lost; plugged in again, the next tap works', async ({ insert, plug, unplug }, log) => {
    const [found] = await log.next(['readerFound']);
    await insert('04a1b2c3d4e5f6');
    const [arrived] = await log.next(['arrived', 'read']);
    await unplug();
    const [gone, lost] = await log.next(['gone', 'readerLost']);
    assert.equal(gone.presentation, arrived.presentation);
    assert.equal(lost.reader, found.reader);
    await plug();
    await log.next(['readerFound']);
    await insert('04a1b2c3d4e5f6');
    const [again] = await log.next(['arrived', 'read']);
    assert.ok(again.presentation > arrived.presentation);
  });

  contract('an empty reader pulled out and plugged in again, five times', async ({ insert, plug, unplug }, log) => {
    await log.next(['readerFound']);
    for (let time = 0; time < 5; time += 1) {
      await unplug();
      await log.next(['readerLost']);
      await plug();
      await log.next(['readerFound']);
    }
    await insert('04a1b2c3d4e5f6');
    await log.next(['arrived', 'read']);
  });

  contract(
    'no reader at the start: one that is plugged in later is found',
    async ({ insert, plug }, log) => {
      assert.deepEqual(
        log.all().filter((event) => event.kind !== 'service'),
        [],
      );
      await plug();
      await log.next(['readerFound']);
      await insert('04a1b2c3d4e5f6');
      await log.next(['arrived', 'read']);
    },
    ({ unplug }) => unplug(),
  );

  contract('a hundred taps, as fast as they are seen', async ({ insert, remove }, log) => {
    await log.next(['readerFound']);
    for (let tap = 0; tap < 100; tap += 1) {
      const uid = (0x04000000 + tap).toString(16).padStart(8, '0');
      await insert(uid);
      const [, read] = await log.next(['arrived', 'read']);
      assert.equal(hex(read.uid), uid);
      await remove();
      await log.next(['gone']);
    }
  });

  contract('silent once disposed of', async ({ reader, insert }, log) => {
    await log.next(['readerFound']);
    await reader[Symbol.asyncDispose]();
    await insert('04a1b2c3d4e5f6');
    assert.equal(log.all().at(-1)?.kind, 'readerFound');
  });
}
