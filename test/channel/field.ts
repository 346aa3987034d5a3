/** A software card comes in; a reader adapter at a real pcscd that has read it goes out, with its channel to the card. Also: the commands that tests send. */
import assert from 'node:assert/strict';
import type { Transmit } from '../../core/ports.ts';
import type { Presentation } from '../../core/types.ts';
import type { SoftwareCard } from '../cards/card.ts';
import { echoCard } from '../cards/echo.ts';
import type { Station, StationOptions } from '../pcsc/station.ts';
import { openStation } from '../pcsc/station.ts';
import type { VirtualCard } from '../virtual-reader/card.ts';
import { inField } from '../virtual-reader/card.ts';

export { skip } from '../pcsc/station.ts';
export const first = 'Virtual Badge Reader 1 CL 00 00';
export const second = 'Virtual Badge Reader 2 CL 01 00';

export type Tapped = { readonly presentation: Presentation; readonly transmit: Transmit; readonly virtual: VirtualCard };

/** Its readers are listed; nothing lies there. */
export async function openQuiet(options: StationOptions = {}): Promise<Station> {
  const station = await openStation(options);
  await station.log.next(['service', ...(options.readers ?? [1]).map(() => 'readerFound' as const)]);
  return station;
}

/** Puts the card there and waits until it is read. */
export async function tap({ stand, log }: Station, card: SoftwareCard, slot = 1): Promise<Tapped> {
  const virtual = inField(card);
  stand.insert(slot, virtual);
  const [, { presentation, transmit }] = await log.next(['arrived', 'read'], slot === 1 ? first : second);
  return { presentation, transmit, virtual };
}

/** A command of so many bytes (4 or more) that differs from others by its number. */
export function commandOf(length: number, number = 0): Uint8Array {
  const bytes = Uint8Array.from({ length }, (_, at) => (at * 31 + length + number) & 0xff);
  bytes.set([0x00, 0xb0, number >> 8, number & 0xff]);
  return bytes;
}
/** What the echo card answers. */
export const echoed = (command: Uint8Array): Uint8Array => Uint8Array.of(...command, 0x90, 0x00);

/** After whatever happened: the next card is read, answers, and goes. */
export async function channelWorks(station: Station, slot = 1): Promise<void> {
  const { transmit } = await tap(station, echoCard('04cafecafecafe'), slot);
  assert.deepEqual(await transmit(commandOf(9)), echoed(commandOf(9)));
  station.stand.remove(slot);
  await station.log.next(['gone'], slot === 1 ? first : second);
}

/** Milliseconds that the work took, beside what it came to. */
export async function timed<T>(work: Promise<T>): Promise<readonly [T, number]> {
  const began = performance.now();
  return [await work, performance.now() - began];
}
