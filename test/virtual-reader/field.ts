/** The daemon's connections (link.h) and movements of virtual cards come in; what each slot's driver is told and answered goes out. */
import type { Socket } from 'node:net';
import { createServer } from 'node:net';
import type { VirtualCard } from './card.ts';

type Slot = { card: VirtualCard | null; events: Socket | null; io: Socket | null; pending: { readonly card: VirtualCard } | null };
const noCard = Buffer.from('ffffffff', 'hex');
const now = (): number => Number(process.hrtime.bigint()) / 1e6;

export type Field = AsyncDisposable & {
  /** The card's stay begins now, even while no daemon runs: it lies there and is found at the start. */
  readonly insert: (slot: number, card: VirtualCard) => void;
  /** No card there: nothing happens. */
  readonly remove: (slot: number) => void;
  /** Tells the daemon that a slot's device was plugged in or pulled out. */
  readonly hotplug: (slot: number, how: 'plug' | 'unplug') => void;
  readonly isListening: () => boolean;
  readonly isConnected: (slot: number) => boolean;
  /** Resolves when `condition` holds; it is looked at whenever a connection came or went. Rejects after 10 s with `what`. */
  readonly until: (condition: () => boolean, what: string) => Promise<void>;
};

export async function openField(path: string): Promise<Field> {
  const slots = new Map<number, Slot>();
  const sockets = new Set<Socket>();
  const waiting = new Set<() => void>();
  let monitor: Socket | null = null;

  const slotAt = (number: number): Slot => {
    const known = slots.get(number) ?? { card: null, events: null, io: null, pending: null };
    slots.set(number, known);
    return known;
  };
  const changed = (): void => {
    for (const look of waiting) look();
  };

  const insert = (number: number, card: VirtualCard): void => {
    const slot = slotAt(number);
    if (slot.card) throw new Error(`there is a card on slot ${number} already`);
    slot.card = card;
    Object.assign(card.stages, { inserted: now(), powered: 0, asked: 0, answered: 0 });
    slot.events?.write('+');
  };
  const remove = (number: number): void => {
    const slot = slotAt(number);
    if (!slot.card) return;
    slot.card = null;
    if (slot.pending) slot.io?.write(noCard);
    slot.pending = null;
    slot.events?.write('-');
  };

  const server = createServer((socket) => {
    sockets.add(socket);
    let role: ((chunk: Buffer) => void) | null = null;
    let early = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      if (role) {
        role(chunk);
        return;
      }
      early = Buffer.concat([early, chunk]);
      if (early.length < 2) return;
      const slot = slotAt(early.readUInt8(1));
      switch (String.fromCharCode(early.readUInt8(0))) {
        case 'U':
          monitor = socket;
          role = () => {};
          break;
        case 'E':
          slot.events = socket;
          socket.write(slot.card ? '+' : '-');
          role = () => {};
          break;
        case 'I':
          slot.io = socket;
          role = commands(slot, remove, early.readUInt8(1));
          break;
        default:
          socket.destroy();
      }
      role?.(early.subarray(2));
      changed();
    });
    socket.on('error', () => {}); // A killed daemon resets its connections; 'close' follows.
    socket.on('close', () => {
      sockets.delete(socket);
      if (monitor === socket) monitor = null;
      for (const slot of slots.values()) {
        if (slot.events === socket) slot.events = null;
        if (slot.io === socket) slot.io = slot.pending = null;
      }
      changed();
    });
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve));

  const isConnected = (number: number): boolean => slotAt(number).events !== null && slotAt(number).io !== null;
  const until = (condition: () => boolean, what: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const late = setTimeout(() => done(() => reject(new Error(what))), 10_000);
      const look = (): void => {
        if (condition()) done(resolve);
      };
      const done = (settle: () => void): void => {
        clearTimeout(late);
        waiting.delete(look);
        settle();
      };
      waiting.add(look);
      look();
    });

  return {
    insert,
    remove,
    hotplug: (slot, how) => void monitor?.write(Buffer.from([how === 'plug' ? 0x2b : 0x2d, slot])),
    isListening: () => monitor !== null,
    isConnected,
    until,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Reads the driver's requests of one slot and answers each from the card that is there at that moment. */
function commands(slot: Slot, remove: (number: number) => void, number: number): (chunk: Buffer) => void {
  let buffer: Buffer = Buffer.alloc(0);
  const reply = (body: Uint8Array): void => {
    const frame = Buffer.alloc(4 + body.length);
    frame.writeUInt32BE(body.length);
    frame.set(body, 4);
    slot.io?.write(frame);
  };
  const power = (card: VirtualCard): void => {
    card.stages.powered ||= now();
    card.powered();
    slot.pending = card.fault === 'frozen' ? { card } : null;
    if (card.fault !== 'frozen') reply(card.fault === 'mute' ? new Uint8Array() : card.atr);
  };
  const transmit = (card: VirtualCard, command: Uint8Array): void => {
    card.stages.asked ||= now();
    slot.pending = { card };
    const { pending } = slot;
    if (card.fault === 'hang') return;
    if (card.fault === 'pull') {
      remove(number);
      return;
    }
    const began = now();
    const response = card.answer(command);
    at(began + (typeof card.delay === 'number' ? card.delay : card.delay(command, response)), () => {
      if (slot.pending !== pending) return; // The card has left the field meanwhile, and that was the answer.
      slot.pending = null;
      card.stages.answered ||= now();
      reply(response);
    });
  };
  return (chunk) => {
    buffer = buffer.length === 0 ? chunk : Buffer.concat([buffer, chunk]);
    while (buffer.length >= 5 && buffer.length >= 5 + buffer.readUInt32BE(1)) {
      const what = String.fromCharCode(buffer.readUInt8(0));
      const end = 5 + buffer.readUInt32BE(1);
      const body = buffer.subarray(5, end);
      buffer = buffer.subarray(end);
      if (what === '0') continue;
      // A card that was not activated since it came (ISO/IEC 14443-3 §6) hears no command.
      if (!slot.card || (what === 'T' && slot.card.stages.powered === 0)) slot.io?.write(noCard);
      else if (what === 'T') transmit(slot.card, body);
      else power(slot.card);
    }
  };
}

/** Calls at that time, to some hundredths of a millisecond: a timer may come more than a millisecond late, and a proof takes a dozen exchanges. */
function at(time: number, call: () => void): void {
  const left = time - now();
  if (left <= 0) call();
  else if (left > 3) setTimeout(() => at(time, call), left - 2);
  else setImmediate(() => at(time, call));
}
